"""Expressions of aggregations, such as {"$subtract": ["$heartbeat", "$start_time"]}."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import Int64, ObjectId

from support.minimongo.paths import value_at
from support.minimongo.values import (
    MISSING,
    CommandError,
    Document,
    equal,
    extreme,
    is_true,
    mean,
    none_if_missing,
    numbers,
    order,
)

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


class Scope(NamedTuple):
    """A document and the variables around it."""

    document: Any
    variables: Document

    def value(self, expression: Any) -> Any:
        """What an expression gives here; MISSING for a field that is not there."""
        if isinstance(expression, str):
            return self._field(expression)
        if isinstance(expression, list):
            return [none_if_missing(self.value(inner)) for inner in expression]
        if not isinstance(expression, dict):
            return expression
        first = next(iter(expression), "")
        if not first.startswith("$"):
            values = {key: self.value(inner) for key, inner in expression.items()}
            return {key: value for key, value in values.items() if value is not MISSING}
        return self._operation(first, expression[first])

    def inside(self, **variables: Any) -> "Scope":
        """The same document with more variables."""
        return Scope(self.document, self.variables | variables)

    def _field(self, text: str) -> Any:
        if not text.startswith("$"):
            return text
        if not text.startswith("$$"):
            return value_at(self.document, text[1:])
        name, _, rest = text[2:].partition(".")
        value = self.variables.get(name, MISSING)
        return value_at(value, rest) if rest else value

    def _operation(self, name: str, argument: Any) -> Any:
        if name in _LAZY:
            return _LAZY[name](self, argument)
        listed = argument if isinstance(argument, list) else [argument]
        values = [self.value(inner) for inner in listed]
        if name in _OVER_VALUES:
            return _OVER_VALUES[name](values[0] if len(values) == 1 else values)
        if name in _PLAIN:
            return _PLAIN[name](*values)
        raise CommandError(f"Unrecognized expression '{name}'", 168, "InvalidPipelineOperator")


def scope_of(document: Any, variables: Document | None = None) -> Scope:
    """The scope of an aggregation's document."""
    return Scope(document, {**(variables or {}), "ROOT": document, "CURRENT": document})


def _condition(scope: Scope, argument: Any) -> Any:
    if isinstance(argument, dict):
        argument = [argument["if"], argument["then"], argument["else"]]
    condition, then, otherwise = argument
    return scope.value(then if is_true(scope.value(condition)) else otherwise)


def _let(scope: Scope, argument: Document) -> Any:
    values = {name: scope.value(inner) for name, inner in argument["vars"].items()}
    return scope.inside(**values).value(argument["in"])


def _reduce(scope: Scope, argument: Document) -> Any:
    items = scope.value(argument["input"])
    if not isinstance(items, list):
        return None
    value = scope.value(argument["initialValue"])
    for item in items:
        value = scope.inside(value=value, this=item).value(argument["in"])
    return value


def _compare(name: str) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        # Nothing at all comes before null.
        keys = ((0,) if value is MISSING else order(value) for value in (left, right))
        return COMPARISONS[name](*keys)

    return compare


def _same(left: Any, right: Any) -> bool:
    return equal(left, right) and (left is MISSING) == (right is MISSING)


def _subtract(left: Any, right: Any) -> Any:
    if none_if_missing(left) is None or none_if_missing(right) is None:
        return None
    if isinstance(left, datetime):
        if isinstance(right, datetime):
            return Int64(round((left - right).total_seconds() * 1000))
        return left - timedelta(milliseconds=right)
    return left - right


def _size(value: Any) -> int:
    if not isinstance(value, list):
        raise CommandError("The argument to $size must be an array", 17124, "Location17124")
    return len(value)


def _element(values: Any, index: int) -> Any:
    if not isinstance(values, list):
        return None
    return values[index] if -len(values) <= index < len(values) else MISSING


def _slice(values: Any, count: int) -> Any:
    if not isinstance(values, list):
        return None
    return values[:count] if count >= 0 else values[count:]


def _concat(*parts: Any) -> str | None:
    return None if any(none_if_missing(part) is None for part in parts) else "".join(parts)


def _split(text: Any, separator: str) -> list[str] | None:
    return None if none_if_missing(text) is None else text.split(separator)


def _to_object_id(value: Any) -> ObjectId | None:
    return None if none_if_missing(value) is None else ObjectId(value)


def _to_object(pairs: Any) -> Document | None:
    if not isinstance(pairs, list):
        return None
    return {pair["k"]: pair["v"] for pair in pairs}


def _if_null(*values: Any) -> Any:
    return next((value for value in values if none_if_missing(value) is not None), values[-1])


# These decide themselves which part of their argument is evaluated, and where.
_LAZY: Mapping[str, Callable[[Scope, Any], Any]] = {
    "$cond": _condition,
    "$let": _let,
    "$reduce": _reduce,
    "$literal": lambda scope, argument: argument,
    # Up to the first that decides: {"$and": [{"$isArray": x}, {"$size": x}]} is no error.
    "$and": lambda scope, argument: all(is_true(scope.value(inner)) for inner in argument),
    "$or": lambda scope, argument: any(is_true(scope.value(inner)) for inner in argument),
}

_PLAIN: Mapping[str, Callable[..., Any]] = {
    "$not": lambda value: not is_true(value),
    "$ifNull": _if_null,
    "$eq": _same,
    "$ne": lambda left, right: not _same(left, right),
    **{name: _compare(name) for name in COMPARISONS},
    "$in": lambda value, values: any(equal(value, other) for other in values),
    "$subtract": _subtract,
    "$isArray": lambda value: isinstance(value, list),
    "$size": _size,
    "$arrayElemAt": _element,
    "$slice": _slice,
    "$concat": _concat,
    "$split": _split,
    "$toObjectId": _to_object_id,
    "$arrayToObject": _to_object,
}

# Of one array, or of several values.
_OVER_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "$avg": mean,
    "$sum": lambda values: sum(numbers(values)),
    "$min": lambda values: extreme(values, greatest=False),
    "$max": lambda values: extreme(values, greatest=True),
}
