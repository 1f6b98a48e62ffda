"""From a run to a model that can be handed on."""

import hashlib
import json
from dataclasses import replace

import pytest
from synthetic import write_paper_layout
from tiny import NETWORK, tiny_config

from resunet.cli import main, pack
from resunet.data.cases import cases_of_split, find_cases
from resunet.data.readers import read_case
from resunet.evaluation.scores import score_cases, summarise
from resunet.inference.engines import load_engine
from resunet.inference.fitness import intensity_profile, ranges_over
from resunet.inference.models import default_name, find_model, list_models
from resunet.inference.rounding import largest_difference
from resunet.jobs.run_folder import RunFolder
from resunet.storage import read_json

pytestmark = pytest.mark.keras

CONFIG = tiny_config(network=replace(NETWORK, dropout_encoder=0.3, dropout_decoder=0.3))
PATIENTS = {"training": ["anna"], "validating": ["bert"], "testing": ["carl", "dora"]}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("some") / "patients"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=3, size=32)
    return root


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory, data):
    """A run whose network has weights that 16 bits do not hold exactly."""
    from resunet.network.resunet import build_resunet

    run = RunFolder(tmp_path_factory.mktemp("runs") / "a-run")
    splits = {name: PATIENTS[name] for name in ("training", "validating")}
    run.write_config(CONFIG, {"folder": str(data), **splits})
    rows = [
        {"epoch": 1, "step": 3, "val_loss": 0.5, "val_dice": 0.4},
        {"epoch": 2, "step": 6, "val_loss": 0.2, "val_dice": 0.6},
    ]
    run.write_history(rows)
    run.best_weights.parent.mkdir()
    build_resunet(CONFIG.network, seed=4).save_weights(run.best_weights)
    return run.path


