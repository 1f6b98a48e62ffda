"""Evaluations made in the test's own process, by a network that needs no Keras."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bright import WaveringEngine
from comparing import GONE, note_process
from tiny import tiny_config

from resunet.data.cases import find_cases
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.result import make_result
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.uncertainty import COUNTER, UncertaintyCounter, read_facts
from resunet.evaluation.uncertainty_summary import summarise_uncertainty
from resunet.export.evaluation import write_evaluation
from resunet.export.uncertainty import write_uncertainty
from resunet.inference.models import ModelFile
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.tasks import Task
from resunet.storage import write_json, write_text


def evaluate_now(
    data: Path,
    out: Path,
    *,
    splits: Sequence[str] = ("testing",),
    flip: bool = False,
    uncertainty: bool = False,
    named: str | None = None,
    **changes: object,
) -> dict:
    """Writes what ``evaluate`` writes.

    Args:
        data: The data folder.
        out: The result folder.
        splits: Which are scored.
        flip: Whether the mirrored slice is asked too.
        uncertainty: Whether that is measured, of six passes.
        named: What a single split is called in the result, as a cross-validation does.
        changes: Other values for ``scores.json``.
    """
    way = OneNetwork(WaveringEngine(), samples=6 if uncertainty else 0, flip=flip)
    plan = Plan(way, counters={COUNTER: UncertaintyCounter} if uncertainty else {})
    cases = find_cases(data)
    patients = {
        split: evaluate_cases([case for case in cases if case.split == split], plan).patients
        for split in splits
    }
    if named is not None:
        [some] = patients.values()
        patients = {named: tuple(replace(each, split=named) for each in some)}
    model = ModelFile("bright", data / "bright.weights.h5", tiny_config(), title="Bright")
    result = make_result(
        patients,
        way,
        model,
        data=data,
        tolerance_mm=2.0,
        parameters=1000,
        bootstraps=50,
        training={
            **dict.fromkeys(("epochs", "minutes", "learning_rate", "device")),
            **dict.fromkeys(("trained_on", "chosen_on")),
            **{f"{name}_reason": "It is not known." for name in ("trained_on", "chosen_on")},
        },
    )
    write_evaluation(out, result | changes, [p for some in patients.values() for p in some])
    if uncertainty:
        ways = {
            split: {
                "ways": {
                    "dropout": {
                        "way": "T stochastic passes",
                        **summarise_uncertainty(
                            {each.patient: read_facts(each.extra[COUNTER]) for each in some}
                        ),
                    }
                }
            }
            for split, some in patients.items()
        }
        write_uncertainty(out, {"schema": 1, "splits": ways})
    return result


def evaluate_at_once(task: Task, words: Sequence[str]) -> None:
    """Stands for `Task.start`, for the command ``evaluate``."""
    out, data = Path(words[words.index("--out") + 1]), Path(words[words.index("--data") + 1])
    splits = [word.removeprefix("--split=") for word in words if word.startswith("--split=")]
    evaluate_now(data, out, splits=splits, uncertainty="--uncertainty" in words)
    write_json(task.result_file, {})
    note_process(task.folder, GONE)


def write_untrained_run(home: Path, name: str = "bright") -> RunFolder:
    """A run that can be chosen as a model; its weights are of no use."""
    run = RunFolder(home / "runs" / name)
    run.write_config(tiny_config(), {})
    write_text(run.best_weights, "nothing")
    return run
