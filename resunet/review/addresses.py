"""Names for patients that tell nobody who they are: for links, and for files kept of them."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from resunet.data.cases import Case, find_cases
from resunet.errors import InputError

_BYTES = 6  # among 10,000 patients two are named alike once in 6 million times


def root_id(root: Path) -> str:
    """The opaque name of a data folder: 12 hexadecimal digits, of its path without links."""
    return opaque_name([os.path.realpath(root)])


def opaque_id(root: Path, case: Case) -> str:
    """The opaque name of a patient, for as long as the data folder stays where it is.

    The folder's path is part of it: two data sets may both have a patient 1, and a link to one
    must never show the other.

    Args:
        root: The data folder.
        case: One of its patients, as `find_cases` gives it.

    Returns:
        12 hexadecimal digits of BLAKE2b over folder, split, patient and layout. They hold no
        name; who knows all these can compute them.
    """
    layout = "slices" if case.slices else "folder"  # a patient may lie there in both
    return opaque_name([os.path.realpath(root), case.split, case.patient, layout])


def find_case(roots: Iterable[Path], id_: str) -> tuple[Path, Case] | None:
    """Finds the patient of an opaque name.

    Args:
        roots: Data folders; those that cannot be read are passed over.
        id_: Of `opaque_id`; any other text finds nothing.

    Returns:
        The data folder and the patient, or None where there is none.
    """
    for root in roots:
        try:
            cases = find_cases(root)
        except InputError:
            continue
        for case in cases:
            if opaque_id(root, case) == id_:
                return root, case
    return None


def opaque_name(parts: list[str]) -> str:
    """12 hexadecimal digits that stand for some texts, in this order."""
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=_BYTES).hexdigest()
