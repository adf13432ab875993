"""Where two texts differ, character by character."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein


class Segment(NamedTuple):
    """A stretch of a least-edit alignment.

    Attributes:
        truth: of the reference; empty for an insertion.
        reading: of the hypothesis; empty for a deletion. Equal to `truth` where both agree.
    """

    truth: str
    reading: str

    @property
    def is_equal(self) -> bool:
        """Whether both agree here."""
        return self.truth == self.reading


def align(truth: str, reading: str) -> list[Segment]:
    """Stretches in which two texts agree or differ, in order; joined, they are the texts."""
    return [
        Segment(truth[op.src_start : op.src_end], reading[op.dest_start : op.dest_end])
        for op in Levenshtein.opcodes(truth, reading)
    ]


def confusions(pairs: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How often each character was read as each other, over (truth, reading) pairs.

    Characters that were read right count as (c, c); an insertion as ("", c); a deletion as (c, "").
    """
    return Counter(chain.from_iterable(_aligned_characters(*pair) for pair in pairs))


def _aligned_characters(truth: str, reading: str) -> Iterable[tuple[str, str]]:
    for segment in align(truth, reading):
        # rapidfuzz' replacements are of equal length.
        if segment.truth and segment.reading:
            yield from zip(segment.truth, segment.reading, strict=True)
        else:
            yield from ((character, "") for character in segment.truth)
            yield from (("", character) for character in segment.reading)
