import re

from resunet.export.comparison.style import style_sheet


def test_the_style_names_no_other_file_and_closes_what_it_opens():
    text = style_sheet()
    assert "url(" not in text
    assert "@import" not in text
    assert "</" not in text
    assert text.count("{") == text.count("}")


def test_both_themes_give_every_colour_that_is_used():
    text = style_sheet()
    themes = re.findall(r":root\{([^}]*)\}", text)
    assert len(themes) == 2
    used = set(re.findall(r"var\((--[\w-]+)\)", text)) - {"--set", "--picture"}
    for theme in themes:
        assert used == set(re.findall(r"(--[\w-]+):", theme))


def test_the_dark_theme_is_for_screens_alone():
    assert "@media screen and (prefers-color-scheme:dark){:root{" in style_sheet()
    assert "@media print{" in style_sheet()
