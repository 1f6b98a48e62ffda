from resunet import DISCLAIMER
from resunet.export.report import words
from resunet.inference.cards import PAPER


def test_the_citation_is_the_papers():
    assert words.CITATION == PAPER


def test_the_research_use_line_is_the_one_of_every_export():
    assert f"{DISCLAIMER}." == words.NOTICE


def test_settings_say_how_it_was_made(build):
    study, _, values = build()
    assert dict(words.settings(values, study.shape)) == {
        "Program": f"ResU-Net {values['version']}",
        "Engine": "NumPy, by hand",
        "Passes": "4, dropout seed 7",
        "Threshold": "0.5",
        "Input": "npz, 6 slices of 48 × 40",
        "Pixel spacing": "1 × 2 mm",
        "Slice step": "1 mm",
        "Interval": "5 % to 95 % of the passes",
    }


def test_settings_of_one_pass_on_one_slice(build):
    study, _, values = build(slices=1, spacing_mm=None, prediction={"samples": 0})
    found = dict(words.settings(values, study.shape))
    assert found["Passes"] == "one, without dropout"
    assert found["Input"] == "npz, 1 slice of 48 × 40"
    assert found["Pixel spacing"] == "unknown"
    assert found["Slice step"].startswith("none")
    assert found["Interval"] == "A spread needs at least two stochastic passes."


def test_digests_are_whole(build):
    values = build()[2]
    found = dict(words.digests(values, "name"))
    assert found["Identifier"] == "name"
    assert found["Model SHA-256"] == "5e" * 32
    assert found["Input SHA-256"] == values["input_sha256"]
    assert dict(words.digests(values | {"model_sha256": None}, ""))["Model SHA-256"] == "unknown"


def test_how_to_read_it_says_what_the_numbers_are_not(build):
    doubt, tumour, compared = words.explanation(build()[2])
    assert "over 4 passes" in doubt
    assert "the lowest 5 % and the highest 5 %" in doubt
    assert "Neither bounds the distance to the truth" in doubt
    assert "enhancing part" in tumour
    assert "HD95" in compared
    assert "prediction less the expert's" in compared
    one, _ = words.explanation(build(labels=False, prediction={"samples": 1})[2])
    assert "does not mean that the result is certain" in one


def test_who_has_looked_at_it(build):
    values = build()[2]
    assert words.reading(values) == "Computed by a program; not read by a physician."
    counts = {"added_px": 1, "removed_px": 0, "slices": 1}
    corrected = words.reading(values | {"correction": counts})
    assert corrected == "Computed by a program, corrected by hand."
