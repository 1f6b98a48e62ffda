from resunet.evaluation.words import conventions


def test_the_sentences_name_what_they_are_read_with():
    sentences = conventions(threshold=0.35, tolerance_mm=1.5)
    text = " ".join(sentences)
    assert "above 0.35" in text
    assert "within 1.5 mm" in text
    assert all(sentence.endswith(".") for sentence in sentences)
    assert conventions(threshold=0.5, tolerance_mm=1.5) != sentences


def test_every_convention_for_empty_masks_is_told():
    text = " ".join(conventions(threshold=0.5, tolerance_mm=2.0))
    for words in (
        "neither outline nor prediction holds tumour, Dice, IoU, HD95 and surface Dice are",
        "Dice, IoU and surface Dice are 0 and HD95 is infinite",
        "Sensitivity is undefined without tumour in the outline",
        "precision without any in the prediction",
    ):
        assert words in text
