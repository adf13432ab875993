"""CTC prefix beam search with n-grams and a word list, compiled.

Of each prefix the search keeps the probability of all its paths that end in a blank, and of those
that end in its last unit (Graves and Jaitly 2014; Hannun et al. 2014), and adds what a language
model and a lexicon say of it.

It is compiled here because no library does this for lines of text: TensorFlow's search knows no
language model, pyctcdecode is no longer kept up and searches in Python with models of words, and
the C++ decoders of speech recognition have to be built on the user's machine.

This module imports numba, which takes a second; import it only where a beam search is wanted.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.beam_language import added_at_end, added_by, compiled
from tf_crnn.decoding.beam_prefixes import (
    Candidates,
    Prefixes,
    codes_of,
    new_candidates,
    new_prefixes,
    node_of,
    slot_of,
)
from tf_crnn.decoding.tables import NgramTables, WordTables


@compiled
def _log_add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    if b == -math.inf:
        return a
    return a + math.log1p(math.exp(b - a))


@compiled
def label_log_prob(log_probs: NDArray[np.float32], codes: NDArray[np.int32]) -> float:
    """Natural log of P(codes | line) over all paths (Graves et al. 2006).

    Args:
        log_probs: (T, K).
        codes: (L,), 1..N each.
    """
    n_states = 2 * len(codes) + 1
    score = np.full(n_states, -np.inf)
    score[0] = 0.0
    for step in range(len(log_probs)):
        for s in range(n_states - 1, -1, -1):
            code = codes[s >> 1] if s & 1 else 0
            total = score[s]
            # At first only the leading blank and the first unit can be on the path.
            if step == 0 and s == 1:
                total = score[0]
            elif step > 0 and s > 0:
                total = _log_add(total, score[s - 1])
                if s & 1 and s > 1 and codes[(s >> 1) - 1] != code:
                    total = _log_add(total, score[s - 2])
            score[s] = total + log_probs[step, code]
    return _log_add(score[-1], score[-2]) if n_states > 1 else score[0]


@compiled
def _likely_codes(frame: Any, threshold: float, n_wanted: int) -> Any:
    """Units that may follow at a time step: the probable ones, and of classes as many as wanted."""
    cut = frame.max() - threshold
    if n_wanted > 1:
        cut = min(cut, np.sort(frame)[max(0, len(frame) - n_wanted)])
    return np.flatnonzero(frame[1:] >= cut) + 1


@compiled
def _stay(prefixes: Prefixes, beam: Candidates, frame: Any, candidates: Candidates) -> None:
    """The prefixes of the beam, after one more step with a blank or with their last unit again."""
    for i in range(len(beam.node)):
        node = beam.node[i]
        prefixes.place[node] = i
        candidates.node[i] = node
        candidates.language[i] = prefixes.language[node]
        candidates.in_blank[i] = _log_add(beam.in_blank[i], beam.in_unit[i]) + frame[0]
        candidates.in_unit[i] = beam.in_unit[i] + frame[prefixes.last[node]]


@compiled
def _extend(
    prefixes: Prefixes, beam: Candidates, frame: Any, codes: Any, language: Any,
    candidates: Candidates,
) -> int:  # fmt: skip
    """Add prefixes that are one unit longer; returns how many candidates there are."""
    count, n_classes = len(beam.node), len(frame)
    for i in range(len(beam.node)):
        node = beam.node[i]
        both = _log_add(beam.in_blank[i], beam.in_unit[i])
        for code in codes:
            # [a, a] needs a blank between the two: CTC merges repeats.
            total = (beam.in_blank[i] if code == prefixes.last[node] else both) + frame[code]
            slot = slot_of(prefixes.keys, node * n_classes + code)
            known = prefixes.nodes[slot] if prefixes.keys[slot] != -1 else -1
            if known >= 0 and prefixes.place[known] >= 0:
                place = prefixes.place[known]
                candidates.in_unit[place] = _log_add(candidates.in_unit[place], total)
            elif total > -math.inf:
                candidates.in_unit[count] = total
                candidates.node[count], candidates.code[count] = node, code
                if known >= 0:
                    candidates.language[count] = prefixes.language[known]
                else:
                    candidates.language[count] = prefixes.language[node] + added_by(
                        language, prefixes.states[node], code, candidates.states[count]
                    )
                count += 1
    return count


@compiled
def _kept(candidates: Candidates, count: int, limits: Any) -> Any:
    """Places of the candidates that make the next beam, best first, equal ones as they stand."""
    n_best, width, threshold, _ = limits
    scores = np.empty(count)
    for i in range(count):
        both = _log_add(candidates.in_blank[i], candidates.in_unit[i])
        scores[i] = both + candidates.language[i]
    order = np.argsort(-scores, kind="mergesort")[:width]
    kept = 0
    while kept < len(order):
        score = scores[order[kept]]
        if score == -math.inf or (kept >= n_best and score < scores[order[0]] - threshold):
            break
        kept += 1
    return order[: max(1, kept)]


@compiled
def _advance(
    prefixes: Prefixes, beam: Candidates, frame: Any, limits: Any, language: Any
) -> Candidates:
    """The beam behind one more time step."""
    codes = _likely_codes(frame, limits[2], limits[3])
    candidates = new_candidates(len(beam.node) * (1 + len(codes)))
    _stay(prefixes, beam, frame, candidates)
    count = _extend(prefixes, beam, frame, codes, language, candidates)
    kept = _kept(candidates, count, limits)
    for node in beam.node:
        prefixes.place[node] = -1
    next_beam = new_candidates(len(kept))
    for rank in range(len(kept)):
        i = kept[rank]
        next_beam.in_blank[rank] = candidates.in_blank[i]
        next_beam.in_unit[rank] = candidates.in_unit[i]
        next_beam.node[rank] = node_of(prefixes, candidates, i, len(frame))
    return next_beam


@compiled
def search(
    log_probs: NDArray[np.float32],
    limits: tuple[int, int, float],
    ngrams: NgramTables,
    words: WordTables,
    weights: tuple[float, float, float],
) -> list[tuple[Any, float, float]]:
    """The best readings that are found.

    Args:
        log_probs: (T, K), T at least 1.
        limits: readings wanted; prefixes kept at each step; nats behind the best at which prefixes
            and units are left out, although not if readings would be missing then.
        ngrams: of the language model.
        words: of the lexicon.
        weights: of the language model's natural log probability; of each unit; of each word that is
            not in the lexicon (subtracted). Language model or lexicon are not looked at where
            theirs is 0.

    Returns:
        Codes (L,) int32 of each, what language model, lexicon and length add to its score, and the
        natural log of its probability over all paths, also those that the search has left out.
    """
    n_best, width, threshold = limits
    n_steps = len(log_probs)
    # Without these, a line that is surely read would have one reading only.
    n_codes = 2 + 2 * n_best // n_steps if n_best > 1 else 1
    language = (ngrams, words, weights)
    prefixes = new_prefixes(1 + n_steps * width, ngrams.start[0])
    beam = new_candidates(1)
    beam.in_blank[0] = 0.0
    for step in range(n_steps):
        beam = _advance(
            prefixes, beam, log_probs[step], (n_best, width, threshold, n_codes), language
        )
    scores = np.empty(len(beam.node))
    for i in range(len(scores)):
        node = beam.node[i]
        beam.language[i] = prefixes.language[node] + added_at_end(language, prefixes.states[node])
        scores[i] = _log_add(beam.in_blank[i], beam.in_unit[i]) + beam.language[i]
    readings = []
    for i in np.argsort(-scores, kind="mergesort")[:n_best]:
        codes = codes_of(prefixes, beam.node[i])
        readings.append((codes, beam.language[i], label_log_prob(log_probs, codes)))
    return readings
