"""Where the program keeps its files, and how it writes them: whole, or not at all."""

import json
import math
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from resunet.errors import InputError

SCHEMA = 1

TEMPORARY = ".tmp"
"""How the names of files end that are being written; they begin with a dot."""

_ASSETS = Path(__file__).parents[1] / "assets"


def home() -> Path:
    """The folder for runs, models and caches: ``RESUNET_HOME``, or the user's data folder."""
    configured = os.environ.get("RESUNET_HOME")
    if configured:
        return Path(os.path.expanduser(configured))
    from platformdirs import user_data_path

    return user_data_path("resunet", appauthor=False)


def runs_dir() -> Path:
    """The folder whose sub-folders are training runs."""
    return home() / "runs"


def models_dir() -> Path:
    """The folder of models, each a weights file beside its card."""
    return home() / "models"


def evaluations_dir() -> Path:
    """The folder whose sub-folders are evaluations that the app was asked for."""
    return home() / "evaluations"


def shipped_models_dir() -> Path:
    """The folder of the models that come with the program; it need not exist.

    ``RESUNET_SHIPPED`` names another, such as an empty one for tests.
    """
    other = os.environ.get("RESUNET_SHIPPED")
    return Path(os.path.expanduser(other)) if other else _ASSETS / "models"


def demo_dir() -> Path:
    """The folder of the demo patients that come with the program."""
    return _ASSETS / "demo"


def cache_dir() -> Path:
    """The folder of what can be computed again, safe to delete."""
    return home() / "cache"


def data_roots() -> list[Path]:
    """The served data folders named by ``RESUNET_DATA`` (separated as in ``PATH``).

    Returns:
        The folders in the order given, empty where the variable is unset. They are not
        checked for existence here.
    """
    value = os.environ.get("RESUNET_DATA", "")
    return [Path(os.path.expanduser(part)) for part in value.split(os.pathsep) if part.strip()]


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Writes a file so that a reader, or a crash, sees the old bytes or all of the new.

    The bytes go to a temporary name in the same folder, are flushed to the disk, and the
    name is then exchanged in one operation.

    Args:
        path: The file to create or replace; its folder is made if missing.
        write: Called with the open binary file; what it raises is passed on and leaves
            the old file untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Writes bytes atomically."""

    def write(file: BinaryIO) -> None:
        file.write(data)

    write_atomically(path, write)


def write_npz(path: Path, arrays: Mapping[str, Any], *, compressed: bool = True) -> None:
    """Writes named arrays as an npz archive, atomically."""
    import numpy as np

    save = np.savez_compressed if compressed else np.savez

    def write(file: BinaryIO) -> None:
        save(file, **arrays)

    write_atomically(path, write)


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file atomically (see `dump_json`)."""
    write_text(path, dump_json(value) + "\n")


def dump_json(value: Any) -> str:
    """JSON text by the project's rules: NaN becomes null, infinity becomes ``"inf"``."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def read_json(path: Path) -> Any:
    """Reads a JSON file.

    Raises:
        InputError: If the file is missing, unreadable or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON: {error}.") from error


def _plain(value: Any) -> Any:
    """Reduces NumPy scalars, paths, tuples and non-finite numbers to what JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value
