"""Truth and reading in parts, for a page that marks where they differ."""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from tf_crnn.differences import align
from tf_crnn.reports.clusters import align_clusters, name_characters
from tf_crnn.reports.drawing import VISIBLE_SPACE

MAX_CHARACTERS = 1500
_CONTEXT = 12
_MOST_NAMED = 8
_SEEN_AS_THEY_ARE = ("L", "M", "N", "P", "S")


class Part(NamedTuple):
    """A stretch of a text.

    Attributes:
        text: to be shown; where it differs, spaces and invisible characters can be seen. Empty
            where only the other text has something.
        codes: code points and names of what differs; empty where both texts agree.
    """

    text: str
    codes: str = ""


class MarkedLine(NamedTuple):
    """Truth and reading of a line, and how many characters at their ends are not shown."""

    truth: list[Part]
    reading: list[Part]
    n_left_out: int


class Example(NamedTuple):
    """A confusion where it happened: the text before, what was read instead of what, and after."""

    before: str
    truth: Part
    reading: Part
    after: str


def mark_line(truth: str, reading: str, max_characters: int = MAX_CHARACTERS) -> MarkedLine:
    """The parts of both texts, until `max_characters` of either are shown; none of no text."""
    parts: tuple[list[Part], list[Part]] = [], []
    shown = [0, 0]
    for segment in align_clusters(truth, reading):
        if max(shown) >= max_characters:
            break
        room = max_characters - max(shown)
        describe = _as_codes if _looks_alike(*segment) else show
        for side, text in enumerate(segment):
            cut = text[:room]
            shown[side] += len(cut)
            if (truth, reading)[side]:
                parts[side].append(Part(cut) if segment.is_equal else describe(cut))
    return MarkedLine(*parts, len(truth) + len(reading) - sum(shown))


def find_examples(truth: str, reading: str) -> Iterator[tuple[tuple[str, str], Example]]:
    """Every confusion of a line, as (truth, reading) characters, with where it is."""
    start = 0
    for segment in align(truth, reading):
        if not segment.is_equal:
            length = max(len(segment.truth), len(segment.reading))
            for place in range(length):
                wrong = segment.truth[place : place + 1], segment.reading[place : place + 1]
                at = start + min(place, len(segment.truth))
                before = truth[max(0, at - _CONTEXT) : at]
                after = truth[at + len(wrong[0]) :][:_CONTEXT]
                yield wrong, Example(before, show(wrong[0]), show(wrong[1]), after)
        start += len(segment.truth)


def show(text: str) -> Part:
    """A text of which spaces and invisible characters can be seen, with its code points."""
    return Part("".join(map(_visible, text)), _codes(text))


def _as_codes(text: str) -> Part:
    return Part("".join(map(_code_point, text)), _codes(text))


def _codes(text: str) -> str:
    more = ", ..." if len(text) > _MOST_NAMED else ""
    return name_characters(text[:_MOST_NAMED]) + more


def _looks_alike(truth: str, reading: str) -> bool:
    """Whether two texts that differ are written alike: composed or not, compatibility forms."""
    return unicodedata.normalize("NFKC", truth) == unicodedata.normalize("NFKC", reading)


def _visible(character: str) -> str:
    if character == " ":
        return VISIBLE_SPACE
    if unicodedata.category(character)[0] in _SEEN_AS_THEY_ARE:
        return character
    return _code_point(character)


def _code_point(character: str) -> str:
    return f"[{ord(character):04X}]"
