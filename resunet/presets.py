"""The settings that go by a name: the paper's, and those found better for few patients."""

from collections.abc import Callable

from resunet.config import (
    AugmentConfig,
    Config,
    LossConfig,
    NetworkConfig,
    PreparationConfig,
    TrainingConfig,
)
from resunet.errors import InputError


def _paper() -> Config:
    """Every value of Tables 1–3 and section 3 of the paper."""
    return Config(
        preset="paper",
        preparation=PreparationConfig(scaling="maximum", framing="resize", scope="slice"),
    )


def _small_data() -> Config:
    """For some tens of patients: what was found by trial to carry over to new scanners."""
    return Config(
        preset="small-data",
        network=NetworkConfig(norm_momentum=0.9),
        loss=LossConfig(dice_pool="sample"),
        augment=AugmentConfig(
            per_sample=True,
            flip_up_down=0.0,
            flip_left_right=0.5,
            patches=0.1,
            noise_mean=0.0,
            rotation_deg=15.0,
            scale=0.15,
            shift=0.05,
            gain=0.2,
            offset=0.2,
            gamma=1.25,
        ),
        training=TrainingConfig(
            optimizer="adamw",
            learning_rate=1e-3,
            weight_decay=1e-2,
            batch_size=32,
            epochs=20,
            steps_per_epoch=50,
            schedule="cosine",
            warmup_steps=50,
            early_stopping_patience=0,
            select="last",
            mixed_precision=True,
        ),
    )


PRESETS: dict[str, Callable[[], Config]] = {"paper": _paper, "small-data": _small_data}


def preset(name: str) -> Config:
    """A preset by name.

    Raises:
        InputError: If there is none of that name.
    """
    if name not in PRESETS:
        raise InputError(f"preset is {name!r}, where one of {', '.join(PRESETS)} is accepted.")
    return PRESETS[name]()
