import pytest
from comparison_results import SCRIPT, Page, rows_of

from resunet.export.comparison.markup import (
    Html,
    breakable,
    element,
    joined,
    over_text,
    paragraphs,
    safe,
    section,
    table,
)


def test_what_comes_from_outside_is_never_markup():
    found = element("p", SCRIPT, title='" onload="x', class_="a")
    assert found == (
        '<p title="&quot; onload=&quot;x" class="a">&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script'
        "&gt;</p>"
    )
    assert Page(found).text == SCRIPT


def test_markup_is_put_in_as_it_is_and_texts_made_of_it_are_not():
    inner = element("b", "x")
    assert element("p", inner) == "<p><b>x</b></p>"
    assert element("p", inner + "y") == "<p>&lt;b&gt;x&lt;/b&gt;y</p>"  # a plain text by now
    assert isinstance(joined([inner, "<"]), Html)
    assert joined([inner, "<"]) == "<b>x</b>&lt;"


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "a\u202eb", "a\udcffb"])
def test_characters_that_cannot_be_shown_are_replaced(text):
    assert safe(text) == "a\N{REPLACEMENT CHARACTER}b"
    safe(text).encode("utf-8")


def test_attributes_may_be_left_away_and_empty_elements_have_no_end():
    assert element("td", "x", colspan=2, class_=None) == '<td colspan="2">x</td>'
    assert element("img", src="data:", alt="") == '<img src="data:" alt="">'
    assert element("svg", aria_label="x") == '<svg aria-label="x"></svg>'
    assert element("meta", name="n") == '<meta name="n">'


def test_a_table_has_its_cells_in_place():
    ready = element("th", "first", scope="row")
    found = table(
        [*over_text("A"), "B"], [[ready, "<1>"], ["x", element("b", "y")]], class_="numbers"
    )
    Page(found)
    assert rows_of(found) == [["A", "B"], ["first", "<1>"], ["x", "y"]]
    assert '<th scope="col" class="text">A</th><th scope="col">B</th>' in found
    assert '<th scope="row">first</th>' in found
    assert "<thead>" not in table([], [["x"]])


def test_long_names_go_on_in_the_next_line_where_their_parts_end():
    assert breakable("a/b_c-d.npz") == "a/<wbr>b_<wbr>c-<wbr>d.<wbr>npz"
    assert breakable("<a_") == "&lt;a_"
    found = table([breakable("a_b")], [[breakable("c_d")]])
    assert rows_of(found) == [["a_b"], ["c_d"]]
    assert '<th scope="col">a_<wbr>b</th>' in found


def test_sections_and_paragraphs():
    assert section("a", "T&T", Html("<p>x</p>")) == (
        '<section id="a"><h2>T&amp;T</h2><p>x</p></section>'
    )
    assert paragraphs(["a", "<"], class_="c") == '<p class="c">a</p><p class="c">&lt;</p>'
