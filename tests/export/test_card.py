import copy
import math

import pytest

from resunet.config import to_dict
from resunet.export.card import card_text
from resunet.presets import preset

CONFIG = preset("small-data")


def summary(dice, **by_patient):
    return {
        "dice_pooled": dice,
        "dice_patient_mean": dice - 0.01,
        "dice_slice_mean": dice - 0.02,
        "slices": 40,
        "patients": len(by_patient),
        "dice_by_patient": by_patient,
    }


def score(samples=0, split="testing", trained=0, chosen=0, **by_patient):
    by_patient = by_patient or {"anna": 0.9, "bert": 0.6, "carl": math.nan}
    return {
        "data": "brats2d",
        "split": split,
        "samples": samples,
        "native": summary(0.8 + samples / 100, **by_patient),
        "grid": summary(0.7 + samples / 100, **dict.fromkeys(by_patient, 0.123)),
        "patients_trained_on": trained,
        "patients_chosen_on": chosen,
    }


CARD = {
    "id": "demo",
    "title": "A demo",
    "config": to_dict(CONFIG),
    "preparation": to_dict(CONFIG)["preparation"],
    "threshold": 0.4,
    "temperature": None,
    "temperature_reason": "Not calibrated.",
    "data": {"folder": "brats2d"},
    "data_reason": None,
    "split": {"training": ["p", "q"], "validating": ["r"]},
    "split_reason": None,
    "training": {
        "epochs": 30,
        "best": {"epoch": 14, "step": 700, "val_loss": 0.05774, "val_dice": 0.8183},
        "best_reason": None,
        "command": "python -m resunet train --data brats2d",
        "command_reason": None,
    },
    "training_reason": None,
    "seed": 9,
    "weights": {
        "file": "demo.weights.npz",
        "bytes": 13850674,
        "values": 6864433,
        "largest_probability_change": 0.00667,
    },
    "scores": [score(), score(samples=16)],
    "scores_reason": None,
    "limits": "Weak at *the edge*.",
    "limits_reason": None,
    "terms": "Only for research.",
    "citations": ["Menze 2015", "Bakas 2017"],
    "versions": {"resunet": "0.1", "keras": None},
    "sha256": "a1b2",
}


def page(**changes):
    return card_text(copy.deepcopy(CARD) | changes)


def section(text, title):
    (found,) = [part for part in text.split("\n## ") if part.startswith(f"{title}\n")]
    return found


def test_the_sections_come_in_the_order_in_which_one_asks():
    text = page()
    assert text.startswith("# A demo\n\n**Research use only; not a medical device.**\n\n## What")
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert titles == [
        *("What it is", "How it was trained", "Data", "Scores", "Limits", "Terms", "Citation"),
        "Files",
    ]
    assert text.endswith("```\n")
    assert "None" not in text.replace("None of them had", "")
    assert "nan" not in text


def test_what_it_is():
    text = section(page(), "What it is")
    assert "`demo` is a ResU-Net" in text
    assert "64×64 pixels: the square round the brain" in text
    assert "standardised" in text
    assert "above 0.4 counts as tumour. Not calibrated." in text
    text = section(page(temperature=1.5, temperature_reason=None), "What it is")
    assert "The temperature is 1.5." in text


def test_every_way_of_preparing_has_words():
    for preparation in (
        {"scaling": "maximum", "framing": "resize", "scope": "slice"},
        {"scaling": "percentile", "framing": "crop", "scope": "study"},
    ):
        assert "pixels" in section(page(preparation=preparation), "What it is")


def test_how_it_was_trained():
    text = section(page(), "How it was trained")
    assert "Preset `small-data`, seed 9" in text
    assert "epoch 14 of 30" in text
    assert "(0.0577)" in text
    assert "was 0.818" in text
    assert "```sh\npython -m resunet train --data brats2d\n```" in text


