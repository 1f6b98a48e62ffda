"""Corrections that are kept for the next reader."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic import make_study

from resunet.errors import InputError
from resunet.review.corrections import load_correction, save_correction, saved_when
from resunet.study import Prediction

ID = "0123456789ab"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RESUNET_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def study():
    return make_study()


def corrected(study, correction):
    count = study.shape[0]
    return Prediction(
        *(np.zeros(study.shape, np.float32) for _ in range(4)),
        done=np.ones(count, bool),
        area_px_samples=np.zeros((1, count), np.int64),
        std_by_t=np.zeros(1),
        threshold=0.5,
        samples=0,
        seed=0,
        model_id="m",
        engine="e",
        correction=correction,
    )


def some(study):
    correction = np.zeros(study.shape, np.int8)
    correction[0, 1, :3], correction[1, 2, :2] = 1, -1
    return correction


def save(study, correction, **origin):
    origin = {"input_sha256": study.source.sha256, **origin}
    return save_correction(ID, corrected(study, correction), origin)


def test_what_is_saved_is_found_again_with_its_origin(home, study):
    path = save(study, some(study), model_id="m", verdicts=[{"verdict": "accepted"}])
    assert path.is_relative_to(home)
    found = load_correction(ID, study)
    np.testing.assert_array_equal(found.correction, some(study))
    assert found.correction.dtype == np.int8
    assert found.origin["model_id"] == "m"
    assert found.origin["verdicts"] == [{"verdict": "accepted"}]
    assert found.origin["corrected"].endswith("+00:00")


def test_nothing_saved_is_nothing_found(home, study):
    assert load_correction(ID, study) is None
    assert load_correction("another", study) is None


def test_a_correction_taken_back_is_gone(home, study):
    path = save(study, some(study))
    save(study, None)
    assert not path.exists()
    assert load_correction(ID, study) is None
    save(study, None)  # nothing to be taken back


def test_other_pictures_of_the_patient_do_not_get_it(home, study):
    save(study, some(study))
    other = replace(study, source=study.source._replace(sha256="1" * 64))
    assert load_correction(ID, other) is None
    assert load_correction(ID, study) is not None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_set_aside_and_not_lost(home, study, content):
    path = save(study, some(study))
    path.write_bytes(content)
    with pytest.raises(InputError, match="is damaged; it lies aside"):
        load_correction(ID, study)
    assert not path.exists()
    assert path.with_suffix(".damaged").read_bytes() == content
    assert load_correction(ID, study) is None
    assert saved_when(ID, study) == ""


def test_whatever_byte_is_damaged_it_is_told_or_harmless(home, study):
    path = save(study, some(study))
    whole = path.read_bytes()
    told = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            load_correction(ID, study)
        except InputError:
            told += 1
    assert told > len(whole) // 2


def test_a_file_that_cannot_be_read_now_stays_where_it_is(home, study):
    path = home / "reviews" / f"{ID}.correction.npz"
    path.mkdir(parents=True)
    with pytest.raises(InputError, match=r"correction\.npz cannot be read"):
        load_correction(ID, study)
    assert path.exists()


def test_the_corrected_mask_lies_beside(home, study):
    path = save(study, some(study))
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["mask"], some(study) > 0)


def test_verdicts_alone_are_kept(home, study):
    save(study, None, verdicts=[{"verdict": "accepted"}])
    found = load_correction(ID, study)
    assert (found.correction, found.origin["verdicts"]) == (None, [{"verdict": "accepted"}])


def test_an_unfinished_outline_is_not_kept(home, study):
    half = replace(corrected(study, some(study)), done=np.array([True, False, True]))
    with pytest.raises(InputError, match="once all slices are predicted"):
        save_correction(ID, half, {"input_sha256": study.source.sha256})


def test_a_file_without_its_origin_is_damaged(home, study):
    path = save(study, some(study))
    np.savez(path, correction=some(study))
    with pytest.raises(InputError, match="is damaged"):
        load_correction(ID, study)
    assert path.with_suffix(".damaged").exists()


def test_a_home_that_cannot_be_written_to_is_one_sentence(tmp_path, monkeypatch, study):
    (tmp_path / "home").write_text("a file")
    monkeypatch.setenv("RESUNET_HOME", str(tmp_path / "home"))
    with pytest.raises(InputError, match=r"correction\.npz cannot be written"):
        save(study, some(study))
