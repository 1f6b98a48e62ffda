import io
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from pypdf import PdfReader

from resunet import DISCLAIMER, __version__
from resunet.errors import InputError
from resunet.export.report import write_report
from resunet.export.report.sheet import HEIGHT, MARGIN, RIGHT
from resunet.export.report.text import Style, plain, width_of

MADE = datetime(2025, 3, 14, 10, 32, tzinfo=UTC)
LONG = "The positions differ by up to 0.3 mm, so that <b>volumes</b> & diameters are as wrong. " * 3
WARNINGS = tuple(f"Warning {index}: {LONG}".strip() for index in range(12))
SPOTS = tuple((row % 5, row, column, 2, 3) for row in range(2, 46, 5) for column in (1, 9, 17, 25))


@pytest.fixture
def write(tmp_path):
    def write_made(made, moment=MADE):
        study, prediction, values = made
        return write_report(study, prediction, tmp_path / "new", values=values, made=moment)

    return write_made


def text_of(path):
    return [page.extract_text() for page in PdfReader(path).pages]


def squeezed(text):
    """Without breaks, since lines are broken anywhere in long words."""
    return "".join(plain(text).split())


CORRECTION = np.zeros((6, 48, 40), np.int8)
CORRECTION[1:4, 20:30, 15:30] = 1

