"""A comparison in a folder, written: ``comparison.json``, and ``arrays.npz`` with what is drawn."""

from pathlib import Path
from typing import Any

import numpy as np

from resunet.cohort.comparison import SetsCompared, comparison_json
from resunet.cohort.counts import MEASURES
from resunet.cohort.intensities import BINS
from resunet.cohort.stored import ARRAYS, RESULT, StoredComparison, StoredPair, StoredSet
from resunet.storage import write_json, write_npz
from resunet.study import CONTRASTS


def stored_sets(compared: SetsCompared) -> tuple[StoredSet, ...]:
    """What is drawn of each set."""
    tables = {table.name: table for table in compared.tables}
    sets = []
    for survey in compared.surveys:
        table = tables.get(survey.name)
        counts = list(survey.patients.values())
        sets.append(
            StoredSet(
                name=survey.name,
                distribution=survey.distribution,
                patients=() if table is None else table.patients,
                values={} if table is None else table.values,
                measures=np.concatenate(
                    [np.zeros((0, len(MEASURES))), *(c.measures for c in counts)]
                ),
                intensities=sum(
                    (c.intensities for c in counts), np.zeros((len(CONTRASTS), BINS), np.int64)
                ),
            )
        )
    return tuple(sets)


def stored_pairs(compared: SetsCompared) -> tuple[StoredPair, ...]:
    """What is drawn of each pair."""
    if compared.statistics is None:
        return ()
    return tuple(
        StoredPair(pair.a, pair.b, pair.map.difference, pair.map.significant)
        for pair in compared.statistics.pairs
    )


def write_comparison(
    folder: Path, compared: SetsCompared, *, effect: dict[str, Any] | None = None
) -> StoredComparison:
    """Writes both files; the result last, so that who finds it finds both.

    Args:
        folder: Where to.
        compared: What was found.
        effect: What the broken slices cost a network, where one was scored.

    Returns:
        What `resunet.cohort.stored.read_comparison` reads.
    """
    result = comparison_json(compared)
    if effect is not None:
        result["effect"] = effect
    stored = StoredComparison(result, stored_sets(compared), stored_pairs(compared))
    arrays: dict[str, Any] = {}
    for index, each in enumerate(stored.sets):
        arrays |= {
            f"set{index}_patients": np.array(each.patients, str),
            f"set{index}_quantities": np.array(list(each.values), str),
            f"set{index}_values": np.array(list(each.values.values()), np.float64),
            f"set{index}_measures": each.measures,
            f"set{index}_intensities": each.intensities,
        }
        if each.distribution is not None:
            arrays[f"set{index}_hits"] = each.distribution.hits
    for index, pair in enumerate(stored.pairs):
        arrays[f"pair{index}_difference"] = pair.difference
        arrays[f"pair{index}_significant"] = pair.significant
    write_npz(folder / ARRAYS, arrays)
    write_json(folder / RESULT, stored.result)
    return stored
