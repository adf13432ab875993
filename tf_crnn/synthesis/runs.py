"""Every run of units that some labels hold, found by binary search (a suffix array)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Each unit is one character of a string, so that a run is found by comparing slices of it.
_FIRST_UNIT = 0x10000
LINE_END = "\n"
_RUNS_KEPT = 50_000
LONGEST_RUN = 64  # units; runs are sorted by so many


class Places(NamedTuple):
    """Where a run stands: `order[first:last]` of its index."""

    first: int
    last: int

    @property
    def number(self) -> int:
        """How many there are."""
        return self.last - self.first


def as_runs(codes: Iterable[int]) -> str:
    """Codes as the characters of a run; 0 is the end of a line."""
    return "".join(chr(_FIRST_UNIT + int(code)) if code else LINE_END for code in codes)


def as_codes(run: str) -> list[int]:
    """The codes of a run without line ends."""
    return [ord(character) - _FIRST_UNIT for character in run]


def join_lines(lines: Iterable[Sequence[int]]) -> NDArray[np.int32]:
    """The codes of some labels, 0 behind each of them."""
    return np.array([code for line in lines for code in (*line, 0)], dtype=np.int32)


class RunIndex:
    """The runs of the labels of some lines.

    Args:
        codes: (n,) of all labels, 0 behind each of them.
        order: (n,) places sorted by what begins there, of `sort_runs`; made anew without.
    """

    def __init__(self, codes: NDArray[np.int32], order: NDArray[np.int32] | None = None) -> None:
        """Sort the runs unless that is done."""
        self.text = as_runs(codes.tolist())
        self.order = sort_runs(codes) if order is None else order
        # Texts have much in common.
        self._places = lru_cache(_RUNS_KEPT)(self._search)
        self._longest = lru_cache(_RUNS_KEPT)(self._search_longest)

    def places(self, run: str) -> Places:
        """All places of a run of at most `LONGEST_RUN` units; none for an empty run."""
        return self._places(run)

    def longest(self, run: str) -> int:
        """How many units from the beginning of a run stand somewhere in one line."""
        return self._longest(run[:LONGEST_RUN])

    def _search(self, run: str) -> Places:
        if not run:
            return Places(0, 0)
        size = len(run)
        first = bisect_left(self.order, run, key=lambda place: self.text[place : place + size])
        last = bisect_right(
            self.order, run, lo=first, key=lambda place: self.text[place : place + size]
        )
        return Places(first, last)

    def _search_longest(self, wanted: str) -> int:
        size = len(wanted)
        near = bisect_left(self.order, wanted, key=lambda place: self.text[place : place + size])
        neighbours = self.order[max(0, near - 1) : near + 1]
        return max((_in_common(wanted, self.text, int(place)) for place in neighbours), default=0)

    def draw(self, places: Places, rng: np.random.Generator) -> int:
        """One of the places, each as probable as the others."""
        return int(self.order[int(rng.integers(places.first, places.last))])


def sort_runs(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """The places 0..n-1, sorted by the `LONGEST_RUN` codes that begin there (prefix doubling)."""
    ranks = codes.astype(np.int64)
    order = np.argsort(ranks, kind="stable")
    compared = 1
    while compared < LONGEST_RUN:
        follower = np.full(len(ranks), -1, dtype=np.int64)
        follower[:-compared] = ranks[compared:]
        order = np.lexsort((follower, ranks))
        is_new = np.ones(len(ranks), dtype=np.int64)
        is_new[1:] = (np.diff(ranks[order]) != 0) | (np.diff(follower[order]) != 0)
        ranks[order] = np.cumsum(is_new)
        compared *= 2
    return order.astype(np.int32)


def _in_common(run: str, text: str, place: int) -> int:
    length = 0
    for ours, theirs in zip(run, text[place : place + len(run)], strict=False):
        if ours != theirs or ours == LINE_END:
            break
        length += 1
    return length
