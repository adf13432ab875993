"""Numbers and characters as a page shows them."""

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tf_crnn.comparison.sentences import p_text, sentence_case
from tf_crnn.statistics import Interval

_NONE = "–"
_MINUS = "\N{MINUS SIGN}"
_LONGEST_VALUE = 200


def percent(value: float | None) -> str:
    """A fraction, as `4.13 %`."""
    return _NONE if value is None or math.isnan(value) else f"{100 * value:.2f} %"


def percent_interval(interval: Interval | None) -> str:
    """As `3.41 – 4.90 %`."""
    if interval is None or math.isnan(interval.low):
        return _NONE
    return f"{100 * interval.low:.2f} – {100 * interval.high:.2f} %"


def points(value: float) -> str:
    """A difference of fractions in percentage points, with its sign."""
    if math.isnan(value):
        return _NONE
    text = f"{100 * abs(value):.2f}"
    sign = "" if not float(text) else _MINUS if value < 0 else "+"
    return f"{sign}{text}"


def points_interval(interval: Interval | None) -> str:
    """Both ends, with their signs."""
    if interval is None or math.isnan(interval.low):
        return _NONE
    return f"{points(interval.low)} to {points(interval.high)}"


def p_value(p: float) -> str:
    """Without `p =`, as the head of the column says it."""
    return _NONE if math.isnan(p) else p_text(p).removeprefix("p ").removeprefix("= ")


def duration(minutes: float) -> str:
    """As `4.5 min` or `2 h 05 min`."""
    if not math.isfinite(minutes):
        return _NONE
    if minutes < 60:
        return f"{minutes:.1f} min"
    return f"{int(minutes // 60):,} h {int(minutes % 60):02d} min"


def moment(iso: str | None) -> str:
    """A time, to the minute, UTC."""
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M}" if iso else _NONE


def config_value(value: Any) -> str:
    """A parameter as JSON has it; text without quotes."""
    if value is None:
        return _NONE
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def character(text: str) -> str:
    """A character that can be seen: spaces, marks and control characters are."""
    if not text:
        return _NONE
    if text == " ":
        return "␣"
    category = unicodedata.category(text[0])
    if category.startswith("M"):
        return f"◌{text}"
    return f"U+{ord(text[0]):04X}" if category[0] in "CZ" else text


def character_name(text: str) -> str:
    """The Unicode name, for those who cannot tell it by sight."""
    return unicodedata.name(text[0], f"U+{ord(text[0]):04X}").lower() if text else "nothing"


def thousands(number: int) -> str:
    """With separators between thousands."""
    return f"{number:,}"


FILTERS: Mapping[str, Callable[..., str]] = {
    "percent": percent,
    "percent_interval": percent_interval,
    "points": points,
    "points_interval": points_interval,
    "p_value": p_value,
    "duration": duration,
    "moment": moment,
    "config_value": config_value,
    "character": character,
    "character_name": character_name,
    "thousands": thousands,
    "sentence_case": sentence_case,
}
