"""One small FLAIR series as DICOM files, good or spoilt, for the tests of its reader."""

from dicom_files import placed, write_series
from pydicom import dcmread
from synthetic import make_study

from resunet.data.readers.dicom.series import find_series
from resunet.study import CONTRASTS

STUDY = make_study(slices=4, height=12, width=10)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def flair(folder, *, planes=None, **options):
    """A FLAIR series of the study, or of some of its planes; the files in their order."""
    stack = placed(STUDY.images[..., CONTRASTS.index("flair")].astype(int))
    paths = write_series(folder, *stack, **options)
    for plane, path in enumerate(paths):
        if planes is not None and plane not in planes:
            path.unlink()
    return [path for path in paths if path.exists()]


def only(folder):
    """The one series of a folder."""
    (volume,) = find_series(files_in(folder))
    return volume


def put(**values):
    """An edit of every instance for `write_series`; None takes an attribute out."""

    def edit(ds, plane):
        for keyword, value in values.items():
            if value is None:
                delattr(ds, keyword)
            else:
                setattr(ds, keyword, value)

    return edit


def first_only(**values):
    """As `put`, of the first instance alone."""
    edit = put(**values)
    return lambda ds, plane: edit(ds, plane) if plane == 0 else None


TWO_SIZES = {"Rows": 10, "PixelData": b"\0" * 200}


def directed(path, position, orientation, spacing):
    ds = dcmread(path)
    ds.ImagePositionPatient, ds.ImageOrientationPatient = position, orientation
    ds.PixelSpacing = spacing
    ds.save_as(path)
