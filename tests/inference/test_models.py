import dataclasses
import hashlib
import json
import os

import numpy as np
import pytest

from resunet.config import to_dict
from resunet.errors import InputError
from resunet.inference.fitness import PERCENTILES, IntensityRanges, Profile
from resunet.inference.models import default_name, find_model, list_models, set_default
from resunet.jobs.run_folder import RunFolder
from resunet.presets import preset

CONFIG = dataclasses.replace(preset("small-data"), seed=9)


def make_run(path, *, time=None, weights=b"best"):
    run = RunFolder(path)
    run.write_config(CONFIG, {})
    if time is not None:
        os.utime(run.config_file, (time, time))
    if weights is not None:
        run.best_weights.parent.mkdir()
        run.best_weights.write_bytes(weights)
        run.last_weights.write_bytes(b"last")
    return run


def make_card(folder, name="demo", *, weights=b"weights", suffix=".weights.h5", **changes):
    folder.mkdir(parents=True, exist_ok=True)
    values = {"config": to_dict(CONFIG), **changes}
    values = {key: value for key, value in values.items() if value is not None}
    (folder / f"{name}.json").write_text(json.dumps(values))
    if weights is not None:
        (folder / f"{name}{suffix}").write_bytes(weights)
    return folder / f"{name}.json"


# Found by what the user names


def test_a_run_is_its_best_weights(tmp_path):
    run = make_run(tmp_path / "my-run")
    model = find_model(tmp_path / "my-run")
    assert model.name == "my-run"
    assert model.weights == run.best_weights
    assert model.config == CONFIG
    assert model.threshold == 0.5


def test_a_run_is_named_after_its_folder_however_it_is_reached(tmp_path, monkeypatch):
    make_run(tmp_path / "my-run")
    monkeypatch.chdir(tmp_path / "my-run")
    assert find_model(".").name == "my-run"


def test_a_weights_file_inside_a_run(tmp_path):
    run = make_run(tmp_path / "my-run")
    model = find_model(str(run.last_weights))
    assert (model.name, model.weights, model.config) == ("my-run", run.last_weights, CONFIG)


def test_a_weights_file_beside_its_card(tmp_path):
    make_card(tmp_path, threshold=0.4)
    model = find_model(tmp_path / "demo.weights.h5")
    assert model.name == "demo"
    assert model.weights == tmp_path / "demo.weights.h5"
    assert model.config == CONFIG
    assert model.threshold == 0.4


@pytest.mark.parametrize("suffix", [".weights.npz", ".weights.h5"])
@pytest.mark.parametrize("named", [".json", "weights"])
def test_a_card_with_either_kind_of_weights(tmp_path, suffix, named):
    digest = hashlib.sha256(b"weights").hexdigest()
    make_card(tmp_path, suffix=suffix, title="A demo", sha256=digest.upper(), schema=1)
    model = find_model(tmp_path / f"demo{suffix if named == 'weights' else named}")
    assert model.name == "demo"
    assert model.weights == tmp_path / f"demo{suffix}"
    assert model.title == "A demo"
    assert model.stated_sha256 == digest
    model.check_digest()


def test_of_two_weights_files_the_named_one_is_taken_and_else_the_arrays(tmp_path):
    card = make_card(tmp_path)
    make_card(tmp_path, suffix=".weights.npz")
    assert find_model(card).weights.name == "demo.weights.npz"
    for suffix in (".weights.npz", ".weights.h5"):
        assert find_model(tmp_path / f"demo{suffix}").weights.name == f"demo{suffix}"


def test_names_of_cards_and_of_runs(home):
    make_card(home / "models")
    make_run(home / "runs" / "my-run")
    assert find_model("demo").weights == home / "models" / "demo.weights.h5"
    assert find_model("my-run").weights == RunFolder(home / "runs" / "my-run").best_weights


def test_the_digest_is_of_the_weights(tmp_path):
    make_run(tmp_path / "my-run", weights=b"abc")
    model = find_model(tmp_path / "my-run")
    assert model.sha256() == hashlib.sha256(b"abc").hexdigest()
    assert model.model_id() == "my-run@ba7816bf8f01"


# Lists


def test_cards_come_first_by_name_then_runs_newest_first(home):
    make_run(home / "runs" / "old", time=100)
    make_run(home / "runs" / "new", time=200)
    make_card(home / "models", "b")
    make_card(home / "models", "a")
    assert [model.name for model in list_models()] == ["a", "b", "new", "old"]
    assert find_model().name == "a"


def test_shipped_models_come_between_the_users_models_and_the_runs(home, shipped):
    make_run(home / "runs" / "a-run")
    make_card(shipped, "b", suffix=".weights.npz")
    make_card(shipped, "a")
    assert find_model().weights == shipped / "a.weights.h5"
    make_card(home / "models", "z")
    assert [model.name for model in list_models()] == ["z", "a", "b", "a-run"]
    assert find_model().name == "z"
    assert find_model("b").weights == shipped / "b.weights.npz"


def test_of_one_name_in_several_places_the_first_counts(home, shipped):
    make_run(home / "runs" / "a")
    make_run(home / "runs" / "b")
    make_card(shipped, "a")
    make_card(shipped, "b")
    make_card(home / "models", "b")
    assert [model.weights for model in list_models()] == [
        home / "models" / "b.weights.h5",
        shipped / "a.weights.h5",
    ]
    # … that can be read
    (home / "models" / "b.json").write_text("{")
    assert find_model("b").weights == shipped / "b.weights.h5"