CASES = {
    "plain": {},
    "one slice of unknown spacing": {"slices": 1, "spacing_mm": None, "warnings": ["Unknown."]},
    "two slices": {"slices": 2},
    "no outline": {"labels": False},
    "one pass": {"prediction": {"samples": 0}},
    "one pass, one slice, no outline": {
        "slices": 1,
        "spacing_mm": None,
        "labels": False,
        "prediction": {"samples": 0},
    },
    "no tumour": {"prediction": {"squares": ()}},
    "no tumour, no outline": {"labels": False, "prediction": {"squares": ()}},
    "not finished": {"prediction": {"done": [True, True, True, False, False, False]}},
    "not begun": {"prediction": {"done": [False] * 6, "squares": ()}},
    "gaps": {"slice_positions_mm": None, "slice_numbers": (3, 4, 9, 20, 21, 90)},
    "backwards": {"slice_positions_mm": None, "slice_numbers": (9, 8, 7, 6, 5, 4)},
    "thick pixels": {"spacing_mm": (9.0, 0.4)},
    "flat pixels": {"spacing_mm": (0.01, 70.0)},
    "long name": {"identifier": "Very_long_identifier-" * 12},
    "endless name": {"identifier": "name " * 900},
    "no name": {"identifier": ""},
    "other letters": {"identifier": "患者 <script>alert('1')</script> & Łukasz\ud800\n"},
    "many warnings": {"warnings": WARNINGS},
    "a hundred warnings": {"warnings": [f"{index} {LONG}" for index in range(100)]},
    "one endless warning": {"warnings": ["word " * 4000]},
    "many lesions": {"prediction": {"squares": SPOTS}},
    "infinitely far": {"prediction": {"squares": ((0, 1, 1, 2, 2),)}},
    "corrected": {"prediction": {"correction": CORRECTION}},
    "all at once": {
        "identifier": "W" * 255,
        "warnings": WARNINGS,
        "prediction": {"squares": SPOTS},
    },
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def odd(request, build):
    return build(**request.param)


def boxes_of(texts):
    """(left, right, top, bottom, text) of each text, as far as its letters reach."""
    for text, left, baseline, font, size in texts:
        style = Style(font, size)
        start = left + width_of(text, style) - width_of(text.lstrip(), style)
        end = left + width_of(text.rstrip(), style)
        yield start, end, baseline - 0.7 * size, baseline + 0.1 * size, text


def test_every_case_has_two_pages_and_all_its_text_has_room(odd, write, read_texts):
    pages = PdfReader(write(odd)).pages
    assert len(pages) == 2
    for page in pages:
        assert tuple(page.mediabox)[2:] == pytest.approx((595.2756, 841.8898))
        assert DISCLAIMER in page.extract_text()
        boxes = list(boxes_of(read_texts(page)))
        for left, right, top, bottom, text in boxes:
            assert left >= MARGIN - 0.1, text
            assert right <= RIGHT + 0.1, text
            assert top > 36, text
            # above the rule of the foot, or in the foot
            assert bottom < HEIGHT - 40 or HEIGHT - 36 < top < bottom < HEIGHT - 20, text
        for one, two in itertools.combinations(boxes, 2):
            apart = one[1] <= two[0] or two[1] <= one[0] or one[3] <= two[2] or two[3] <= one[2]
            assert apart, (one, two)


def numbers_of(values):
    """What a reader looks for, as it is written."""
    return [
        f"{values['volume_ml']:.2f}",
        *(f"{bound:.2f}" for bound in values["volume_ml_interval"]),
        f"{values['slices'][2]['area_mm2']:.0f}",
        *(f"{bound:.0f}" for bound in values["slices"][2]["area_mm2_interval"]),
        f"{values['largest_diameter_mm']:.1f}",
        " × ".join(f"{length:.1f}" for length in values["bidimensional_mm"]),
        f"{values['bidimensional_product_mm2']:.0f}",
        f"{max(entry['std_max'] for entry in values['slices']):.3f}",
        f"{values['dice']:.3f}",
        f"{values['hd95_mm']:.2f}",
        f"slice 2: {values['slices'][2]['hd95_mm']:.2f} mm",
        f"error {values['volume_error_ml']:+.2f} ml ({values['volume_error_percent']:+.1f} %)",
        f"{values['expert']['volume_ml']:.2f}",
        f"{values['expert']['largest_diameter_mm']:.1f}",
    ]


def test_every_number_and_setting_stands_in_the_text(build, write):
    made = build(warnings=["Mind the gap."])
    values = made[2]
    first, second = text_of(write(made))
    lines = [line.strip() for line in first.splitlines()]
    for number in numbers_of(values):
        assert any(number in line.split(" – ") or number == line for line in lines), number
    for text in (
        "Mind the gap.",
        values["identifier"],
        "made 2025-03-14 10:32 UTC",
        "Warnings (1)",
    ):
        assert text in first
    for text in (
        *(values["model_sha256"], values["input_sha256"], values["model_id"], values["engine"]),
        *("Mind the gap.", values["identifier"], "4, dropout seed 7", "1 × 2 mm"),
        f"ResU-Net {values['version']}",
        "Umeå University, 2023.",
    ):
        assert text in second
    assert "page 1 of 2" in first
    assert "page 2 of 2" in second


def test_lesions_are_listed(build, write):
    made = build(labels=False, prediction={"squares": SPOTS})
    lesions = made[2]["lesions"]
    assert len(lesions) > 8
    second = text_of(write(made))[1]
    for lesion in lesions[:8]:
        assert f"{lesion['volume_ml']:.2f}" in second
        assert f"{lesion['bidimensional_product_mm2']:.0f}" in second
    assert f"{len(lesions) - 8} more" in second


def test_all_warnings_stand_on_the_two_pages(build, write):
    first, second = map(squeezed, text_of(write(build(warnings=WARNINGS))))
    for warning in WARNINGS:
        assert squeezed(warning) in second
    assert squeezed(WARNINGS[0]) in first
    assert "more,seepage2" in first


def test_warnings_that_the_second_page_cannot_repeat_stand_on_the_first(build, write):
    made = build(identifier="W" * 255, warnings=WARNINGS, prediction={"squares": SPOTS})
    both = "".join(map(squeezed, text_of(write(made))))
    for warning in WARNINGS:
        assert squeezed(warning) in both


def test_a_warning_given_twice_is_shown_once(build, write):
    assert text_of(write(build(warnings=["Same.", "Same."])))[0].count("Same.") == 1


def test_a_name_is_text_and_never_markup(build, write):
    name = "患者 <script>alert('1')</script> & <para>Łukasz</para>"
    for page in text_of(write(build(identifier=name))):
        assert "?? <script>alert('1')</script> & <para>Lukasz</para>" in page
    assert "that the fonts of this report lack" in text_of(write(build(identifier=name)))[0]
    assert "that the fonts of this report lack" not in text_of(write(build()))[0]


def test_the_documents_own_fields(build, write):
    made = build(identifier="患者 (1)")
    found = PdfReader(write(made)).metadata
    assert found.title == "Tumour segmentation, research report: 患者 (1)"
    assert found.author == found.creator == f"ResU-Net {__version__}"
    assert found.subject == f"{DISCLAIMER}."
    assert "brain tumour" in found["/Keywords"]
    assert found.creation_date == found.modification_date == MADE


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2025, 1, 2, 3, 4, 5), "D:20250102030405"),
        (
            datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
            "D:20250102030405-03'30'",
        ),
    ],
)
def test_the_moment_keeps_its_zone(build, write, moment, expected):
    assert PdfReader(write(build(), moment)).metadata["/CreationDate"] == expected


