"""What a search knows of the language, as flat arrays: n-grams and words, both as trees.

The children of node i are the nodes `first_child[i]` to `first_child[i + 1] - 1`, sorted by their
unit. Units are codes of an alphabet of N units.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Behind the last unit of a line, in n-grams; the search itself never appends code 0.
END_CODE = 0

BOUNDARY, LETTER, DIGIT = 0, 1, 2


class NgramTables(NamedTuple):
    """A back-off model (Katz 1987), one node for each n-gram; node 0 is the empty one.

    All logs are natural.

    Attributes:
        first_child: (nodes + 1,) int32.
        unit: (nodes,) int32, last unit of the n-gram: 1..N, `END_CODE`, or N + 1, the line's begin.
        log_prob: (nodes,) float32, of the last unit behind those before it.
        backoff: (nodes,) float32, added where a unit is no child of the node.
        suffix: (nodes,) int32, the n-gram without its first unit, or of what is left of it the
            longest that is a node.
        state: (nodes,) int32, of the n-gram and its suffixes the longest that matters: it has
            children or a back-off.
        start: (1,) int32, the state at the begin of a line.
    """

    first_child: NDArray[np.int32]
    unit: NDArray[np.int32]
    log_prob: NDArray[np.float32]
    backoff: NDArray[np.float32]
    suffix: NDArray[np.int32]
    state: NDArray[np.int32]
    start: NDArray[np.int32]


class WordTables(NamedTuple):
    """Words of a list; node 0 is the empty word.

    Attributes:
        first_child: (nodes + 1,) int32.
        unit: (nodes,) int32, last unit.
        is_word: (nodes,) bool, whether a word of the list ends there.
        kind: (N + 1,) int8 by code: `BOUNDARY`, `LETTER` or `DIGIT`.
    """

    first_child: NDArray[np.int32]
    unit: NDArray[np.int32]
    is_word: NDArray[np.bool_]
    kind: NDArray[np.int8]


def no_ngrams() -> NgramTables:
    """Tables for a search without a language model."""
    none, zero = np.zeros(2, np.int32), np.zeros(1, np.int32)
    return NgramTables(none, zero, *(np.zeros(1, np.float32),) * 2, *(zero,) * 3)


def no_words() -> WordTables:
    """Tables for a search without a lexicon."""
    none, zero = np.zeros(2, np.int32), np.zeros(1, np.int32)
    return WordTables(none, zero, np.zeros(1, np.bool_), np.zeros(1, np.int8))
