"""Numbers and characters as a page shows them."""

import math

import pytest

from tf_crnn.comparison import page_text
from tf_crnn.statistics import Interval

NOWHERE = Interval(math.nan, math.nan)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (page_text.percent(0.0413), "4.13 %"),
        (page_text.percent(None), "–"),
        (page_text.percent_interval(Interval(0.03, 0.0512)), "3.00 – 5.12 %"),
        (page_text.percent_interval(NOWHERE), "–"),
        (page_text.points(-0.0087), "−0.87"),
        (page_text.points(0.0087), "+0.87"),
        (page_text.points(-0.000001), "0.00"),
        (page_text.points_interval(Interval(-0.02, 0.01)), "−2.00 to +1.00"),
        (page_text.points_interval(NOWHERE), "–"),
        (page_text.p_value(0.0001), "< 0.001"),
        (page_text.p_value(0.31), "0.31"),
        (page_text.p_value(math.nan), "–"),
        (page_text.duration(4.55), "4.5 min"),
        (page_text.duration(125.9), "2 h 05 min"),
        (page_text.duration(math.nan), "–"),
        (page_text.moment("2026-03-04T09:30:59+00:00"), "2026-03-04 09:30"),
        (page_text.moment(None), "–"),
        (page_text.config_value("a b"), "a b"),
        (page_text.config_value([128, 256]), "[128, 256]"),
        (page_text.config_value(None), "–"),
        (page_text.config_value("x" * 500), "x" * 200 + "…"),
        (page_text.character(" "), "␣"),
        (page_text.character(""), "–"),
        (page_text.character("\u0364"), "◌\u0364"),
        (page_text.character("\u200f"), "U+200F"),
        (page_text.character("\u00a0"), "U+00A0"),
        (page_text.character("漢"), "漢"),
        (page_text.character_name("ſ"), "latin small letter long s"),
        (page_text.character_name("\x07"), "u+0007"),
        (page_text.character_name(""), "nothing"),
        (page_text.thousands(12345), "12,345"),
    ],
)
def test_values_are_shown_for_people(shown: str, text: str) -> None:
    assert shown == text
