"""``python -m resunet info``: what is installed, what computes, where files go."""

import argparse
import platform

from resunet import __version__
from resunet.cli.console import add_json, load_tensorflow, tell
from resunet.inference.models import list_models
from resunet.jobs.versions import installed_versions
from resunet.storage import data_roots, home

_PACKAGES = ("tensorflow", "keras", "numpy", "streamlit", "plotly", "nibabel")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Looks; see the module."""
    load_tensorflow()
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus
    ]
    values = {
        "schema": 1,
        "version": __version__,
        "python": platform.python_version(),
        "packages": installed_versions(*_PACKAGES),
        "devices": names or ["CPU"],
        "engine": f"TensorFlow {tf.__version__}, {'GPU' if gpus else 'CPU'}",
        "home": home(),
        "data": data_roots(),
        "models": [{"name": model.name, "weights": model.weights} for model in list_models()],
    }
    lines = [f"{key:<10}{_words(value)}" for key, value in values.items() if key != "schema"]
    tell(values, args, lines)
    return 0


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item or 'missing'}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_item, value)) or "none"
    return str(value)


def _item(value: object) -> str:
    """One of a list; a model with the folder that it comes from."""
    if isinstance(value, dict):
        return f"{value['name']} ({value['weights'].parent})"
    return str(value)
