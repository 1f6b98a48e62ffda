from comparison_results import WORDS

from resunet.cohort.flags import Flag
from resunet.export.comparison.words import Words, spelled


def test_what_has_words_is_called_by_them_and_the_rest_by_its_name():
    assert WORDS.kind("noise").title == "Heavy noise"
    assert WORDS.kind("zeroed_block").title == "Zeroed block"
    assert WORDS.kind("zeroed_block").meaning == ""
    assert WORDS.quantity("mean_area_px").unit == "px"
    other = Words().quantity("left_anterior")
    assert (other.title, other.unit, other.style, other.family) == (
        "Left anterior",
        "",
        "number",
        "",
    )


def test_names_are_spelled_as_words():
    assert spelled("left_anterior") == "Left anterior"
    assert spelled("") == ""


def test_findings_are_told_by_the_names_of_their_record():
    assert {"file", "patient", "number", "kind", "score", "contrast", "why"} == set(
        Flag.__dataclass_fields__
    )
