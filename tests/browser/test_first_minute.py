"""What a newcomer meets: no data, no run, nothing set; the demo patients and the first weights."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 120_000  # a loaded machine compiles the network in a minute


def test_a_patient_its_prediction_and_its_uncertainty_are_there_at_once(
    newcomers_address, open_page
):
    page = open_page(newcomers_address)
    page.locator('.viewer[data-ready="true"]').wait_for(timeout=LONG_MS)
    page.locator('.viewer[data-overlay="true"]').wait_for(timeout=LONG_MS)
    assert page.get_by_role("combobox", name="Patient").input_value() == "Demo_1_large_enhancing"
    page.get_by_text("no patient, no expert").wait_for()
    page.locator('.viewer[data-slice="37"]').wait_for(timeout=LONG_MS)  # found by the network
    of_slice = page.locator("strong").filter(has_text="Slice 37")
    of_slice.wait_for(timeout=LONG_MS)
    # the slice with most tumour of a large, bright lesion
    page.wait_for_function(
        "() => [...document.querySelectorAll('.stMarkdown')].some("
        "each => /^Dice\\s+0\\.(8[5-9]|9\\d)/.test(each.innerText))",
        timeout=LONG_MS,
    )
