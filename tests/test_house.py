"""The rules of the house: which room may import which, and what each may load.

The rooms are the folders and modules of ``resunet``. A new room needs a line in `ROOMS`.
"""

import ast
import functools
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "resunet").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
FRAME = [ROOT / "app.py"]

BASIS = {"config", "errors", "metrics", "measure", "records", "storage", "study"}
ABOVE = {"cohort", "data", "evaluation", "export", "figures", "inference", "jobs", "presets"}
BELOW_UI = BASIS | ABOVE
# room → the other rooms it may import; none of these may lead back
ROOMS = {
    "errors": set(),
    "storage": {"errors"},
    "records": {"errors"},
    "study": {"errors"},
    "config": {"errors", "records", "storage"},
    "presets": {"config", "errors"},
    "metrics": {"errors"},
    "measure": {"errors", "metrics", "storage", "study"},
    "data": {"config", "errors", "storage", "study"},
    "phantom": {"data", "errors", "study"},
    "network": {"config", "errors"},
    "jobs": {"config", "errors", "records", "storage"},
    "training": BASIS | {"data", "jobs", "network"},
    "inference": BASIS | {"data", "jobs", "network", "presets"},
    "cohort": BASIS | {"data"},
    "evaluation": BASIS | {"data", "cohort", "inference"},
    "review": BASIS | {"data", "inference"},
    "figures": {"errors", "study"},
    "export": BASIS | {"data", "evaluation", "figures"},
    "ui": BELOW_UI | {"network", "review", "training"},
    "cli": BELOW_UI | {"network", "phantom", "training"},
}
# what a page or app.py may import of resunet
SCREEN = BELOW_UI | {"review", "ui"}

FIGURES_MAY = {"numpy", "PIL", "plotly"}
NETWORK_LIBRARIES = {"keras", "tensorflow"}
# modules of the rooms that know Keras which must do without it all the same
LIGHT = {
    "resunet.network",
    "resunet.network.backend",
    "resunet.network.mask_layout",
    "resunet.network.plan_records",
    "resunet.training",
    "resunet.training.order",
    "resunet.training.schedule",
}


class Import(NamedTuple):
    """One imported name: ``from a import b`` counts as ``a.b``."""

    name: str
    level: int
    in_function: bool

    @property
    def top(self):
        return self.name.split(".")[0]

    @property
    def room(self):
        parts = self.name.split(".")
        if parts[0] != "resunet" or len(parts) < 2:
            return None
        place = ROOT / "resunet" / parts[1]  # else a name of the package itself: no room
        return parts[1] if place.is_dir() or place.with_suffix(".py").is_file() else None


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports_of(path):
    """Every import of a file, those inside of functions included."""

    def visit(node, in_function):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, 0, in_function)
            elif isinstance(child, ast.ImportFrom):
                for alias in child.names:
                    yield Import(f"{child.module}.{alias.name}", child.level, in_function)
            else:
                inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from visit(child, inside)

    return list(visit(tree_of(path), False))


def name_of(path):
    """The short name that a test's report shows."""
    return str(path.relative_to(ROOT))


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(path):
    """The room a file lies in; None for ``resunet/__init__.py`` and ``__main__.py``."""
    part = path.relative_to(ROOT / "resunet").parts[0].removesuffix(".py")
    return None if part.startswith("__") else part


def is_in(path, *places):
    """Whether a file of resunet is, or lies in, one of these."""
    relative = path.relative_to(ROOT / "resunet")
    return any(relative == Path(place) or Path(place) in relative.parents for place in places)


every_file = pytest.mark.parametrize("path", [*SOURCES, *PAGES, *FRAME], ids=name_of)
every_source = pytest.mark.parametrize("path", SOURCES, ids=name_of)


def test_the_files_are_found():
    assert len(SOURCES) > 40
    assert PAGES
    assert FRAME[0].is_file()


# Which room may import which


def test_the_table_leads_one_way():
    order = list(TopologicalSorter(ROOMS).static_order())  # raises on a circle
    assert set(order) == set(ROOMS)  # each room that may be imported has a line of its own


@every_source
def test_rooms_import_only_what_lies_below_them(path):
    room = room_of(path)
    used = {found.room for found in imports_of(path)} - {None, room}
    if room is None:  # the package itself, and python -m resunet
        assert used <= ({"cli"} if path.name == "__main__.py" else set())
    else:
        assert room in ROOMS, f"{room} is a new room: add its line to ROOMS"
        assert used <= ROOMS[room]


