import math
import time

import pytest

from resunet.data.acquisition import (
    LABELS,
    SeriesFields,
    evidence_in,
    is_gradient_echo,
    measured,
    quotable,
)


@pytest.mark.parametrize(
    ("name", "weighting", "enhanced"),
    [
        ("AX T1", "t1", None),
        ("AX T1 POST", "t1", True),
        ("AX T1 PRE", "t1", False),
        ("t1_native", "t1", False),
        ("t1ce_native", "t1", True),  # in the patient's own space
        ("FLAIR +C", "flair", True),
        ("AX POST GAD", None, True),  # of what?
        ("COR W/O", None, False),
        ("T1 W/WO CONTRAST", None, None),
        ("T1 pre and post", None, None),
        ("T1 PRE AX GAD", None, None),
        ("tumor_mask", LABELS, None),
        # the patient before and after an operation or treatment, not the contrast agent
        ("T1 post op", "t1", None),
        ("T1_postop", "t1", None),
        ("pre-surgery T1", "t1", None),
        ("post_rt_T1", "t1", None),
        ("T1 post-processed", "t1", None),
        ("t1 post op gd", "t1", True),
        ("pre_op_t1_gd", "t1", True),
        ("MU-Glioma-Post_0003_t1n", "t1", False),  # a data set of treated patients
        # what was left out is the fat
        ("T1 +C without fs", "t1", True),
        ("T1 w/o fat", "t1", None),
    ],
)
def test_words_tell_the_weighting_and_the_contrast_agent(name, weighting, enhanced):
    evidence = evidence_in(name)
    assert (evidence.weighting, evidence.enhanced) == (weighting, enhanced)


def test_evidence_names_its_words():
    assert evidence_in("AX_T1-Post.nii").words == ("t1", "post")
    assert evidence_in("20190403").words == ()
    assert evidence_in("T1 T2").words == ("t1", "t2")
    adc = evidence_in("ep2d_diff_ADC")
    assert adc.is_other
    assert adc.words == ("ep2d",)
    assert not evidence_in("T1 T2").is_other


@pytest.mark.parametrize(
    ("name", "says_flair"),
    [
        ("FLAIR", True),
        ("AX T1 FLAIR", True),
        ("dark-fluid", True),
        ("T2", False),
        ("flairs", False),
    ],
)
def test_flair_is_heard_whatever_its_weighting(name, says_flair):
    assert evidence_in(name).says_flair is says_flair


@pytest.mark.parametrize("name", ["t1ce" * 5000, "t1_" * 5000, "t1 to " * 5000, "mp2rage " * 5000])
def test_a_monstrous_name_is_read_in_no_time(name):
    start = time.perf_counter()
    evidence_in(name)
    assert time.perf_counter() - start < 1


# Times. TE, TR, TI in ms, flip angle in degrees, as the scanners' usual protocols have them


def fields(echo=None, repetition=None, inversion=None, flip=None, sequence=(), **more):
    return SeriesFields(
        echo_time_ms=echo,
        repetition_time_ms=repetition,
        inversion_time_ms=inversion,
        flip_angle_deg=flip,
        scanning_sequence=tuple(sequence),
        **more,
    )


