"""Conditions on runs, as `learning_rate<0.001`: read without evaluating any code."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.summary import Key, RunSummary, find_key

_FORM = re.compile(r"\s*([^\s=!<>~]+)\s*(==|!=|<=|>=|=|<|>|~)(?!\s*[=<>~])\s*(.*?)\s*", re.DOTALL)
_ORDER = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}
_PERCENT = re.compile(r"([0-9.]+)\s*%")
_PYTHON_WORDS = {"True": True, "False": False, "None": None}


class Condition(NamedTuple):
    """A condition as it was written, parted.

    Attributes:
        text: the whole.
        name: of the value.
        operator: one of `=`, `!=`, `<`, `<=`, `>`, `>=` and `~`.
        operand: what stands to the right of it.
    """

    text: str
    name: str
    operator: str
    operand: str


def parse_condition(text: str) -> Condition:
    """Part a condition into name, operator and operand.

    Raises:
        TrackingError: it has not this form.
    """
    match = _FORM.fullmatch(text)
    if match is None or not match[3]:
        raise TrackingError(
            f"--where {text!r}: must be a name, one of = != < <= > >= ~ and a value, as in "
            "'learning_rate<0.001'. Write \"\" for an empty text."
        )
    operator = "=" if match[2] == "==" else match[2]
    return Condition(text, match[1], operator, match[3])


def select(summaries: Sequence[RunSummary], conditions: Sequence[str]) -> list[RunSummary]:
    """The runs that meet every condition.

    `=` and `!=` compare numbers, texts and lists as JSON; a run without the value has `null`.
    `<` and the like order numbers, texts and times, and `~` looks for a regular expression; a run
    without the value meets neither.

    Raises:
        TrackingError: a condition has the wrong form, names what no run has, or compares what
            cannot be compared.
    """
    selected = list(summaries)
    for text in conditions:
        condition = parse_condition(text)
        key = find_key(condition.name, summaries, f"--where {text!r}")
        meeting = _meeting(condition, key, summaries)
        selected = [summary for summary in selected if id(summary) in meeting]
    return selected


def _meeting(condition: Condition, key: Key, summaries: Sequence[RunSummary]) -> set[int]:
    """Of all runs, so that a comparison that makes no sense is seen whatever the others select."""
    values = [(id(summary), key.of(summary)) for summary in summaries]
    operand = _read_operand(condition, key)
    if condition.operator in _ORDER:
        return _ordered(condition, values, operand)
    if condition.operator == "~":
        pattern = _as_pattern(condition)
        return {
            run for run, value in values if value is not None and pattern.search(as_text(value))
        }
    equal = {run for run, value in values if _equal(value, operand, condition.operand)}
    return equal if condition.operator == "=" else {run for run, _ in values} - equal


def _ordered(condition: Condition, values: list[tuple[int, Any]], operand: Any) -> set[int]:
    present = [(run, value) for run, value in values if value is not None]
    orders = [(run, _compare(value, operand)) for run, value in present]
    if present and all(order is None for _, order in orders):
        raise TrackingError(
            f"--where {condition.text!r}: {condition.name} holds values such as "
            f"{as_text(present[0][1])}, of which none is less or greater than "
            f"{condition.operand}. Compare with a value of that kind, or with = or !=."
        )
    return {run for run, order in orders if order in _ORDER[condition.operator]}


def _read_operand(condition: Condition, key: Key) -> Any:
    if key == Key("field", "started") and condition.operator != "~":
        return _as_moment(condition)
    value = parse_value(condition.operand)
    is_status = key == Key("field", "status")
    return value.upper() if is_status and isinstance(value, str) else value


def parse_value(text: str) -> Any:
    """A value as JSON writes it, or Python; `5%` is 0.05; all else is text, as if in quotes."""
    if text in _PYTHON_WORDS:
        return _PYTHON_WORDS[text]
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if percent := _PERCENT.fullmatch(text):
        text = f"{percent[1]}e-2"
    try:
        return json.loads(text)
    except ValueError:
        # 1., .5 and 1_000 are numbers to people, and to Python.
        return _as_float(text)


def as_text(value: Any) -> str:
    """A value in one line: texts as they are, times local, all else as compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _as_float(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _as_moment(condition: Condition) -> date | datetime | None:
    """A day where there is no time of day; local time unless it says otherwise."""
    text = str(condition.operand).strip("'\"")
    if text in ("null", "None"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise TrackingError(
            f"--where {condition.text!r}: {text!r} is no time. Write it as 2026-01-31 or "
            "2026-01-31T18:30."
        ) from error


def _as_pattern(condition: Condition) -> re.Pattern[str]:
    text = condition.operand
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    try:
        return re.compile(text)
    except re.error as error:
        raise TrackingError(
            f"--where {condition.text!r}: {text!r} is no regular expression ({error}). Put a "
            "backslash before each of ( ) [ ] { } * + ? that stands for itself."
        ) from error


def _equal(value: Any, operand: Any, written: str) -> bool:
    if isinstance(value, datetime):
        on_day = isinstance(operand, date) and not isinstance(operand, datetime)
        return bool((value.astimezone().date() if on_day else value) == operand)
    if isinstance(value, str) and not isinstance(operand, str):
        # A text such as 7 or true needs no quotes.
        return value == written
    return _same(value, operand)


def _same(value: Any, other: Any) -> bool:
    """Equality as JSON has it: true is not 1, 1 is 1.0."""
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(_same, value, other))
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return bool(value == other)


def _compare(value: Any, operand: Any) -> int | None:
    """-1, 0 or 1; None for values of which none is less."""
    if isinstance(value, datetime) and isinstance(operand, date):
        if not isinstance(operand, datetime):
            operand = datetime(operand.year, operand.month, operand.day).astimezone()
        return _sign(value, operand)
    comparable = (_is_number(value) and _is_number(operand)) or (
        isinstance(value, str) and isinstance(operand, str)
    )
    return _sign(value, operand) if comparable else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sign(value: Any, other: Any) -> int:
    return int(value > other) - int(value < other)
