from resunet.cohort.broken import Broken, SetFlag
from resunet.cohort.flags import Flag
from resunet.cohort.leakage import Copy, Leakage, Place, SharedPatient
from resunet.cohort.words import broken_sentences, leakage_sentences


def shared(name, other, similarity, groups=("training", "testing")):
    a, b = Place(groups[0], name), Place(groups[1], other)
    return SharedPatient(a, b, name == other, similarity, "", 3, ("f", "g"))


def flag(kind, file):
    return SetFlag("testing", Flag(file, "p", 1, kind, 0.9, "", "why"))


def test_nothing_there_twice():
    assert leakage_sentences(Leakage((), (), 0.75)) == [
        "No patient was found twice, by name or by pictures."
    ]


def test_patients_by_name_and_by_pictures_and_copies():
    pairs = [shared("A", "A", 0.9)]
    pairs += [shared("B", "C", 0.951), shared("D", "E", 0.8, ("testing", "testing"))]
    copies = [Copy(Place("x", "f"), Place("x", "g"), 1.0, turn) for turn in ("", "up_down", "both")]
    assert leakage_sentences(Leakage(tuple(pairs), tuple(copies), 0.75)) == [
        "1 patient is in two sets by name: A (training and testing).",
        "By their pictures 2 pairs of patients seem to be one under two names: B and C (training "
        "and testing, 3 slices, agreement 0.95); D and E (both in testing, 3 slices, agreement "
        "0.80).",
        "3 pairs of slices show one picture, 2 of them mirrored or turned.",
    ]


def test_long_lists_are_cut():
    pairs = tuple(shared(f"P{k}", f"P{k}", None) for k in range(7))
    (sentence,) = leakage_sentences(Leakage(pairs, (), 0.75))
    assert sentence.startswith("7 patients are in two sets by name: P0 (")
    assert sentence.endswith("; P4 (training and testing) and 2 more.")


def test_broken_slices_are_counted_once():
    flags = (flag("noise", "a"), flag("blur", "a"), flag("noise", "b"), flag("unreadable", "c"))
    slices = {"training": 1300, "testing": 200}
    assert broken_sentences(Broken(flags, True, 0.012, "training"), slices) == [
        "1 file cannot be used as it is: unreadable file (1).",
        "2 of 1,500 slices seem broken: heavy noise (2), blur (1).",
        "By set: training 0 of 1,300 (0.0%), testing 2 of 200 (1.0%).",
        "Of good slices about 1.2% would be told nevertheless, going by training.",
    ]


def test_nothing_broken_and_nothing_asked():
    assert broken_sentences(Broken((), True, None, ""), {"a": 20}) == [
        "None of 20 slices seems broken."
    ]
    assert broken_sentences(Broken((), False, None, ""), {"a": 20}) == [
        "All files can be read; whether slices look broken was not asked."
    ]
