"""How the readers' sentences say a shape and a reason."""

import textwrap


def by(shape: tuple[int, ...]) -> str:
    """A shape in words, such as ``240×240``."""
    return "×".join(map(str, shape))


def reason(error: Exception) -> str:
    """Why a library could not read a file: on one line, at most 200 characters, no full stop."""
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    if isinstance(error, ValueError) and "Object arrays" in str(error):
        return "it holds Python objects, which are not loaded"
    return textwrap.shorten(str(error) or type(error).__name__, 200).rstrip(".")
