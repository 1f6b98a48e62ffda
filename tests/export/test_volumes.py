import gzip
import json
import struct

import nibabel as nib
import numpy as np
import pytest
from synthetic import make_study, write_nifti_folder

from resunet.data.readers import read_folder
from resunet.data.writers import nifti_bytes
from resunet.errors import InputError
from resunet.export.provenance import provenance
from resunet.export.volumes import LAYERS, write_layers
from resunet.study import CONTRASTS, Prediction

GEOMETRY = (
    *("pixdim", "xyzt_units", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d"),
    *("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z"),
)


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
    study = read_folder(tmp_path / "p")
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
        for field in GEOMETRY:
            assert image.header[field].tobytes() == source.header[field].tobytes(), field
        # nibabel's own way to R, A, S: the study's (slice, row, column) are S, P, L
        canonical = np.asarray(nib.as_closest_canonical(image).dataobj)
        ras = expected[layer].transpose(2, 1, 0)[::-1, ::-1]
        np.testing.assert_array_equal(canonical, ras)
    assert nib.load(paths[0]).get_data_dtype() == np.uint8
    assert nib.load(paths[1]).get_data_dtype() == np.float32


def test_the_same_prediction_gives_the_same_bytes(tmp_path):
    made = make_study()
    write_nifti_folder(tmp_path / "p", made.images, None)
    grid = read_folder(tmp_path / "p").grid
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
            assert set(file.files) == {path.stem, "slice_numbers", "provenance"}
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


def raw_header(path):
    """The header as it stands in the file."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        start = file.read(540)
    kind = nib.Nifti1Header if struct.unpack("<i", start[:4])[0] in (348, 1543569408) else None
    return (kind or nib.Nifti2Header)(start[:348] if kind else start, check=False)


def odd_headers():
    """Headers of the same volume as different programs write them."""
    both = nib.Nifti1Header()
    both["qform_code"], both["sform_code"] = 2, 4
    both["quatern_b"], both["quatern_c"], both["quatern_d"] = 0.0, 0.0, 0.7071068
    both["pixdim"] = [-1, 1.5, 2, 3, 9, 0.5, 0, 7]
    both["srow_x"], both["srow_y"] = [-1.5, 0.1, 0, 23], [0.1, -2, 0, 31]
    both["srow_z"] = [0, 0, 3, -17.25]
    both["xyzt_units"] = 10
    scanner = both.copy()
    scanner["sform_code"] = 0
    swapped = both.as_byteswapped()
    second = nib.Nifti2Header()
    for field in GEOMETRY:
        second[field] = both[field]
    return {"both": both, "quaternion only": scanner, "big-endian": swapped, "NIfTI-2": second}


def write_as_it_stands(path, header, array):
    """A file of which nibabel mends nothing, as it would on saving."""
    own = header.copy()
    own.set_data_dtype(array.dtype)
    own.set_data_shape(array.shape)
    own["pixdim"] = header["pixdim"]
    own["magic"] = b"n+1" if own.sizeof_hdr == 348 else b"n+2\0\r\n\x1a\n"
    own["vox_offset"] = own.sizeof_hdr + 4
    order = array.astype(array.dtype.newbyteorder(own.endianness)).tobytes(order="F")
    path.write_bytes(own.binaryblock + bytes(4) + order)


@pytest.mark.parametrize("kind", ["both", "quaternion only", "big-endian", "NIfTI-2"])
def test_the_geometry_in_the_header_is_the_inputs_bit_by_bit(tmp_path, kind):
    header = odd_headers()[kind]
    made = make_study(slices=4, height=9, width=7)
    (tmp_path / "p").mkdir()
    for index, contrast in enumerate(CONTRASTS):
        array = np.ascontiguousarray(made.images[..., index].transpose(2, 1, 0), np.int16)
        write_as_it_stands(tmp_path / "p" / f"{contrast}.nii", header, array)
    source = raw_header(tmp_path / "p" / "flair.nii")
    assert source["pixdim"][4] == 9.0  # as a scanner's repetition time is left there
    study = read_folder(tmp_path / "p")
    for path in write_layers(study, prediction_for(study), tmp_path / "out"):
        written = raw_header(path)
        assert type(written) is type(source)
        for field in GEOMETRY:
            assert written[field].tobytes() == source[field].tobytes(), field
        np.testing.assert_array_equal(nib.load(path).affine, study.grid.affine)


def test_the_provenance_travels_in_the_file(tmp_path):
    made = make_study(slices=2)
    write_nifti_folder(tmp_path / "p", made.images, None)
    study = read_folder(tmp_path / "p")
    prediction = prediction_for(study)
    for path in write_layers(study, prediction, tmp_path / "out"):
        (extension,) = nib.load(path).header.extensions
        assert extension.get_code() == 6
        assert json.loads(extension.get_content()) == provenance(study, prediction)
    for path in write_layers(made, prediction_for(made), tmp_path / "flat"):
        with np.load(path) as file:
            assert json.loads(str(file["provenance"]))["input_sha256"] == made.source.sha256
