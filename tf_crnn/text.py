"""Transcriptions as text and as units: `|a|b|con|` <-> `["a", "b", "con"]`."""

from collections.abc import Iterable, Sequence


def split_units(label: str, delimiter: str = "|") -> list[str]:
    """Units of a label.

    A label between two delimiters is read as marked units: `|a|con| |` is `["a", "con", " "]`, and
    the delimiter itself is a unit when it is written as an empty pair: `|a|||` is `["a", "|"]`. Any
    other label is plain text with one unit for each code point.

    Args:
        label: as it stands in the CSV.
        delimiter: one character.

    Returns:
        The units in reading order; empty for an empty label.

    Raises:
        ValueError: a marked label has an empty unit (`|a||b|`), or only looks marked: something
            stands before or behind its bars (`|a|b| `, `|a|b`).
    """
    if not is_marked(label, delimiter):
        if _only_looks_marked(label, delimiter):
            raise ValueError(f"begins or ends beside its {delimiter!r}: is something in the way?")
        return list(label)
    return (
        list(_join_empty_pairs(label[1:-1].split(delimiter), delimiter)) if len(label) > 2 else []
    )


def is_marked(label: str, delimiter: str = "|") -> bool:
    """Whether the label begins and ends with the delimiter, so that its units are marked."""
    return len(label) >= 2 and label.startswith(delimiter) and label.endswith(delimiter)


def join_units(units: Iterable[str], delimiter: str = "|") -> str:
    """The marked label of some units; `split_units` reads it back."""
    return delimiter + ("".join(f"{unit}{delimiter}" for unit in units) or delimiter)


def words(text: str) -> Sequence[str]:
    """Words of a text, split at white space as the word error rate counts them."""
    return text.split()


def _only_looks_marked(label: str, delimiter: str) -> bool:
    stripped = label.strip()
    at_an_end = stripped.startswith(delimiter) or stripped.endswith(delimiter)
    return at_an_end and label.count(delimiter) > 1


def _join_empty_pairs(pieces: list[str], delimiter: str) -> Iterable[str]:
    pieces_left = iter(enumerate(pieces, start=1))
    for position, piece in pieces_left:
        if piece:
            yield piece
            continue
        _, follower = next(pieces_left, (position, None))
        if follower != "":
            raise ValueError(f"empty unit at position {position}")
        yield delimiter
