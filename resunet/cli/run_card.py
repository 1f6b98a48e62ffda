"""The card of a run, written when its training ends: what its best weights are and score."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from resunet.cli.console import progress
from resunet.cli.excluding import left_out_of_training
from resunet.cli.skipping import trained_without_bad
from resunet.data.cases import Case
from resunet.errors import InputError
from resunet.evaluation.scores import score_cases, score_entry, summarise
from resunet.export.card import card_text
from resunet.inference.cards import make_card, origin_of
from resunet.inference.engines import load_engine
from resunet.inference.models import ModelFile, find_model
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.stopping import StopRequested
from resunet.storage import read_json, write_json, write_text

_LOG = logging.getLogger(__name__)

_NOT_FINISHED = "The training has not finished: only then are its best weights scored."
_STOPPED = "It was asked to stop while its best weights were scored."


def write_run_card(
    run: RunFolder,
    cases: Sequence[Case],
    *,
    finished: bool,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Writes ``card.json`` and ``card.md`` of a run that has best weights.

    To score takes some seconds a patient, so it is done once the training has finished. Whatever
    goes wrong is in the log and leaves the run as it is.

    Args:
        run: The run.
        cases: The patients of its validating split, without what the training left out.
        finished: Whether to score them.
        should_stop: Asked after each patient; what was scored by then is left away.
    """
    if not run.best_weights.is_file():
        return
    try:
        card = _card(run, cases, finished, should_stop)
        write_json(run.card_file, card)
        write_text(run.card_page, card_text(card))
    except Exception:  # the training has ended, and how it ended is told already
        _LOG.exception("the card could not be written")


def _card(
    run: RunFolder, cases: Sequence[Case], finished: bool, should_stop: Callable[[], bool]
) -> dict[str, Any]:
    model = find_model(run.path)
    digest = model.sha256()
    origin = origin_of(model.weights, model.config)
    scores, reason = _scores_known(run, digest), _NOT_FINISHED
    if not scores and finished:
        scores, reason = _scores(model, cases, str(origin["data"]["folder"]), should_stop)
    weights = {
        "file": str(model.weights.relative_to(run.path)),
        "bytes": model.weights.stat().st_size,
        "values": _count(model.weights),
        "largest_probability_change": None,
        "largest_probability_change_reason": "Not rounded.",
    }
    return make_card(
        model.name,
        model.config,
        threshold=model.threshold,
        origin=origin,
        weights=weights,
        sha256=digest,
        scores=scores,
        scores_reason=reason,
    )


def _scores(
    model: ModelFile, cases: Sequence[Case], folder: str, should_stop: Callable[[], bool]
) -> tuple[list[dict[str, Any]], str]:
    """The deterministic scores of the validating split; none, and why.

    What the training left out it has told of already.
    """
    skipped: list[str] | None = [] if trained_without_bad(model) else None
    with progress(None, "Scoring validating", total=len(cases)) as bar:

        def on_case(_: Case) -> None:
            bar.update()
            if should_stop():
                raise StopRequested

        try:
            scores = score_cases(cases, load_engine(model), skipped=skipped, on_case=on_case)
        except StopRequested:
            return [], _STOPPED
        except InputError as error:  # such as a file that has gone since it was read
            return [], str(error)
    names = left_out_of_training(model)
    entry = score_entry(
        folder,
        "validating",
        samples=0,
        seed=0,
        summary=summarise(scores),
        skipped=skipped or (),
        excluded=sum(name.startswith("validating/") for name in names),
    )
    return [entry], ""


def _scores_known(run: RunFolder, digest: str) -> list[dict[str, Any]]:
    """The scores of an earlier card of these very weights."""
    try:
        card = read_json(run.card_file)
    except InputError:
        return []
    if not isinstance(card, dict) or card.get("sha256") != digest:
        return []
    scores = card.get("scores")
    return scores if isinstance(scores, list) and all(map(_is_score, scores)) else []


def _is_score(value: Any) -> bool:
    native = value.get("native") if isinstance(value, dict) else None
    return isinstance(native, dict) and isinstance(native.get("dice_by_patient"), dict)


def _count(path: Path) -> int:
    """How many values a weights file of Keras holds."""
    import h5py

    counts: list[int] = []

    def visit(_: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            counts.append(item.size)

    with h5py.File(path) as file:
        file.visititems(visit)
    return sum(counts)
