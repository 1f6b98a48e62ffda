"""The viewer as a reader uses it: a synthetic patient with the network that comes along."""

import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import nibabel as nib
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 240_000  # sixty slices on a loaded machine
NUMBER = re.compile(r"[\d.]+")


def row(page, name):
    """The numbers of ``Slice n`` or ``Patient``: label → text."""
    block = page.get_by_test_id("stHorizontalBlock").filter(
        has=page.locator("strong").get_by_text(name, exact=True)
    )
    lines = [each.split("\n") for each in block.last.get_by_test_id("stMarkdown").all_inner_texts()]
    return {parts[0]: parts[-1] for parts in lines if len(parts) > 1}


def wait_until_whole(page):
    """Until all slices are predicted: exports are offered then."""
    page.locator('.viewer[data-overlay="true"]').wait_for(timeout=LONG_MS)
    page.get_by_role("button", name="3D").and_(page.locator(":enabled")).wait_for(timeout=LONG_MS)


def wait_for_row(page, name, label, wanted):
    """Until a number is what is wanted; gives it."""
    for _ in range(600):
        text = row(page, name).get(label, "")
        if (found := NUMBER.search(text)) and wanted(float(found[0])):
            return text
        page.wait_for_timeout(100)
    raise AssertionError(f"{name}, {label}: {text}")


def drag(page, panel, start, end, steps=8):
    """With the mouse over a panel, between points as fractions of it."""
    box = page.locator(f'[data-panel="{panel}"] canvas').bounding_box()
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=steps)
    page.mouse.up()


def export_zip(page):
    page.get_by_role("button", name="Export").click()
    ready = page.get_by_role("button", name="All results, as zip").and_(page.locator(":enabled"))
    ready.wait_for(timeout=LONG_MS)
    with page.expect_download(timeout=LONG_MS) as started:
        ready.click()
    page.keyboard.press("Escape")
    return zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes()))


def test_a_reader_corrects_a_patient_takes_it_away_and_finds_it_again(
    serve_newcomer, home, open_page, keep_picture
):
    page = open_page(serve_newcomer(home))
    wait_until_whole(page)
    assert page.locator(".viewer").get_attribute("data-slice") == "37"  # most predicted tumour
    assert "case=" in page.url
    before = float(NUMBER.search(row(page, "Slice 37")["Size"])[0])
    keep_picture(page, "viewer-whole")

    # a stroke over healthy brain on the other side
    page.locator(".stage").focus()
    page.keyboard.press("b")
    drag(page, "network", (0.62, 0.35), (0.75, 0.5))
    after = wait_for_row(page, "Slice 37", "Size", lambda area: area > before)
    assert row(page, "Slice 37")["Over the passes"] == "–"
    page.get_by_text("The outline was corrected by hand in 1 slice").wait_for()
    keep_picture(page, "viewer-corrected")

    # exported like any other
    with export_zip(page) as archive:
        values = json.loads(archive.read("measures.json"))
        mask = nib.Nifti1Image.from_bytes(gzip.decompress(archive.read("mask.nii.gz")))
        notes = mask.header.extensions[0].text
    assert f"{values['slices'][37]['area_mm2'] / 100:.2f} cm²" == after
    assert values["correction"]["slices"] == 1
    added = values["correction"]["added_px"]
    assert added > 0
    assert json.loads(notes)["correction"]["added_px"] == added

    # saved, and there for whoever opens the address next
    page.get_by_role("button", name="Save correction").click()
    page.get_by_role("button", name="Save correction").and_(page.locator(":disabled")).wait_for()
    other = open_page(page.url)
    wait_until_whole(other)
    other.get_by_text("as a reader corrected and saved it").wait_for()
    assert row(other, "Slice 37")["Size"] == after
    other.close()

    # undone
    page.locator(".stage").focus()
    page.keyboard.press("Control+z")
    wait_for_row(page, "Slice 37", "Size", lambda area: area == before)
    assert row(page, "Slice 37")["Over the passes"] != "–"
    page.get_by_role("button", name="Save correction").click()


def test_prediction_can_be_stopped_and_goes_on(newcomers_address, open_page):
    page = open_page(newcomers_address)
    page.get_by_role("combobox", name="Patient").fill("Demo_4")
    page.get_by_role("option", name="Demo_4").click()
    # the first numbers push the button down the page, and with them it is another one
    page.locator('.viewer[data-slice="30"]').wait_for(timeout=LONG_MS)
    page.locator("strong").get_by_text("Patient", exact=True).wait_for(timeout=LONG_MS)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("slices are not predicted").wait_for(timeout=LONG_MS)
    assert page.get_by_role("button", name="3D").is_disabled()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Predicting").wait_for(timeout=LONG_MS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("theme", "width", "height"),
    [("light", 1440, 900), ("dark", 820, 1180)],
    ids=["desk", "tablet"],
)
def test_pictures_to_be_looked_at(newcomers_address, chromium, keep_picture, theme, width, height):
    complaints = []
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(newcomers_address)
    wait_until_whole(page)
    for layout in ("paper", "single", "contrasts", "planes"):
        page.locator(f'.layouts [data-value="{layout}"]').click()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        keep_picture(page, f"viewer-{layout}-{theme}-{width}")
        # nothing of the view is wider than the page
        assert page.locator(".viewer").evaluate(
            "view => [...view.querySelectorAll('*')].every("
            "each => each.getBoundingClientRect().right <= view.getBoundingClientRect().right + 1)"
        )
    page.get_by_role("button", name="3D").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("inside the translucent brain").wait_for(timeout=LONG_MS)
    dialog.locator(".js-plotly-plot canvas").first.wait_for(timeout=LONG_MS)
    keep_picture(page, f"viewer-3d-{theme}-{width}")
    context.close()
    assert complaints == []