@pytest.mark.parametrize(
    ("weighting", "series"),
    [
        ("t1", fields(8.4, 450, sequence=["SE"])),
        ("t1", fields(20, 700, sequence=["SE"])),  # 3D turbo spin echo
        ("t1", fields(14, 600)),  # a header without ScanningSequence
        ("t1", fields(2.98, 2300, 900, 9, ["GR", "IR"])),  # MPRAGE
        ("t1", fields(3.2, 8.2, 450, 12, ["GR"])),  # BRAVO
        ("t1", fields(24, 2500, 860, 111, ["SE", "IR"])),  # T1 FLAIR
        ("t1", fields(3.7, 8.1, None, 8, ["GR"])),  # T1 TFE whose inversion is not written
        ("t1", fields(4.6, 180, None, 70, ["GR"])),  # 2D FLASH
        ("t2", fields(95, 4500, sequence=["SE"])),
        ("t2", fields(408, 3200, sequence=["SE"])),  # SPACE
        ("t2", fields(90, 5000, 0, 160, ["RM"])),  # PROPELLER
        ("flair", fields(120, 9000, 2500, 150, ["SE", "IR"])),
        ("flair", fields(388, 5000, 1800, 120, ["SE", "IR"])),  # SPACE FLAIR
        ("flair", fields(125, 11000, 2800, 90, ["IR"])),
        ("flair", fields(117, 6000, 1660, 90, ["RM"])),  # CUBE FLAIR
        # neither
        (None, fields()),
        (None, fields(95)),
        (None, fields(None, 4500)),
        (None, fields(15, 3000, sequence=["SE"])),  # proton density
        (None, fields(50, 1500, sequence=["SE"])),
        (None, fields(60, 4000, 160, 150, ["SE", "IR"])),  # STIR
        (None, fields(125, 11000, None, 90, ["IR"])),  # FLAIR or STIR? the header is silent
        (None, fields(3.5, 5000, 2700, 5, ["GR", "IR"])),  # second inversion of MP2RAGE
        (None, fields(19.9, 620, None, 20, ["GR"])),  # T2*
        (None, fields(2.2, 5.0, None, 50, ["GR"])),  # FIESTA
        (None, fields(2.2, 5.0, None, 50)),
        (None, fields(1.0, 4.0, None, 1, ["GR"])),  # coil reference
        (None, fields(3.0, 8.0, None, None, ["GR"])),  # its flip angle decides
        (None, fields(3.4, 21, None, 18, ["GR"], sequence_name="*fl3d1r_t70")),  # angiography
        (None, fields(5.3, 10, None, 30, ["GR"], sequence_name="*ci3d1_168ns")),  # CISS
        # numbers that mean "none"
        (None, fields(math.nan, math.nan, math.nan)),
        (None, fields(0, 0, 0)),
        (None, fields(-1, -1, -1)),
        ("t2", fields(95, 4500, 1.7976931348623157e308)),  # some Philips headers
    ],
)
def test_the_times_of_a_sequence_tell_its_weighting(weighting, series):
    assert measured(series).weighting == weighting


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (fields(95.0, 4500.0), "echo time 95 ms, repetition time 4500 ms"),
        (fields(2.98, 2300, 900, 9, ["GR"]), "inversion time 900 ms, echo time 2.98 ms"),
        (
            fields(19.9, 620, None, 20, ["GR"]),
            "a gradient echo with echo time 19.9 ms is T2*-weighted",
        ),
        (fields(4, 9, None, 30, sequence_name="*ci3d1"), 'SequenceName says "*ci3d1"'),
        (fields(15, 3000), ""),
    ],
)
def test_measured_times_are_the_reason(series, reason):
    assert measured(series).reason == reason


@pytest.mark.parametrize(
    ("sequence", "repetition", "gradient"),
    [
        (["GR"], 2300, True),
        (["GR", "IR"], 2300, True),
        (["SE"], 500, False),
        (["SE", "GR"], 500, False),  # GRASE
        (["IR"], 9000, False),
        (["RM"], 8, True),  # too short for a spin echo
        (["RM"], 500, False),
        ([], 8, True),
        ([], 500, False),
        ([], None, False),
    ],
)
def test_gradient_echoes_are_told_by_the_sequence_or_a_very_short_repetition(
    sequence, repetition, gradient
):
    assert is_gradient_echo(fields(None, repetition, sequence=sequence)) is gradient


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("AX T1", "AX T1"),
        ("  AX \t T1\n", "AX T1"),
        ("AX\x00\x1b[31mT1\u202e", "AX [31mT1"),
        ("größe µ", "größe µ"),
        ("\x00", ""),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 63 + "…"),
    ],
)
def test_quoted_text_is_one_short_line(text, quoted):
    assert quotable(text) == quoted
