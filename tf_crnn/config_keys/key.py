"""A key of the configuration: its default, its meaning for the user and what values it takes."""

import dataclasses
import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

# Says what a value must be, to stand behind "must be"; None if it is.
Check = Callable[[Any], str | None]


def key(default: Any, meaning: str, check: Check | None = None) -> Any:
    """A field of `Params`.

    Args:
        default: of the key; lists as tuples.
        meaning: the text of the configuration page.
        check: of the value alone; what depends on other keys is checked elsewhere.
    """
    return dataclasses.field(default=default, metadata={"meaning": meaning, "check": check})


def whole(at_least: int = 1) -> Check:
    """A whole number."""

    def check(value: Any) -> str | None:
        is_right = is_int(value) and value >= at_least
        return None if is_right else f"a whole number of at least {at_least}"

    return check


def number(at_least: float = 0, at_most: float = math.inf) -> Check:
    """A finite number; both ends are among the values."""
    upper = "" if at_most == math.inf else f" and at most {at_most:g}"

    def check(value: Any) -> str | None:
        is_right = is_number(value) and at_least <= value <= at_most
        return None if is_right else f"a number of at least {at_least:g}{upper}"

    return check


def positive(value: Any) -> str | None:
    """A number above 0."""
    return None if is_number(value) and value > 0 else "above 0"


def share(value: Any) -> str | None:
    """A number from 0 to below 1."""
    return None if is_number(value) and 0 <= value < 1 else "at least 0 and below 1"


def flag(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "true or false"


def string(value: Any) -> str | None:
    """A string."""
    return None if isinstance(value, str) else "a string"


def path(value: Any) -> str | None:
    """A path, or None."""
    return None if value is None or (isinstance(value, str) and value) else "a path"


class OneOf:
    """One of some names.

    Args:
        names: the values that a key may have.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Keep the names: a hint says which is nearest."""
        self.names = names

    def __call__(self, value: Any) -> str | None:
        """Say what a wrong value must be."""
        return None if value in self.names else f"one of {', '.join(self.names)}"


def whole_numbers(value: Any) -> str | None:
    """A list of whole numbers of at least 1."""
    is_right = is_sequence(value) and all(is_int(entry) and entry >= 1 for entry in value)
    return None if is_right else "a list of whole numbers of at least 1"


def pair(value: Any) -> str | None:
    """A pair [height, width] of at least 1."""
    return None if is_pair(value) else "[height, width] of at least 1"


def pairs(value: Any) -> str | None:
    """A list of such pairs."""
    is_right = is_sequence(value) and all(map(is_pair, value))
    return None if is_right else "a list of [height, width] pairs of at least 1"


def wrong_alone(fields: Iterable[dataclasses.Field[Any]], values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used whatever the others are."""
    problems = []
    for field in fields:
        check, value = field.metadata["check"], values[field.name]
        wanted = check and check(value)
        if wanted:
            near = difflib.get_close_matches(str(value), getattr(check, "names", ()), 1, 0.3)
            hint = f" Did you mean {near[0]}?" if near else ""
            problems.append(f"{field.name}: must be {wanted}, not {value!r}.{hint}")
    return problems


def unknown_keys(given: Iterable[str], known: Sequence[str]) -> list[str]:
    """A sentence for each key that is not known, with the nearest that is."""
    problems = []
    for name in given:
        if name in known:
            continue
        near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "The configuration page lists all keys."
        problems.append(f"{name}: no such key. {hint}")
    return problems


def is_int(value: object) -> bool:
    """Whether a value is a whole number, and not true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is a finite number."""
    return (is_int(value) or isinstance(value, float)) and math.isfinite(value)  # type: ignore[arg-type]


def is_sequence(value: object) -> bool:
    """Whether a value is a list."""
    return isinstance(value, list | tuple)


def is_pair(value: Any) -> bool:
    """Whether a value is [height, width], whole numbers of at least 1."""
    return is_sequence(value) and len(value) == 2 and all(is_int(v) and v >= 1 for v in value)
