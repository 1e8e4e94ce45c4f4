"""The colours of views: of the report, and visible in every theme."""

from importlib.resources import files

import pytest

from catsclean.reports.notebook import tones


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tone", sorted({*tones.TONES, tones.GOOD}))
def test_a_tone_can_be_seen_on_white_and_on_black(tone):
    assert contrast(tone, "#ffffff") >= 3
    assert contrast(tone, "#111111") >= 3


def test_tones_are_those_of_the_report():
    css = (files("catsclean.reports.html") / "shared" / "tokens.css").read_text()
    for tone in (tones.ACCENT, tones.NOTE, tones.ERROR, tones.GOOD):
        assert tone in css


def test_a_status_has_its_tone_wherever_it_stands():
    assert tones.tone_of(0, "drop") == tones.tone_of(2, "drop") == tones.ERROR
    assert tones.tone_of(0, "train") == tones.ACCENT
    assert tones.tone_of(99) == tones.TONES[-1]
