import itertools

import pytest

from resunet.data.acquisition import SeriesFields
from resunet.data.contrasts import (
    LABELS,
    Guess,
    UnclearContrasts,
    assign_volumes,
    guess_from_name,
    guess_from_series,
)
from resunet.errors import InputError

# Names

NAMES = {
    "t1": [
        # BraTS 2018–2020 and 2023–2024
        "Brats18_CBICA_ATB_1_t1.nii.gz",
        "BraTS-GLI-00001-000-t1n.nii.gz",
        # tools
        "TCGA-DU-7294_t1_bet.nii.gz",
        "t1.nii",
        "T1w.nii.gz",
        "t1_masked.nii.gz",  # skull-stripped, no mask
        "rT1.nii",  # resliced by SPM
        "SUB_001_t1.nii.gz",
        "t1_to_t2.nii.gz",
        # BIDS
        "sub-01_T1w.nii.gz",
        "sub-01_ses-post_space-T2w_desc-preproc_T1w.nii.gz",
        "sub-01_UNIT1.nii.gz",
        # scanners
        "T1_AX.nii.gz",
        "t1_mprage_sag_p2_iso",
        "MP-RAGE",
        "mp2rage_UNI_Images",
        "SAG 3D BRAVO",
        "Ax FSPGR 3D",
        "IR-SPGR",
        "t1_vibe_tra",
        "sT1W_3D_TFE_32ch",
        "T1 GRE 3D",
        "T1W_3D_FFE",
        "AXT1",
        "3DT1",
        "AX T1 FLAIR",
        "T1FLAIR",
        "t1_tirm_tra_dark-fluid",
        # the contrast agent is denied
        "T1 w/o contrast",
        "T1 WO",
        "T1 without contrast",
        "T1 non-contrast",
        "T1 noncon",
        "T1 no gad",
        "T1 pre contrast",
        "AX T1 PRE",
        "t1_pre.nii",
        "T1 nativ",
        "T1 SAG native",
        "T1 vor KM",
        "T1 ohne KM",
        "T1 sans gado",
        "T1 -C",
        "AX T1 C-",
        "t1c-.nii",
        "T1_postop.nii.gz",
        "AX T1 C SPINE",
    ],
    "t1ce": [
        "Brats18_CBICA_ATB_1_t1ce.nii.gz",
        "BraTS-GLI-00001-000-t1c.nii.gz",
        "TCGA-DU-7294_t1c_bet.nii.gz",
        "UPENN-GBM-00001_11_T1GD.nii.gz",
        "CT1.nii.gz",
        "t1ce_to_t1.nii.gz",
        "mprage_t1ce.nii.gz",
        "sub-01_ce-gadolinium_T1w.nii.gz",
        "sub-01_ses-pre_ce-gd_T1w.nii.gz",
        "T1_AX_POST_GAD.nii.gz",
        "T1Gd.nii.gz",
        "ax t1 +c gad.nii.gz",
        "AX T1 C+",
        "AX T1 + C",
        "T1 +C",
        "T1+C",
        "T1+GD",
        "T1+ AX",
        "t1c+",
        "t1_c",
        "T1 POST GAD",
        "post contrast T1",
        "T1 KM",
        "t1_mprage_tra_p2_iso_KM",
        "T1 nach KM",
        "mprage gd",
        "Ax 3D BRAVO+C",
        "T1W_3D_TFE_GADO",
        "T1 with contrast",
        "T1 W/ GAD",
        "T1 après gado",
        "axt1post",
        "T1FLAIR +C",
        "T1 post contrast no fs",
    ],
    "t2": [
        "Brats18_CBICA_ATB_1_t2.nii.gz",
        "Brats18_2013_2_1_t2.nii",  # numbers in the patient's name
        "BraTS-GLI-00001-000-t2w.nii.gz",
        "TCGA-DU-7294_t2_bet.nii.gz",
        "t2_reg_t1ce.nii.gz",
        "sub-T1_T2w.nii.gz",
        "T2_AX.nii.gz",
        "t2_tse_tra_512",
        "T2W_TSE",
        "Ax T2 FSE",
        "Ax T2 PROPELLER",
        "t2_blade_tra",
        "t2_space_sag_iso",
        "sT2W",
    ],
    "flair": [
        "Brats18_CBICA_ATB_1_flair.nii.gz",
        "BraTS-GLI-00001-000-t2f.nii.gz",
        "TCGA-DU-7294_fla_bet.nii.gz",
        "FLAIR_AX.nii.gz",
        "FLAIR_in_t1ce_space.nii.gz",
        "sub-01_space-T1w_FLAIR.nii.gz",
        "T2_FLAIR.nii.gz",  # FLAIR is a T2, not the T2
        "t2-flair.nii.gz",
        "t2flair",
        "AXFLAIR",
        "t2_tirm_tra_dark-fluid",
        "t2_space_darkfluid_sag",
        "dark fluid",
        "3D FLAIR SPACE",
        "FLAIR_longTR",
        "FLAIR +C",
        "FLAIR post",
        "T2 FLAIR GD",
    ],
    LABELS: [
        "Brats18_CBICA_ATB_1_seg.nii.gz",
        "t1ce_mask.nii.gz",
        "tumor_mask.nii.gz",
        "tumorMask.nii.gz",
        "brain_tumor_mask.nii.gz",
        "labels.nii",
        "UCSF-PDGM-0004_tumor_segmentation.nii.gz",
        "UPENN-GBM-00002_11_segm.nii.gz",
        "sub-01_label-tumor_dseg.nii.gz",
    ],
    None: [
        # brain masks
        "brain_mask.nii.gz",
        "p_t1_bet_mask.nii.gz",
        "p_BrainMask.nii",
        "UCSF-PDGM-0004_brain_segmentation.nii.gz",
        # T2* and susceptibility
        "T2*",
        "t2star.nii",
        "sub-01_T2starw.nii.gz",
        "t2_fl2d_tra_hemo",
        "AX T2 GRE",
        "AX GRE",
        "T2W_FFE",
        "SWI_Images",
        "Ax SWAN",
        # diffusion, perfusion, vessels
        "dwi.nii.gz",
        "ep2d_diff_3scan_trace_p2",
        "ep2d_diff_3scan_trace_p2_ADC",
        "dADC",
        "DTI_64dir",
        "ep2d_perf",
        "DSC perfusion",
        "T1 DCE",
        "tgse_pcasl",
        "rCBV",
        "CBF",
        "MTT",
        "TOF_3D_multi-slab",
        "3DTOF",
        "s3DI_MC_HR",
        "MR ANGIO",
        "CE-MRA",
        # planning and derived pictures
        "localizer",
        "AAHead_Scout",
        "Survey",
        "3-plane loc T2",
        "MIP T1",
        "t1_sub.nii",
        "T1 subtraction",
        "gre_field_mapping",
        "fieldmap.nii",
        "phase.nii",
        "T1 map",
        "sub-01_inv-1_MP2RAGE.nii.gz",
        # other weightings
        "T2 CISS",
        "ciss3d_tra",
        "3D FIESTA",
        "COR STIR",
        "PD",
        "proton density",
        # two contrasts, or a word with two meanings
        "T1_T2.nii",
        "FLAIR_T1.nii",
        "AX PD T2",
        "t2_tirm_cor",
        "T1 W/WO",
        "T1 PRE POST",
        # nothing
        "notes.txt",
        "t12.nii.gz",
        "flairs.nii.gz",
        "nose.nii",
        "post_gad.nii",
        ".nii.gz",
        "",
    ],
}
EVERY_NAME = [(name, contrast) for contrast, names in NAMES.items() for name in names]


