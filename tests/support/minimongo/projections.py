"""What of a document is given back, and in which order documents come."""

from typing import Any

from support.minimongo.expressions import Scope, scope_of
from support.minimongo.paths import candidates, set_value
from support.minimongo.values import MISSING, CommandError, Document, order

# Field -> True (the whole field) or the tree of what is meant inside it.
Tree = dict[str, Any]


def project(document: Document, fields: Document, scope: Scope | None = None) -> Document:
    """The fields that a projection names, without those it refuses, with those it computes."""
    named = {key: bool(value) for key, value in fields.items() if _is_flag(value)}
    computed = {key: value for key, value in fields.items() if not _is_flag(value)}
    keeps_id = named.pop("_id", True)
    wanted = [key for key, value in named.items() if value]
    refused = [key for key, value in named.items() if not value]
    if wanted and refused:
        raise CommandError("Cannot do exclusion in inclusion projection", 31254)
    if not (wanted or computed or (fields.get("_id") and not refused)):
        return without(document, [*refused, *([] if keeps_id else ["_id"])])
    keeps_id = keeps_id and "_id" not in computed
    projected = _only(document, _tree([*wanted, *(["_id"] if keeps_id else [])]))
    for key, expression in computed.items():
        value = (scope or scope_of(document)).value(expression)
        if value is not MISSING:
            set_value(projected, key, value)
    return projected


def without(document: Document, paths: list[str]) -> Document:
    """A copy without some fields."""
    return _except(document, _tree(paths))


def in_order(documents: list[Document], keys: Document) -> list[Document]:
    """Documents sorted by several fields, 1 upwards, -1 downwards."""
    for path, direction in reversed(keys.items()):
        documents = _sorted_by(documents, path, downwards=direction < 0)
    return documents


def _sorted_by(documents: list[Document], path: str, *, downwards: bool) -> list[Document]:
    chosen = max if downwards else min

    def key(document: Document) -> Any:
        values = candidates(document, path)
        elements = [value for value in values if not isinstance(value, list)] or values
        return chosen(order(value) for value in elements)

    return sorted(documents, key=key, reverse=downwards)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool | int | float)


def _tree(paths: list[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        *outer, last = path.split(".")
        branch: Any = tree
        for part in outer:
            branch = branch.setdefault(part, {}) if branch is not True else True
        if branch is not True:
            branch[last] = True
    return tree


def _only(value: Any, tree: Any) -> Any:
    if tree is True:
        return value
    if isinstance(value, list):
        return [_only(element, tree) for element in value if isinstance(element, dict)]
    inside = {key: tree[key] for key in value if key in tree}
    return {
        key: _only(value[key], branch)
        for key, branch in inside.items()
        if branch is True or isinstance(value[key], dict | list)
    }


def _except(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_except(element, tree) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {key: inner for key, inner in value.items() if tree.get(key) is not True}
    return {key: _except(inner, tree.get(key, {})) for key, inner in kept.items()}
