from comparison_results import Page, result

from resunet import PROGRAM, __version__
from resunet.export.comparison.method import method_section


def test_all_settings_are_told():
    found = method_section(
        result(versions={"numpy": "2.1"}, grid=[256, 256], fitted_on="30 patients")
    )
    text = Page(found).text
    for words in (
        f"Program {PROGRAM} {__version__}",
        "numpy 2.1",
        "Reference training",
        "Common grid 256 × 256 pixels",
        "Permutations of patients 9,999",
        "Seed 0",
        "Looked for broken slices yes",
        "Judged by 30 patients",
        "Expected false alarms 1.0\xa0% of good slices",
        "Can be told, training and testing g from 1.4 on",
    ):
        assert " ".join(words.split()) in text


def test_what_is_not_known_is_left_away():
    text = Page(method_section({})).text
    assert "Seed" not in text
    assert "Looked for broken slices no" in text
    assert "the unit of every test" in text