@pytest.mark.parametrize(("name", "contrast"), EVERY_NAME)
def test_the_contrast_is_told_by_the_name(name, contrast):
    assert guess_from_name(name).contrast == contrast


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
def test_case_does_not_matter(change):
    for name, _ in EVERY_NAME:
        assert guess_from_name(change(name)) == guess_from_name(name)


@pytest.mark.parametrize("separator", ["_", "-", ".", " ", "__", ", ", "/"])
def test_separators_do_not_matter(separator):
    for name, contrast in EVERY_NAME:
        # "-C" and "C-" are minus signs, "sub-…_" is BIDS, "w/o" is a word
        if "_" in name and not any(mark in name for mark in ("-", "/", "+", ".")):
            assert guess_from_name(name.replace("_", separator)).contrast == contrast


@pytest.mark.parametrize("name", ["T1", "T1ce", "T2", "FLAIR", "AX T1 +C", "seg", "adc", "other"])
def test_suffixes_numbers_and_dates_do_not_matter(name):
    expected = guess_from_name(name)
    for suffix in (".nii", ".nii.gz", ".png", ".dcm", ".zip"):
        assert guess_from_name(name + suffix) == expected
    for frame in ("20190403_{}_3", "12_{}", "{}_001", "3T_{}_1.5mm", "2013-2-1_{}_2", "S3 {}"):
        assert guess_from_name(frame.format(name)) == expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("BraTS-GLI-00001-000-t1c.nii.gz", 'its name says "t1c"'),
        ("T1_AX_POST_GAD.nii.gz", 'its name says "t1" and "post"'),
        ("AX T1 FLAIR +C", 'its name says "t1", "flair" and "+c"'),
        ("T1 w/o contrast", 'its name says "t1" and "w/o contrast"'),
        ("case_seg.nii", 'its name says "seg"'),
        ("case_adc.nii", 'its name says "adc"'),
        ("T2*", 'its name says "t2*"'),
        ("FLAIR_T1", 'its name says both "flair" and "t1"'),
        ("T1 PRE AX GAD", 'its name says both "pre" and "gad"'),
        ("t12.nii.gz", "its name tells no contrast"),
    ],
)
def test_the_reason_quotes_the_name(name, reason):
    assert guess_from_name(name).reason == reason


