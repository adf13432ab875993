"""What a sweep tries: `--set key=a,b` and `--set key=low..high`, parsed and checked."""

import dataclasses
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from tf_crnn.config import Params
from tf_crnn.config_keys.key import unknown_keys
from tf_crnn.config_values import parse_value
from tf_crnn.errors import ConfigError
from tf_crnn.fine_tuning import take_over

SET_BY_SWEEP = ("output_model_dir", "restore_model")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_TYPES = {field.name: field.type for field in dataclasses.fields(Params)}
_LOG_FROM_RATIO = 10
_MOST_CHECKED = 200
_SIGNIFICANT_DIGITS = 4


@dataclass(frozen=True)
class Choices:
    """Values of a key, JSON-ready."""

    values: tuple[Any, ...]

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)

    def at(self, position: int) -> Any:
        """One of the values, counted from 0."""
        return self.values[position]


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Attributes:
        is_log: ratios count, not differences.
        is_whole: only whole numbers.
    """

    low: float
    high: float
    is_log: bool
    is_whole: bool

    @property
    def count(self) -> int | None:
        """How many numbers there are; None for a continuous range."""
        return int(self.high - self.low) + 1 if self.is_whole else None

    def at(self, position: int) -> int:
        """One of the whole numbers, counted from 0."""
        return int(self.low) + position

    def tidy(self, value: float) -> float:
        """A number of the range that a person can read: whole, or of few digits."""
        if self.is_whole:
            return round(value)
        return min(max(float(f"{value:.{_SIGNIFICANT_DIGITS}g}"), self.low), self.high)


@dataclass(frozen=True)
class SearchSpace:
    """The keys that a sweep sets, and what it may set them to."""

    axes: Mapping[str, Choices | Range]

    @property
    def ranges(self) -> list[str]:
        """The keys that have a range."""
        return [key for key, axis in self.axes.items() if isinstance(axis, Range)]

    @property
    def varying(self) -> list[str]:
        """The keys that have more than one value."""
        return [key for key, axis in self.axes.items() if axis.count != 1]

    @property
    def size(self) -> int | None:
        """The number of combinations; None with a continuous range."""
        counts = [axis.count for axis in self.axes.values()]
        return math.prod(c for c in counts if c) if all(counts) else None

    def combination(self, index: int) -> dict[str, Any]:
        """One of the `size` combinations, counted from 0; the last key changes fastest.

        Raises:
            ValueError: there is a continuous range.
        """
        values = {}
        for key, axis in reversed(list(self.axes.items())):
            if axis.count is None:
                raise ValueError(f"{key} has a continuous range: nothing can be counted.")
            index, position = divmod(index, axis.count)
            values[key] = axis.at(position)
        return {key: values[key] for key in self.axes}

    def least(self, key: str, otherwise: Any) -> Any:
        """The lowest value of a key; `otherwise` if the sweep does not set it."""
        axis = self.axes.get(key)
        if axis is None:
            return otherwise
        return axis.low if isinstance(axis, Range) else min(axis.values)

    def describe(self) -> dict[str, str]:
        """Each key with what it may be, as people write it."""
        return {key: _describe(axis) for key, axis in self.axes.items()}


def parse_search_space(assignments: Sequence[str], config: Mapping[str, Any]) -> SearchSpace:
    """The search space of `--set` options, each value of which makes valid parameters.

    Args:
        assignments: `key=value,value` with values as JSON or bare words, or `key=low..high`.
        config: the parameters that all trials share.

    Raises:
        ConfigError: the form is wrong, a key is not known, a value cannot be used, an input is
            missing; all in one message.
    """
    problems: list[str] = []
    axes: dict[str, Choices | Range] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key:
            problems.append(f"{assignment}: must be KEY=VALUE,VALUE... or KEY=LOW..HIGH.")
        elif key in axes:
            problems.append(f"{key}: is set twice. Give all its values in one --set.")
        elif wrong := _wrong_key(key):
            problems.append(wrong)
        else:
            try:
                axes[key] = _parse_axis(key, text)
            except ValueError as error:
                problems.append(f"{key}: {error}")
    space = SearchSpace(axes)
    problems += _wrong_combinations(space, config)
    if problems:
        raise ConfigError("\n".join(["the sweep cannot begin:", *map(_as_item, problems)]))
    return space


def as_text(value: Any) -> str:
    """A value as `--set` takes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _wrong_key(key: str) -> str | None:
    if key in SET_BY_SWEEP:
        return f"{key}: is set by the sweep itself, for each trial."
    return next(iter(unknown_keys([key], list(Params.defaults()))), None)


