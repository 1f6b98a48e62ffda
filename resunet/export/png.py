"""Pictures as PNG files, whole or not at all."""

import io
from pathlib import Path

from PIL.Image import Image

from resunet.storage import write_bytes


def write_png(path: Path, picture: Image) -> None:
    """Writes a picture of `resunet.figures` as PNG.

    Args:
        path: The file to create or replace; its folder is made if missing.
        picture: The picture.
    """
    data = io.BytesIO()
    picture.save(data, "PNG")
    write_bytes(path, data.getvalue())