@pytest.mark.parametrize("name", ["b", "c", "a-run"])
def test_the_default_model_comes_first_wherever_it_lies(home, shipped, name):
    make_run(home / "runs" / "a-run")
    make_card(home / "models", "a")
    make_card(home / "models", "b")
    make_card(shipped, "c")
    usual = ["a", "b", "c", "a-run"]
    set_default(name)
    assert default_name() == name
    assert find_model().name == name
    assert [model.name for model in list_models()] == [name, *(n for n in usual if n != name)]
    set_default(None)
    assert default_name() is None
    assert [model.name for model in list_models()] == usual


def test_a_default_model_that_is_gone_is_ignored(home):
    make_card(home / "models", "a")
    gone = make_card(home / "models", "b")
    set_default("b")
    gone.unlink()
    assert [model.name for model in list_models()] == ["a"]
    assert find_model().name == "a"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"nonesuch\nb\n"])
def test_a_default_that_makes_no_sense_is_ignored(home, content):
    make_card(home / "models", "a")
    make_card(home / "models", "b")
    (home / "models" / "default.txt").write_bytes(content)
    assert [model.name for model in list_models()] == ["a", "b"]


def test_what_is_no_model_does_not_become_the_default(home):
    make_card(home / "models", "a")
    set_default("a")
    with pytest.raises(InputError, match="nonesuch is not the name of a model; one that is listed"):
        set_default("nonesuch")
    assert default_name() == "a"


def test_a_models_folder_that_cannot_be_written_to_is_named(home):
    make_run(home / "runs" / "a-run")
    (home / "models").write_text("a file in its place")
    with pytest.raises(InputError, match=r"default\.txt cannot be written: "):
        set_default("a-run")


def test_what_cannot_be_read_is_left_out_of_the_list(home):
    make_run(home / "runs" / "good")
    make_run(home / "runs" / "without-weights", weights=None)
    make_run(home / "runs" / "broken").config_file.write_text("{")
    make_card(home / "models", "no-weights", weights=None)
    make_card(home / "models", "no-config", config=None)
    (home / "models" / "text.json").write_text("text")
    assert [model.name for model in list_models()] == ["good"]


def test_listing_reads_no_weights(home):
    make_card(home / "models", weights=b"", sha256="0" * 64)
    assert list_models()[0].name == "demo"


# Errors


def test_weights_that_are_not_the_cards(tmp_path):
    card = make_card(tmp_path, weights=b"abc", sha256="0123456789abcdef" * 4)
    with pytest.raises(InputError) as caught:
        find_model(card).check_digest()
    assert str(caught.value) == (
        f"{tmp_path / 'demo.weights.h5'} is not the file its card describes: SHA-256 begins "
        "ba7816bf8f01, where 0123456789ab is stated."
    )


def test_weights_that_are_gone_have_no_digest(tmp_path):
    card = make_card(tmp_path, sha256="0" * 64)
    model = find_model(card)
    model.weights.unlink()
    with pytest.raises(InputError, match=r"demo\.weights\.h5 cannot be read: No such file"):
        model.check_digest()


def test_where_no_digest_is_stated_none_is_checked(tmp_path):
    model = find_model(make_card(tmp_path))
    assert model.check_digest() == model.sha256() == hashlib.sha256(b"weights").hexdigest()


def test_an_identifier_from_a_known_digest_reads_no_file(tmp_path):
    model = find_model(make_card(tmp_path))
    model.weights.unlink()
    assert model.model_id("0123456789abcdef" * 4) == "demo@0123456789ab"


def test_a_model_knows_what_its_patients_look_like(tmp_path):
    ranges = IntensityRanges(
        Profile(np.zeros((4, len(PERCENTILES))), np.zeros(6)),
        Profile(np.ones((4, len(PERCENTILES))), np.ones(6)),
        30,
    )
    model = find_model(make_card(tmp_path, intensities=ranges.to_dict()))
    assert model.intensities.to_dict() == ranges.to_dict()
    assert find_model(make_card(tmp_path, "other")).intensities is None


def test_a_card_without_weights(tmp_path):
    card = make_card(tmp_path, weights=None)
    with pytest.raises(InputError, match=r"neither demo\.weights\.npz nor demo\.weights\.h5 is"):
        find_model(card)


def test_no_model_at_all_says_what_to_do(home, shipped):
    assert list_models() == []
    with pytest.raises(InputError) as caught:
        find_model()
    assert str(home / "models") in str(caught.value)
    assert str(shipped) in str(caught.value)
    assert "python -m resunet train" in str(caught.value)


def test_an_unknown_name(home):
    with pytest.raises(
        InputError, match="nonesuch is neither a weights file, nor a card, nor a run"
    ):
        find_model("nonesuch")


def test_a_folder_that_is_no_run(tmp_path):
    with pytest.raises(InputError, match=f"{tmp_path} holds no run"):
        find_model(tmp_path)


def test_a_run_without_weights(tmp_path):
    make_run(tmp_path / "r", weights=None)
    with pytest.raises(InputError, match=r"r has no weights yet: best\.weights\.h5 is missing"):
        find_model(tmp_path / "r")


def test_a_file_that_is_no_weights_file(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"")
    accepted = r"\*\.weights\.npz, \*\.weights\.h5 or a model's card \*\.json is accepted"
    with pytest.raises(InputError, match=rf"model\.keras is not a weights file; {accepted}"):
        find_model(tmp_path / "model.keras")


def test_weights_without_settings(tmp_path):
    (tmp_path / "lone.weights.h5").write_bytes(b"")
    with pytest.raises(InputError, match=r"lone\.weights\.h5 has no settings: a card lone\.json"):
        find_model(tmp_path / "lone.weights.h5")


def test_a_bad_card_is_named(tmp_path):
    card = make_card(tmp_path, threshold=2)
    with pytest.raises(InputError, match=r"demo\.json: threshold is 2") as caught:
        find_model(tmp_path / "demo.weights.h5")
    assert str(card) in str(caught.value)
