"""Which documents a filter lets through."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId, Regex

from support.minimongo.expressions import COMPARISONS, Scope, scope_of
from support.minimongo.paths import candidates, reached
from support.minimongo.values import MISSING, CommandError, Document, equal, is_true, order, rank

_TYPES: Mapping[str, tuple[type, ...]] = {
    "double": (float,),
    "string": (str,),
    "object": (dict,),
    "array": (list,),
    "objectId": (ObjectId,),
    "bool": (bool,),
    "date": (datetime,),
    "int": (int,),
    "long": (int,),
    "number": (int, float),
}
_REGEX_FLAGS = {"i": re.I, "m": re.M, "s": re.S, "x": re.X}


def matches(document: Any, conditions: Document, scope: Scope | None = None) -> bool:
    """Whether a document fulfils all conditions of a filter.

    Args:
        scope: of the aggregation, for `$expr`.
    """
    return all(
        _holds(document, key, wanted, scope or scope_of(document))
        for key, wanted in conditions.items()
    )


def field_conditions(wanted: Any) -> Document:
    """The operators of one field's condition; a plain value is meant as `$eq`."""
    has_operators = isinstance(wanted, dict) and next(iter(wanted), "").startswith("$")
    return wanted if has_operators else {"$eq": wanted}


def fits(value: Any, conditions: Document) -> bool:
    """Whether a single value fulfils the operators of a condition."""
    return _field_holds({"value": value}, "value", conditions)


def _holds(document: Any, key: str, wanted: Any, scope: Scope) -> bool:
    if key in _LOGICAL:
        return _LOGICAL[key](matches(document, inner, scope) for inner in wanted)
    if key == "$expr":
        return is_true(scope.value(wanted))
    if key.startswith("$"):
        raise CommandError(f"unknown top level operator: {key}")
    return _field_holds(document, key, field_conditions(wanted))


def _field_holds(document: Any, path: str, conditions: Document) -> bool:
    values = candidates(document, path)
    for name, argument in conditions.items():
        if name == "$exists":
            holds = bool(reached(document, path)) == bool(argument)
        elif name == "$not":
            holds = not _field_holds(document, path, field_conditions(argument))
        elif name == "$regex":
            pattern = _pattern(argument, conditions.get("$options", ""))
            holds = any(isinstance(value, str) and pattern.search(value) for value in values)
        elif name in _OF_VALUES:
            holds = _OF_VALUES[name](values, argument)
        else:
            raise CommandError(f"unknown operator: {name}")
        if not holds:
            return False
    return True


def _pattern(expression: Any, options: str = "") -> re.Pattern[str]:
    if isinstance(expression, Regex):
        return expression.try_compile()
    flags = 0
    for letter in options:
        flags |= _REGEX_FLAGS.get(letter, 0)
    return re.compile(expression, flags)


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Regex):
        return isinstance(value, str) and _pattern(wanted).search(value) is not None
    return equal(value, wanted)


def _any_is(values: list[Any], wanted: Any) -> bool:
    return any(_is(value, wanted) for value in values)


def _any_in(values: list[Any], wanted: list[Any]) -> bool:
    return any(_any_is(values, one) for one in wanted)


def _any_has_type(values: list[Any], name: str) -> bool:
    if name not in _TYPES:
        raise CommandError(f"unknown type name: {name}")
    # bool is a subclass of int.
    return any(
        isinstance(value, _TYPES[name]) and (name == "bool" or not isinstance(value, bool))
        for value in values
    )


def _comparison(name: str) -> Callable[[list[Any], Any], bool]:
    def any_compares(values: list[Any], limit: Any) -> bool:
        return any(
            value is not MISSING
            and rank(value) == rank(limit)
            and COMPARISONS[name](order(value), order(limit))
            for value in values
        )

    return any_compares


_LOGICAL: Mapping[str, Callable[[Any], bool]] = {
    "$and": all,
    "$or": any,
    "$nor": lambda results: not any(results),
}

_OF_VALUES: Mapping[str, Callable[[list[Any], Any], bool]] = {
    "$eq": _any_is,
    "$ne": lambda values, wanted: not _any_is(values, wanted),
    **{name: _comparison(name) for name in COMPARISONS},
    "$in": _any_in,
    "$nin": lambda values, wanted: not _any_in(values, wanted),
    "$type": _any_has_type,
    # Read together with $regex.
    "$options": lambda values, options: True,
}
