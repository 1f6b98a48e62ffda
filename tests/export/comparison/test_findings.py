from comparison_results import SCRIPT, WORDS, Page, flag, picture, result, rows_of

from resunet.export.comparison.findings import (
    MOST_PICTURES,
    MOST_ROWS,
    flag_sentences,
    flags_of,
    flags_section,
)
from resunet.export.comparison.pictures import Pictures
from resunet.export.comparison.words import Words


def test_findings_stand_by_kind_with_what_it_means():
    found = flags_section(result(), Pictures(), WORDS)
    page = Page(found)
    headings = [attributes.get("id") for attributes in page.all("section")]
    assert headings == ["findings", "kind-noise", "kind-blur"]
    assert "Leave it out." in page.text
    rows = rows_of(found)
    assert rows[:3] == [
        ["Kind", "training", "testing", "All"],
        ["Heavy noise", "–", "1", "1"],
        ["Blur", "–", "1", "1"],
    ]
    why = "The noise is 9 times the usual."
    assert rows[4] == ["testing/Bert_57_corrupted.npz", "testing", "T2", "0.88", why]


def test_a_finding_with_a_picture_is_a_card():
    found = flags_section(result(), Pictures(flags={0: picture(300, 80)}), WORDS)
    page = Page(found)
    (image,) = page.all("img")
    assert image["alt"] == "testing/Bert_57_corrupted.npz: The noise is 9 times the usual."
    assert "testing · Bert · slice 57 · T2 · score 0.88" in page.text
    assert "--picture:300px" in found
    assert len(rows_of(found)) == 3 + 2  # the counts, and the table of the one without


def test_the_surest_come_first():
    flags = [flag(file=f"{score}.npz", score=score) for score in (0.5, 0.9, None, 0.7)]
    found = flags_section(result(flags=flags), Pictures(), WORDS)
    assert [row[0] for row in rows_of(found)[3:]] == ["0.9.npz", "0.7.npz", "0.5.npz", "None.npz"]


def test_every_kind_has_its_share_of_the_pictures():
    flags = [flag(score=k / 1000) for k in range(MOST_PICTURES + 50)] + [flag(kind="blur")]
    some = picture(8, 8)
    pictures = Pictures(flags=dict.fromkeys(range(len(flags)), some))
    page = Page(flags_section(result(flags=flags), pictures, WORDS))
    assert len(page.all("img")) == MOST_PICTURES
    assert sum(each["alt"].startswith("testing") for each in page.all("img")) == MOST_PICTURES
    blur = flags_section(result(flags=flags), pictures, WORDS).partition('id="kind-blur"')[2]
    assert blur.count("<img") == 1


def test_long_tables_end_with_how_many_more_there_are():
    found = flags_section(result(flags=[flag()] * (MOST_ROWS + 7)), Pictures(), WORDS)
    assert len(rows_of(found)) == 2 + 1 + MOST_ROWS
    assert "7 more are in flags.csv." in found


def test_names_and_reasons_are_no_markup():
    flags = [
        flag(file=SCRIPT, why=SCRIPT, kind=SCRIPT, patient=SCRIPT, set=SCRIPT, contrast=SCRIPT)
    ]
    for pictures in (Pictures(), Pictures(flags={0: picture()})):
        found = flags_section(result(flags=flags), pictures, Words())
        assert "<script" not in found.lower()
        assert 'id="kind--script-alert--x----script-"' in found


def test_what_was_found_is_told_in_short():
    assert flag_sentences(result(flags_summary=["Two seem broken."])) == ["Two seem broken."]
    assert flag_sentences(result()) == ["2 findings of slices that seem broken."]
    assert flag_sentences({"checked": True}) == ["No slice seems broken."]
    assert flag_sentences({"checked": False, "flags": None}) == ["Broken slices were not sought."]
    assert flags_of({"flags": [3, flag()]}) == [(1, flag())]


def test_the_rate_of_false_alarms_is_told_once():
    words = "about 1.0\xa0% are told nevertheless"
    assert words in flags_section(result(), Pictures(), WORDS)
    assert words not in flags_section(result(flags_summary=["x"]), Pictures(), WORDS)
