"""The work list in a real browser: computed, ticked, filtered, and a slice of it opened."""

import pytest
from app_data import write_data, write_run

from resunet.data.cases import find_cases
from resunet.data.readers import open_case
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict
from resunet.measure.doubt import doubt
from resunet.review.addresses import opaque_id
from resunet.review.store import Reviews

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 120_000  # a loaded machine compiles the network in a minute
ROW_PX = 33  # of the table, its header too
NAME_PX, OPEN_PX = 20, 145  # within the columns of names and of "Open", at the view's width

# The table is painted; the canvas holds its cells as text for those who cannot see it.
COLUMN = """
name => {
  const table = document.querySelector("[data-testid=stDataFrame] canvas table");
  const textsOf = (row) => [...row.cells].map((cell) => cell.textContent);
  const rows = [...(table?.rows ?? [])].map(textsOf);
  const at = rows[0]?.indexOf(name) ?? -1;
  return at < 0 ? [] : rows.slice(1).map((row) => row[at]);
}
"""


@pytest.fixture
def data(tmp_path, monkeypatch, home):
    """Three patients in two splits, served with a small network in an otherwise empty home."""
    root = write_data(tmp_path / "data")
    monkeypatch.setenv("RESUNET_DATA", str(root))
    write_run(home)
    return root


def column(page, name):
    return page.evaluate(COLUMN, name)


def wait_for_column(page, name, texts):
    """Until a column begins with these."""
    page.wait_for_function(
        f"([name, texts]) => String(({COLUMN})(name).slice(0, texts.length)) === String(texts)",
        arg=[name, texts],
        timeout=LONG_MS,
    )


def click_cell(page, row, x):
    """With the mouse, ``x`` from the table's left."""
    page.locator(".stDataFrame .dvn-scroller").click(
        position={"x": x, "y": (row + 1.5) * ROW_PX}, timeout=LONG_MS
    )


def tick(page, row):
    """By keys, from the name to the box two cells further."""
    click_cell(page, row, NAME_PX)
    for key in ("ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)


def where(page, index):
    """The patient in the viewer, once its slice of that index is on screen."""
    page.locator(f'.viewer[data-slice="{index}"]').wait_for(timeout=LONG_MS)
    return page.get_by_role("combobox", name="Patient").input_value()


def predicted(root):
    """Patient → doubt and millilitres, the most doubtful first; a voxel of BraTS has 1 mm³."""
    engine, rows = load_engine(find_model()), {}
    for case in find_cases(root):
        prediction = predict(open_case(case).study, engine, samples=10, seed=0)
        mask = prediction.mask
        rows[case.patient] = (doubt(prediction.probability, mask), mask.sum() / 1000)
    return dict(sorted(rows.items(), key=lambda item: -item[1][0]))


def test_a_list_is_computed_ticked_and_filtered_and_a_slice_of_it_opened(
    data, serve, repository, open_page, keep_picture
):
    address = serve(repository / "app.py")
    page = open_page(address)
    # the viewer has no more to tell: what it says after a page is left can blank the next one
    page.get_by_role("button", name="3D").and_(page.locator(":enabled")).wait_for(timeout=LONG_MS)
    page.get_by_role("link", name="Work list").click()
    wait_for_column(page, "Patient", ["Brats18_C_1", "Brats18_A_1", "Brats18_B_1"])
    assert set(column(page, "Doubt")) == {""}
    page.get_by_role("button", name="Compute 3 patients").click()
    page.get_by_role("button", name="All computed").wait_for(timeout=LONG_MS)
    expected = predicted(data)
    names = list(expected)
    wait_for_column(page, "Patient", names)
    shown = zip(column(page, "Doubt"), column(page, "Volume, ml"), strict=True)
    for row, values in zip(shown, expected.values(), strict=True):
        assert [float(text) for text in row] == pytest.approx(values, rel=1e-4)

    # one is ticked
    tick(page, 1)
    page.get_by_text("3 patients, 3 computed, 1 reviewed.").wait_for()
    wait_for_column(page, "Reviewed", ["false", "true", "false"])
    cases = {case.patient: case for case in find_cases(data)}
    assert Reviews(data).read(opaque_id(data, cases[names[1]])).reviewed
    keep_picture(page, "worklist-patients")
    page.get_by_text("Only not reviewed").click()
    page.get_by_text("2 of 3 patients, 2 computed, 0 reviewed.").wait_for()
    wait_for_column(page, "Patient", [names[0], names[2]])
    assert len(column(page, "Patient")) == 2

    # and is so for whoever comes later; the browser reports that Streamlit's client looks for its
    # server below the page's address first, so nobody listens to what this page complains about
    later = page.context.new_page()
    later.goto(f"{address}/worklist")
    for visit in ("first", "reloaded"):
        wait_for_column(later, "Patient", names)
        assert column(later, "Reviewed") == ["false", "true", "false"], visit
        later.reload()
    later.close()

    # slices
    page.get_by_text("Only not reviewed").click()
    page.get_by_role("radio", name="Slices").click()
    page.get_by_text("By falling doubt; then slices").wait_for()
    page.get_by_role("radio", name="As in the folder").click()
    wait_for_column(page, "Slice", [*range(8, 14), *range(8, 14)])
    patients = ["Brats18_C_1"] * 6 + ["Brats18_A_1"] * 6
    assert column(page, "Patient")[:12] == patients
    keep_picture(page, "worklist-slices")

    # the fifth of the second patient
    click_cell(page, 10, OPEN_PX)
    assert where(page, 4) == "Brats18_A_1 (training)"
    page.wait_for_url(f"{address}/?case={opaque_id(data, cases['Brats18_A_1'])}&slice=5")
    keep_picture(page, "worklist-opened")
    other = open_page(page.url)
    assert where(other, 4) == "Brats18_A_1 (training)"
