"""How BSON values compare, and what stands for a field that is not there."""

import math
import re
from datetime import datetime
from typing import Any

from bson import ObjectId, Regex

Document = dict[str, Any]

# A field that a document does not have; None is a field that holds null.
MISSING: Any = object()

_NULL, _NUMBER, _TEXT, _OBJECT, _ARRAY, _BINARY = 1, 2, 3, 4, 5, 6
_OTHER = 12
# The order between types that MongoDB documents; bool stands before int, whose subclass it is.
_RANKS: tuple[tuple[type | tuple[type, ...], int], ...] = (
    (bool, 8),
    ((int, float), _NUMBER),
    (str, _TEXT),
    (dict, _OBJECT),
    ((list, tuple), _ARRAY),
    (bytes, _BINARY),
    (ObjectId, 7),
    (datetime, 9),
    ((Regex, re.Pattern), 11),
)


class CommandError(Exception):
    """What the client is told: a message, MongoDB's number and name of the error."""

    def __init__(self, message: str, code: int = 2, name: str = "BadValue") -> None:
        super().__init__(message)
        self.code = code
        self.name = name


def rank(value: Any) -> int:
    """The place of a value's type in MongoDB's order."""
    if value is MISSING or value is None:
        return _NULL
    return next((place for types, place in _RANKS if isinstance(value, types)), _OTHER)


def order(value: Any) -> tuple[Any, ...]:
    """A key that sorts any two values as MongoDB does; equal keys are equal values."""
    place = rank(value)
    if place == _NULL:
        return (place,)
    if place == _NUMBER:
        return (place, 0, 0.0) if math.isnan(value) else (place, 1, value)
    if place == _OBJECT:
        return (place, tuple((rank(inner), key, order(inner)) for key, inner in value.items()))
    if place == _ARRAY:
        return (place, tuple(order(inner) for inner in value))
    if place == _BINARY:
        return (place, len(value), bytes(value))
    return (place, str(value)) if place > 10 else (place, value)


def equal(left: Any, right: Any) -> bool:
    return order(left) == order(right)


def hashable(value: Any) -> str:
    """The same text for equal values: a key of a dictionary."""
    return repr(order(value))


def none_if_missing(value: Any) -> Any:
    return None if value is MISSING else value


def is_true(value: Any) -> bool:
    """Whether a condition counts as fulfilled: not for nothing, null, false and 0."""
    return not (rank(value) == _NULL or value is False or (rank(value) == _NUMBER and value == 0))


def numbers(values: Any) -> list[float]:
    """Those of the values (or the one value) that are numbers."""
    listed = values if isinstance(values, list) else [values]
    return [value for value in listed if rank(value) == _NUMBER]


def extreme(values: Any, *, greatest: bool) -> Any:
    """The least or greatest of the values that are there, or None."""
    listed = values if isinstance(values, list) else [values]
    there = [value for value in listed if rank(value) != _NULL]
    chosen = max if greatest else min
    return chosen(there, key=order) if there else None


def mean(values: Any) -> float | None:
    found = numbers(values)
    return sum(found) / len(found) if found else None
