"""Pictures as PNG files, whole or not at all, that say where they come from."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL.Image import Image
from PIL.PngImagePlugin import PngInfo

from resunet import DISCLAIMER, PROGRAM, __version__
from resunet.storage import dump_json, write_bytes


def write_png(path: Path, picture: Image, provenance: Mapping[str, Any] | None = None) -> None:
    """Writes a picture of `resunet.figures` as PNG.

    The file carries text that image programs show: ``Software`` and ``Disclaimer``; of a
    prediction also ``Description``, one sentence, and ``Provenance``, JSON.

    Args:
        path: The file to create or replace; its folder is made if missing.
        picture: The picture.
        provenance: Of `resunet.export.provenance.provenance`, or None for a picture of no one
            prediction.
    """
    texts = {"Software": f"{PROGRAM} {__version__}", "Disclaimer": f"{DISCLAIMER}."}
    if provenance is not None:
        texts["Description"] = (
            f"Brain tumour segmentation of {provenance['identifier']} "
            f"by model {provenance['model_id']}."
        )
        texts["Provenance"] = dump_json(dict(provenance))
    chunks = PngInfo()
    for keyword, text in texts.items():
        # half a surrogate pair, as undecodable file names have them, cannot be written; nor 0
        clean = text.encode("utf-8", "replace").decode().replace("\0", "?")
        chunks.add_text(keyword, clean)
    data = io.BytesIO()
    picture.save(data, "PNG", pnginfo=chunks)
    write_bytes(path, data.getvalue())
