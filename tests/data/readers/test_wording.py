import pytest

from resunet.data.readers.wording import by, reason


def test_a_shape_is_said_as_people_write_it():
    assert by((240, 155)) == "240×155"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file"), "it does not exist"),
        (ValueError("Object arrays cannot be loaded"), "it holds Python objects"),
        (ValueError("two\nlines."), "two lines"),
        (EOFError(), "EOFError"),
    ],
)
def test_a_reason_is_one_line_without_full_stop(error, words):
    assert reason(error).startswith(words)
    assert "\n" not in reason(error)
    assert not reason(error).endswith(".")


def test_a_long_reason_is_cut():
    assert len(reason(ValueError("word " * 200))) <= 200