# DICOM headers


def series(description="", echo=None, repetition=None, inversion=None, **more):
    if "sequence" in more:
        more["scanning_sequence"] = tuple(more.pop("sequence").split())
    return SeriesFields(
        description,
        echo_time_ms=echo,
        repetition_time_ms=repetition,
        inversion_time_ms=inversion,
        **more,
    )


AGENT = "Gadovist 7 ml, SMITH"
SIEMENS = {
    "t1": [
        series("t1_mprage_sag_p2_iso", 2.98, 2300, 900, sequence="GR IR"),
        series("t1_se_tra", 8.4, 450, sequence="SE"),
        series("MPR Cor", 2.98, 2300, 900, sequence="GR IR", protocol="t1_mprage_sag_p2_iso"),
    ],
    "t1ce": [
        series("t1_mprage_tra_p2_iso_KM", 2.98, 2300, 900, sequence="GR IR"),
        series("t1_se_tra", 8.4, 450, sequence="SE", contrast_agent=AGENT),
        series("MPR Cor", 2.98, 2300, 900, sequence="GR IR", protocol="t1_mprage_sag_KM"),
    ],
    "t2": [
        series("t2_tse_tra_512", 100, 6000, sequence="SE", contrast_agent=AGENT),
        series("t2_space_sag_iso", 408, 3200, sequence="SE"),
        series("t2_tse_rst", image_type=("DERIVED", "SECONDARY", "MPR", "CSA MPR")),
    ],
    "flair": [
        series("t2_tirm_tra_dark-fluid", 81, 9000, 2500, sequence="SE IR"),
        series("t2_tirm_tra", 81, 9000, 2500, sequence="SE IR"),
        series("t2_spc_ir_sag", 388, 5000, 1800, sequence="SE IR", contrast_agent=AGENT),
    ],
    None: [
        series("t2_fl2d_tra_hemo", 19.9, 620, sequence="GR", flip_angle_deg=20),
        series("Mag_Images", 20, 28, sequence="GR", sequence_name="*swi3d1r", flip_angle_deg=15),
        series("t2_tirm_cor", 60, 4000, 160, sequence="SE IR"),  # STIR
        series("ep2d_diff_tra", 90, 4000, sequence="EP", diffusion_b=1000),
        series("t1_mprage_sag", image_type=("ORIGINAL", "PRIMARY", "P", "ND")),
        series("t1_mprage_sag_MIP", image_type=("DERIVED", "SECONDARY", "MPR")),
    ],
}
GE = {
    "t1": [
        series("Ax T1 FLAIR", 24, 2500, 860, sequence="SE IR"),
        series("SAG FLAIR", 24, 2500, 860, sequence="SE IR"),  # the T1 is left unsaid
        series("Sag BRAVO", 3.2, 8.2, 450, sequence="GR", diffusion_b=0),
        series("AX T1 PRE", 9, 500, sequence="SE", contrast_agent=AGENT),  # written beforehand
        series("AX CUBE", 14, 600, sequence="RM", protocol="BRAIN W/WO/3"),
        series("AX 3D", 3.2, 8.2, 450, sequence="GR", contrast_agent="NONE"),
    ],
    "t1ce": [
        series("Ax T1 FLAIR", 24, 2500, 860, sequence="SE IR", contrast_agent=AGENT),
        series("Ax T1 FLAIR +C", 24, 2500, 860, sequence="SE IR"),
        series("AX FLAIR +C", 24, 2500, 860, sequence="SE IR"),
        series("AX BRAVO C+", 3.2, 8.2, 450, sequence="GR"),
        series("AX CUBE +C", 14, 600, sequence="RM"),
        series("AX 3D", 3.2, 8.2, 450, sequence="GR", contrast_agent=AGENT),
        series("AX CUBE", 14, 600, contrast_agent=AGENT, protocol="BRAIN W/WO/3"),
    ],
    "t2": [
        series("Ax T2 PROPELLER", 90, 5000, 0, sequence="RM"),
        series("Sag CUBE", 85, 2500, sequence="SE"),
        series("Ax PD/T2", 95, 3500, sequence="SE"),  # the second echo
        series("AX CUBE", 95, 2500, protocol="BRAIN T1 POST"),  # named for the examination
    ],
    "flair": [
        series("Ax T2 FLAIR", 120, 8800, 2250, sequence="SE IR", diffusion_b=0),
        series("Ax T2", 120, 8800, 2250, sequence="SE IR"),
        series("CUBE +C", 117, 6000, 1660, sequence="RM", contrast_agent=AGENT),
    ],
    None: [
        series("Ax PD/T2", 15, 3500, sequence="SE"),  # the first echo
        series("Ax SWAN", 25, 40, sequence="GR"),
        series("Ax T2 FIESTA", 2.2, 5, sequence="GR"),
        series("3Plane Loc SSFSE", 80, 2000, sequence="SE"),
        series("Processed", image_type=("DERIVED", "SECONDARY", "SUBTRACT")),
        series("AX T1", image_type=("DERIVED", "PRIMARY", "PROJECTION IMAGE", "MAX_IP")),
        series("AX T2", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")),
    ],
}
PHILIPS = {
    "t1": [
        series("T1W_3D_TFE", 3.7, 8.1, sequence="GR", flip_angle_deg=8),
        series("", 3.7, 8.1, sequence="GR", flip_angle_deg=8, protocol="T1W_3D_TFE"),
        series("s3D", 3.7, 8.1, sequence="GR", flip_angle_deg=8),
    ],
    "t1ce": [
        series("", 3.7, 8.1, sequence="GR", flip_angle_deg=8, protocol="T1W_3D_TFE_GD"),
        series("T1W_SE", 10, 550, sequence="SE", contrast_agent=AGENT),
    ],
    "t2": [series("T2W_TSE", 80, 3000, sequence="SE"), series("WIP sT2W_TSE")],
    "flair": [
        series("FLAIR_longTR", 125, 11000, 2800, sequence="IR"),
        series("FLAIR_longTR", 125, 11000, sequence="IR"),  # its inversion is not written
        series("FLAIR_longTR", 125, 11000, 0, sequence="SE"),
        series("VISTA FLAIR", 300, 4800, 1650, sequence="SE IR"),
    ],
    None: [
        series("T2W_FFE", 23, 600, sequence="GR"),
        series("T2W", 23, 600, sequence="GR"),  # a gradient echo has no T2 of ours
        series("s3DI_MC_HR", 3.5, 23, sequence="GR", flip_angle_deg=18),
        series("IR", 125, 11000, sequence="IR"),
        series("DWI_SSh", diffusion_b=800),
        series("tumor mask"),  # pictures with a telling name are no outline
        series(),
        series("\x00 ", protocol="\t"),
    ],
}


@pytest.mark.parametrize(
    ("contrast", "header"),
    [
        (contrast, header)
        for contrast, headers in itertools.chain(SIEMENS.items(), GE.items(), PHILIPS.items())
        for header in headers
    ],
)
def test_the_contrast_is_told_by_the_header(contrast, header):
    assert guess_from_series(header).contrast == contrast


@pytest.mark.parametrize(
    ("header", "guess"),
    [
        (series("AX T1"), Guess("t1", 'SeriesDescription "AX T1"')),
        (
            series("AX T1", contrast_agent=AGENT),
            Guess("t1ce", 'SeriesDescription "AX T1", ContrastBolusAgent is given'),
        ),
        (series("T1 PRE", contrast_agent=AGENT), Guess("t1", 'SeriesDescription "T1 PRE"')),
        (series("", protocol="T2W"), Guess("t2", 'ProtocolName "T2W"')),
        (series("x", 95, 4500), Guess("t2", "echo time 95 ms, repetition time 4500 ms")),
        (
            series("AX +C", 9, 500),
            Guess("t1ce", 'echo time 9 ms, repetition time 500 ms, SeriesDescription "AX +C"'),
        ),
        (
            series("MPR PRE", 9, 500, protocol="T1 GD"),
            Guess("t1", 'ProtocolName "T1 GD", SeriesDescription "MPR PRE"'),
        ),
        # names and times that contradict each other
        (
            series("AX T2", 120, 9000, 2500),
            Guess(
                "flair",
                'SeriesDescription "AX T2" with inversion time 2500 ms, echo time 120 ms is the '
                "usual name of a FLAIR",
            ),
        ),
        (
            series("T1_FLAIR", 120, 9000, 2500),  # the FLAIR of the first time point
            Guess(
                "flair",
                'SeriesDescription "T1_FLAIR" with inversion time 2500 ms, echo time 120 ms is '
                "the usual name of a FLAIR",
            ),
        ),
        (
            series("SAG FLAIR", 24, 2500, 860),
            Guess(
                "t1",
                'SeriesDescription "SAG FLAIR" with inversion time 860 ms, echo time 24 ms is a '
                "T1-weighted FLAIR",
            ),
        ),
        (
            series("T2", 20, 600, sequence="GR"),
            Guess(
                None,
                'SeriesDescription "T2", but it is a gradient echo: T2*-weighted, or CISS/FIESTA',
            ),
        ),
        (
            series("AX T1", 95, 4500),
            Guess(
                "t1",
                'SeriesDescription "AX T1", although echo time 95 ms, repetition time 4500 ms are '
                "usual for T2",
            ),
        ),
        (series("FLAIR", 120, 9000, 0), Guess("flair", 'SeriesDescription "FLAIR"')),
        (series("T1 T2"), Guess(None, 'SeriesDescription "T1 T2" says both "t1" and "t2"')),
        # left aside
        (series("ADC"), Guess(None, 'SeriesDescription "ADC" says "adc"')),
        (series("x", protocol="ASL"), Guess(None, 'ProtocolName "ASL" says "asl"')),
        (series("T1", sequence="EP"), Guess(None, "ScanningSequence says EP, echo planar")),
        (series("T1", diffusion_b=1000.0), Guess(None, "diffusion b-value 1000 s/mm²")),
        (series("T1", image_type=("DERIVED", "ADC")), Guess(None, 'ImageType says "ADC"')),
        (
            series("x", 20, 600, sequence="GR"),
            Guess(None, "a gradient echo with echo time 20 ms is T2*-weighted"),
        ),
        (series(), Guess(None, "its header tells no contrast")),
    ],
)
def test_the_reason_is_one_that_a_radiologist_understands(header, guess):
    assert guess_from_series(header) == guess


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "NONE", "none", "NO", "No contrast", "0", "0.0", "0 ml", "N/A", "-", "\x00"],
)
def test_a_contrast_agent_that_is_denied_was_not_given(nothing):
    assert guess_from_series(series("AX T1", contrast_agent=nothing)).contrast == "t1"


