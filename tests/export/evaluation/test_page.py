import json
import re

import pytest
from comparison_results import SCRIPT, Page, Rows
from evaluated import made_patient, made_slice
from evaluation_results import result

from resunet import DISCLAIMER
from resunet.evaluation.summary import summarise_split
from resunet.export.evaluation.charts import Curve, sweep_plot
from resunet.export.evaluation.page import evaluation_page
from resunet.storage import dump_json

ALL = ["scores", "patients", "sizes", "sweep", "errors", "against", "paper", "method"]
WAYS = ("patient_mean", "slice_mean", "pooled")


@pytest.fixture(scope="module")
def values():
    return result(against=True)


@pytest.fixture(scope="module")
def text(values):
    return evaluation_page(values)


def part(text, name):
    """The markup of one section."""
    found = re.search(rf'<section id="{name}">.*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def tables(markup):
    """Every table as lines of cells; of each cell its texts."""
    return [Rows(each).rows for each in re.findall(r"<table.*?</table>", markup, re.DOTALL)]


def shown(value, digits=3):
    """A number as the page writes it."""
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def test_everything_stands_in_order_and_can_be_reached(text):
    page = Page(text)
    assert [s["id"] for s in page.all("section") if "id" in s] == ALL
    assert [link["href"] for link in page.all("a")] == [f"#{name}" for name in ALL]
    assert DISCLAIMER in page.text


def test_without_another_model_there_is_no_part_of_it():
    text = evaluation_page(result())
    assert part(text, "against") == ""
    assert "#against" not in text


def test_the_page_needs_nothing_from_elsewhere_and_tells_no_folder(text):
    page = Page(text)
    assert not page.all("script") + page.all("link") + page.all("iframe") + page.all("img")
    addresses = [v for _, attributes in page.tags for v in attributes.values() if v and ":/" in v]
    assert addresses == []
    assert "somebody" not in text
    assert "demo-1 on brats2d" in page.text
    assert "prefers-color-scheme:dark" in text
    assert "@media print" in text


def test_scores_are_those_of_the_json(values, text):
    named = {"Dice": "dice", "IoU": "iou", "Sensitivity": "sensitivity", "Precision": "precision"}
    named |= {"Specificity in the brain": "specificity", "Surface Dice": "surface_dice"}
    named |= {"HD95, mm": "hd95_mm"}
    found = tables(part(text, "scores"))
    assert len(found) == 2
    for rows, summary in zip(found, values["splits"].values(), strict=True):
        resolution = None
        told = set()
        for head, *cells in rows[1:]:
            if not cells:
                resolution = {"own": "native", "grid": "grid"}[
                    "own" if "own pixels" in head[0] else "grid"
                ]
                continue
            name = head[0]
            ways = (
                summary["ceiling"]["dice"]
                if name == "Ceiling of Dice"
                else summary[resolution]["measures"][named[name]]
            )
            told.add((resolution, name))
            digits = 1 if "mm" in name else 3
            for cell, way in zip(cells, WAYS, strict=True):
                entry = ways.get(way)
                if entry is None:
                    assert cell == []
                    continue
                assert cell[0] == shown(entry["value"], digits), (name, way)
                told_infinite = f"{entry['infinite']} infinite left out" in cell
                assert told_infinite == (entry["infinite"] > 0)
                if entry["ci"] is not None and entry["value"] is not None:
                    low, high = entry["ci"]
                    assert cell[1] == f"{shown(low, digits)} to {shown(high, digits)}"
        assert len(told) == 8 + 5


def test_every_patient_has_a_line_with_the_figures_of_the_json(values, text):
    (rows,) = tables(part(text, "patients"))
    expected = [each for summary in values["splits"].values() for each in summary["patients"]]
    assert len(rows) == 1 + len(expected) == 1 + 6
    for cells, each in zip(rows[1:], expected, strict=True):
        first = ["".join(cell).rstrip("ab") if cell else "" for cell in cells]
        assert "".join(cells[0]) == each["patient"]
        assert first[4] == shown(each["native"]["dice"])
        assert first[5] == shown(each["ceiling_dice"])
        assert first[6] == shown(each["grid"]["dice"])
        assert first[9] == shown(each["surface_dice"])
        infinite = each["hd95_mm"] == "inf"
        assert first[10] == ("infinite" if infinite else shown(each["hd95_mm"], 1))
        assert first[11] == shown(each["summed_area_mm2"] / 100, 1)
    names = ["".join(cells[0]) for cells in rows[1:]]
    assert names == ["anna_1", "bert", "dora", "carl", "frida", "emil"]


def test_sizes_are_those_of_the_json(values, text):
    slices, thirds = tables(part(text, "sizes"))
    classes = [
        each
        for summary in values["splits"].values()
        for each in summary["by_slice_size"]["classes"]
    ]
    for cells, each in zip(slices[1:], classes, strict=True):
        count, _, dice, ceiling = cells[-4:]
        assert count == [str(each["slices"])]
        assert dice[0] == shown(each["dice"]["value"])
        assert ceiling[0] == shown(each["ceiling_dice"]["value"])
    expected = [
        each
        for summary in values["splits"].values()
        for each in summary["by_patient_size"]["thirds"]
    ]
    for cells, each in zip(thirds[1:], expected, strict=True):
        assert cells[-2][0] == shown(each["dice"]["value"])
    assert "volume, ml" in str(thirds)
    chart = part(text, "sizes")
    # from 90 to 1,200 pixels of 1 mm²
    ticks = re.findall(r'text-anchor="middle">([0-9.]+)<', chart)
    assert ticks == ["0.5", "1", "2", "5", "10", "20"]
    assert "<title>dora: 0.880, 12.0 cm², ceiling 1.000</title>" in chart


def test_the_sweep_is_that_of_the_json(values, text):
    (rows,) = tables(part(text, "sweep"))
    for cells, summary in zip(rows[1:], values["splits"].values(), strict=True):
        sweep = summary["sweep"]
        at = sweep["thresholds"].index(0.5)
        assert cells[1:] == [
            [shown(sweep["best_threshold"], 2)],
            [shown(sweep["best_dice_patient_mean"])],
            [shown(sweep["dice_patient_mean"][at])],
        ]
    drawn = re.findall(r"<polyline[^>]*>", part(text, "sweep"))
    expected = []
    for index, summary in enumerate(values["splits"].values()):
        sweep = summary["sweep"]
        for key, class_ in (("dice_patient_mean", ""), ("dice_pooled", "pooled ")):
            points = list(zip(sweep["thresholds"], sweep[key], strict=True))
            curve = sweep_plot([Curve(points, f"{class_}s{index}")], 0.5, "")
            expected += re.findall(r"<polyline[^>]*>", curve)
    assert drawn == expected
    assert len(set(drawn)) == 4


def test_errors_are_those_of_the_json(values, text):
    sizes, free = tables(part(text, "errors"))
    words = {" ".join(cells[-4]): cells[-2][0] for cells in sizes[1:]}
    volumes = values["splits"]["validating"]["size_errors"]
    assert words["Volume, ml"] == shown(volumes["volume_error_ml"]["value"], 1)
    assert words["Volume, %"] == shown(volumes["volume_error_percent"]["value"], 1)
    testing = values["splits"]["testing"]["tumour_free"]
    assert free[1][1:3] == [[str(testing["slices"])], [str(testing["with_false_positives"])]]
    assert free[1][4][0] == shown(testing["mean_mm2"]["value"], 1)
    assert "without gaps" in Page(f"<html>{part(text, 'errors')}</html>").text


def test_the_other_model_is_compared_patient_by_patient(values, text):
    markup = part(text, "against")
    (rows,) = tables(markup)
    pairs = values["against"]["splits"]["testing"]
    for cells, each in zip(rows[1:], pairs["by_patient"], strict=True):
        assert "".join(cells[0]) == each["patient"]
        assert cells[1] == [shown(each["dice"])]
        assert cells[2] == [shown(each["other_dice"])]
        sign = "+" if each["difference"] > 0 else ""
        assert cells[3] == [sign + shown(each["difference"])]
    assert "Wilcoxon" in markup
    assert "flip differs: no here, yes there" in markup


def test_the_papers_tables_are_those_of_the_json(values, text):
    fourth, fifth = tables(part(text, "paper"))
    lines = {line["what"]: line for line in values["table_4"]}
    for cells in fourth[1:]:
        line = lines[cells[0][0]]
        if "Dice" in line["what"] and line["ours"] is not None:
            assert cells[1][0].replace("\N{NO-BREAK SPACE}", " ") == f"{line['ours']:.1%}".replace(
                "%", " %"
            )
    assert ["30"] in [cells[1] for cells in fourth]
    assert len(fifth) == 1 + 5 + 2
    assert "It is not known." in text


def test_the_answers_come_first(text):
    order = ["Dice 0.", "in the mean of 3 patients", "A perfect mask", "The worst is anna_1"]
    order += ["Mind that its epoch was chosen on 1 of them.", "trained on 2 of them", "Scores"]
    whole = Page(text).text
    start = whole.index("Method")
    places = [whole.index(words, start) for words in order]
    assert places == sorted(places)


def test_the_conventions_are_printed(values, text):
    whole = Page(part(text, "method")).text
    for sentence in values["conventions"]:
        assert sentence in whole


def test_names_are_never_markup():
    patient = made_patient(SCRIPT, made_slice(1, shared=4, true=8, pred=4))
    splits = {SCRIPT: summarise_split([patient], bootstraps=10)}
    values = json.loads(dump_json({**result(), "splits": splits, "skipped": [SCRIPT]}))
    text = evaluation_page(values | {"model_id": SCRIPT})
    assert "<script" not in text
    assert Page(text)


def test_nothing_to_show_is_still_a_page():
    nothing = [made_patient("carl", made_slice(1), pixel_mm2=None)]
    splits = {"": summarise_split(nothing, bootstraps=10)}
    text = evaluation_page(json.loads(dump_json({**result(), "splits": splits})))
    whole = Page(text).text
    assert "all patients: none of 1 patient has a Dice." in whole
    assert "The pixel spacing is unknown." in whole
    assert "nan" not in whole.lower().split()
