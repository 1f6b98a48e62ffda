"""That training teaches: the whole way, on synthetic patients it has not seen."""

from dataclasses import replace

import pytest
from synthetic import write_paper_layout

from resunet.config import NetworkConfig
from resunet.data.cache import packed_slices
from resunet.data.cases import cases_of_split, find_cases
from resunet.jobs.run_folder import RunFolder
from resunet.presets import preset
from resunet.training.loop import train

pytestmark = [pytest.mark.keras, pytest.mark.slow]


def test_other_patients_are_segmented_after_a_short_training(tmp_path):
    root = tmp_path / "data"
    names = {
        "training": [f"t_{i}" for i in range(16)],
        "validating": [f"v_{i}" for i in range(4)],
    }
    write_paper_layout(root, patients=names, slices_per_patient=6)
    config = preset("small-data")
    config = replace(
        config,
        network=NetworkConfig(
            input_size=32, filters=(8, 16, 32), depths=(1, 1, 2), norm_momentum=0.9
        ),
        training=replace(config.training, epochs=4, steps_per_epoch=30, batch_size=32),
    )
    cases = find_cases(root)
    training, validation = (
        packed_slices(cases_of_split(cases, split, root), config.preparation, 32)
        for split in ("training", "validating")
    )
    run = RunFolder(tmp_path / "run")
    run.write_config(config, {})
    outcome = train(config, training, validation, run)
    assert outcome.state == "finished"
    scores = [row["val_dice"] for row in run.read_history()]
    assert scores[-1] > 0.8
    assert scores[-1] > scores[0]
