"""An evaluation as one HTML page that needs no other file and no script."""

from collections.abc import Mapping
from typing import Any

from resunet.export.comparison.markup import Html, element, joined, paragraphs
from resunet.export.document import document
from resunet.export.evaluation.beside import against_section, paper_section
from resunet.export.evaluation.entries import data_name, split_name, splits_of
from resunet.export.evaluation.method import method_section
from resunet.export.evaluation.patients import patients_section
from resunet.export.evaluation.scores import errors_section, score_sentences, scores_section
from resunet.export.evaluation.sizes import sizes_section
from resunet.export.evaluation.sweep import sweep_section

_PARTS = {
    "scores": "Scores",
    "patients": "Patients",
    "sizes": "By size",
    "sweep": "Threshold",
    "errors": "Errors of size",
    "against": "Beside another model",
    "paper": "Beside the paper",
    "method": "Method",
}

_RULES = """
svg.chart{display:block;width:100%;max-width:760px;height:auto;overflow:visible}
svg.chart text{font-size:11.5px;fill:var(--faint)}
svg.chart circle{fill:var(--set);fill-opacity:.7;stroke:var(--paper);stroke-width:.8}
svg.chart circle.ceiling{fill:none;stroke:var(--set);stroke-width:1;stroke-opacity:.55}
svg.chart circle.mean{fill-opacity:1}
svg.chart .interval-line{stroke:var(--set);stroke-width:2.5;stroke-linecap:round}
svg.chart .curve{fill:none;stroke:var(--set);stroke-width:2;stroke-linejoin:round}
svg.chart .curve.pooled{stroke-dasharray:6 4;stroke-width:1.5}
svg.chart .threshold{stroke:var(--faint);stroke-dasharray:2 3}
table.wide td.name{min-width:0}
@media print{
table.wide{font-size:7.5pt}
table.wide th,table.wide td{padding:4px 3px}
table.wide td.name{font-size:6.5pt}
svg.chart{max-width:150mm}}
"""


def evaluation_page(result: Mapping[str, Any]) -> str:
    """The page as text.

    Args:
        result: What ``scores.json`` holds, as read from it.
    """
    parts = [
        scores_section(result),
        patients_section(result),
        sizes_section(result),
        sweep_section(result),
        errors_section(result),
        against_section(result),
        paper_section(result),
        method_section(result),
    ]
    return document(
        _title(result),
        kind="evaluation",
        answers=_answers(result),
        parts=parts,
        names=_PARTS,
        rules=_RULES.strip(),
    )


def _title(result: Mapping[str, Any]) -> str:
    model = str(result.get("model_id") or "A model").partition("@")[0]
    return f"{model} on {data_name(result)}"


def _answers(result: Mapping[str, Any]) -> Html:
    """A card for each split."""
    cards = [
        element(
            "article",
            element("h3", split_name(name, index)),
            paragraphs(score_sentences(name, summary)),
            class_="card",
        )
        for index, (name, summary) in enumerate(splits_of(result).items())
    ]
    return element("section", joined(cards), class_="answers", aria_label="In short")