def call(capsys, *words):
    code = main(["pack", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def assert_refused(result, *words):
    code, out, err = result
    assert (code, out) == (1, "")
    assert err.startswith("resunet pack: ")
    assert err.count("\n") == 1
    for word in words:
        assert str(word) in err


@pytest.fixture(scope="module")
def packed(tmp_path_factory, data, run_folder):
    """Packed once, with everything, for several tests to look at."""
    out = tmp_path_factory.mktemp("out") / "models"
    notes = tmp_path_factory.mktemp("notes") / "notes.md"
    notes.write_text("Weak where it is *dark*.\n", encoding="utf-8")
    words = ["pack", run_folder, "--id", "demo", "--out", out, "--title", "A demo"]
    words += ["--notes", notes, "--terms", "Only for tests.", "--samples", 3, "--seed", 5]
    words += ["--threshold", 0.45]
    words += ["--score", data, "validating", "testing", "--score", data, "training"]
    assert main([str(word) for word in words]) == 0
    return out


def test_three_files_and_nothing_else(packed):
    names = sorted(path.name for path in packed.iterdir())
    assert names == ["demo.json", "demo.md", "demo.weights.npz"]


def test_the_card_states_what_it_was_told_and_what_the_run_knows(packed, data):
    card = read_json(packed / "demo.json")
    assert (card["schema"], card["id"], card["title"]) == (1, "demo", "A demo")
    assert card["limits"] == "Weak where it is *dark*."
    assert card["terms"] == "Only for tests."
    assert card["threshold"] == 0.45
    assert card["data"] == {"folder": "patients"}
    assert card["split"] == {name: PATIENTS[name] for name in ("training", "validating")}
    assert card["training"]["best"]["epoch"] == 2
    assert card["training"]["command"] is None  # «tiny» is no preset
    weights = (packed / "demo.weights.npz").read_bytes()
    assert card["sha256"] == hashlib.sha256(weights).hexdigest()
    assert card["weights"]["bytes"] == len(weights)
    assert 0 < card["weights"]["largest_probability_change"] < 5e-3
    for path in packed.glob("demo.[jm]*"):
        assert str(data.parent) not in path.read_text(encoding="utf-8")


def test_the_packed_weights_are_scored_patient_by_patient(packed, data):
    card = read_json(packed / "demo.json")
    told = [(score["split"], score["samples"], score["seed"]) for score in card["scores"]]
    splits = ("validating", "testing", "training")
    assert told == [entry for s in splits for entry in ((s, 0, None), (s, 3, 5))]
    engine = load_engine(find_model(packed / "demo.json"))
    for score in card["scores"]:
        assert score["data"] == "patients"
        cases = cases_of_split(find_cases(data), score["split"], data)
        expected = summarise(
            score_cases(cases, engine, samples=score["samples"], seed=score["seed"] or 0)
        )
        for name in ("native", "grid"):
            assert list(score[name]["dice_by_patient"]) == PATIENTS[score["split"]]
            for values in (score[name], expected[name]):
                for patients in ("dice_by_patient", "ceiling_by_patient"):
                    told = values.pop(patients, {})  # approx does not look into it
                    values |= {f"{patients} {case}": value for case, value in told.items()}
            assert score[name] == pytest.approx(expected[name])
        used = (score["patients_trained_on"], score["patients_chosen_on"])
        assert used == {"training": (1, 0), "validating": (0, 1), "testing": (0, 0)}[score["split"]]
    deterministic, mean = card["scores"][2:4]
    assert deterministic["native"] != mean["native"]


def test_the_page_is_of_the_card(packed):
    text = (packed / "demo.md").read_text(encoding="utf-8")
    assert text.startswith("# A demo\n")
    assert "Weak where it is *dark*." in text
    assert text.count("\n### patients, ") == 3
    for name in ("anna", "bert", "carl", "dora"):
        assert f"\n| {name} | 0." in text


def test_the_model_gives_the_runs_probabilities(packed, run_folder):
    before, after = (
        load_engine(find_model(run_folder)),
        load_engine(find_model(packed / "demo.json")),
    )
    assert after.model_id.startswith("demo@")
    lost = read_json(packed / "demo.json")["weights"]["largest_probability_change"]
    assert largest_difference(before, after) == pytest.approx(lost)
    assert largest_difference(before, before) == 0.0


def test_the_model_is_found_by_name_once_it_lies_in_a_folder_of_models(packed, monkeypatch):
    monkeypatch.setenv("RESUNET_SHIPPED", str(packed))
    assert [(model.name, model.title) for model in list_models()] == [("demo", "A demo")]
    assert find_model().weights == packed / "demo.weights.npz"


def test_packing_again_gives_the_same_weights(packed, run_folder, tmp_path, capsys):
    code, out, err = call(capsys, run_folder, "--id", "demo", "--out", tmp_path)
    assert (code, err) == (0, "")
    same = (packed / "demo.weights.npz").read_bytes()
    assert (tmp_path / "demo.weights.npz").read_bytes() == same
    # … and so does packing what is packed, which still knows whence it came
    words = (tmp_path / "demo.weights.npz", "--id", "other", "--out", tmp_path, "--json")
    card = json.loads(call(capsys, *words)[1])
    assert (tmp_path / "other.weights.npz").read_bytes() == same
    assert card.pop("skipped") == []
    assert card == read_json(tmp_path / "other.json")
    assert card["training"]["best"]["epoch"] == 2
    # what was lost by the first rounding stays lost
    first = read_json(tmp_path / "demo.json")["weights"]["largest_probability_change"]
    assert card["weights"]["largest_probability_change"] == first > 0.0
    assert out.splitlines()[0].startswith("demo.weights.npz: ")
    assert "Largest change of a probability by rounding" in out
    assert out.splitlines()[-1] == f"Written to {tmp_path}."


def test_without_naming_splits_all_are_scored(run_folder, data, tmp_path, capsys):
    words = (run_folder, "--id", "demo", "--out", tmp_path / "out", "--score", data, "--json")
    card = json.loads(call(capsys, *words)[1])
    found = [(score["split"], score["samples"]) for score in card["scores"]]
    assert found == [("training", 0), ("validating", 0), ("testing", 0)]


def test_it_goes_into_the_models_folder_and_becomes_the_default(run_folder, home, capsys):
    assert call(capsys, run_folder, "--id", "a")[0] == 0
    assert default_name() is None
    code, out, _ = call(capsys, run_folder, "--id", "b", "--default")
    assert code == 0
    assert out.splitlines()[-1] == "b is the app's default model."
    assert [model.name for model in list_models()] == ["b", "a"]
    assert find_model().weights == home / "models" / "b.weights.npz"


def test_what_lies_elsewhere_cannot_be_the_default(run_folder, tmp_path, capsys):
    words = ("--id", "demo", "--out", tmp_path / "out", "--default")
    assert_refused(call(capsys, run_folder, *words), "--out is", "--default accepts")
    assert not (tmp_path / "out").exists()


# What the training patients look like


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Twenty training patients of eight slices, and the run of a network trained on them."""
    root = tmp_path_factory.mktemp("many") / "patients"
    names = [f"p{number}" for number in range(20)]
    splits = {"training": names, "validating": ["v"]}
    write_paper_layout(root, patients=splits, slices_per_patient=8, size=32)
    return root, names


def run_of(path, data, names):
    from resunet.network.resunet import build_resunet

    run = RunFolder(path)
    run.write_config(CONFIG, {"folder": str(data), "training": names, "validating": ["v"]})
    run.best_weights.parent.mkdir()
    build_resunet(CONFIG.network, seed=4).save_weights(run.best_weights)
    return run.path


def test_the_card_says_what_the_training_patients_look_like(many, tmp_path, capsys):
    data, names = many
    run, out = run_of(tmp_path / "run", data, names), tmp_path / "out"
    code, _, err = call(capsys, run, "--id", "demo", "--out", out, "--ranges", data)
    assert (code, err) == (0, "")
    found = find_model(out / "demo.json").intensities
    profiles = [
        intensity_profile(read_case(case), CONFIG.preparation, CONFIG.network.input_size)
        for case in cases_of_split(find_cases(data), "training", data)
    ]
    assert found.to_dict() == ranges_over(profiles).to_dict()
    assert found.patients == 20
    # packing what is packed keeps it, and its engine knows
    assert call(capsys, out / "demo.json", "--id", "again", "--out", out)[0] == 0
    again = find_model(out / "again.json")
    assert again.intensities.to_dict() == found.to_dict()
    assert load_engine(again).intensities is again.intensities
    assert "`again.json` holds what 20" in (out / "again.md").read_text(encoding="utf-8")


def test_without_ranges_the_card_says_why(packed):
    card = read_json(packed / "demo.json")
    assert card["intensities"] is None
    assert card["intensities_reason"] == "Not measured when the card was made."


def test_ranges_of_other_patients_are_refused(many, tmp_path, capsys):
    data, names = many
    run = run_of(tmp_path / "run", data, [*names[:-1], "somebody"])
    words = ("--id", "demo", "--out", tmp_path / "out", "--ranges", data)
    assert_refused(call(capsys, run, *words), "--ranges", data, "differ in p19", "trained on")
    assert not (tmp_path / "out").exists()


def test_ranges_of_few_patients_are_refused(run_folder, data, tmp_path, capsys):
    words = ("--id", "demo", "--out", tmp_path / "out", "--ranges", data)
    assert_refused(call(capsys, run_folder, *words), "of 0 patients, where at least 20")
    assert not list((tmp_path / "out").glob("demo*"))


def test_ranges_of_no_folder_are_refused(run_folder, tmp_path, capsys):
    words = ("--id", "demo", "--out", tmp_path / "out", "--ranges", "nowhere")
    assert_refused(call(capsys, run_folder, *words), "nowhere is not a folder")


# Refusals, before anything is written


@pytest.mark.parametrize("name", ["", "a b", "../a", ".a", "a/b", "ä", "a" * 81])
def test_names_that_are_no_file_names(run_folder, tmp_path, capsys, name):
    result = call(capsys, run_folder, f"--id={name}", "--out", tmp_path / "out")
    assert_refused(result, f"--id is {name!r}", "are accepted")
    assert not (tmp_path / "out").exists()


def test_results_do_not_lie_among_the_data(run_folder, data, capsys):
    words = ("--id", "demo", "--out", data / "models", "--score", data)
    assert_refused(call(capsys, run_folder, *words), "lies inside")
    assert not (data / "models").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--score", "nowhere"), "nowhere is not a folder"),
        (("--notes", "nowhere.md"), "nowhere.md: No such file or directory"),
    ],
)
def test_what_is_not_there_is_named(run_folder, tmp_path, capsys, words, told):
    result = call(capsys, run_folder, "--id", "demo", "--out", tmp_path / "out", *words)
    assert_refused(result, told)
    assert not (tmp_path / "out").exists()


def test_a_split_that_is_not_there(run_folder, data, tmp_path, capsys):
    words = ("--id", "demo", "--out", tmp_path / "out", "--score", data, "tests")
    assert_refused(call(capsys, run_folder, *words), "no cases in a split 'tests'")


def test_notes_that_are_no_text(run_folder, tmp_path, capsys):
    (tmp_path / "notes.md").write_bytes(b"\xff\xfe")
    words = ("--id", "demo", "--out", tmp_path / "out", "--notes", tmp_path / "notes.md")
    assert_refused(call(capsys, run_folder, *words), "notes.md is not UTF-8 text")


def test_a_failure_leaves_the_older_model_as_it_was(
    run_folder, data, tmp_path, capsys, monkeypatch
):
    words = (run_folder, "--id", "demo", "--out", tmp_path)
    assert call(capsys, *words)[0] == 0
    (tmp_path / "demo.weights.npz").write_bytes(b"older")

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(pack, "score_cases", fail)
    assert_refused(call(capsys, *words, "--score", data), "disk full")
    assert (tmp_path / "demo.weights.npz").read_bytes() == b"older"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["demo.json", "demo.md", "demo.weights.npz"]
