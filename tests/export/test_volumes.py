import nibabel as nib
import numpy as np
import pytest
from synthetic import make_study, write_nifti_folder

from resunet.data.readers import read_nifti_folder
from resunet.data.writers import nifti_bytes
from resunet.errors import InputError
from resunet.export.volumes import LAYERS, write_layers
from resunet.study import Prediction


def prediction_for(study, *, threshold=0.5):
    """Maps no two pixels of which are alike."""
    rng = np.random.default_rng(0)
    maps = {
        name: rng.random(study.shape, np.float32)
        for name in ("probability", "std", "entropy", "mutual_information")
    }
    return Prediction(
        **maps,
        done=np.ones(study.shape[0], bool),
        area_px_samples=np.zeros((1, study.shape[0]), np.int64),
        std_by_t=np.zeros(1),
        threshold=threshold,
        samples=0,
        seed=0,
        model_id="m",
        engine="e",
    )


@pytest.mark.parametrize(
    "axcodes", [("L", "P", "S"), ("R", "A", "S"), ("P", "S", "R"), ("I", "R", "A")], ids="".join
)
def test_nifti_goes_back_onto_the_grid_of_the_file(tmp_path, axcodes):
    made = make_study(slices=4, height=9, width=7)
    write_nifti_folder(tmp_path / "p", made.images, None, axcodes=axcodes, spacing=(3.0, 2.0, 1.5))
    study = read_nifti_folder(tmp_path / "p")
    prediction = prediction_for(study, threshold=0.3)
    paths = write_layers(study, prediction, tmp_path / "out" / "deep")
    assert [path.name for path in paths] == [f"{layer}.nii.gz" for layer in LAYERS]
    source = nib.load(tmp_path / "p" / "p_t1.nii.gz")
    expected = {
        "mask": prediction.probability > 0.3,
        "probability": prediction.probability,
        "uncertainty": prediction.std,
    }
    for layer, path in zip(LAYERS, paths, strict=True):
        image = nib.load(path)
        assert image.shape == source.shape
        np.testing.assert_array_equal(image.affine, source.affine)
        assert image.header.get_xyzt_units()[0] == "mm"
        # nibabel's own way to R, A, S: the study's (slice, row, column) are S, P, L
        canonical = np.asarray(nib.as_closest_canonical(image).dataobj)
        ras = expected[layer].transpose(2, 1, 0)[::-1, ::-1]
        np.testing.assert_array_equal(canonical, ras)
    assert nib.load(paths[0]).get_data_dtype() == np.uint8
    assert nib.load(paths[1]).get_data_dtype() == np.float32


def test_the_same_prediction_gives_the_same_bytes(tmp_path):
    made = make_study()
    write_nifti_folder(tmp_path / "p", made.images, None)
    grid = read_nifti_folder(tmp_path / "p").grid
    array = np.ones(made.shape, np.uint8)
    data = nifti_bytes(array, grid)
    assert data == nifti_bytes(array, grid)
    assert data[4:8] == b"\0\0\0\0"  # gzip's time stamp


def test_without_a_grid_the_layers_are_npz(tmp_path):
    study = make_study(slices=2)
    prediction = prediction_for(study)
    paths = write_layers(study, prediction, tmp_path / "out")
    assert [path.name for path in paths] == [f"{layer}.npz" for layer in LAYERS]
    for path, expected in zip(
        paths, (prediction.mask, prediction.probability, prediction.std), strict=True
    ):
        with np.load(path) as file:
            assert set(file.files) == {path.stem, "slice_numbers"}
            np.testing.assert_array_equal(file[path.stem], expected)
            np.testing.assert_array_equal(file["slice_numbers"], [0, 1])
    with np.load(paths[0]) as file:
        assert file["mask"].dtype == np.uint8
        assert file["mask"].any()


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "out").write_text("a file")
    study = make_study()
    with pytest.raises(InputError, match=f"{tmp_path / 'out'} cannot be written to: File exists"):
        write_layers(study, prediction_for(study), tmp_path / "out")