def _parse_axis(key: str, text: str) -> Choices | Range:
    if match := _RANGE.fullmatch(text.strip()):
        return _parse_range(key, float(match[1]), float(match[2]))
    pieces = [piece.strip() for piece in _split(text)]
    if not all(pieces):
        raise ValueError(f'a value is empty in {text!r}. Write "" for an empty text.')
    if any(_RANGE.fullmatch(piece) for piece in pieces):
        raise ValueError(f"{text!r} mixes a range with other values. Give one range, or choices.")
    values = [parse_value(piece) for piece in pieces]
    if _TYPES[key] is float:
        values = [float(v) if type(v) is int else v for v in values]
    texts = [json.dumps(value) for value in values]
    for text, times in Counter(texts).items():
        if times > 1:
            raise ValueError(f"{text} is named more than once.")
    return Choices(tuple(values))


def _parse_range(key: str, low: float, high: float) -> Range:
    is_whole = _TYPES[key] is int
    if not is_whole and _TYPES[key] is not float:
        raise ValueError("is no number, so it has no range. Give choices: VALUE,VALUE...")
    if is_whole and not (low.is_integer() and high.is_integer()):
        raise ValueError(f"must be whole numbers, not {low:g}..{high:g}.")
    if not low < high or math.isinf(high):
        raise ValueError(f"the range must go from low to high, not {low:g}..{high:g}.")
    is_log = low > 0 and high / low >= _LOG_FROM_RATIO
    if is_whole:
        return Range(int(low), int(high), is_log, is_whole)
    return Range(low, high, is_log, is_whole)


def _split(text: str) -> Iterator[str]:
    """The pieces between commas that stand in no brackets and no quotes."""
    depth, is_quoted, piece = 0, False, ""
    for character in text:
        if character == '"' and not piece.endswith("\\"):
            is_quoted = not is_quoted
        if not is_quoted:
            depth += (character in "[(") - (character in "])")
        if character == "," and depth == 0 and not is_quoted:
            yield piece
            piece = ""
        else:
            piece += character
    if depth or is_quoted:
        raise ValueError(f"a bracket or quote is left open in {text!r}. Quote it for your shell.")
    yield piece


def _wrong_combinations(space: SearchSpace, config: Mapping[str, Any]) -> list[str]:
    """What Params says against any combination, each sentence once."""
    tried = {
        key: (axis.low, axis.high) if isinstance(axis, Range) else axis.values
        for key, axis in space.axes.items()
    }
    found: dict[str, None] = {}
    for values in _combinations(tried):
        try:
            # Any name passes: the folder of a trial is made by the sweep.
            Params.for_training(take_over({**config, **values, "output_model_dir": "trial"}))
        except ConfigError as error:
            found |= dict.fromkeys(line.strip().removeprefix("- ") for line in _items(str(error)))
    return list(found)


def _combinations(tried: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """All combinations; of very many, each value with the first of the other keys."""
    if math.prod(map(len, tried.values())) <= _MOST_CHECKED:
        yield from (dict(zip(tried, values, strict=True)) for values in product(*tried.values()))
        return
    first = {key: values[0] for key, values in tried.items()}
    yield first
    yield from ({**first, key: value} for key, values in tried.items() for value in values[1:])


def _items(message: str) -> list[str]:
    return [item for item in re.split(r"\n(?=  - )", message) if item.strip()]


def _as_item(problem: str) -> str:
    return f"  - {problem}"


def _describe(axis: Choices | Range) -> str:
    if isinstance(axis, Choices):
        return ",".join(json.dumps(value, ensure_ascii=False) for value in axis.values)
    return f"{axis.low:g}..{axis.high:g}{' (log scale)' if axis.is_log else ''}"