def test_what_is_not_known_of_the_training_is_told_with_its_reason():
    training = CARD["training"] | {
        "best": None,
        "best_reason": "No history.",
        "command": None,
        "command_reason": "It differs.",
    }
    text = section(page(training=training), "How it was trained")
    assert "No history." in text
    assert "No one command gives these settings: It differs." in text
    text = section(page(training=None, training_reason="No run."), "How it was trained")
    assert text.rstrip().endswith("No run.")


def test_the_patients_of_each_split_are_named():
    text = section(page(), "Data")
    assert "Data folder `brats2d`. Split by patient: 2 training and 1 validating." in text
    assert "- training: p, q\n- validating: r" in text
    text = section(page(data=None, data_reason="None known.", split=None, split_reason="?"), "Data")
    assert "None known.\n\n?" in text


def test_what_the_training_patients_look_like_is_told_in_one_line():
    line = "`demo.json` holds what 30 training patients look like"
    assert line not in page()  # a card from before
    assert line not in page(intensities=None)
    assert line in section(page(intensities={"patients": 30}), "Data")
    no_split = page(intensities={"patients": 30}, split=None, split_reason="Not known.")
    assert line in section(no_split, "Data")


def test_scores_are_a_table_with_a_line_a_patient():
    text = section(page(), "Scores")
    assert text.count("### ") == 1
    assert "### brats2d, testing\n\n3 patients, 40 slices. None of them had a part" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows == [
        "|  | native, deterministic | grid, deterministic | native, mean of 16 passes | "
        "grid, mean of 16 passes |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| **all, pooled** | 0.800 | 0.700 | 0.960 | 0.860 |",
        "| **mean of patients** | 0.790 | 0.690 | 0.950 | 0.850 |",
        "| **mean of slices** | 0.780 | 0.680 | 0.940 | 0.840 |",
        "| anna | 0.900 | 0.123 | 0.900 | 0.123 |",
        "| bert | 0.600 | 0.123 | 0.600 | 0.123 |",
        "| carl | undefined | 0.123 | undefined | 0.123 |",
    ]


def test_the_weakest_patient_is_named():
    assert "Weakest: **bert**, Dice 0.600 (native, deterministic)." in page()
    nobody = score(anna=math.nan)
    assert "Weakest" not in page(scores=[nobody])


def test_the_best_that_the_grid_allows_is_told():
    assert "perfect mask" not in page()
    with_ceiling = score(anna=0.9, bert=0.6)
    with_ceiling["native"] |= {
        "ceiling_patient_mean": 0.91,
        "ceiling_by_patient": {"anna": 0.95, "bert": 0.87, "carl": math.nan},
    }
    line = (
        "A perfect mask on the network's grid scores 0.910 natively in the mean of patients, at "
        "worst 0.870 (bert)."
    )
    assert line in section(page(scores=[with_ceiling]), "Scores")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "None of them had a part in its training."),
        ({"trained": 3}, "Mind that 3 of them were trained on."),
        ({"chosen": 2}, "Mind that 2 of them chose the epoch."),
        (
            {"trained": 1, "chosen": 2},
            "Mind that 1 of them were trained on and 2 of them chose the epoch.",
        ),
    ],
)
def test_patients_that_had_a_part_in_the_making_are_told(counts, words):
    assert words in page(scores=[score(**counts)])


def test_every_split_has_a_table_of_its_own():
    text = page(scores=[score(split="validating"), score(split="testing"), score(split="")])
    titles = [line for line in text.splitlines() if line.startswith("### ")]
    assert titles == ["### brats2d, validating", "### brats2d, testing", "### brats2d"]


def test_a_name_cannot_break_the_table():
    assert "| a\\|b | 0.500 |" in page(scores=[score(**{"a|b": 0.5})])


def test_without_scores_or_notes_it_says_so():
    text = page(scores=[], scores_reason="Not scored.", limits=None, limits_reason="No notes.")
    assert "Not scored." in section(text, "Scores")
    assert "No notes." in section(text, "Limits")


