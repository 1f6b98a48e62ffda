import re

import pytest
from comparison_results import SCRIPT, WORDS, Page, flag, one_set, pair, picture, result

from resunet import DISCLAIMER
from resunet.errors import InputError
from resunet.export.comparison import Pictures, comparison_page, write_comparison_html

PICTURES = Pictures(
    picture(), {("training", "testing"): picture(colour="blue")}, {0: picture(colour="lime")}
)
ALL = [
    "sets",
    "distributions",
    "differences",
    "quadrants",
    "quantities",
    "sites",
    "leakage",
    "findings",
    "effect",
    "method",
]


def parts_of(text):
    return [s["id"] for s in Page(text).all("section") if s.get("id", "kind-")[:5] != "kind-"]


def test_everything_stands_in_order_and_can_be_reached():
    text = comparison_page(result(effect={"sentences": ["It explains much."]}), PICTURES, WORDS)
    page = Page(text)
    assert parts_of(text) == ALL
    links = [link["href"] for link in page.all("a")]
    assert links[: len(ALL)] == [f"#{name}" for name in ALL]
    known = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert set(links) <= known
    assert len(page.all("img")) == 3


def test_the_answers_come_first():
    text = Page(comparison_page(result(effect={"sentences": ["It explains much."]}))).text
    order = [
        "The sets differ.",
        "One patient is there twice.",
        "2 findings",
        "It explains much.",
        "Set Patients Slices",
    ]
    places = [text.index(words, 100) for words in order]
    assert places == sorted(places)


def test_the_page_needs_nothing_from_elsewhere():
    text = comparison_page(result(), PICTURES, WORDS)
    page = Page(text)
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert not page.all("script") + page.all("link") + page.all("iframe")
    addresses = [v for _, attributes in page.tags for v in attributes.values() if v and ":/" in v]
    assert addresses == []
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_it_says_what_it_may_be_used_for():
    assert f"{DISCLAIMER}." in Page(comparison_page({})).text


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ([], "as a set of patients"),
        (["a"], "a as a set of patients"),
        (["a", "b"], "a and b compared"),
        (["a", "b", "c"], "a, b and c compared"),
        (list("abcde"), "5 sets of patients compared"),
    ],
)
def test_the_title_names_the_sets(names, title):
    text = comparison_page({"sets": {name: {} for name in names}})
    assert f"<title>{title}</title>" in text
    assert f"<h1>{title}</h1>" in text


def test_nothing_from_outside_becomes_markup():
    """Every text of a result is replaced by a script."""

    def poisoned(value):
        if isinstance(value, dict):
            return {key: poisoned(item) for key, item in value.items()}
        if isinstance(value, list):
            return [poisoned(item) for item in value]
        return SCRIPT if isinstance(value, str) else value

    values = poisoned(
        result(pairs_reason="x", fitted_on="x", versions={"x": "y"}, flags_summary=["x"])
    )
    values["sets"] = {SCRIPT: one_set(3, 0.2)}
    text = comparison_page(
        values, Pictures(picture(), {(SCRIPT, SCRIPT): picture()}, {0: picture()})
    )
    assert "<script" not in text.lower()
    assert Page(text).all("script") == []
    assert SCRIPT in Page(text).text


@pytest.mark.parametrize("nothing", [None, 3, "x", [], {}])
@pytest.mark.parametrize("key", list(result()))
def test_whatever_the_result_lacks_the_page_lacks(key, nothing):
    Page(comparison_page(result(**{key: nothing}), PICTURES, WORDS))


@pytest.mark.parametrize("key", list(pair()))
def test_whatever_a_pair_lacks_the_page_lacks(key):
    values = pair()
    for changed in ({**values, key: None}, {k: v for k, v in values.items() if k != key}):
        Page(comparison_page(result(pairs=[changed]), PICTURES, WORDS))


@pytest.mark.parametrize("key", [*one_set(3, 0.2), *flag()])
def test_whatever_a_set_or_a_finding_lacks_the_page_lacks(key):
    sets = {"training": {**one_set(3, 0.2), key: None}}
    flags = [{**flag(), key: None}, {k: v for k, v in flag().items() if k != key}]
    Page(comparison_page(result(sets=sets, flags=flags), PICTURES, WORDS))


def test_the_page_is_written_whole_and_the_same_each_time(tmp_path):
    path = tmp_path / "new" / "comparison.html"
    write_comparison_html(path, result(), PICTURES, WORDS)
    text = path.read_text(encoding="utf-8")
    assert text == comparison_page(result(), PICTURES, WORDS)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert re.search(r'<meta charset="utf-8">', text[:200])


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        write_comparison_html(tmp_path / "file" / "comparison.html", result())
