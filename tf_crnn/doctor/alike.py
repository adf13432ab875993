"""Which of many hashes are nearly equal, and which lines are copies of each other.

Two hashes that differ in at most `N_PARTS - 1` of their 256 bits have at least one of `N_PARTS`
parts in common, so only hashes with a common part are compared (multi-index hashing; Norouzi,
Punjani and Fleet 2012). Further pairs are found by chance, and kept up to `MOST_BITS`.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

N_PARTS = 13
MOST_BITS = 24
_N_BITS = 256
# Where more share a part, that part tells nothing: its fellows are compared with few others.
_LONGEST_RUN = 400
_NEIGHBOURS = 8


def near_pairs(looks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Pairs of hashes that differ in few bits.

    Args:
        looks: (N, 4), none twice.

    Returns:
        (P, 2) places, the smaller first, no pair twice.
    """
    if len(looks) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    found = [_near_in_part(looks, key) for key in _parts(looks)]
    return np.unique(np.concatenate(found), axis=0)


def grouped(pairs: Iterable[tuple[int, int]], n: int) -> NDArray[np.int64]:
    """A number for each of `n` things, the same for those that pairs connect."""
    root = np.arange(n)

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = int(root[place])
        return place

    for first, second in pairs:
        one, other = sorted((find(first), find(second)))
        root[other] = one
    return np.array([find(place) for place in range(n)], dtype=np.int64)


def runs_of_equals(values: NDArray[np.generic]) -> Iterator[NDArray[np.int64]]:
    """Places of equal values, each group ascending, those with two members at least."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.append(starts[1:], len(ordered))
    for start, end in zip(starts, ends, strict=True):
        if end - start > 1:
            yield order[start:end]


def _parts(looks: NDArray[np.uint64]) -> Iterator[NDArray[np.uint64]]:
    """(N,) a key for each part: bits from all over the picture, so that no part is empty paper."""
    powers = 2 ** np.arange(_N_BITS // N_PARTS + 1, dtype=np.uint64)
    for part in range(N_PARTS):
        places = np.arange(part, _N_BITS, N_PARTS)
        bits = (looks[:, places // 64] >> (places % 64).astype(np.uint64)) & np.uint64(1)
        yield (bits * powers[: len(places)]).sum(axis=1, dtype=np.uint64)


def _near_in_part(looks: NDArray[np.uint64], key: NDArray[np.uint64]) -> NDArray[np.int64]:
    found = [np.zeros((0, 2), dtype=np.int64)]
    for run in runs_of_equals(key):
        if len(run) <= _LONGEST_RUN:
            first, second = np.triu_indices(len(run), k=1)
        else:
            run = run[np.lexsort(looks[run].T)]
            steps = np.arange(1, _NEIGHBOURS + 1)
            first = np.repeat(np.arange(len(run)), _NEIGHBOURS)
            second = first + np.tile(steps, len(run))
            first, second = first[second < len(run)], second[second < len(run)]
        n_bits = np.bitwise_count(looks[run[first]] ^ looks[run[second]]).sum(axis=1)
        near = n_bits <= MOST_BITS
        found.append(np.sort(np.column_stack((run[first[near]], run[second[near]])), axis=1))
    return np.concatenate(found)
