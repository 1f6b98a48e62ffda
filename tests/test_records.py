from dataclasses import dataclass, field, is_dataclass
from typing import Literal, get_type_hints

import pytest

from resunet.config import (
    AugmentConfig,
    Config,
    LossConfig,
    NetworkConfig,
    PreparationConfig,
    TrainingConfig,
)
from resunet.errors import InputError
from resunet.records import check, explained, read_record


@dataclass(frozen=True)
class Inner:
    size: int = 1
    kind: Literal["a", "b"] = "a"

    def __post_init__(self):
        check(self.size > 0, "size", self.size, "a number above 0")


@dataclass(frozen=True)
class Outer:
    ratio: float = 0.5
    on: bool = False
    name: str = ""
    sides: tuple[int, ...] = ()
    inner: Inner = field(default_factory=Inner)


def test_a_record_is_built_from_the_inside_out():
    values = {"ratio": 2, "on": True, "name": "x", "sides": [3, 4], "inner": {"kind": "b"}}
    assert read_record(Outer, values) == Outer(2.0, True, "x", (3, 4), Inner(1, "b"))


def test_errors_name_the_value_from_where_the_caller_stands():
    with pytest.raises(InputError, match=r"^here\.inner\.size is 0, where a number above 0"):
        read_record(Outer, {"inner": {"size": 0}}, "here.")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ratio": 10**400}, "ratio is 1000"),
        ({"ratio": "2"}, "ratio is '2', where a number is accepted."),
        ({"ratio": True}, "ratio is True"),
        ({"on": 0}, "on is 0, where true or false is accepted."),
        ({"name": None}, "name is None, where text is accepted."),
        ({"sides": "34"}, "sides is '34', where a list of whole numbers is accepted."),
        ({"sides": [3, None]}, "sides[1] is None, where a whole number is accepted."),
        ({"inner": {"kind": "c"}}, "inner.kind is 'c', where one of 'a', 'b' is accepted."),
        ({"inner": []}, "inner is [], where an object is accepted."),
        ({"x": 1}, "x is not a setting; known are inner, name, on, ratio, sides."),
    ],
)
def test_what_does_not_fit_is_refused(values, words):
    with pytest.raises(InputError) as caught:
        read_record(Outer, values)
    assert str(caught.value).startswith(words)


class Told:
    """Something.

    Attributes:
        first: What it is, on one line.
        second: What it is,
            on two
            lines; with ``marks``: and a colon.
        third_one: The last.

    Args:
        none: Is no attribute.
    """


def test_fields_are_explained_by_the_docstring():
    assert explained(Told) == {
        "first": "What it is, on one line.",
        "second": "What it is, on two lines; with ``marks``: and a colon.",
        "third_one": "The last.",
    }


def test_without_such_a_section_nothing_is_explained():
    assert explained(Inner) == {}


@pytest.mark.parametrize(
    "kind", [NetworkConfig, LossConfig, PreparationConfig, AugmentConfig, TrainingConfig, Config]
)
def test_every_field_of_a_configuration_is_explained_unless_it_is_a_part(kind):
    found = explained(kind)
    own = [name for name, hint in get_type_hints(kind).items() if not is_dataclass(hint)]
    assert list(found) == own
    for text in found.values():
        assert text[0].isupper() or text[0] in "`w"  # w_F, or a value in quotes
        assert text.endswith(".")
        assert "  " not in text
        assert not any(f"{name}:" in text for name in own)  # one field each
