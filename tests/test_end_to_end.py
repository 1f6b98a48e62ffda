"""From a folder of slices to a trained network, its scores, predictions and pictures."""

import csv
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from synthetic import make_study, write_nifti_folder, write_paper_layout
from tiny import run_python

from resunet.cli import main
from resunet.jobs.run_folder import RunFolder

pytestmark = pytest.mark.keras

SCORES = {
    "dice_pooled",
    "dice_patient_mean",
    "dice_slice_mean",
    "slices",
    "patients",
    "undefined_slices",
}


def call(capsys, *words):
    """Runs a command in this process; gives what it printed as JSON."""
    code = main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out)


def test_train_evaluate_predict_compare(tmp_path, home, capsys):
    data, out = tmp_path / "data", tmp_path / "out"
    patients = {"training": ["anna", "bert"], "validating": ["carl"], "testing": ["dora", "emil"]}
    write_paper_layout(data, patients=patients)

    # train, in a process of its own, into the program's runs folder
    settings = ("--epochs", "2", "--steps-per-epoch", "2", "--batch-size", "4")
    words = ("train", "--data", str(data), "--preset", "small-data", *settings, "--json")
    trained = run_python("-m", "resunet", *words)
    assert trained.returncode == 0, trained.stderr[-2000:]
    result = json.loads(trained.stdout)
    assert (result["schema"], result["state"]) == (1, "finished")
    assert [row["step"] for row in result["history"]] == [2, 4]
    (folder,) = (home / "runs").iterdir()
    assert result["run"] == str(folder)
    run = RunFolder(folder)
    config, used = run.read_config()
    assert config.preset == "small-data"
    assert used["training"] == ["anna", "bert"]
    assert run.read_status()["state"] == "finished"
    assert len(run.read_history()) == 2

    # evaluate: the trained run is the only model there is
    evaluated = call(capsys, "evaluate", "--data", data, "--out", out / "scores")
    stored = json.loads((out / "scores" / "scores.json").read_text())
    assert stored == evaluated
    assert stored["schema"] == 1
    assert stored["model_id"].startswith(f"{folder.name}@")
    assert set(stored["splits"]) == {"testing"}
    for resolution in ("native", "grid"):
        values = stored["splits"]["testing"][resolution]
        assert set(values) >= SCORES
        assert (values["slices"], values["patients"]) == (8, 2)
        for name in ("dice_pooled", "dice_patient_mean"):
            assert 0.0 <= values[name] <= 1.0
    with open(out / "scores" / "slices.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["patient"], row["slice"]) for row in rows] == [
        (patient, str(number)) for patient in ("dora", "emil") for number in range(8, 12)
    ]
    intersection, true, pred = (
        sum(int(row[f"native_{name}_px"]) for row in rows)
        for name in ("intersection", "true", "pred")
    )
    assert stored["splits"]["testing"]["native"]["dice_pooled"] == pytest.approx(
        2 * intersection / (true + pred)
    )

    # predict a slice and a volume in one call
    study = make_study(slices=3, height=40, width=32, seed=7)
    volume = tmp_path / "frida"
    write_nifti_folder(volume, study.images, study.labels, axcodes=("R", "A", "S"))
    slice_file = data / "testing" / "dora_9.npz"
    predicted = call(
        capsys, "predict", slice_file, volume, "--samples", 3, "--out", out / "predicted"
    )
    assert predicted["failed"] == []
    assert [item["folder"] for item in predicted["predicted"]] == [
        str(out / "predicted" / name) for name in ("dora_9", "frida")
    ]
    layers = {}
    for name in ("mask", "probability", "uncertainty"):
        with np.load(out / "predicted" / "dora_9" / f"{name}.npz") as file:
            layers[name] = file[name]
            assert file["slice_numbers"].tolist() == [9]
        assert layers[name].shape == (1, 64, 64)
        written = nib.load(out / "predicted" / "frida" / f"{name}.nii.gz")
        given = nib.load(volume / "frida_t1.nii.gz")
        assert written.shape == given.shape == (32, 40, 3)
        np.testing.assert_allclose(written.affine, given.affine)
        assert np.isfinite(written.get_fdata()).all()
    np.testing.assert_array_equal(layers["mask"], layers["probability"] > 0.5)
    assert 0.0 <= layers["probability"].min() <= layers["probability"].max() <= 1.0
    assert layers["uncertainty"].max() > 0.0
    for name in ("dora_9", "frida"):
        measures = json.loads((out / "predicted" / name / "measures.json").read_text())
        assert measures["schema"] == 1

    # compare the splits
    compared = call(capsys, "compare", "--data", data, "--out", out / "compared")
    assert json.loads((out / "compared" / "comparison.json").read_text()) == compared
    assert compared["schema"] == 1
    for split, names in patients.items():
        with np.load(out / "compared" / f"{split}.npz") as file:
            assert int(file["slices"]) == 4 * len(names)
            assert file["mean"].max() <= 1.0
    with Image.open(out / "compared" / "masks.png") as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("L").getcolors()) > 1
