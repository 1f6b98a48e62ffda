"""What the app is tested on: synthetic patients, and an untrained network that looks trained."""

from pathlib import Path

from synthetic import write_paper_layout

from resunet.config import Config, NetworkConfig
from resunet.jobs.run_folder import RunFolder

PATIENTS = {"training": ["Brats18_A_1", "Brats18_B_1"], "testing": ["Brats18_C_1"]}
HISTORY = [
    {
        "epoch": epoch,
        "step": 10 * epoch,
        "loss": 0.5 / epoch,
        "val_loss": 0.6 / epoch,
        "dice": 0.2 * epoch,
        "val_dice": 0.15 * epoch,
        "learning_rate": 1e-3,
        "seconds": 2.0,
    }
    for epoch in (1, 2, 3)
]


def write_data(root: Path) -> Path:
    """A data folder of three patients with six slices each."""
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=6)
    return root


def write_run(home: Path, name: str = "tiny") -> RunFolder:
    """A finished run whose weights are as they were drawn."""
    from resunet.network.resunet import build_resunet
    from resunet.training.checkpoint import save_weights

    config = Config(
        preset="tiny", network=NetworkConfig(input_size=32, filters=(4, 8), depths=(1, 1))
    )
    run = RunFolder(home / "runs" / name)
    run.write_config(config, {})
    run.write_history(HISTORY)
    run.write_status("finished", epoch=3, epochs=3, step=30, message="All 3 epochs are done.")
    save_weights(build_resunet(config.network, stochastic=True, seed=1), run.best_weights)
    return run