@pytest.mark.parametrize("agent", ["GADOVIST", "gd", "10 ml", "yes", "CONTRAST", "Nonionic", "1"])
def test_any_other_contrast_agent_was_given(agent):
    assert guess_from_series(series("AX T1", contrast_agent=agent)).contrast == "t1ce"


def test_reasons_quote_no_more_than_a_line_and_never_the_contrast_agent():
    header = series("T1 \x1b\u202e" + "x" * 100, contrast_agent=AGENT)
    reason = guess_from_series(header).reason
    assert reason == f'SeriesDescription "T1 {"x" * 60}…", ContrastBolusAgent is given'
    for headers in itertools.chain(SIEMENS.values(), GE.values(), PHILIPS.values()):
        for header in headers:
            assert "SMITH" not in guess_from_series(header).reason


# Which volume is used for which contrast

PATIENT = [
    ("b_t2.nii", "t2"),
    ("b_flair.nii", "flair"),
    ("b_t1ce.nii", "t1ce"),
    ("b_t1.nii", "t1"),
    ("other.nii", None),
]
SEGMENTED = [*PATIENT, ("b_seg.nii", LABELS)]
FOUND = {"t1": 3, "t1ce": 2, "t2": 0, "flair": 1}


def assigned(volumes, where="/x", **options):
    return assign_volumes([(name, Guess(kind, "")) for name, kind in volumes], where, **options)