def test_limits_terms_citation_and_files():
    text = page()
    assert "Weak at *the edge*." in section(text, "Limits")
    assert "Only for research." in section(text, "Terms")
    assert "- Menze 2015\n- Bakas 2017" in section(text, "Citation")
    files = section(text, "Files")
    assert "6,864,433 values in 13,850,674 bytes" in files
    assert "6.7e-03" in files
    assert "`a1b2`" in files
    assert "resunet 0.1, keras unknown" in files
    assert "predict INPUT --weights demo.weights.npz" in files


def test_whose_weights_it_began_with_is_told():
    assert "It began with" not in page()
    text = page(training=CARD["training"] | {"begins_with": "a-model@0123"})
    assert "It began with the weights of `a-model@0123`." in section(text, "How it was trained")


def test_with_what_it_was_trained_is_told_beside_with_what_it_was_packed():
    assert "was trained with" not in page()
    versions = {"resunet": "0.0.1", "keras": None}
    text = page(training=CARD["training"] | {"versions": versions})
    told = section(text, "How it was trained")
    assert "It was trained with resunet 0.0.1, keras unknown." in told
    assert "Packed and scored with resunet 0.1, keras unknown." in section(text, "Files")


def test_weights_that_were_not_packed_are_as_they_were_trained():
    weights = CARD["weights"] | {"largest_probability_change": None, "file": "best.weights.h5"}
    text = section(page(weights=weights), "Files")
    assert (
        "in 32 bits, as they were trained. SHA-256 `a1b2`. The card was made with resunet" in text
    )
    assert "Rounding" not in text
    assert "--weights best.weights.h5 --out" in text


# Calibration


def calibrated(**changes):
    """A page of a calibrated model."""
    figures = {"pixels": 900, "ece": 0.0612, "brier": 0.11, "nll": 0.42}
    before = {"brain": figures, "band": figures, "dice_patient_mean": 0.7804}
    record = {
        "data": "brats2d",
        "patients": ["r", "s"],
        "networks": ["demo"],
        "samples": 25,
        "region": "brain",
        "within_mm": 10.0,
        "before": before,
        "after": before | {"band": figures | {"ece": 0.0487}},
        "crossed": {"band": figures | {"ece": 0.0491}},
        "bad_dice": 0.7,
        "doubt_level": 0.3094,
        "doubt_level_reason": None,
        "doubt_level_found": {
            "crossed": {"flagged": 23, "flagged_bad": 21, "bad": 31, "outlined": 107}
        },
    }
    return page(temperature=1.58536, temperature_reason=None, calibration=record | changes)


def test_what_calibrating_brought_and_when_not_to_rely():
    text = calibrated()
    assert "The temperature is 1.585." in section(text, "What it is")
    text = section(text, "Calibration")
    assert "Fitted on 2 patients of `brats2d`" in text
    assert "(mean of 25 passes), in the brain: r, s. Near the outlines is within 10 mm" in text
    assert "| ECE, near the outlines | 0.0612 | 0.0487 |" in text
    assert "| Dice, mean of patients | 0.780 | 0.780 |" in text
    assert "ECE near the outlines is **0.0491**" in text
    assert "Above a doubt of **0.309** a slice's Dice is more likely below 0.7 than not" in text
    assert "flags 23 of 107 outlined slices, of which 21 are that bad, of 31 in all" in text


def test_what_calibrating_did_not_find_is_said():
    text = calibrated(
        crossed=None, doubt_level=None, doubt_level_reason="Nothing is outlined.", region="band"
    )
    text = section(text, "Calibration")
    assert "near the outlines: r, s." in text
    assert "the others" not in text
    assert "There is no level of doubt beyond which not to rely: Nothing is outlined." in text
    alone = calibrated(doubt_level_found={"crossed": None})
    assert section(alone, "Calibration").rstrip().endswith("the model is not reliable there.")


def test_a_model_that_is_not_calibrated_has_no_such_section():
    assert "## Calibration" not in page()
    assert "## Calibration" not in page(calibration=None)
