import pytest

from resunet.errors import InputError


def test_an_input_error_is_its_sentence_and_a_value_error():
    with pytest.raises(ValueError) as caught:
        raise InputError("a.npz cannot be read.")
    assert str(caught.value) == "a.npz cannot be read."