def test_each_contrast_gets_its_volume():
    assert assigned(PATIENT) == FOUND
    assert assigned(SEGMENTED) == {**FOUND, LABELS: 5}
    assert list(assigned(SEGMENTED)) == ["t1", "t1ce", "t2", "flair", LABELS]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ([("t1", "other.nii")], {**FOUND, "t1": 4, LABELS: 5}),
        ([("t1", "b_t1.nii")], {**FOUND, LABELS: 5}),
        ([("t1", "b_t2.nii"), ("t2", "b_t1.nii")], {**FOUND, "t1": 0, "t2": 3, LABELS: 5}),
        ([(LABELS, "other.nii")], {**FOUND, LABELS: 4}),
        ([(LABELS, "none")], FOUND),
        ([(LABELS, "")], FOUND),
        ([(LABELS, "None")], FOUND),
        ([("t1", "b_seg.nii")], {**FOUND, "t1": 5}),  # used for nothing else
    ],
)
def test_a_choice_overrules_the_guess(chosen, found):
    assert assigned(SEGMENTED, chosen=chosen) == found


def test_a_choice_settles_what_was_unclear():
    doubled = [*PATIENT, ("c_t1.nii", "t1"), ("seg.nii", LABELS), ("mask.nii", LABELS)]
    chosen = [("t1", "c_t1.nii"), (LABELS, "none")]
    assert assigned(doubled, chosen=chosen) == {**FOUND, "t1": 5}


