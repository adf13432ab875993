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
# Where more share a part, that part tells nothing: each is compared with so many others only.
_MOST_FELLOWS = 400


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
    several = ends - starts > 1
    for start, end in zip(starts[several], ends[several], strict=True):
        yield order[start:end]


def _parts(looks: NDArray[np.uint64]) -> Iterator[NDArray[np.uint64]]:
    """(N,) a key for each part: bits from all over the picture, so that no part is empty paper."""
    for part in range(N_PARTS):
        key = np.zeros(len(looks), dtype=np.uint64)
        # Bit by bit, which takes little memory for a million hashes.
        for position, place in enumerate(range(part, _N_BITS, N_PARTS)):
            bit = (looks[:, place // 64] >> np.uint64(place % 64)) & np.uint64(1)
            key |= bit << np.uint64(position)
        yield key


def _near_in_part(looks: NDArray[np.uint64], key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Near pairs of hashes with the same key, (P, 2)."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    found = [np.zeros((0, 2), dtype=np.int64)]
    first = np.arange(len(order))
    for distance in range(1, _MOST_FELLOWS + 1):
        # Of equal keys, each with the one so far behind it; whoever has none has none farther off.
        first = first[first < len(order) - distance]
        first = first[ordered[first] == ordered[first + distance]]
        if not len(first):
            break
        one, other = order[first], order[first + distance]
        near = _n_bits_apart(looks, one, other) <= MOST_BITS
        found.append(np.sort(np.column_stack((one[near], other[near])), axis=1))
    return np.concatenate(found)


def _n_bits_apart(
    looks: NDArray[np.uint64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.int64]:
    apart = np.zeros(len(one), dtype=np.int64)
    for word in range(looks.shape[1]):
        apart += np.bitwise_count(looks[one, word] ^ looks[other, word])
    return apart
