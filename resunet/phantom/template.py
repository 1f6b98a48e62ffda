"""The brain that synthetic patients are made from: maps of the ICBM 152 average.

The maps come with the package nilearn, which is needed for generating and for nothing else;
they are read from its files, without network access. Source: Fonov et al., NeuroImage 54
(2011) 313–327.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from resunet.errors import InputError
from resunet.phantom.fields import Volume

NOTICE = """# Synthetic patients

No patient: these pictures were computed. Their anatomy is derived from the ICBM 152 nonlinear
atlas (2009a), deformed and changed, whose notice follows.

Copyright (C) 1993–2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological
Institute, McGill University. Permission to use, copy, modify, and distribute this software and
its documentation for any purpose and without fee is hereby granted, provided that the above
copyright notice appear in all copies. The authors and McGill University make no representations
about the suitability of this software for any purpose. It is provided "as is" without express or
implied warranty. The authors are not responsible for any data loss, equipment damage, property
loss, or injury to subjects or patients resulting from the use or misuse of this software package.

Please cite: Fonov V, Evans AC, Botteron K, Almli CR, McKinstry RC, Collins DL, *Unbiased average
age-appropriate atlases for pediatric studies*, NeuroImage 54 (2011) 313–327,
doi:10.1016/j.neuroimage.2010.07.033; Fonov VS, Evans AC, McKinstry RC, Almli CR, Collins DL,
NeuroImage 47 (2009) S102.
"""


@dataclass(frozen=True)
class Template:
    """The average brain, 1 mm apart, in the axes of a `Study`.

    Attributes:
        t1: float32 (S, H, W), T1 intensity, 0 outside the brain, 1 at most.
        grey: float32 (S, H, W), share of grey matter, 0–1.
        white: float32 (S, H, W), share of white matter, 0–1.
        depth: float32 (S, H, W), distance to the brain's surface in mm, negative outside.
        origin: Index (slice, row, column) of the MNI origin, the anterior commissure.
    """

    t1: Volume
    grey: Volume
    white: Volume
    depth: Volume
    origin: NDArray[np.float64]

    def index_of(self, mni_mm: tuple[float, float, float]) -> NDArray[np.float64]:
        """Index (slice, row, column) of MNI coordinates (right, anterior, superior) in mm."""
        right, anterior, superior = mni_mm
        return self.origin + np.array([superior, -anterior, -right])


@functools.cache
def load_template() -> Template:
    """Reads the maps.

    Raises:
        InputError: If nilearn is not installed.
    """
    try:
        from nilearn import datasets
    except ImportError as error:
        raise InputError(
            "Synthetic patients need the package nilearn: «pip install -r "
            "requirements-phantom.txt» is accepted."
        ) from error
    images = [
        load(resolution=1)
        for load in (
            datasets.load_mni152_template,
            datasets.load_mni152_gm_template,
            datasets.load_mni152_wm_template,
        )
    ]
    t1, grey, white = (_to_study(np.asarray(image.dataobj, np.float32)) for image in images)
    brain = t1 > 0.05
    depth = ndimage.distance_transform_edt(brain) - ndimage.distance_transform_edt(~brain)
    zero = np.linalg.inv(images[0].affine)[:3, 3]  # file index of the origin: x, y, z
    origin = np.array([zero[2], t1.shape[1] - 1 - zero[1], t1.shape[2] - 1 - zero[0]])
    return Template(t1, grey, white, depth.astype(np.float32), origin)


def _to_study(volume: Volume) -> Volume:
    """From a RAS+ array to slice → superior, row → posterior, column → patient's left."""
    return np.ascontiguousarray(volume.transpose(2, 1, 0)[:, ::-1, ::-1])