def test_a_segmentation_called_none_can_be_chosen():
    volumes = [*SEGMENTED, ("none", None)]
    assert assigned(volumes, chosen=[(LABELS, "none")]) == {**FOUND, LABELS: 6}


def test_a_volume_taken_away_by_a_choice_is_missed():
    with pytest.raises(UnclearContrasts, match=r"^/x has no file for t2; one file for each of"):
        assigned(PATIENT, chosen=[("t1", "b_t2.nii")])


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            [("t3", "b_t1.nii")],
            '"b_t1.nii" was chosen for "t3"; one of t1, t1ce, t2, flair, labels is accepted.',
        ),
        (
            [("t1", "c.nii")],
            '/x has no file "c.nii", which was chosen for t1; one of b_t2.nii, b_flair.nii, '
            "b_t1ce.nii, b_t1.nii, other.nii is accepted.",
        ),
        (
            [("t1", "b_t1.nii"), ("t2", "b_t1.nii")],
            '"b_t1.nii" was chosen twice; one contrast for a file is accepted.',
        ),
        (
            [("t1", "b_t1.nii"), ("t1", "b_t2.nii")],
            "t1 was chosen twice; one file for it is accepted.",
        ),
        (
            [("t1\x1b" + "x" * 100, "b\n_t1.nii")],
            f'"b _t1.nii" was chosen for "t1 {"x" * 60}…"; one of t1, t1ce, t2, flair, labels is '
            "accepted.",
        ),
    ],
)
def test_a_choice_of_what_is_not_there_is_refused(chosen, sentence):
    with pytest.raises(InputError) as error:
        assigned(PATIENT, chosen=chosen)
    assert str(error.value) == sentence
    assert not isinstance(error.value, UnclearContrasts)  # a mistake, no question


