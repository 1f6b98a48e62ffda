import shutil
import subprocess
from dataclasses import replace

import highdicom as hd
import numpy as np
import pytest
from dicom_files import PERSONAL, placed, write_series
from pydicom import DataElement, config, dcmread

from resunet import DISCLAIMER, __version__
from resunet.data.readers.dicom.series import find_series
from resunet.errors import InputError
from resunet.export.dicom import CONTENTS, write_dicom
from resunet.export.provenance import provenance, provenance_lines
from resunet.study import Prediction, Source, Study

TOP = 4095
"""The source's pixels are whole numbers up to here, and its predictions are made of them."""

SHA256 = "0123456789abcdef" * 4
PSEUDONYM = "resunet-0123456789ab"
STUDY_DATE = "20240607"
KEPT = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"),
    *("AccessionNumber", "StudyID", "ReferringPhysicianName", "StudyDescription"),
)


def source_values(*, slices=5, height=11, width=9):
    """Whole numbers (S, H, W) no two of which are alike; no frame fills whole bytes with bits."""
    order = np.random.default_rng(3).permutation(slices * height * width)
    return (order * TOP // order.max()).reshape(slices, height, width)


def series_of(folder, values, *, without=(), plane="axial", spacing_mm=(1.0, 1.0, 1.0), **options):
    """Writes one series, less the planes named, and reads its headers."""
    oblique_deg, is_reversed = options.pop("oblique_deg", 0.0), options.pop("is_reversed", False)
    array, affine = placed(values, plane=plane, spacing_mm=spacing_mm, oblique_deg=oblique_deg)
    if is_reversed:
        array, affine = array[::-1], affine.copy()
        affine[:, 3] += (len(array) - 1) * affine[:, 0]
        affine[:, 0] *= -1.0
    paths = write_series(folder, array, affine, **options)
    for index in without:
        paths[index].unlink()
    paths = [path for path in paths if path.exists()]
    (volume,) = find_series(paths)
    return paths, volume.stack


def predicted(values, *, samples=5, threshold=0.5, **fields):
    """A study and its prediction: the source's values as probability, half of them as std."""
    share = (values / TOP).astype(np.float32)
    zeros = np.zeros_like(share)
    study = Study(
        images=np.stack([values.astype(np.float32)] * 4, axis=-1),
        identifier="Doe_Jane",
        source=Source("dicom", SHA256),
        spacing_mm=(1.0, 1.0),
        warnings=("FLAIR war 1,5 × dicker – geprüft.",),
    )
    prediction = Prediction(
        probability=share,
        std=share / 2 if samples > 1 else zeros,
        entropy=zeros,
        mutual_information=zeros,
        done=np.ones(len(values), bool),
        area_px_samples=np.zeros((max(samples, 1), len(values)), np.int64),
        std_by_t=np.zeros(max(samples, 1)),
        threshold=threshold,
        samples=samples,
        seed=7,
        model_id="resunet-test",
        engine="NumPy, by hand",
        model_sha256="fedcba98" * 8,
        warnings=("The model is a toy.",),
    )
    return study, replace(prediction, **fields)


def source_frames(paths):
    """(instance, frame number) → the source's values there, read by highdicom."""
    frames = {}
    for path in paths:
        image = hd.imread(path)
        for number in range(1, image.number_of_frames + 1):
            frames[image.SOPInstanceUID, number] = image.get_frame(number)
    return frames


def exported_frames(dataset):
    """(referenced instance, frame number) → the pixels that refer to it, read by pydicom."""
    pixels = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    frames = {}
    for group, array in zip(dataset.PerFrameFunctionalGroupsSequence, pixels, strict=True):
        (source,) = group.DerivationImageSequence[0].SourceImageSequence
        assert source.SpatialLocationsPreserved == "YES"
        frames[source.ReferencedSOPInstanceUID, source.get("ReferencedFrameNumber", 1)] = array
    return frames


def source_places(paths):
    """(instance, frame number) → the place of the frame's corner."""
    places = {}
    for path in paths:
        header = dcmread(path, stop_before_pixels=True)
        groups = header.get("PerFrameFunctionalGroupsSequence")
        items = [g.PlanePositionSequence[0] for g in groups] if groups else [header]
        for number, item in enumerate(items, 1):
            places[header.SOPInstanceUID, number] = list(item.ImagePositionPatient)
    return places


OBLIQUE = {"oblique_deg": 14.0, "spacing_mm": (3.0, 0.7, 0.9)}
CASES = {
    "axial": {},
    "shuffled": {"habit": "shuffled"},
    "reversed": {"is_reversed": True},
    "oblique": OBLIQUE,
    "sagittal": {"plane": "sagittal", **OBLIQUE},
    "coronal": {"plane": "coronal", **OBLIQUE},
    "sparse": {"habit": "sparse"},
    "enhanced": {"habit": "enhanced"},
    "enhanced-sagittal": {"habit": "enhanced-shuffled", "plane": "sagittal", **OBLIQUE},
}


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_every_value_lies_on_the_pixel_of_the_source_it_was_made_from(tmp_path, options):
    values = source_values()
    paths, stack = series_of(tmp_path / "in", values, **options)
    written = write_dicom(*predicted(values, threshold=0.6), stack, tmp_path / "out" / "deep")
    assert [path.name for path in written] == [f"{name}.dcm" for name in CONTENTS]
    expected, places = source_frames(paths), source_places(paths)
    mask, probability, uncertainty = (dcmread(path) for path in written)
    for dataset in (mask, probability, uncertainty):
        frames = exported_frames(dataset)
        assert frames.keys() == expected.keys()
        for group, key in zip(dataset.PerFrameFunctionalGroupsSequence, frames, strict=True):
            position = group.PlanePositionSequence[0].ImagePositionPatient
            np.testing.assert_allclose(position, places[key], rtol=0, atol=1e-9)
    for key, pixels in exported_frames(mask).items():
        np.testing.assert_array_equal(pixels, expected[key] / TOP > 0.6)
    for key, pixels in exported_frames(probability).items():
        np.testing.assert_allclose(pixels / 255, expected[key] / TOP, rtol=0, atol=0.501 / 255)
    for key, pixels in exported_frames(uncertainty).items():
        assert pixels.dtype == np.float32
        np.testing.assert_array_equal(pixels, (expected[key] / TOP).astype(np.float32) / 2)


def test_highdicom_finds_the_pixels_by_their_source_and_in_space(tmp_path):
    values = source_values()
    paths, stack = series_of(tmp_path, values, plane="sagittal", **OBLIQUE)
    study, prediction = predicted(values)
    written = write_dicom(study, prediction, stack, tmp_path / "out")
    instances = [dcmread(path).SOPInstanceUID for path in paths]
    array, _ = placed(values, plane="sagittal")
    mask = hd.seg.segread(written[0])
    np.testing.assert_array_equal(
        mask.get_pixels_by_source_instance(instances)[..., 0], array / TOP > 0.5
    )
    probability = hd.seg.segread(written[1])
    assert probability.MaximumFractionalValue == 255
    assert probability.SegmentationFractionalType == "PROBABILITY"
    found = probability.get_pixels_by_source_instance(instances)[..., 0]
    np.testing.assert_allclose(found, array / TOP, rtol=0, atol=0.501 / 255)
    std = hd.imread(written[2]).get_volume()
    source = hd.get_volume_from_series([dcmread(path) for path in paths])
    np.testing.assert_allclose(std.affine, source.affine, atol=1e-6)
    np.testing.assert_allclose(std.array, source.array / TOP / 2, rtol=1e-6)


def test_frames_of_an_enhanced_image_are_found_by_their_number(tmp_path):
    values = source_values()
    paths, stack = series_of(tmp_path, values, habit="enhanced-shuffled")
    written = write_dicom(*predicted(values), stack, tmp_path / "out")
    source = hd.imread(paths[0])
    found = hd.seg.segread(written[0]).get_pixels_by_source_frame(
        source.SOPInstanceUID, [4, 1], assert_missing_frames_are_empty=True
    )
    for pixels, number in zip(found[..., 0], (4, 1), strict=True):
        np.testing.assert_array_equal(pixels, source.get_frame(number) / TOP > 0.5)


def test_a_series_with_gaps_keeps_its_places(tmp_path):
    values = source_values(slices=6)
    paths, stack = series_of(tmp_path, values, without=(1, 4))
    assert len(stack.frames) == 4
    study, prediction = predicted(values[[0, 2, 3, 5]])
    assert study.grid is None
    expected, places = source_frames(paths), source_places(paths)
    for path in write_dicom(study, prediction, stack, tmp_path / "out"):
        dataset = dcmread(path)
        frames = exported_frames(dataset)
        assert frames.keys() == expected.keys()
        for group, key in zip(dataset.PerFrameFunctionalGroupsSequence, frames, strict=True):
            assert group.PlanePositionSequence[0].ImagePositionPatient == places[key]
        # there is no one distance between its slices
        shared = dataset.SharedFunctionalGroupsSequence[0]
        assert "SpacingBetweenSlices" not in shared.PixelMeasuresSequence[0]
        assert dataset.get("DimensionOrganizationType") != "3D"
    for key, pixels in exported_frames(dataset).items():
        np.testing.assert_array_equal(pixels, (expected[key] / TOP).astype(np.float32) / 2)


def test_a_single_plane_is_enough(tmp_path):
    values = source_values(slices=1)
    paths, stack = series_of(tmp_path, values)
    written = write_dicom(*predicted(values), stack, tmp_path / "out")
    (expected,) = source_frames(paths).values()
    (pixels,) = exported_frames(dcmread(written[0])).values()
    np.testing.assert_array_equal(pixels, expected / TOP > 0.5)


@pytest.mark.parametrize("habit", ["plain", "enhanced"])
def test_all_source_images_are_referred_to(tmp_path, habit):
    values = source_values()
    paths, stack = series_of(tmp_path, values, habit=habit)
    source = dcmread(paths[0])
    instances = {dcmread(path).SOPInstanceUID for path in paths}
    names = set()
    for path in write_dicom(*predicted(values), stack, tmp_path / "out"):
        dataset = dcmread(path)
        assert dataset.StudyInstanceUID == source.StudyInstanceUID
        assert dataset.FrameOfReferenceUID == source.FrameOfReferenceUID
        (series,) = dataset.ReferencedSeriesSequence
        assert series.SeriesInstanceUID == source.SeriesInstanceUID
        for references in (dataset.SourceImageSequence, series.ReferencedInstanceSequence):
            assert {item.ReferencedSOPInstanceUID for item in references} == instances
            assert {item.ReferencedSOPClassUID for item in references} == {source.SOPClassUID}
        names |= {dataset.SOPInstanceUID, dataset.SeriesInstanceUID}
        assert dataset.SeriesInstanceUID != source.SeriesInstanceUID
    assert len(names) == 6


@pytest.mark.parametrize("habit", ["plain", "enhanced"])
def test_nothing_personal_leaves_unless_asked(tmp_path, habit):
    values = source_values()
    paths, stack = series_of(tmp_path, values, habit=habit)
    for name, text in PERSONAL.items():
        assert text.encode() in paths[0].read_bytes(), name
    for path in write_dicom(*predicted(values), stack, tmp_path / "out"):
        data = path.read_bytes()
        for text in (
            *PERSONAL.values(),
            STUDY_DATE,
            "MRI brain",
            "Doe^Jane",
            "Doe_Jane",
            "MRN-4711",
        ):
            assert text.encode() not in data, text
        dataset = dcmread(path)
        assert dataset.PatientName == dataset.PatientID == PSEUDONYM
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.DeidentificationMethod
        assert PSEUDONYM in dataset.ImageComments
        for keyword in KEPT[2:]:
            assert not dataset.get(keyword), keyword
        assert not any(element.tag.is_private for element in dataset.iterall())


@pytest.mark.parametrize("habit", ["plain", "enhanced"])
def test_a_kept_identity_files_the_objects_with_their_study(tmp_path, habit):
    values = source_values()
    paths, stack = series_of(tmp_path, values, habit=habit)
    source = dcmread(paths[0])
    for path in write_dicom(*predicted(values), stack, tmp_path / "out", keep_identity=True):
        dataset = dcmread(path)
        for keyword in (*KEPT, "StudyInstanceUID"):
            assert dataset[keyword].value == source[keyword].value, keyword
        assert "PatientIdentityRemoved" not in dataset
        for name in ("PatientComments", "InstitutionName", "OperatorsName", "StationName"):
            assert PERSONAL[name].encode() not in path.read_bytes()
        assert "Doe_Jane" in dataset.ImageComments


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Müller^Jürgen"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("ISO_IR 192", "single"),
        ("ISO_IR 192", ""),
    ],
)
def test_names_are_kept_in_any_alphabet(tmp_path, charset, name):
    values = source_values(slices=2)
    _, stack = series_of(
        tmp_path,
        values,
        tags={
            "SpecificCharacterSet": charset,
            "PatientName": name,
            "PatientSex": "X",
            "StudyDescription": name,
        },
    )
    written = write_dicom(*predicted(values), stack, tmp_path / "out", keep_identity=True)
    dataset = dcmread(written[0])
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert dataset.PatientName == dataset.StudyDescription == name
    assert dataset.PatientSex == "X"