@pytest.mark.parametrize("path", [*PAGES, *FRAME], ids=name_of)
def test_screens_import_streamlit_and_rooms_but_no_numerics_and_no_page(path):
    imports = imports_of(path)
    assert {found.room for found in imports} - {None} <= SCREEN
    outside = {found.top for found in imports} - {"resunet", "streamlit"}
    assert outside <= sys.stdlib_module_names
    assert not outside & {"pages", "app"}


@every_file
def test_imports_are_absolute_and_name_what_they_take(path):
    for found in imports_of(path):
        assert found.level == 0
        assert not found.name.endswith(".*")


# Which libraries a room may load


@every_source
def test_only_the_ui_knows_streamlit(path):
    if not is_in(path, "ui"):
        assert "streamlit" not in {found.top for found in imports_of(path)}


@every_file
def test_only_network_training_and_engines_know_keras(path):
    used = [found for found in imports_of(path) if found.top in NETWORK_LIBRARIES]
    if path.is_relative_to(ROOT / "resunet"):
        if is_in(path, "network", "training"):
            used = []
        elif is_in(path, "cli", "inference/engines.py", "inference/features.py"):
            used = [found for found in used if not found.in_function]
    assert used == []


@every_source
def test_keras_has_one_spelling(path):
    assert not [f.name for f in imports_of(path) if f.name.startswith("tensorflow.keras")]


@pytest.mark.parametrize("path", [path for path in SOURCES if is_in(path, "figures")], ids=name_of)
def test_figures_take_arrays_and_records(path):
    outside = {found.top for found in imports_of(path)} - sys.stdlib_module_names - {"resunet"}
    assert outside <= FIGURES_MAY


IMPORT_ALL = """
import importlib, sys
forbidden = sys.argv[1].split(",")
for name in sys.argv[2:]:
    importlib.import_module(name)
    loaded = [each for each in forbidden if each in sys.modules]
    if loaded:
        sys.exit(f"importing {name} loads {', '.join(loaded)}")
"""


def import_in_a_new_process(modules, forbidden):
    return subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, ",".join(forbidden), *modules],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def light_modules():
    """All modules that must not load TensorFlow, nor Streamlit; the package comes first."""
    names = [module_of(path) for path in SOURCES if not is_in(path, "ui", "__main__.py")]
    heavy = ("resunet.network", "resunet.training")
    return sorted(name for name in names if name in LIGHT or not name.startswith(heavy))


def test_the_rooms_without_a_network_load_neither_tensorflow_nor_streamlit():
    modules = light_modules()
    assert modules[0] == "resunet"
    assert set(modules) >= LIGHT
    result = import_in_a_new_process(modules, ["tensorflow", "keras", "streamlit"])
    assert (result.returncode, result.stderr) == (0, "")


def test_importing_the_package_loads_nothing_heavy():
    libraries = ["numpy", "nibabel", "plotly", "PIL", "tensorflow", "keras", "streamlit"]
    result = import_in_a_new_process(["resunet"], libraries)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_ui_loads_no_tensorflow():
    modules = [module_of(path) for path in SOURCES if is_in(path, "ui")]
    result = import_in_a_new_process(modules, ["tensorflow", "keras"])
    assert result.returncode == 0, result.stderr


# What source may look like


@every_file
def test_there_is_no_assert_in_source(path):
    lines = [node.lineno for node in ast.walk(tree_of(path)) if isinstance(node, ast.Assert)]
    assert lines == []


@every_source
def test_importing_does_no_work(path):
    """Modules hold imports, definitions and constants; calls only to make a constant."""
    if path.name == "__main__.py":
        return
    for node in tree_of(path).body:
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        definition = isinstance(
            node,
            ast.Import
            | ast.ImportFrom
            | ast.FunctionDef
            | ast.AsyncFunctionDef
            | ast.ClassDef
            | ast.Assign
            | ast.AnnAssign,
        )
        assert text or typing_only or definition, f"line {node.lineno}"


@every_file
def test_there_is_no_room_for_odds_and_ends(path):
    assert path.stem not in {"utils", "util", "helpers", "helper", "misc", "common"}


@pytest.mark.parametrize(
    ("path", "most"), [*((page, 150) for page in PAGES), (FRAME[0], 50)], ids=str
)
def test_screens_are_short(path, most):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most
