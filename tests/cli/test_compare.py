"""The command ``compare``, from files to files."""

import csv
import json

import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, write_patient
from command_line import assert_one_sentence, call
from PIL import Image
from synthetic import make_study, write_nifti_folder

from resunet.data.cases import find_cases
from resunet.data.exclusion import read_exclusion
from resunet.storage import read_json


def areas_px(data, split):
    areas = []
    for path in sorted((data / split).iterdir()):
        with np.load(path) as file:
            areas.append(int((file["mask"] > 0).sum()))
    return areas


def test_compare_prints_and_writes_the_same_json(capsys, data, tmp_path):
    out_folder = tmp_path / "out"
    code, out, err = call(capsys, "compare", "--data", data, "--out", out_folder, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result == read_json(out_folder / "comparison.json")
    assert result["schema"] == 1
    assert result["grid"] == [256, 256]
    assert list(result["sets"]) == ["training", "validating", "testing"]
    for split, patients in (("training", 2), ("validating", 1), ("testing", 1)):
        areas = areas_px(data, split)
        found = result["sets"][split]
        assert found["patients"] == patients
        assert found["slices"] == len(areas) == 3 * patients
        assert found["tumour_slices"] == patients  # the first and last of three have none
        assert found["empty_share"] == pytest.approx(2 / 3)
        assert found["mean_area_px"] == pytest.approx(np.mean(areas))
        assert sum(found["quadrants"].values()) == pytest.approx(1.0)
    assert [(pair["a"], pair["b"]) for pair in result["pairs"]] == [
        ("training", "validating"),
        ("training", "testing"),
        ("validating", "testing"),
    ]


def test_the_old_maps_and_every_form_are_written(capsys, data, tmp_path):
    call(capsys, "compare", "--data", data, "--out", tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    splits = {"training.npz", "validating.npz", "testing.npz"}
    tables = {"sets.csv", "pairs.csv", "flags.csv", "leakage.csv"}
    pages = {"comparison.json", "comparison.html", "masks.png", "arrays.npz", "exclude.txt"}
    assert names == splits | tables | pages
    masks = []
    for path in sorted((data / "training").iterdir()):
        with np.load(path) as file:
            masks.append(np.pad(file["mask"] > 0, 112))
    with np.load(tmp_path / "out/training.npz") as file:
        np.testing.assert_allclose(file["mean"], np.mean(masks, axis=0))
        np.testing.assert_allclose(file["std"], np.std(masks, axis=0))
        np.testing.assert_array_equal(file["hits"], np.sum(masks, axis=0))
        assert file["slices"] == 6
    with Image.open(tmp_path / "out/masks.png") as picture:
        assert picture.format == "PNG"


def test_compare_tells_each_set_in_a_sentence(capsys, data, tmp_path):
    code, out, _ = call(capsys, "compare", "--data", data, "--out", tmp_path / "out")
    assert code == 0
    first, *_, last = out.splitlines()
    mean = np.mean(areas_px(data, "training"))
    assert first == (
        f"training: 6 slices of 2 patients, 67% without tumour, {mean:.0f} px on average"
    )
    assert last == f"Written to {tmp_path / 'out'}."


def test_compare_reads_folders_of_nifti_files(capsys, tmp_path):
    study = make_study()
    write_nifti_folder(tmp_path / "data/testing/p", study.images, study.labels)
    words = ("--data", tmp_path / "data", "--out", tmp_path / "out", "--json")
    code, out, _ = call(capsys, "compare", *words)
    assert code == 0
    found = json.loads(out)["sets"]["testing"]
    assert found["slices"] == 3
    assert found["mean_area_px"] == pytest.approx(study.mask.sum() / 3)


def test_a_bad_file_is_told_and_listed(capsys, data, tmp_path):
    (data / "testing/d_9.npz").write_bytes(b"bad")
    out = tmp_path / "out"
    code, printed, _ = call(capsys, "compare", "--data", data, "--out", out)
    assert code == 0
    assert "1 file cannot be used as it is: unreadable file (1)." in printed
    (flag,) = read_json(out / "comparison.json")["flags"]
    assert (flag["file"], flag["kind"]) == ("testing/d_9.npz", "unreadable")
    listed = read_exclusion(out / "exclude.txt", find_cases(data), data)
    assert listed.names == ("testing/d_9.npz",)
    with open(out / "flags.csv", encoding="utf-8-sig") as file:
        lines = [line for line in file if not line.startswith("#")]
    (row,) = csv.DictReader(lines)
    assert row["file"] == "testing/d_9.npz"


def test_several_folders_whole_or_by_split(capsys, data, tmp_path):
    write_patient(tmp_path / "other", "x", *pictures_of(4, size=64))
    (tmp_path / "other/x_1.npz").write_bytes(b"bad")
    out = tmp_path / "out"
    words = ("--data", data, tmp_path / "other", "--out", out, "--json")
    result = json.loads(call(capsys, "compare", *words)[1])
    assert list(result["sets"]) == ["data/training", "data/validating", "data/testing", "other"]
    assert result["reference"] == "data/training"
    assert (out / "data-training.npz").is_file()
    assert (out / "exclude-1-data.txt").is_file()
    listed = read_exclusion(
        out / "exclude-2-other.txt", find_cases(tmp_path / "other"), tmp_path / "other"
    )
    assert listed.names == ("x_1.npz",)
    whole = json.loads(call(capsys, "compare", *words, "--whole", "--reference", "other")[1])
    assert list(whole["sets"]) == ["data", "other"]
    assert whole["reference"] == "other"


def test_what_cannot_be_done_is_one_sentence(capsys, data, tmp_path):
    out = ("--out", tmp_path / "out")
    result = call(capsys, "compare", "--data", data, *out, "--reference", "x")
    assert_one_sentence(result, "compare", "reference is 'x'", "training, validating, testing")
    result = call(capsys, "compare", "--data", data, data, *out)
    assert_one_sentence(result, "compare", data, "given twice")
    result = call(capsys, "compare", "--data", data, "--out", data / "testing/out")
    assert_one_sentence(result, "compare", "lies inside --data")
    result = call(capsys, "compare", "--data", data, *out, "--weights", "nonesuch")
    assert_one_sentence(result, "compare", "nonesuch is neither a weights file")
    result = call(capsys, "compare", "--data", data, *out, "--scheduler", "nonsense://x")
    assert_one_sentence(result, "compare", "No scheduler answers at nonsense://x")


def test_one_set_alone_is_told(capsys, tmp_path):
    write_patient(tmp_path / "data", "x", *pictures_of(4, size=64))
    out = tmp_path / "out"
    code, printed, _ = call(capsys, "compare", "--data", tmp_path / "data", "--out", out)
    assert code == 0
    assert printed.startswith("all: 3 slices of 1 patients, 67% without tumour")
    assert read_json(out / "comparison.json")["pairs"] == []


@pytest.mark.real_data
def test_broken_slices_are_found_among_real_ones(capsys, real_data, tmp_path):
    """Two contrasts that stand in each other's place, an empty contrast, heavy noise."""
    rng = np.random.default_rng(3)
    for split, patient in (
        ("training", "Brats18_CBICA_AQN_1"),
        ("training", "Brats18_2013_20_1"),
        ("testing", "Brats18_CBICA_AMH_1"),
    ):
        files = sorted((real_data / "brats2d" / split).glob(f"{patient}_*.npz"))
        (tmp_path / "data" / split).mkdir(parents=True, exist_ok=True)
        for file in files[:14]:
            (tmp_path / "data" / split / file.name).write_bytes(file.read_bytes())
    broken = {}
    some = sorted((tmp_path / "data/testing").iterdir())
    for path, kind in zip(
        some[2::5], ("swapped_contrasts", "missing_contrast", "noise"), strict=True
    ):
        with np.load(path) as file:
            arrays = dict(file)
        if kind == "swapped_contrasts":
            arrays["t1"], arrays["t2"] = arrays["t2"], arrays["t1"]
        elif kind == "missing_contrast":
            arrays["flair"] = np.zeros_like(arrays["flair"])
        else:
            picture = arrays["t2"].astype(float)
            deviation = 0.4 * picture[picture > 0].mean()
            noisy = np.abs(picture + rng.normal(0.0, deviation, picture.shape))
            arrays["t2"] = np.where(picture > 0, noisy, 0).astype(np.int16)
        np.savez(path, **arrays)
        broken[f"testing/{path.name}"] = kind
    words = ("--data", tmp_path / "data", "--out", tmp_path / "out", "--check", "--json")
    result = json.loads(call(capsys, "compare", *words)[1])
    found = {flag["file"]: flag["kind"] for flag in result["flags"]}
    assert broken.items() <= found.items()
    assert len(found) <= len(broken) + 2  # of 39 good ones
    assert result["checked"]
    assert 0 < result["false_alarm_rate"] < 0.05
    page = (tmp_path / "out/comparison.html").read_text(encoding="utf-8")
    assert all(name in page for name in broken)
    assert page.count("data:image/png;base64,") >= 5
