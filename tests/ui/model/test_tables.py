import pytest

from resunet.presets import preset
from resunet.ui.model.tables import decoder_rows, encoder_rows, other_rows, setting_rows


@pytest.fixture(scope="module")
def plan():
    from resunet.inference.features import plan_of

    return plan_of(preset("paper").network)


@pytest.mark.keras
def test_table_1_beside_the_network(plan):
    rows = list(encoder_rows(plan))
    assert rows[0] == ("Input", "64×64×4", "64×64×4", "–", "–", "")
    assert rows[1] == ("1", "32×32×16", "32×32×16", "1", "1", "3,136")
    assert rows[4] == ("4", "4×4×128", "4×4×128", "4", "4", "1,118,720")
    assert rows[5] == ("5", "2×2×256", "**2×2×128** (misprint)", "4", "4", "4,465,664")
    assert rows[6][-1] == "**5,827,520**"
    assert sum("misprint" in cell for row in rows for cell in row) == 1


@pytest.mark.keras
def test_table_2_beside_the_network(plan):
    rows = list(decoder_rows(plan))
    assert rows[0] == ("Input", "2×2×256", "2×2×256", "", "–", "")
    assert rows[1] == ("1", "4×4×256", "4×4×256", "4×4×128", "1", "772,224")
    assert rows[5][:5] == ("5", "64×64×16", "64×64×16", "64×64×16", "1")
    assert rows[6][:5] == ("Output block", "64×64×1", "64×64×1", "64×64×1", "1")
    assert rows[7][-1] == "**1,036,913**"
    assert not any("misprint" in cell for row in rows for cell in row)
    numbers = [int(row[-1].replace(",", "")) for row in rows[1:7]]
    assert sum(numbers) == 1_036_913


def test_table_3_prints_what_the_paper_preset_holds():
    rows = list(setting_rows(preset("paper"), preset("small-data")))
    assert len(rows) == 10
    assert [row[1] for row in rows] == [row[2] for row in rows]
    assert rows[0] == ("Learning rate", "0.01", "0.01", "**0.001**")
    assert rows[1] == ("Batch size", "64", "64", "**32**")


def test_every_other_setting_is_listed_once_and_differences_are_bold():
    rows = list(other_rows(preset("paper"), preset("small-data")))
    values = {row[0]: row[1:] for row in rows}
    assert len(values) == len(rows)
    assert values["`network.filters`"] == ("16, 32, 64, 128, 256",) * 2
    assert values["`augment.per_sample`"] == ("no", "**yes**")
    assert values["`training.optimizer`"] == ("adam", "**adamw**")
    assert "`training.learning_rate`" not in values
    assert "`loss.gamma`" not in values
    same = preset("paper")
    assert not any("**" in row[2] for row in other_rows(same, same))
