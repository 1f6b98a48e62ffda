from synthetic import write_paper_layout

from resunet.cohort.reading import survey_case
from resunet.cohort.survey_cache import cached_survey, keep_survey, read_survey, survey_file
from resunet.data.cases import find_cases


def write_one(root):
    """A patient, the only one of a folder."""
    write_paper_layout(root, patients={"": ["p"]}, slices_per_patient=3)
    [case] = find_cases(root)
    return case


def test_a_survey_lies_where_it_is_looked_for(tmp_path, home):
    case = write_one(tmp_path / "data")
    file = survey_file(case)
    assert file.parent == home / "cache/surveys"
    assert read_survey(file, checked=False) is None
    keep_survey(survey_case(case, checked=False), case)
    assert read_survey(file, checked=False).counts.files == ("p_8.npz", "p_9.npz", "p_10.npz")


def test_a_survey_without_a_check_is_none_where_one_is_asked_for(tmp_path):
    root = tmp_path / "data"
    case = write_one(root)
    for checked in (False, True):
        keep_survey(survey_case(case, checked=checked), case)
        found = read_survey(survey_file(case), checked=True)
        assert (found is not None) == checked
        assert (cached_survey(case, checked=True) is not None) == checked


def test_a_file_that_changed_has_another_survey(tmp_path):
    root = tmp_path / "data"
    case = write_one(root)
    before = survey_file(case)
    case.slices[0].path.write_bytes(b"another")
    assert survey_file(case) != before


def test_a_file_that_is_gone_has_none(tmp_path):
    root = tmp_path / "data"
    case = write_one(root)
    keep_survey(survey_case(case, checked=False), case)
    case.slices[0].path.unlink()
    assert cached_survey(case, checked=False) is None


def test_a_damaged_survey_is_none(tmp_path):
    file = tmp_path / "damaged.npz"
    file.write_bytes(b"nothing")
    assert read_survey(file, checked=False) is None
