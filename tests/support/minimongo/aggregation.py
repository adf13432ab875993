"""The stages of an aggregation."""

from collections.abc import Callable, Mapping
from typing import Any

from support.minimongo.expressions import scope_of
from support.minimongo.filters import matches
from support.minimongo.paths import value_at, with_value
from support.minimongo.projections import in_order, project, without
from support.minimongo.store import Store
from support.minimongo.values import (
    MISSING,
    CommandError,
    Document,
    extreme,
    hashable,
    mean,
    none_if_missing,
    numbers,
)


class Aggregation:
    """Pipelines over the collections of one database."""

    def __init__(self, store: Store, database: str) -> None:
        self._store = store
        self._database = database

    def run(
        self,
        documents: list[Document],
        pipeline: list[Document],
        variables: Document | None = None,
    ) -> list[Document]:
        """What the stages make of documents, one after the other."""
        for stage in pipeline:
            [(name, argument)] = stage.items()
            if name == "$lookup":
                documents = [self._joined(one, argument, variables) for one in documents]
            elif name in _STAGES:
                documents = _STAGES[name](documents, argument, variables)
            else:
                message = f"Unrecognized pipeline stage name: '{name}'"
                raise CommandError(message, 40324, "Location40324")
        return documents

    def _joined(self, document: Document, lookup: Document, variables: Document | None) -> Document:
        scope = scope_of(document, variables)
        let = {name: scope.value(inner) for name, inner in lookup["let"].items()}
        foreign = self._store.collection(self._database, lookup["from"]).find({})
        found = self.run(foreign, lookup["pipeline"], {**(variables or {}), **let})
        return with_value(document, lookup["as"], found)


_Stage = Callable[[list[Document], Any, Document | None], list[Document]]


def _match(documents: list[Document], conditions: Any, variables: Any) -> list[Document]:
    return [one for one in documents if matches(one, conditions, scope_of(one, variables))]


def _project(documents: list[Document], fields: Any, variables: Any) -> list[Document]:
    return [project(one, fields, scope_of(one, variables)) for one in documents]


def _add_fields(documents: list[Document], fields: Any, variables: Any) -> list[Document]:
    return [_with_fields(one, fields, variables) for one in documents]


def _with_fields(document: Document, fields: Document, variables: Any) -> Document:
    scope = scope_of(document, variables)
    for path, expression in fields.items():
        document = with_value(document, path, scope.value(expression))
    return document


def _unwind(documents: list[Document], argument: Any, variables: Any) -> list[Document]:
    options = {"path": argument} if isinstance(argument, str) else argument
    path = options["path"].removeprefix("$")
    keeps_empty = options.get("preserveNullAndEmptyArrays", False)
    return [one for document in documents for one in _unwound(document, path, keeps_empty)]


def _unwound(document: Document, path: str, keeps_empty: bool) -> list[Document]:
    value = value_at(document, path)
    if isinstance(value, list) and value:
        return [with_value(document, path, element) for element in value]
    if value is not MISSING and value is not None and value != []:
        return [document]
    if not keeps_empty:
        return []
    return [with_value(document, path, MISSING) if value == [] else document]


def _group(documents: list[Document], fields: Any, variables: Any) -> list[Document]:
    groups: dict[str, tuple[Any, list[Document]]] = {}
    for document in documents:
        key = none_if_missing(scope_of(document, variables).value(fields["_id"]))
        groups.setdefault(hashable(key), (key, []))[1].append(document)
    return [_grouped(key, members, fields, variables) for key, members in groups.values()]


def _grouped(key: Any, members: list[Document], fields: Document, variables: Any) -> Document:
    grouped = {"_id": key}
    for field, accumulator in fields.items():
        if field != "_id":
            [(name, expression)] = accumulator.items()
            if name not in _ACCUMULATORS:
                raise CommandError(f"unknown group operator '{name}'", 15952)
            values = [scope_of(member, variables).value(expression) for member in members]
            grouped[field] = _ACCUMULATORS[name](values)
    return grouped


def _replace_root(documents: list[Document], argument: Any, variables: Any) -> list[Document]:
    return [scope_of(one, variables).value(argument["newRoot"]) for one in documents]


_STAGES: Mapping[str, _Stage] = {
    "$match": _match,
    "$project": _project,
    "$addFields": _add_fields,
    "$unset": lambda documents, path, variables: [without(one, [path]) for one in documents],
    "$sort": lambda documents, keys, variables: in_order(documents, keys),
    "$skip": lambda documents, count, variables: documents[int(count) :],
    "$limit": lambda documents, count, variables: documents[: int(count)],
    "$count": lambda documents, name, variables: [{name: len(documents)}] if documents else [],
    "$unwind": _unwind,
    "$group": _group,
    "$replaceRoot": _replace_root,
}

_ACCUMULATORS: Mapping[str, Callable[[list[Any]], Any]] = {
    "$push": lambda values: [value for value in values if value is not MISSING],
    "$first": lambda values: none_if_missing(values[0]),
    "$last": lambda values: none_if_missing(values[-1]),
    "$sum": lambda values: sum(numbers(values)),
    "$avg": mean,
    "$min": lambda values: extreme(values, greatest=False),
    "$max": lambda values: extreme(values, greatest=True),
}
