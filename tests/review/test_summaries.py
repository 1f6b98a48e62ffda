import os
from dataclasses import replace

import pytest
from review.entries import patient, slice_row
from synthetic import write_paper_layout
from tiny import tiny_config

from resunet.data.cases import find_cases
from resunet.errors import InputError
from resunet.inference.models import ModelFile
from resunet.review.rows import Size
from resunet.review.summaries import Settings, load_row, save_row, settings_of, summary_path

SETTINGS = Settings("ab" * 32, "cd" * 32, 0.5, 10, 0)
ROW = patient(
    doubt=1 / 3,
    dice=0.1 + 0.2,
    size=Size(12.5, "ml", 11.25, 13.0),
    slices=[slice_row(0, None), slice_row(1, 0.25, dice=0.0, size=Size(3.0, "px"))],
    warnings=("One.", "Two, with “quotes”."),
)


@pytest.fixture
def case(tmp_path):
    write_paper_layout(tmp_path, patients={"training": ["Doe_John"]}, slices_per_patient=2, size=8)
    return find_cases(tmp_path)[0]


def test_a_row_comes_back_as_it_went(case):
    path = summary_path(case, SETTINGS)
    assert load_row(path) is None
    save_row(path, ROW)
    assert load_row(path) == ROW


def test_it_lies_in_the_cache_and_names_nobody(case, home):
    path = summary_path(case, SETTINGS)
    save_row(path, ROW)
    assert path.parent == home / "cache" / "worklist"
    assert "Doe" not in str(path.relative_to(home))
    assert "Doe" not in path.read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"model_sha256": "00" * 32},
        {"config": "00" * 32},
        {"threshold": 0.4},
        {"samples": 25},
        {"seed": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_settings_have_other_rows(case, change):
    assert summary_path(case, replace(SETTINGS, **change)) != summary_path(case, SETTINGS)


def test_changed_files_have_other_rows(case):
    before = summary_path(case, SETTINGS)
    assert summary_path(case, SETTINGS) == before
    file = case.slices[1].path
    os.utime(file, ns=(0, 0))
    touched = summary_path(case, SETTINGS)
    file.write_bytes(file.read_bytes() + b" ")
    os.utime(file, ns=(0, 0))
    longer = summary_path(case, SETTINGS)
    fewer = summary_path(replace(case, slices=case.slices[:1]), SETTINGS)
    assert len({before, touched, longer, fewer}) == 4


def test_a_patients_folder_is_looked_through(tmp_path, case):
    folder = tmp_path / "training" / "p"
    (folder / "series").mkdir(parents=True)
    (folder / "series" / "1").write_bytes(b"1")
    whole = replace(case, slices=(), folder=folder)
    before = summary_path(whole, SETTINGS)
    (folder / ".DS_Store").write_bytes(b"")
    assert summary_path(whole, SETTINGS) == before
    (folder / "series" / "2").write_bytes(b"2")
    assert summary_path(whole, SETTINGS) != before


def test_files_that_are_gone_have_no_rows(case):
    case.slices[0].path.unlink()
    assert summary_path(case, SETTINGS) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'{"schema": 1}',
        b'{"schema": 2, "row": {}}',
        b'{"schema": 1, "row": 3}',
    ],
)
def test_a_damaged_row_is_none(case, content):
    path = summary_path(case, SETTINGS)
    save_row(path, ROW)
    path.write_bytes(content)
    assert load_row(path) is None


def test_a_row_of_an_older_program_is_none(case):
    path = summary_path(case, SETTINGS)
    save_row(path, ROW)
    path.write_text(path.read_text().replace('"doubt"', '"misgiving"'))
    assert load_row(path) is None


def test_a_disk_that_does_not_take_it_is_no_error(case, home):
    home.mkdir(parents=True)
    (home / "cache").write_text("in the way")
    path = summary_path(case, SETTINGS)
    save_row(path, ROW)
    assert load_row(path) is None


def test_settings_are_those_of_the_weights_and_the_card(tmp_path):
    weights = tmp_path / "m.weights.h5"
    weights.write_bytes(b"weights")
    model = ModelFile("m", weights, tiny_config(), threshold=0.4)
    settings = settings_of(model, samples=7, seed=3)
    assert (settings.threshold, settings.samples, settings.seed) == (0.4, 7, 3)
    assert settings.model_sha256 == model.sha256()
    assert settings_of(model, samples=7, seed=3) == settings
    other = replace(model, config=tiny_config(seed=99))
    assert settings_of(other, samples=7, seed=3).config != settings.config
    with pytest.raises(InputError, match="not the file its card describes"):
        settings_of(replace(model, stated_sha256="00" * 32), samples=7, seed=3)