def test_the_same_moment_gives_the_same_bytes(build, write):
    once = write(build()).read_bytes()
    assert write(build()).read_bytes() == once
    assert write(build(), MADE + timedelta(seconds=1)).read_bytes() != once


def test_without_a_moment_it_is_now(build, tmp_path):
    study, prediction, values = build()
    before = datetime.now().astimezone().replace(microsecond=0)
    path = write_report(study, prediction, tmp_path, values=values)
    assert path == tmp_path / "report.pdf"
    assert before <= PdfReader(path).metadata.creation_date <= datetime.now().astimezone()


def test_fonts_are_the_built_in_ones_and_pictures_are_small(build, write):
    path = write(build())
    for page in PdfReader(path).pages:
        fonts = {font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()}
        assert fonts <= {"/Helvetica", "/Helvetica-Bold", "/Courier"}
    assert path.stat().st_size < 1_000_000
    assert len(PdfReader(path).pages[0].images) >= 8


def test_a_prediction_on_another_grid_is_refused(build, tmp_path):
    study, _, values = build()
    _, other, _ = build(slices=3)
    with pytest.raises(InputError, match="prediction has shape"):
        write_report(study, other, tmp_path, values=values)


@pytest.mark.parametrize("name", ["lesions", "hd95_mm"])
def test_values_without_lesions_or_distances_are_refused(build, tmp_path, name):
    study, prediction, values = build()
    del values[name]
    with pytest.raises(InputError, match="values lacks the lesions"):
        write_report(study, prediction, tmp_path, values=values)


def test_a_folder_that_cannot_be_written_to_is_named(build, tmp_path):
    study, prediction, values = build()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file cannot be written to"):
        write_report(study, prediction, tmp_path / "file", values=values)


def test_another_threshold_has_no_interval_and_says_why(build, write, tmp_path):
    from resunet.export.tables import result_values

    study, prediction, _ = build()
    other = replace(prediction, threshold=0.3)
    values = result_values(study, other)
    assert values["interval_reason"]
    path = write_report(study, other, tmp_path, values=values, made=MADE)
    first, second = map(squeezed, text_of(path))
    assert "ofpasses" not in first
    assert squeezed(values["interval_reason"]) in first
    assert squeezed(values["interval_reason"]) in second


def test_a_corrected_outline_is_told_on_both_pages(build, write):
    correction = np.zeros((6, 48, 40), np.int8)
    correction[2, 30:34, 20:25], correction[3, 10, 12] = 1, -1
    first, second = text_of(write(build(prediction={"correction": correction})))
    sentence = "The outline was corrected by hand in 2 slices: 20 pixels added, 1 taken away."
    assert sentence in first
    assert sentence in second
    assert "Computed by a program, corrected by hand." in first
    assert "not read by a physician" not in first
    assert "probability above 0.5, corrected by hand" in first


def test_an_empty_brain_is_drawn_all_the_same(build, write):
    images = np.zeros((6, 48, 40, 4), np.float32)
    data = write(build(images=images, labels=False, prediction={"squares": ()})).read_bytes()
    assert len(PdfReader(io.BytesIO(data)).pages) == 2
