from resunet.ui.datasets.effect import effect_rows


def dice(mean, ci=None):
    return {"dice_patient_mean": mean, "ci": ci}


EFFECT = {
    "sets": {
        "training": {
            "slices": 1500,
            "flagged": 0,
            "native": {"with_flagged": dice(0.889), "without_flagged": dice(None)},
        },
        "testing": {
            "slices": 200,
            "flagged": 12,
            "native": {
                "with_flagged": dice(0.78541, [0.7, 0.85]),
                "without_flagged": dice(0.8, [0.72, 0.86]),
            },
        },
    },
    "gaps": {
        "testing": {
            "native": {
                "gap_points": {"value": 10.359, "ci": [-1.0, 20.0]},
                "gap_without_points": {"value": 8.9, "ci": None},
                "explained_points": {"value": 1.459, "ci": [-0.2, 3.0]},
            }
        }
    },
}


def test_a_set_is_told_with_its_gap_to_the_reference():
    training, testing = effect_rows(EFFECT)
    assert testing == {
        "Set": "testing",
        "Slices": 200,
        "Broken": 12,
        "Dice": "0.785 (0.700 to 0.850)",
        "Without broken": "0.800 (0.720 to 0.860)",
        "Gap, points": "10.4 (−1.0 to 20.0)",
        "Gap without broken": "8.9",
        "Explained": "1.5 (−0.2 to 3.0)",
    }
    assert (training["Dice"], training["Without broken"]) == ("0.889", "–")
    assert training["Explained"] == "–"


def test_what_is_not_told_leaves_its_place_empty():
    assert effect_rows({"sets": {"a": {}}})[0]["Dice"] == "–"
    assert effect_rows({"sentences": ["Nothing was scored."]}) == []
