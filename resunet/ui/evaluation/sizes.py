"""What the size of a tumour does to its Dice."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from resunet.export.comparison.numbers import NONE, list_at, mapping_at, number_at, whole
from resunet.export.evaluation.entries import split_title, splits_of, written
from resunet.export.evaluation.sizes import SIZES, class_words
from resunet.figures.dice_by_size import SizedPatient, fig_dice_by_size
from resunet.ui.evaluation.cells import FIXED, HALF_PX, Reasons, estimate, table
from resunet.ui.evaluation.scores import choose_split
from resunet.ui.notices import literal


def show_sizes(result: Mapping[str, Any]) -> None:
    """Dice against size of every patient, and tables by size."""
    groups = sized_patients(result)
    if any(patients for _, patients in groups):
        st.plotly_chart(
            fig_dice_by_size(groups, title="Tumour by the expert, summed areas in cm²"),
            key="evaluation_sizes",
            alt="Dice of every patient against the size of the tumour",
        )
        st.caption(
            "A dot is a patient's Dice, the ring above it what a perfect mask on the network's "
            "grid scores there."
        )
    else:
        sizes = [mapping_at(each, "by_patient_size") for each in splits_of(result).values()]
        why = " ".join(dict.fromkeys(str(each.get("reason") or "") for each in sizes))
        st.info(f"No patient with a Dice has a size. {literal(why)}", icon=":material/straighten:")
        return
    reasons = Reasons()
    summary = splits_of(result)[choose_split(result, "evaluation_sizes_split")]
    size = SIZES.get(str(mapping_at(summary, "by_patient_size").get("size")), "size")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=HALF_PX, gap="xsmall"):
            st.markdown("##### Slices")
            head = ["Tumour in the slice", "Slices", "Dice, mean", "Ceiling"]
            st.markdown(table(head, slice_rows(summary, reasons)))
        with st.container(width=HALF_PX, gap="xsmall"):
            st.markdown("##### Patients")
            head = ["Third", f"{size[0].upper()}{size[1:]}", "Patients", "Dice, mean", "Ceiling"]
            st.markdown(table(head, third_rows(summary, reasons)))
    reasons.show()


def sized_patients(result: Mapping[str, Any]) -> list[tuple[str, list[SizedPatient]]]:
    """Each split's patients who have tumour of known size and a Dice."""
    groups = []
    for name, summary in splits_of(result).items():
        patients = [
            SizedPatient(str(each["patient"]), area / 100.0, dice, number_at(each, "ceiling_dice"))
            for each in list_at(summary, "patients")
            if (area := number_at(each, "summed_area_mm2"))
            and (dice := number_at(mapping_at(each, "native"), "dice")) is not None
        ]
        groups.append((split_title(name), patients))
    return groups


def slice_rows(summary: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """A row for each class of a split's slices."""
    return [
        [
            class_words(each),
            whole(each.get("slices")),
            estimate(mapping_at(each, "dice"), 3, reasons),
            estimate(mapping_at(each, "ceiling_dice"), 3, reasons),
        ]
        for each in list_at(mapping_at(summary, "by_slice_size"), "classes")
    ]


def third_rows(summary: Mapping[str, Any], reasons: Reasons) -> list[list[str]]:
    """A row for each third of a split's patients."""
    rows = []
    for each in list_at(mapping_at(summary, "by_patient_size"), "thirds"):
        ends = [number_at(each, key) for key in ("from", "to")]
        span = NONE if ends[0] is None else " to ".join(written(end, 0) for end in ends)
        rows.append(
            [
                str(each["name"]),
                span.replace(" ", FIXED),
                whole(each.get("patients")),
                estimate(mapping_at(each, "dice"), 3, reasons),
                estimate(mapping_at(each, "ceiling_dice"), 3, reasons),
            ]
        )
    return rows
