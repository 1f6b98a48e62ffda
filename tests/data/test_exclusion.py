import codecs
import os

import pytest
from synthetic import make_study, write_nifti_folder

from resunet.data.cases import find_cases
from resunet.data.exclusion import Exclusion, read_exclusion, told, write_exclusion
from resunet.errors import InputError

NAMES = (
    "training/anna_3.npz",
    "training/anna_4.npz",
    "training/bert_3.npz",
    "testing/carl_5.npz",
    "testing/carl_5_corrupted.npz",
)


@pytest.fixture
def root(tmp_path):
    """Slice files that nobody opens, and a volume."""
    folder = tmp_path / "data"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    study = make_study(height=8, width=8)
    write_nifti_folder(folder / "testing" / "emil", study.images, study.labels)
    return folder


@pytest.fixture
def read(root, tmp_path):
    """Reads a list of this text or these bytes."""

    def read_it(content):
        path = tmp_path / "list.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_exclusion(path, find_cases(root), root)

    return read_it


def left(remaining):
    """What is left, patient by patient: numbers of slice files, or those of a volume left out."""
    return {
        case.patient: [file.path.name for file in case.slices] if case.slices else case.left_out
        for case in remaining.cases
    }


# Reading


def test_comments_and_empty_lines_mean_nothing(read):
    text = """# made by hand

training/anna_3.npz
  training/anna_4.npz   # too dark
testing/emil:2\t# shifted
# testing/carl_5.npz
training/anna_3.npz
"""
    found = read(text)
    assert found.names == ("training/anna_3.npz", "training/anna_4.npz", "testing/emil:2")
    assert found.unknown == ()


@pytest.mark.parametrize(
    "content",
    [
        "training/anna_3.npz\r\ntesting/emil:2\r\n",
        "training\\anna_3.npz\r\ntesting\\emil:2",
        codecs.BOM_UTF8 + b"training/anna_3.npz\ntesting/emil:2",
        "\ufefftraining\\anna_3.npz\r\ntesting\\emil:2\r\n".encode("utf-16-le"),
        "training/anna_3.npz\rtesting/emil:002\r",
        "./training/anna_3.npz\ntesting//emil:2",
    ],
)
def test_lists_of_other_systems_are_understood(read, content):
    assert read(content) == Exclusion(("training/anna_3.npz", "testing/emil:2"))


def test_a_hash_after_one_space_or_none_belongs_to_the_name(root, read):
    for name in ("a#b_1.npz", "a #b_1.npz"):
        (root / "training" / name).touch()
    assert read("training/a#b_1.npz\ntraining/a #b_1.npz").unknown == ()


def test_names_that_mean_nothing_are_told_and_the_others_count(read):
    found = read("training/anna_3.npz\nvalidating/x_1.npz\ntraining/anna:3\ntesting/nobody")
    assert found.names == ("training/anna_3.npz",)  # anna is no volume
    assert found.unknown == ("validating/x_1.npz", "training/anna:3", "testing/nobody")


def test_a_list_for_another_folder_is_refused_with_its_first_name(read):
    with pytest.raises(InputError, match=r"list\.txt names nothing .* first of its 2 .* x_1\.npz"):
        read("x_1.npz\ny_2.npz")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing was found\n"])
def test_an_empty_list_leaves_nothing_out(read, text):
    assert read(text) == Exclusion()


@pytest.mark.parametrize("name", ["../data/training/anna_3.npz", "/training/anna_3.npz", r"C:\x"])
def test_names_that_lead_out_of_the_folder_are_refused_with_their_line(read, name):
    with pytest.raises(InputError, match=r"list\.txt, line 2: .*from the data folder on"):
        read(f"training/anna_3.npz\n{name}\n")


@pytest.mark.parametrize("line", ['"training/anna_3.npz', '"a" b', '"a\\x"'])
def test_a_broken_quotation_is_refused_with_its_line(read, line):
    with pytest.raises(InputError, match=r"line 1: .* is not whole"):
        read(line)


def test_what_is_no_text_is_refused(read, root, tmp_path):
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read(b"\xff\xfe\xfd")
    with pytest.raises(InputError, match=r"none\.txt cannot be read: No such file"):
        read_exclusion(tmp_path / "none.txt", find_cases(root), root)
    os.mkfifo(tmp_path / "pipe")
    for name in ("data", "pipe"):
        with pytest.raises(InputError, match="is no file"):
            read_exclusion(tmp_path / name, find_cases(root), root)


# Leaving out


def test_slices_go_and_the_others_stay(root):
    names = (
        "testing/carl_5_corrupted.npz",
        "testing/emil:2",
        "testing/emil:0",
        "training/anna_4.npz",
    )
    remaining = Exclusion(names).applied(find_cases(root))
    assert left(remaining) == {
        "anna": ["anna_3.npz"],
        "bert": ["bert_3.npz"],
        "carl": ["carl_5.npz"],
        "emil": (0, 2),
    }
    assert remaining.names == names
    assert remaining.emptied == ()


def test_whole_patients_go_by_name_or_slice_by_slice(root):
    names = ("training/anna_3.npz", "testing/emil", "training/anna_4.npz", "testing/carl")
    remaining = Exclusion(names).applied(find_cases(root))
    assert left(remaining) == {"bert": ["bert_3.npz"]}
    assert remaining.emptied == ("testing/carl", "testing/emil", "training/anna")


def test_names_of_other_splits_change_nothing(root):
    training = [case for case in find_cases(root) if case.split == "training"]
    remaining = Exclusion(("testing/emil", "training/bert")).applied(training)
    assert left(remaining) == {"anna": ["anna_3.npz", "anna_4.npz"]}
    assert remaining.names == ("training/bert",)
    assert Exclusion(("testing/anna",)).applied(training).cases == training


# Writing


def test_what_is_written_is_read_again(root, tmp_path):
    odd = (
        "# x_1.npz",
        "a  # b_1.npz",
        '"q_1.npz',
        "bell\a_1.npz",
        "two\u2028_1.npz",
        "å\t#_1.npz",
    )
    for name in odd:
        (root / name).touch()
    (root / "line\nend").mkdir()
    (root / "line\nend" / "t1.nii").touch()
    names = ("testing/emil:2", "training/anna_3.npz", *odd, "line\nend:7", "line\nend")
    path = tmp_path / "new" / "exclude.txt"
    write_exclusion(path, [(name, "why  # not\nso") for name in names])
    assert read_exclusion(path, find_cases(root), root) == Exclusion(names)


def test_a_name_is_written_once_with_all_reasons(tmp_path):
    path = tmp_path / "exclude.txt"
    entries = [
        ("a_1.npz", "too dark"),
        ("b_2.npz", ""),
        ("a_1.npz", "shifted"),
        ("a_1.npz", "shifted"),
    ]
    write_exclusion(path, entries, heading=["Found by\nhand"])
    assert path.read_text() == "# Found by hand\na_1.npz  # too dark; shifted\nb_2.npz\n"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "0 slices"),
        (("a_1.npz",), "1 slice"),
        (("a_1.npz", "b:3", "c"), "2 slices and 1 patient"),
        (("c", "d"), "2 patients"),
    ],
)
def test_names_are_counted_in_words(names, words):
    assert told(names) == words
