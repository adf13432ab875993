"""Lines whose images are copies of each other: the same pixels, or nearly the same picture."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.alike import grouped, near_pairs, runs_of_equals
from tf_crnn.doctor.ink import sketch
from tf_crnn.errors import LineImageError
from tf_crnn.packs.lines import read_line_image

# Where the picture of a line stands; by its place among the records.
PathOf = Callable[[int], str]

# Of sketches. Different lines of one print reach 0.7, the same one saved as JPEG has 0.95.
LEAST_CORRELATION = 0.88
_WIDEST_DIFFERENCE = 0.12  # of aspects, as a share
_MOST_VERIFIED = 20_000
_LONG_LABEL = 6  # units; lines of one long text are compared whatever their hashes say
_MOST_OF_ONE_TEXT = 30


class Copies(NamedTuple):
    """Groups of lines.

    Attributes:
        same: (N,) a number that lines with the same pixels share; -1 where nothing was read.
        alike: (N,) likewise, for lines whose pictures are the same or nearly so.
        n_unverified: pairs that were not compared since there were too many.
    """

    same: NDArray[np.int64]
    alike: NDArray[np.int64]
    n_unverified: int = 0


def find_copies(records: NDArray[Any], path_of: PathOf) -> Copies:
    """Find lines that show the same.

    Args:
        records: of `RECORD`.
        path_of: gives the path of a line's image.
    """
    read = np.flatnonzero(records["pixels"])
    same = np.full(len(records), -1, dtype=np.int64)
    if not len(read):
        return Copies(same, same.copy())
    _, first, number = np.unique(records["pixels"][read], return_index=True, return_inverse=True)
    leaders = read[first]
    same[read] = leaders[number]
    pairs = _candidates(records, leaders)
    verified = _verified(pairs[:_MOST_VERIFIED], leaders, path_of)
    alike = same.copy()
    alike[read] = leaders[grouped(verified, len(leaders))][number]
    return Copies(same, alike, max(0, len(pairs) - _MOST_VERIFIED))


def members(groups: NDArray[np.int64], chosen: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The chosen lines of each group that has two of them at least."""
    for run in runs_of_equals(groups[chosen]):
        yield chosen[run]


def _candidates(records: NDArray[Any], leaders: NDArray[np.int64]) -> NDArray[np.int64]:
    """(P, 2) places in `leaders` of what may be alike, (P, 2)."""
    aspects = records["aspect"][leaders]
    with_ink = np.flatnonzero(aspects > 0)
    by_look = with_ink[near_pairs(records["look"][leaders[with_ink]])]
    pairs = np.concatenate((by_look, _of_one_text(records, leaders, with_ink)))
    aspect = np.log(np.maximum(aspects, 1e-3))
    near = np.abs(aspect[pairs[:, 0]] - aspect[pairs[:, 1]]) <= _WIDEST_DIFFERENCE
    return np.unique(pairs[near], axis=0)


def _of_one_text(
    records: NDArray[Any], leaders: NDArray[np.int64], chosen: NDArray[np.int64]
) -> NDArray[np.int64]:
    long = chosen[records["n_units"][leaders[chosen]] >= _LONG_LABEL]
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for run in runs_of_equals(records["label"][leaders[long]]):
        if len(run) <= _MOST_OF_ONE_TEXT:
            first, second = np.triu_indices(len(run), k=1)
            pairs.append(np.column_stack((long[run[first]], long[run[second]])))
    return np.concatenate(pairs)


def _verified(
    pairs: NDArray[np.int64], leaders: NDArray[np.int64], path_of: PathOf
) -> Sequence[tuple[int, int]]:
    """The pairs whose pictures are alike when they are laid on each other."""
    kept: list[tuple[int, int]] = []
    sketches: dict[int, NDArray[np.float32] | None] = {}
    last = {int(place): number for number, pair in enumerate(pairs) for place in pair}
    for number, (one, other) in enumerate(pairs.tolist()):
        for place in (one, other):
            if place not in sketches:
                sketches[place] = _sketch(path_of(int(leaders[place])))
        first, second = sketches[one], sketches[other]
        if first is not None and second is not None and first @ second >= LEAST_CORRELATION:
            kept.append((one, other))
        for place in (one, other):
            if last[place] == number:
                del sketches[place]
    return kept


def _sketch(path: str) -> NDArray[np.float32] | None:
    try:
        return sketch(read_line_image(path))
    except LineImageError:
        return None