def test_a_source_without_its_identity_says_so_still(tmp_path):
    values = source_values(slices=2)
    tags = {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": ["first", "second"],
        "DeidentificationMethodCodeSequence": [
            hd.sr.CodedConcept("113100", "DCM", "Basic Application Confidentiality Profile")
        ],
        "PatientBirthDate": None,
        "StudyDate": "",
    }
    _, stack = series_of(tmp_path, values, tags=tags)
    written = write_dicom(*predicted(values), stack, tmp_path / "out", keep_identity=True)
    dataset = dcmread(written[0])
    assert dataset.PatientIdentityRemoved == "YES"
    assert dataset.DeidentificationMethod == ["first", "second"]
    assert dataset.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert dataset.PatientBirthDate == dataset.StudyDate == ""


def test_a_kept_identity_is_copied_be_it_valid_or_not(tmp_path):
    values = source_values(slices=2)
    _, stack = series_of(tmp_path, values)
    for header in stack.headers:
        header["PatientBirthDate"] = DataElement(
            "PatientBirthDate", "DA", "3. 2. 1961", validation_mode=config.IGNORE
        )
    written = write_dicom(*predicted(values), stack, tmp_path / "out", keep_identity=True)
    assert b"3. 2. 1961" in written[0].read_bytes()


