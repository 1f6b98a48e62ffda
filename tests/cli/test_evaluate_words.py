from evaluation_results import result

from resunet.cli.evaluate_words import lines


def test_each_split_is_told():
    values = result()
    told = lines(values)
    assert told[0] == "testing: 4 patients, 8 slices (2 without Dice)"
    dice = values["splits"]["testing"]["native"]["measures"]["dice"]
    mean, ci = dice["patient_mean"]["value"], dice["patient_mean"]["ci"]
    expected = f"  Dice, native            {mean:.3f} ({ci[0]:.3f} to {ci[1]:.3f})"
    (line,) = [line for line in told if line.startswith(expected)]
    assert line.split()[-2:] == [f"{dice[way]['value']:.3f}" for way in ("slice_mean", "pooled")]
    assert "  slices without tumour: 3, of which 1 with something predicted" in told
    assert any(line.startswith("  worst: anna_1 0.465, bert 0.") for line in told)
    assert told[-len(values["conventions"]) :] == values["conventions"]


def test_what_is_not_known_is_a_dash():
    (line,) = [each for each in lines(result()) if "surface Dice, native" in each][1:]
    assert line.split()[-1] != "–"  # pooled
    (line,) = [each for each in lines(result()) if "HD95 in mm, native" in each][1:]
    assert line.split()[-1] == "–"  # no slice of the second split has one


def test_another_model_and_what_was_left_out_are_told():
    excluded = {"count": 2, "names": ["testing/a_1.npz", "testing/b"], "patients": ["testing/b"]}
    told = lines(result(against=True, excluded=excluded))
    assert any("points of Dice beside old-1@ba9876543210" in line for line in told)
    assert "Mind that flip differs: no here, yes there." in told
    assert "Left out by name: 1 slice and 1 patient." in told
    assert not [line for line in lines(result()) if "beside" in line or "Left out" in line]