def test_a_wrong_guess_can_be_switched_off():
    with pytest.raises(UnclearContrasts, match=r"^/x has no file for t1;"):
        assigned(PATIENT, chosen=[("t1", "")])
    found = assigned(PATIENT, chosen=[("t1", "none")], allow_missing=True)
    assert set(found) == {"t1ce", "t2", "flair"}


def test_a_name_that_two_volumes_have_cannot_be_chosen():
    with pytest.raises(InputError, match=r'^/x has 2 times "b_t1.nii", which was chosen for t1; '):
        assigned([*PATIENT, ("b_t1.nii", None)], chosen=[("t1", "b_t1.nii")])


@pytest.mark.parametrize(
    ("more", "noun", "sentence"),
    [
        (
            [("x_t1.nii.gz", "t1")],
            "file",
            "/x has two files for t1: b_t1.nii and x_t1.nii.gz; one is accepted: say which, as "
            "t1=name.",
        ),
        (
            [("a", "flair"), ("b", "flair")],
            "series",
            "/x has 3 series for flair: b_flair.nii, a and b; one is accepted: say which, as "
            "flair=name.",
        ),
        (
            [("mask.nii", LABELS), ("seg.nii", LABELS)],
            "file",
            "/x has two files for labels: mask.nii and seg.nii; one is accepted: say which, as "
            "labels=name.",
        ),
    ],
)
def test_two_volumes_for_a_contrast_are_unclear(more, noun, sentence):
    with pytest.raises(UnclearContrasts) as error:
        assigned([*PATIENT, *more], noun=noun)
    assert str(error.value) == sentence
    assert error.value.candidates == ()


def test_missing_contrasts_are_all_named():
    with pytest.raises(UnclearContrasts) as error:
        assigned([("t1.nii", "t1"), ("t2.nii", "t2")], "the folder")
    assert str(error.value) == (
        "the folder has no file for t1ce, flair; one file for each of t1, t1ce, t2, flair is "
        "accepted, named as in BraTS."
    )
    with pytest.raises(
        UnclearContrasts, match=r"^/x has no series for t2; .* flair is accepted\.$"
    ):
        assigned(PATIENT[1:], noun="series")


def test_missing_contrasts_can_be_allowed_but_not_all_of_them():
    assert assigned(PATIENT[3:], allow_missing=True) == {"t1": 0}
    assert assigned(PATIENT, allow_missing=True) == FOUND
    for volumes in ([], [("seg.nii", LABELS)]):
        with pytest.raises(UnclearContrasts, match="has no file for t1, t1ce, t2, flair; one"):
            assigned(volumes, allow_missing=True)


# The files of a folder


@pytest.mark.real_data
@pytest.mark.parametrize(
    "patient",
    ["Brats18_CBICA_ATB_1", "BraTS-GLI-00001-000", "TCGA-DU-7294", "TCGA-FG-6692-native"],
)
def test_every_real_file_is_recognised(real_data, patient):
    paths = list((real_data / "volumes" / patient).iterdir())
    guesses = [(path.name, guess_from_name(path.name)) for path in paths]
    found = assign_volumes(guesses, patient)
    assert {"t1", "t1ce", "t2", "flair"} <= set(found)
    assert sorted(found.values()) == list(range(len(paths)))