def test_the_headers_read_are_left_as_they_are(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values, habit="enhanced-shuffled")
    before = [header.to_json() for header in stack.headers]
    write_dicom(*predicted(values), stack, tmp_path / "out", keep_identity=True)
    assert [header.to_json() for header in stack.headers] == before


def test_every_object_says_where_it_comes_from(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    study, prediction = predicted(values)
    lines = provenance_lines(provenance(study, prediction) | {"identifier": PSEUDONYM})
    for path in write_dicom(study, prediction, stack, tmp_path / "out"):
        dataset = dcmread(path)
        assert dataset.ImageComments == "\r\n".join(lines)
        for text in (DISCLAIMER, prediction.model_sha256, SHA256, "5 stochastic", "seed 7", "×"):
            assert text in dataset.ImageComments
        assert "Warning: FLAIR war 1,5 × dicker – geprüft." in dataset.ImageComments
        assert "Warning: The model is a toy." in dataset.ImageComments
        assert dataset.SpecificCharacterSet == "ISO_IR 192"
        assert dataset.Manufacturer == "ResU-Net"
        assert dataset.ManufacturerModelName == "resunet-test"
        assert dataset.SoftwareVersions == [f"ResU-Net {__version__}", "NumPy, by hand"]
        assert dataset.DeviceSerialNumber == "fedcba98fedcba98"
        assert "(research only)" in dataset.SeriesDescription
        assert DISCLAIMER in dataset.ContentDescription
        assert dataset.ContentCreatorName == ""  # no person's


def test_the_segment_and_the_algorithm_are_coded(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    written = write_dicom(*predicted(values), stack, tmp_path / "out")
    for path in written[:2]:
        segmentation = hd.seg.segread(path)
        segment = segmentation.get_segment_description(1)
        assert segment.segment_label == "Tumour, whole"
        assert segment.segmented_property_category.value == "49755003"
        assert segment.segmented_property_type.value == "108369006"
        assert segment.algorithm_type.value == "AUTOMATIC"
        algorithm = segment.algorithm_identification
        assert (algorithm.name, algorithm.version) == ("ResU-Net", __version__)
        assert algorithm.family.meaning == "Artificial Intelligence"
        assert algorithm.parameters == {
            "model_id": "resunet-test",
            "model_sha256": "fedcba98" * 8,
            "engine": "NumPy; by hand",
            "samples": "5",
            "seed": "7",
            "threshold": "0.5",
            "input_sha256": SHA256,
        }
    tracking = {
        hd.seg.segread(path).get_segment_description(1).tracking_uid for path in written[:2]
    }
    assert len(tracking) == 1
    mapping = dcmread(written[2]).SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "1"
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1.0, 0.0)


def test_a_corrected_mask_is_semiautomatic_and_its_maps_are_not(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    study, prediction = predicted(values)
    correction = np.where(values > 0.6 * TOP, -1, 0).astype(np.int8)
    corrected = replace(prediction, correction=correction)
    written = write_dicom(study, corrected, stack, tmp_path / "out")
    kinds = [hd.seg.segread(p).get_segment_description(1).algorithm_type.value for p in written[:2]]
    assert kinds == ["SEMIAUTOMATIC", "AUTOMATIC"]
    mask = hd.seg.segread(written[0]).get_volume(segment_numbers=[1]).array[..., 0]
    own = np.count_nonzero(values > TOP / 2)
    assert 0 < mask.sum() == own - np.count_nonzero(correction)
    for path in written:
        assert "Warning: The outline was corrected by hand in 5 slices: 0 pixels added, " in (
            dcmread(path).ImageComments
        )


def test_long_texts_are_cut_to_what_dicom_holds(tmp_path):
    values = source_values(slices=2)
    _, stack = series_of(tmp_path, values)
    study, prediction = predicted(
        values, model_id="m\\" * 50, model_sha256="", warnings=("ö" * 11_000,)
    )
    dataset = dcmread(write_dicom(study, prediction, stack, tmp_path / "out")[0])
    assert dataset.ManufacturerModelName == "m/" * 32
    assert dataset.DeviceSerialNumber == "unknown"
    assert len(dataset.ImageComments) == 10239
    assert dataset.ImageComments.endswith("ö…")


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
@pytest.mark.parametrize("keep_identity", [False, True])
@pytest.mark.parametrize("is_empty", [False, True])
@pytest.mark.parametrize("habit", ["plain", "enhanced"])
def test_the_objects_are_valid(tmp_path, habit, is_empty, keep_identity):
    values = source_values()
    _, stack = series_of(tmp_path, values, habit=habit)
    study, prediction = predicted(values * (not is_empty))
    written = write_dicom(study, prediction, stack, tmp_path, keep_identity=keep_identity)
    assert len(written) == 3
    for path in written:
        result = subprocess.run(
            ["dciodvfy", "-new", path], capture_output=True, text=True, check=False
        )
        lines = (result.stdout + result.stderr).splitlines()
        assert any(line in ("Segmentation", "ParametricMap") for line in lines), lines
        assert [line for line in lines if line.startswith("Error")] == []


def test_no_tumour_anywhere_is_a_segmentation_of_empty_frames(tmp_path):
    values = source_values()
    paths, stack = series_of(tmp_path, values)
    study, prediction = predicted(np.zeros_like(values))
    mask, probability, _ = (
        exported_frames(dcmread(path))
        for path in write_dicom(study, prediction, stack, tmp_path / "out")
    )
    assert len(mask) == len(probability) == len(paths)
    assert not any(pixels.any() for pixels in (*mask.values(), *probability.values()))


def test_planes_without_tumour_are_there_too(tmp_path):
    values = source_values()
    paths, stack = series_of(tmp_path, values)
    study, prediction = predicted(values)
    probability = np.zeros_like(prediction.probability)
    probability[3, 2:4, 7] = 0.8
    written = write_dicom(
        study, replace(prediction, probability=probability), stack, tmp_path / "out"
    )
    for path in written[:2]:
        frames = exported_frames(dcmread(path))
        assert len(frames) == len(paths)
        marked = {key: np.argwhere(pixels) for key, pixels in frames.items() if pixels.any()}
        (((instance, _), places),) = marked.items()
        assert instance == dcmread(paths[3]).SOPInstanceUID
        assert places.tolist() == [[2, 7], [3, 7]]


def test_lossy_compression_of_the_source_is_handed_on(tmp_path):
    values = source_values(slices=2)
    tags = {"LossyImageCompression": "01", "LossyImageCompressionRatio": "12.5"}
    _, stack = series_of(tmp_path, values, tags=tags)
    dataset = dcmread(write_dicom(*predicted(values), stack, tmp_path / "out")[0])
    assert dataset.LossyImageCompression == "01"
    assert dataset.LossyImageCompressionRatio == 12.5


def test_orientations_that_differ_in_the_last_digit_are_one(tmp_path):
    values = source_values()
    paths, stack = series_of(tmp_path, values)
    stack.headers[2].ImageOrientationPatient[0] = 0.9999999
    dataset = dcmread(write_dicom(*predicted(values), stack, tmp_path / "out")[0])
    assert exported_frames(dataset).keys() == source_frames(paths).keys()


@pytest.mark.parametrize("samples", [0, 1])
def test_without_a_spread_there_is_no_parametric_map(tmp_path, samples):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    written = write_dicom(*predicted(values, samples=samples), stack, tmp_path / "out")
    assert [path.name for path in written] == ["segmentation.dcm", "probability.dcm"]
    assert not (tmp_path / "out" / "uncertainty.dcm").exists()


def test_a_mean_a_rounding_error_above_one_is_one(tmp_path):
    values = source_values(slices=2)
    _, stack = series_of(tmp_path, values)
    above = np.full(values.shape, np.nextafter(np.float32(1), np.float32(2)))
    study, prediction = predicted(values, probability=above)
    dataset = dcmread(write_dicom(study, prediction, stack, tmp_path / "out")[1])
    assert (dataset.pixel_array == 255).all()


def test_a_prediction_that_is_not_finished_is_refused(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path / "in", values)
    done = np.array([True, True, False, True, False])
    study, prediction = predicted(values, done=done)
    with pytest.raises(InputError, match="2 of 5 slices are not predicted yet"):
        write_dicom(study, prediction, stack, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_prediction_of_another_series_is_refused(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    with pytest.raises(InputError, match=r"shape \(4, 11, 9\), where the DICOM series has \(5, 11"):
        write_dicom(*predicted(values[:4]), stack, tmp_path / "out")


def test_a_series_that_nothing_can_refer_to_is_refused(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    for header in stack.headers:
        del header.SOPInstanceUID
    with pytest.raises(InputError, match="has no SOPInstanceUID"):
        write_dicom(*predicted(values), stack, tmp_path / "out")


def test_a_series_without_a_frame_of_reference_gets_one_for_all_results(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path, values)
    for header in stack.headers:
        del header.FrameOfReferenceUID
    written = write_dicom(*predicted(values), stack, tmp_path / "out")
    frames = {dcmread(path).FrameOfReferenceUID for path in written}
    assert len(frames) == 1
    assert frames.pop().is_valid


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    values = source_values()
    _, stack = series_of(tmp_path / "in", values)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match=f"{tmp_path / 'out'} cannot be written to: File exists"):
        write_dicom(*predicted(values), stack, tmp_path / "out")
