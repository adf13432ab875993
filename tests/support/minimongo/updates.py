"""What an update makes of a document."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from support.minimongo.filters import field_conditions, fits, matches
from support.minimongo.paths import remove_value, set_value, value_at
from support.minimongo.values import MISSING, CommandError, Document, equal, order

_ON_INSERT = "$setOnInsert"


def updated(document: Document, update: Document, *, inserting: bool = False) -> Document:
    """A new document: replaced, or changed by the update's operators.

    Args:
        inserting: whether `$setOnInsert` has its effect.
    """
    if not next(iter(update), "").startswith("$"):
        kept = {"_id": document["_id"]} if "_id" in document else {}
        return {**update, **kept}
    changed = copy.deepcopy(document)
    for name, fields in update.items():
        for path, argument in fields.items():
            _change(changed, path, "$set" if inserting and name == _ON_INSERT else name, argument)
    if "_id" in document and not equal(changed["_id"], document["_id"]):
        raise CommandError(
            "the update would modify the immutable field '_id'", 66, "ImmutableField"
        )
    return changed


def seed_of(conditions: Document) -> Document:
    """The document that an upsert starts from: the fields that its filter wants equal."""
    seed: Document = {}
    for key, wanted in conditions.items():
        if key == "$and":
            for inner in wanted:
                seed |= seed_of(inner)
        elif not key.startswith("$") and "$eq" in (operators := field_conditions(wanted)):
            set_value(seed, key, operators["$eq"])
    return seed


def _change(document: Document, path: str, name: str, argument: Any) -> None:
    if name == "$unset":
        remove_value(document, path)
    elif name in _OPERATORS:
        set_value(document, path, _OPERATORS[name](value_at(document, path), argument))
    elif name != _ON_INSERT:
        raise CommandError(f"Unknown modifier: {name}", 9, "FailedToParse")


def _increment(current: Any, argument: Any) -> Any:
    return argument if current is MISSING else current + argument


def _least(current: Any, argument: Any) -> Any:
    return argument if current is MISSING else min(current, argument, key=order)


def _greatest(current: Any, argument: Any) -> Any:
    return argument if current is MISSING else max(current, argument, key=order)


def _new_elements(argument: Any) -> list[Any]:
    if not (isinstance(argument, dict) and "$each" in argument):
        return [argument]
    if unknown := argument.keys() - {"$each"}:
        raise CommandError(f"unknown modifier of an array: {', '.join(sorted(unknown))}")
    return argument["$each"]


def _push(current: Any, argument: Any) -> list[Any]:
    return [*([] if current is MISSING else current), *_new_elements(argument)]


def _add_to_set(current: Any, argument: Any) -> list[Any]:
    elements = [] if current is MISSING else list(current)
    for new in _new_elements(argument):
        if not any(equal(new, old) for old in elements):
            elements.append(new)
    return elements


def _pull(current: Any, argument: Any) -> list[Any]:
    return [element for element in _as_list(current) if not _is_pulled(element, argument)]


def _is_pulled(element: Any, argument: Any) -> bool:
    if isinstance(element, dict) and isinstance(argument, dict):
        return matches(element, argument)
    return fits(element, field_conditions(argument))


def _as_list(current: Any) -> list[Any]:
    return current if isinstance(current, list) else []


# Each is given the present value, or MISSING, and answers the new one.
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "$set": lambda current, argument: argument,
    "$inc": _increment,
    "$min": _least,
    "$max": _greatest,
    "$push": _push,
    "$addToSet": _add_to_set,
    "$pull": _pull,
}
