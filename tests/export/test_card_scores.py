from resunet.export.card_scores import held_out_section


def test_patients_are_told_worst_first_with_intervals():
    dice = {"b": 0.9, "c": None, "a": 0.4567}
    mean = {"value": 0.678, "ci": [0.4, 0.9]}
    entry = {
        "folds": 5,
        "patients": 3,
        "data": "heads",
        "samples": 10,
        "flip": True,
        "threshold": 0.5,
        "ceiling": {"value": 0.95, "ci": None},
        **{
            name: {"dice_patient_mean": mean, "dice_pooled": mean, "dice_by_patient": dice}
            for name in ("native", "grid")
        },
    }
    how, table, ceiling = held_out_section({"cross_validation": entry})
    assert "mean of 10 passes, averaged with the mirrored slice, threshold 0.5" in how
    lines = table.splitlines()
    assert lines[2] == "| **mean of patients** | 0.678 (0.400 to 0.900) | 0.678 (0.400 to 0.900) |"
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| a", "| b", "| c"]
    assert lines[4] == "| a | 0.457 | 0.457 |"
    assert lines[6] == "| c | undefined | undefined |"
    assert "0.950 on the study's own pixels" in ceiling
