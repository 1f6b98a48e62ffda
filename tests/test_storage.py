import json
import os
from pathlib import Path

import numpy as np
import pytest

from resunet import storage
from resunet.errors import InputError


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


# Folders


def test_home_is_what_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("RESUNET_HOME", str(tmp_path / "x"))
    assert storage.home() == tmp_path / "x"
    assert storage.runs_dir() == tmp_path / "x" / "runs"
    assert storage.models_dir() == tmp_path / "x" / "models"
    assert storage.evaluations_dir() == tmp_path / "x" / "evaluations"
    assert storage.cache_dir() == tmp_path / "x" / "cache"
    assert not (tmp_path / "x").exists()  # asking makes nothing


def test_home_knows_the_tilde(monkeypatch):
    monkeypatch.setenv("RESUNET_HOME", "~/somewhere")
    assert storage.home() == Path.home() / "somewhere"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_home_is_the_users_data_folder(monkeypatch, tmp_path, value):
    monkeypatch.delenv("RESUNET_HOME")
    if value is not None:
        monkeypatch.setenv("RESUNET_HOME", value)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert storage.home().name == "resunet"
    assert tmp_path in storage.home().parents


def test_shipped_models_lie_in_the_project_or_where_the_environment_says(
    monkeypatch, tmp_path, repository
):
    for value in (None, ""):
        monkeypatch.delenv("RESUNET_SHIPPED", raising=False)
        if value is not None:
            monkeypatch.setenv("RESUNET_SHIPPED", value)
        assert storage.shipped_models_dir() == repository / "assets" / "models"
    monkeypatch.setenv("RESUNET_SHIPPED", str(tmp_path / "x"))
    assert storage.shipped_models_dir() == tmp_path / "x"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("value", "roots"),
    [
        (None, []),
        ("", []),
        ("/a", ["/a"]),
        (os.pathsep.join(["/a", " ", "", "/b"]), ["/a", "/b"]),
    ],
)
def test_data_roots(monkeypatch, value, roots):
    if value is not None:
        monkeypatch.setenv("RESUNET_DATA", value)
    assert storage.data_roots() == [Path(root) for root in roots]


# Writing


def test_a_file_is_written_with_its_folders(tmp_path):
    storage.write_text(tmp_path / "a/b/c.txt", "ä")
    assert (tmp_path / "a/b/c.txt").read_bytes() == "ä".encode()
    assert files_in(tmp_path / "a/b") == ["c.txt"]


def test_an_exception_in_the_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    storage.write_bytes(path, b"old")

    def fail(file):
        file.write(b"half of the new")
        file.flush()
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        storage.write_atomically(path, fail)
    assert path.read_bytes() == b"old"
    assert files_in(tmp_path) == ["file"]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "file"
    storage.write_bytes(path, b"old")
    seen = []

    def write(file):
        file.write(b"new")
        file.flush()
        seen.append(path.read_bytes())

    storage.write_atomically(path, write)
    assert seen == [b"old"]
    assert path.read_bytes() == b"new"


def test_two_writers_at_once_leave_one_whole_file(tmp_path):
    # as two threads of the app may: the second begins and ends while the first one writes
    path = tmp_path / "file"

    def first(file):
        file.write(b"first, ")
        file.flush()
        storage.write_bytes(path, b"second")
        assert path.read_bytes() == b"second"
        file.write(b"whole")

    storage.write_atomically(path, first)
    assert path.read_bytes() == b"first, whole"
    assert files_in(tmp_path) == ["file"]


@pytest.mark.parametrize("compressed", [True, False])
def test_arrays_come_back(tmp_path, compressed):
    array = np.arange(6.0).reshape(2, 3)
    storage.write_npz(tmp_path / "a.npz", {"x": array, "n": 3}, compressed=compressed)
    with np.load(tmp_path / "a.npz") as loaded:
        np.testing.assert_array_equal(loaded["x"], array)
        assert loaded["n"] == 3


# JSON


def test_json_follows_the_rules_of_the_project(tmp_path):
    storage.write_json(
        tmp_path / "a.json",
        {
            "nan": float("nan"),
            "inf": np.inf,
            "minus": [-np.inf],
            "float32": np.float32(0.5),
            "array": np.array([[1, 2]]),
            "path": Path("/a/b"),
            "tuple": (True, None, "ä"),
            3: np.array([np.nan, 1.0]),
        },
    )
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "ä" in text
    assert json.loads(text) == {
        "nan": None,
        "inf": "inf",
        "minus": ["-inf"],
        "float32": 0.5,
        "array": [[1, 2]],
        "path": "/a/b",
        "tuple": [True, None, "ä"],
        "3": [None, 1.0],
    }
    assert storage.read_json(tmp_path / "a.json")["array"] == [[1, 2]]


def test_what_json_does_not_know_is_not_written(tmp_path):
    with pytest.raises(TypeError):
        storage.write_json(tmp_path / "a.json", {"a": object()})
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[1,]", b"[" * 100_000],
    ids=["empty", "cut", "no UTF-8", "no JSON", "deep"],
)
def test_bad_json_is_refused_by_name(tmp_path, content):
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"card\.json is not valid JSON"):
        storage.read_json(path)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"no\.json cannot be read: No such file"):
        storage.read_json(tmp_path / "no.json")
    with pytest.raises(InputError, match="cannot be read"):
        storage.read_json(tmp_path)
