"""Tiny networks and packed slices for the tests that compute with TensorFlow."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from resunet.config import (
    AugmentConfig,
    Config,
    LossConfig,
    NetworkConfig,
    PreparationConfig,
    TrainingConfig,
)
from resunet.data.cache import PackedSlices

ROOT = Path(__file__).parents[1]
NETWORK = NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 1), norm_momentum=0.9)
NO_AUGMENT = AugmentConfig(flip_up_down=0.0, flip_left_right=0.0, patches=0.0, noise=0.0)
PREPARATION = PreparationConfig(scaling="percentile", framing="resize", scope="study")


def tiny_config(
    *, seed: int = 3, network: NetworkConfig = NETWORK, augment=NO_AUGMENT, **training
) -> Config:
    """Two epochs of three steps of four slices, unless ``training`` says otherwise."""
    plan = {"batch_size": 4, "epochs": 2, "steps_per_epoch": 3} | training
    return Config(
        preset="tiny",
        seed=seed,
        network=network,
        loss=LossConfig(dice_pool="sample"),
        preparation=PREPARATION,
        augment=augment,
        training=TrainingConfig(**plan),
    )


def without_dropout(network: NetworkConfig = NETWORK) -> NetworkConfig:
    """The same network with masks of ones."""
    return replace(network, dropout_encoder=0.0, dropout_decoder=0.0)


def packed(count: int = 8, *, seed: int = 0, size: int = 16) -> PackedSlices:
    """Slices whose bright square is the tumour; every fourth has none."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0.2, 0.4, (count, size, size, 4)).astype(np.float32)
    images[:, :2] = images[:, -2:] = 0.0
    masks = np.zeros((count, size, size), np.uint8)
    for index in range(count):
        if index % 4 != 3:
            row, column = rng.integers(3, size - 7, 2)
            masks[index, row : row + 4, column : column + 4] = 1
    images += 0.5 * masks[..., None]
    return PackedSlices(
        images,
        masks,
        255 * masks,
        tuple(f"patient-{index // 4}" for index in range(count)),
        tuple(range(count)),
        (),
        (),
    )


def run_python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own, in which the tests' modules can be imported."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=python_environment(**environment),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def python_environment(**changes: str) -> dict[str, str]:
    """This process's environment, with the tests' modules on the path."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    return {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3", **changes}
