"""Where a patient comes from, as far as the name tells."""

import re

_BRATS = re.compile(r"brats\d\d_(?P<site>[^_]+)_.+", re.IGNORECASE)
_PARTS_OF_THE_CHALLENGE = {"training", "validation", "testing", "test"}
_TCIA = re.compile(r"tcia\d*", re.IGNORECASE)
_TCGA = re.compile(r"tcga-(?P<site>[a-z0-9]{2})-[a-z0-9]{4}.*", re.IGNORECASE)


def site_of(patient: str) -> str | None:
    """The site that a patient's name carries.

    * ``Brats<yy>_<site>_…`` (BraTS 2017 to 2019): the site, all of ``TCIA01`` to ``TCIA13`` being
      one, TCIA; not where that part names a part of the challenge, as in ``BraTS20_Training_001``.
    * ``TCGA-<site>-…``: the tissue source site of The Cancer Genome Atlas, such as DU.
    * Any other name carries none, those of BraTS from 2021 on (``BraTS-GLI-00001-000``) included.

    Returns:
        The site in capitals, or None.
    """
    if match := _BRATS.fullmatch(patient):
        site = match["site"]
        if site.lower() in _PARTS_OF_THE_CHALLENGE:
            return None
        return "TCIA" if _TCIA.fullmatch(site) else site.upper()
    match = _TCGA.fullmatch(patient)
    return match["site"].upper() if match else None
