import hashlib
import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest
from synthetic import make_study, write_paper_layout

from resunet.cli import main, phantom
from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.data.writers import brats_grid
from resunet.phantom.likeness import describe
from resunet.phantom.patient import draw_settings
from resunet.phantom.template import NOTICE, load_template
from resunet.storage import read_json
from resunet.study import CONTRASTS

NAMES = [*CONTRASTS, "seg"]


def call(capsys, *words):
    """Exit code, standard output and standard error of a call."""
    try:
        code = main(["phantom", *map(str, words)])
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    return code, out, err


def assert_refused(result, *words):
    code, out, err = result
    assert (code, out) == (1, "")
    assert err.startswith("resunet phantom: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    for word in words:
        assert str(word) in err


def digests(folder):
    """Name → digest of every file of a folder and those below."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# Whole patients: two made in processes of their own, one of them again in this one


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    out = tmp_path_factory.mktemp("two") / "set"
    words = ["phantom", "--patients", "2", "--seed", "3", "--slices", "5", "--jobs", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phantom, "load_template", lambda: None)  # not here: the processes read it
        assert main([*words, "--out", str(out)]) == 0
    return out


def test_files_are_named_as_said(two):
    names = [str(path.relative_to(two)) for path in sorted(two.rglob("*")) if path.is_file()]
    slices = [name for name in names if name.startswith("slices/")]
    assert len(slices) == 10
    assert all(name.startswith("slices/training/Phantom_3_0000_") for name in slices[:5])
    assert all(name.startswith("slices/validating/Phantom_3_0001_") for name in slices[5:])
    volumes = [f"volumes/{p}/{p}_{n}.nii.gz" for p in patients_of(2) for n in NAMES]
    assert set(names) == {"NOTICE.md", "phantom.json", *slices, *volumes}
    assert (two / "NOTICE.md").read_text(encoding="utf-8") == NOTICE


def patients_of(count, seed=3):
    return [f"Phantom_{seed}_{number:04d}" for number in range(count)]


def test_slices_are_those_of_the_volumes(two):
    cases, volumes = find_cases(two / "slices"), find_cases(two / "volumes")
    assert [case.split for case in cases] == ["training", "validating"]
    assert [case.patient for case in cases] == [case.patient for case in volumes] == patients_of(2)
    for case, volume in zip(cases, volumes, strict=True):
        slices, whole = read_case(case), read_case(volume)
        numbers = np.array(slices.slice_numbers)
        assert (np.diff(numbers) > 0).all()
        assert numbers.min() >= 0
        assert numbers.max() < 100  # of the middle of the brain, where k = 0 is slice 25
        np.testing.assert_array_equal(slices.images[:, 8:-8, 8:-8], whole.images[numbers + 25])
        np.testing.assert_array_equal(slices.labels[:, 8:-8, 8:-8], whole.labels[numbers + 25])
        assert slices.brain.any((1, 2)).all()
        assert slices.warnings == whole.warnings == ()


def test_the_record_tells_what_was_made(two):
    record = read_json(two / "phantom.json")
    assert [record[name] for name in ("schema", "seed", "kind")] == [1, 3, "mixed"]
    assert record["intensities"] == "scanner"
    for number, patient in enumerate(record["patients"]):
        name = patients_of(2)[number]
        assert patient["patient"] == name
        assert patient["split"] == ("training", "validating")[number]
        expected = json.loads(json.dumps(draw_settings(3, number).to_dict()))
        assert patient["settings"] == expected
        seg = nib.load(two / f"volumes/{name}/{name}_seg.nii.gz")
        labels = np.asarray(seg.dataobj)
        for key, value in (("core", 1), ("oedema", 2), ("enhancing", 4)):
            assert patient[f"{key}_volume_ml"] == (labels == value).sum() / 1000
        assert patient["tumour_volume_ml"] == pytest.approx((labels > 0).sum() / 1000)
        asked = sum(lesion["volume_ml"] for lesion in patient["settings"]["lesions"])
        assert patient["tumour_volume_ml"] == pytest.approx(asked, rel=0.1)


def test_neither_processes_nor_how_many_there_are_change_a_byte(two, tmp_path, capsys):
    words = ("--patients", 1, "--seed", 3, "--slices", 5, "--jobs", 1, "--only", "slices")
    assert call(capsys, *words, "--out", tmp_path)[0] == 0
    found, expected = digests(tmp_path), digests(two)
    found.pop("phantom.json")
    assert len(found) == 5 + 1  # slices, which are those of the volumes, and the notice
    assert found == {name: expected[name] for name in found}
    record, whole = (read_json(folder / "phantom.json") for folder in (tmp_path, two))
    assert record["patients"] == whole["patients"][:1]


# The rest with patients that take no time: 155 slices, 41 to 140 of which show a brain


@pytest.fixture
def quick(monkeypatch):
    """Makes a toy of each patient; what was asked for is noted."""
    asked = []

    def make(template, settings, seed, number=0, *, identifier=None):
        asked.append(SimpleNamespace(settings=settings, seed=seed, number=number))
        brain = make_study(slices=100, height=24, width=20, seed=100 * seed + number)
        images, labels = np.zeros((155, 24, 20, 4), np.float32), np.zeros((155, 24, 20), np.uint8)
        images[41:141] = brain.images
        if settings.lesions:
            labels[41:141] = brain.labels
        return replace(
            brain,
            images=images,
            labels=labels,
            identifier=identifier or f"Phantom_{seed}_{number:04d}",
            slice_positions_mm=np.arange(155.0),
            slice_numbers=(),
            grid=brats_grid(155, 24, 20),
        )

    monkeypatch.setattr(phantom, "load_template", lambda: None)
    monkeypatch.setattr(phantom, "make_patient", make)
    return asked


def run(capsys, out, *words, patients=1):
    code, text, err = call(
        capsys, "--patients", patients, "--jobs", 1, "--slices", 4, "--out", out, *words
    )
    assert (code, err) == (0, "")
    return text


def test_eight_patients_are_split_six_to_one_to_one(quick, capsys, tmp_path):
    run(capsys, tmp_path, patients=9)
    splits = {case.patient[-1]: case.split for case in find_cases(tmp_path / "slices")}
    assert splits.pop("1") == "validating"
    assert splits.pop("2") == "testing"
    assert splits == dict.fromkeys("0345678", "training")


def test_what_is_asked_for_reaches_the_patients(quick, capsys, tmp_path):
    words = ("--seed", 7, "--kind", "low", "--lesions", 2, "--intensities", "random")
    run(capsys, tmp_path, *words, patients=2)
    for number, asked in enumerate(quick):
        assert (asked.seed, asked.number) == (7, number)
        assert asked.settings == draw_settings(
            7, number, kind="low", lesions=2, intensities="random"
        )
        assert {lesion.grade for lesion in asked.settings.lesions} == {"low"}
    record = read_json(tmp_path / "phantom.json")
    assert [record[name] for name in ("seed", "kind", "intensities")] == [7, "low", "random"]


def test_a_set_without_tumours(quick, capsys, tmp_path):
    run(capsys, tmp_path, "--kind", "none")
    (patient,) = read_json(tmp_path / "phantom.json")["patients"]
    assert patient["tumour_volume_ml"] == patient["core_volume_ml"] == 0
    assert patient["settings"]["lesions"] == []


def test_one_layout_only(quick, capsys, tmp_path):
    text = run(capsys, tmp_path / "s", "--only", "slices")
    assert {path.name for path in (tmp_path / "s").iterdir()} == {
        "NOTICE.md",
        "phantom.json",
        "slices",
    }
    assert text.endswith(f"Written to {tmp_path / 's'}: slices/<split>/<patient>_<k>.npz.\n")
    text = run(capsys, tmp_path / "v", "--only", "volumes")
    assert not (tmp_path / "v/slices").exists()
    assert len(list((tmp_path / "v/volumes/Phantom_0_0000").iterdir())) == 5
    assert text.endswith(f"Written to {tmp_path / 'v'}: volumes/<patient>/*.nii.gz.\n")


def test_slices_are_drawn_where_the_brain_is(quick, capsys, tmp_path):
    run(capsys, tmp_path, "--slices", 500, "--only", "slices")
    (case,) = find_cases(tmp_path / "slices")
    # slices 25 to 124 are known, the brain begins at 41: k from 16 to 99
    assert [file.number for file in case.slices] == list(range(16, 100))
    numbers = []
    for number in range(2):
        folder = tmp_path / str(number)
        run(capsys, folder, "--slices", 10, "--only", "slices", "--seed", number)
        (case,) = find_cases(folder / "slices")
        numbers.append([file.number for file in case.slices])
        assert len(numbers[-1]) == 10
        assert min(numbers[-1]) >= 16
        assert max(np.diff(numbers[-1])) > 1  # with gaps, as the paper's
    assert numbers[0] != numbers[1]


def test_a_sentence_tells_the_volumes(quick, capsys, tmp_path):
    text = run(capsys, tmp_path, "--seed", 2, "--kind", "high", patients=3)
    volumes = [p["tumour_volume_ml"] for p in read_json(tmp_path / "phantom.json")["patients"]]
    assert text.splitlines() == [
        f"3 patients, seed 2; whole tumour {min(volumes):.0f} to {max(volumes):.0f} ml, median "
        f"{sorted(volumes)[1]:.0f} ml.",
        f"Written to {tmp_path}: slices/<split>/<patient>_<k>.npz and volumes/<patient>/*.nii.gz.",
    ]


def test_json_is_what_the_record_holds(quick, capsys, tmp_path):
    text = run(capsys, tmp_path, "--json", "--seed", 5)
    assert json.loads(text) == read_json(tmp_path / "phantom.json")


# Compared with real ones


@pytest.fixture
def real(tmp_path):
    write_paper_layout(
        tmp_path / "real",
        patients={"training": ["a", "b"], "testing": ["c"]},
        slices_per_patient=4,
        size=32,
        seed=9,
    )
    return tmp_path / "real"


def test_a_comparison_tells_where_they_differ(quick, capsys, real, tmp_path):
    out = tmp_path / "out"
    words = ("--compare-with", real, "--kind", "high")
    text = run(capsys, out, *words, patients=2)
    written = read_json(out / "comparison.json")
    assert (written["schema"], written["real"]) == (1, 3)
    values = [
        [describe(read_case(case)) for case in find_cases(folder)]
        for folder in (real, out / "slices")
    ]
    by_name = {each["quantity"]: each for each in written["quantities"]}
    assert "flair, oedema, 50 %" in by_name
    for name in ("tumour / brain", "t1, healthy, 90 %", "centre towards right"):
        each = by_name[name]
        for kind, patients in zip(("real", "synthetic"), values, strict=True):
            expected = np.quantile([patient[name] for patient in patients], (0.1, 0.5, 0.9))
            np.testing.assert_allclose(each[kind], expected)
        low, _, high = each["real"]
        assert each["differs"] == (not low <= each["synthetic"][1] <= high)
    different = [each for each in written["quantities"] if each["differs"]]
    assert 0 < len(different) < len(by_name)
    lines = text.splitlines()[2:]
    same = len(by_name) - len(different)
    assert lines[0].startswith(f"{same} of {len(by_name)} quantities: ")
    assert [line.split("  real ")[0].strip() for line in lines[1:]] == [
        each["quantity"] for each in different
    ]


def test_the_comparison_is_told_in_json_too(quick, capsys, real, tmp_path):
    text = run(capsys, tmp_path / "out", "--compare-with", real, "--json")
    assert (
        json.loads(text)["comparison"] == read_json(tmp_path / "out/comparison.json")["quantities"]
    )


# The demo patients


def test_the_demo_is_a_folder_a_patient(quick, capsys, tmp_path, monkeypatch):
    made = []

    def make(template, patient):
        made.append(patient)
        study = make_study(slices=3, height=14, width=12)
        return replace(study, identifier=patient.name, grid=brats_grid(3, 14, 12))

    monkeypatch.setattr(phantom, "make_demo_patient", make)
    code, text, err = call(capsys, "--demo", "--out", tmp_path / "demo")
    assert (code, err) == (0, "")
    assert tuple(made) == phantom.DEMO_PATIENTS
    names = [patient.name for patient in phantom.DEMO_PATIENTS]
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == [*names, "NOTICE.md"]
    assert [case.patient for case in find_cases(tmp_path / "demo")] == names
    assert text == f"{', '.join(names)}: written to {tmp_path / 'demo'}.\n"
    _, text, _ = call(capsys, "--demo", "--json", "--out", tmp_path / "again")
    assert json.loads(text) == {"schema": 1, "patients": names}


# Wrong calls


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "--out"),
        (("--out", "x"), "one of the arguments --patients --demo is required"),
        (("--out", "x", "--patients", "2", "--demo"), "not allowed with"),
        (("--out", "x", "--patients", "0"), "'0' is not a whole number from 1 up"),
        (("--out", "x", "--patients", "1", "--seed", "-1"), "from 0 up"),
        (("--out", "x", "--patients", "1", "--kind", "odd"), "invalid choice: 'odd'"),
        (("--out", "x", "--patients", "1", "--only", "pictures"), "invalid choice"),
        (("--out", "x", "--patients", "1", "--jobs", "0"), "from 1 up"),
        (("--out", "x", "--patients", "1", "--slices", "half"), "'half' is not a whole number"),
    ],
)
def test_a_wrong_call_is_2_and_tells_the_usage(capsys, words, reason):
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert "usage: python -m resunet phantom" in err
    assert reason in err


def test_slices_are_needed_for_a_comparison(quick, capsys, real, tmp_path):
    words = ("--patients", 1, "--compare-with", real, "--only", "volumes", "--out", tmp_path / "o")
    assert_refused(call(capsys, *words), "--compare-with compares slices")
    assert quick == []


def test_real_patients_that_are_not_there_are_told_before_the_work(quick, capsys, tmp_path):
    words = ("--patients", 1, "--compare-with", tmp_path / "no", "--out", tmp_path / "o")
    assert_refused(call(capsys, *words), tmp_path / "no", "is not a folder")
    assert quick == []


def test_a_folder_that_cannot_be_made(quick, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert_refused(call(capsys, "--patients", 1, "--out", tmp_path / "file"), tmp_path / "file")
    assert quick == []


def test_without_nilearn_one_sentence_tells_what_to_install(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nilearn", None)
    monkeypatch.setattr(phantom, "load_template", load_template.__wrapped__)
    result = call(capsys, "--patients", 1, "--out", tmp_path / "o")
    assert_refused(result, "nilearn", "requirements-phantom.txt")


@pytest.mark.parametrize("words", [("--only", "slices"), ("--compare-with", ".")])
def test_the_demo_patients_are_what_they_are(capsys, tmp_path, words):
    code, out, err = call(capsys, "--demo", *words, "--out", tmp_path / "demo")
    assert (code, out) == (1, "")
    assert "--demo goes with --out alone" in err
