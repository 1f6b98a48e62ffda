"""Which versions of the program and its libraries are at work, or were when a run was trained."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from resunet import __version__

Versions = Mapping[str, str | None]
"""Name → version, None where it is not installed."""

_LIBRARIES = ("keras", "tensorflow", "numpy")


def installed_versions(*names: str) -> dict[str, str | None]:
    """Package → its version, None where it is not installed."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def training_versions() -> dict[str, str | None]:
    """All on which the numbers of a training here and now depend."""
    own = {"resunet": __version__, "python": platform.python_version()}
    return {**own, **installed_versions(*_LIBRARIES)}


def difference(before: Versions, now: Versions) -> str:
    """What has changed, in words; empty where nothing has, or it is not known what was before."""
    return ", ".join(
        f"{name} {now.get(name) or 'missing'} instead of {old or 'missing'}"
        for name, old in before.items()
        if now.get(name) != old
    )
