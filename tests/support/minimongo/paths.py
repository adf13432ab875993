"""Dotted paths: reading and changing what lies deep in a document."""

from typing import Any

from support.minimongo.values import MISSING, Document


def reached(document: Any, path: str) -> list[Any]:
    """All values that a path of a filter leads to; it goes into each element of an array."""
    level = [document]
    for part in path.split("."):
        level = [inner for outer in level for inner in _step(outer, part)]
    return level


def candidates(document: Any, path: str) -> list[Any]:
    """What a filter's condition is tried on: values, elements of arrays, or MISSING alone."""
    values = reached(document, path)
    elements = [element for value in values if isinstance(value, list) for element in value]
    return [*values, *elements] or [MISSING]


def value_at(document: Any, path: str) -> Any:
    """The value of `$path` in an expression: an array is mapped, nothing there is MISSING."""
    part, _, rest = path.partition(".")
    if isinstance(document, dict):
        inner = document.get(part, MISSING)
        return value_at(inner, rest) if rest else inner
    if isinstance(document, list):
        found = [value_at(element, path) for element in document if isinstance(element, dict)]
        return [value for value in found if value is not MISSING]
    return MISSING


def set_value(document: Any, path: str, value: Any) -> None:
    """Set a field in place; what lies between is made, a list is filled up with null."""
    *outer, last = path.split(".")
    for part in outer:
        document = _opened(document, part)
    if isinstance(document, list):
        _fill_up(document, int(last))
        document[int(last)] = value
    else:
        document[last] = value


def remove_value(document: Any, path: str) -> None:
    """Remove a field in place, if it is there."""
    *outer, last = path.split(".")
    for part in outer:
        document = next(iter(_step(document, part)), None)
    if isinstance(document, dict):
        document.pop(last, None)


def with_value(document: Any, path: str, value: Any) -> Any:
    """A copy with a field set, or removed by MISSING; only the branch that changes is copied."""
    if isinstance(document, list):
        return [
            with_value(element, path, value) if isinstance(element, dict) else element
            for element in document
        ]
    part, _, rest = path.partition(".")
    copy: Document = dict(document) if isinstance(document, dict) else {}
    if rest:
        inner = copy.get(part, MISSING)
        if value is MISSING and not isinstance(inner, dict | list):
            return copy
        copy[part] = with_value({} if inner is MISSING else inner, rest, value)
    elif value is MISSING:
        copy.pop(part, None)
    else:
        copy[part] = value
    return copy


def _step(value: Any, part: str) -> list[Any]:
    if isinstance(value, dict):
        return [value[part]] if part in value else []
    if not isinstance(value, list):
        return []
    at_index = [value[int(part)]] if part.isdigit() and int(part) < len(value) else []
    return at_index + [e[part] for e in value if isinstance(e, dict) and part in e]


def _opened(document: Any, part: str) -> Any:
    key: Any = part
    if isinstance(document, list):
        key = int(part)
        _fill_up(document, key)
        inner = document[key]
    else:
        inner = document.get(key)
    if not isinstance(inner, dict | list):
        inner = document[key] = {}
    return inner


def _fill_up(values: list[Any], index: int) -> None:
    values.extend([None] * (index + 1 - len(values)))
