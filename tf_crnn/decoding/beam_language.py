"""What a language model and a lexicon say of a prefix, compiled for the beam search.

This module imports numba, which takes a second; import it only where a beam search is wanted.
"""

import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from tf_crnn.decoding.tables import BOUNDARY, DIGIT, END_CODE, NgramTables, WordTables

logger = logging.getLogger(__name__)

# States of the lexicon beside the nodes of its tree.
_NO_WORD, _FREE = -1, -2


def compiled(function: Callable[..., Any]) -> Any:
    """The function, compiled once for each machine; other threads go on while it runs.

    Where nothing can be kept, neither beside the package nor in the user's cache folder, it is
    compiled anew by each process.
    """
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError as error:
        logger.info(
            "%s; it is compiled anew each time. Name a folder for it in NUMBA_CACHE_DIR.", error
        )
        return njit(nogil=True)(function)


@compiled
def _child(first_child: Any, unit: Any, node: int, code: int) -> int:
    """The child of a node, or -1."""
    low, high = first_child[node], first_child[node + 1]
    while low < high:
        middle = (low + high) >> 1
        if unit[middle] < code:
            low = middle + 1
        else:
            high = middle
    return low if low < first_child[node + 1] and unit[low] == code else -1


@compiled
def ngram_step(ngrams: NgramTables, state: int, code: int) -> tuple[float, int]:
    """Natural log of P(code | state), and the state behind it."""
    total = 0.0
    while True:
        child = _child(ngrams.first_child, ngrams.unit, state, code)
        if child >= 0:
            return total + ngrams.log_prob[child], ngrams.state[child]
        if state == 0:
            return -math.inf, 0
        total += ngrams.backoff[state]
        state = ngrams.suffix[state]


@compiled
def word_step(words: WordTables, state: int, code: int) -> tuple[int, int]:
    """Non-words that a unit adds (1, 0, or -1: what seemed one is none), and the state behind it.

    A run of letters is a word; with a digit in it, it is free.
    """
    kind = words.kind[code]
    if kind == BOUNDARY:
        return int(state > 0 and not words.is_word[state]), 0
    if kind == DIGIT:
        return (-1 if state == _NO_WORD else 0), _FREE
    if state < 0:
        return 0, state
    child = _child(words.first_child, words.unit, state, code)
    return (0, child) if child >= 0 else (1, _NO_WORD)


@compiled
def added_by(language: Any, states: Any, code: int, new_states: Any) -> float:
    """What a unit adds to the score of a prefix; the states behind it are written."""
    ngrams, words, weights = language
    added = weights[1]
    if weights[0] != 0.0:
        log_prob, new_states[0] = ngram_step(ngrams, states[0], code)
        added += weights[0] * log_prob
    if weights[2] != 0.0:
        non_words, new_states[1] = word_step(words, states[1], code)
        added -= weights[2] * non_words
    return added


@compiled
def added_at_end(language: Any, states: Any) -> float:
    """What the end of the line adds to the score of a prefix."""
    ngrams, words, weights = language
    added = 0.0
    if weights[0] != 0.0:
        added += weights[0] * ngram_step(ngrams, states[0], END_CODE)[0]
    if weights[2] != 0.0 and states[1] > 0 and not words.is_word[states[1]]:
        added -= weights[2]
    return added


@compiled
def added_by_all(language: Any, codes: Any) -> float:
    """What language model, lexicon and length add to the score of a whole line.

    Args:
        language: n-grams, words and weights, as the search takes them.
        codes: (L,) int32, 1..N each.
    """
    states, new_states = np.zeros(2, np.int64), np.zeros(2, np.int64)
    states[0] = language[0].start[0]
    added = 0.0
    for code in codes:
        added += added_by(language, states, code, new_states)
        states[:] = new_states
    return added + added_at_end(language, states)
