"""Fits the weight of a language model and the bonus of each unit on labelled lines.

Lines are searched with some weights, the readings found are pooled, and of all weights on a grid
those are taken that would choose the readings with the fewest errors; then again with these, until
they stay (as in minimum error rate training, Och 2003). So a few searches do for hundreds of
weights.

Importing this module imports numba, which takes a second.
"""

import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.beam import BeamSearch
from tf_crnn.decoding.decodings import read_greedily
from tf_crnn.decoding.search import Hypothesis, LineOutput
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.metrics import edit_distance

_WEIGHTS = np.linspace(0, 2, 21)
_BONUSES = np.linspace(-2, 4, 25)
_FIRST_GUESS = (0.5, 0.5)
_ROUNDS = 4
_READINGS = 12
_THREADS = 2
# Wide enough to find what is worth pooling.
_POOL_WIDTH = 32


class FittedWeights(NamedTuple):
    """What was fitted, and what it gave.

    Attributes:
        language_model_weight: 0 where a language model does not help.
        length_bonus: nats for each unit.
        cer: of the search with both, on the lines on which they were fitted.
        cer_without: of the best path, on the same lines.
    """

    language_model_weight: float
    length_bonus: float
    cer: float
    cer_without: float


class _Pool:
    """Readings of all lines that any search has found, as arrays."""

    def __init__(
        self, settings: DecodingSettings, truths: Sequence[str], text_of: Callable[..., str]
    ) -> None:
        self._truths = truths
        self._text_of = text_of
        self._found: list[dict[tuple[int, ...], tuple[float, ...]]] = [{} for _ in truths]
        # Each part of the score by itself.
        alone = dataclasses.replace(settings, language_model_weight=1.0, length_bonus=0.0)
        self._language = BeamSearch(dataclasses.replace(alone, lexicon_penalty=0.0))
        self._lexicon = BeamSearch(dataclasses.replace(alone, language_model=None))

    def add(self, line: int, codes: tuple[int, ...], log_prob: float) -> None:
        if codes not in self._found[line]:
            fixed = log_prob + self._lexicon.added(codes)
            edits = edit_distance(self._truths[line], self._text_of(codes))
            parts = (fixed, self._language.added(codes), float(len(codes)), float(edits))
            self._found[line][codes] = parts

    def edits(self) -> NDArray[np.float64]:
        """Total edits that each pair of weights would leave, (weights, bonuses)."""
        total = np.zeros((len(_WEIGHTS), len(_BONUSES)))
        for line in self._found:
            fixed, language, length, edits = np.array(list(line.values())).T
            scores = fixed + _WEIGHTS[:, None, None] * language + _BONUSES[None, :, None] * length
            total += edits[scores.argmax(axis=-1)]
        return total


def fit_weights(
    outputs: Sequence[LineOutput],
    truths: Sequence[str],
    text_of: Callable[[tuple[int, ...]], str],
    settings: DecodingSettings,
) -> FittedWeights:
    """The weights that leave the fewest errors.

    Args:
        outputs: of the network, one for each line.
        truths: what the lines say.
        text_of: a reading's text from its codes.
        settings: with the language model; its weights are not looked at, other values are kept.

    Returns:
        The weights; both 0 where no pair is better than the best path.

    Raises:
        ValueError: there are no lines, or no language model.
    """
    if not outputs or settings.language_model is None:
        raise ValueError("fitting needs at least one line and a language model")
    pool = _Pool(settings, truths, text_of)
    weights = _FIRST_GUESS
    narrow = dataclasses.replace(settings, beam_width=min(_POOL_WIDTH, settings.beam_width))
    for _ in range(_ROUNDS):
        last = weights
        for line, readings in enumerate(_search(outputs, narrow, weights, _READINGS)):
            for codes, log_prob, _score in readings:
                pool.add(line, codes, log_prob)
        weights = _best(pool.edits())
        if weights == last:
            break
    n_chars = max(1, sum(map(len, truths)))
    best_paths = [read_greedily(output)[0].codes for output in outputs]
    without = _edits(best_paths, truths, text_of) / n_chars
    searched = [found[0].codes for found in _search(outputs, settings, weights, 1)]
    cer = _edits(searched, truths, text_of) / n_chars
    if cer >= without:
        return FittedWeights(0.0, 0.0, without, without)
    return FittedWeights(*weights, cer, without)


def _search(
    outputs: Sequence[LineOutput], settings: DecodingSettings, weights: tuple[float, float], n: int
) -> list[list[Hypothesis]]:
    search = BeamSearch(
        dataclasses.replace(
            settings, n_readings=n, language_model_weight=weights[0], length_bonus=weights[1]
        )
    )
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(search, outputs))


def _best(edits: NDArray[np.float64]) -> tuple[float, float]:
    """The weights in the middle of the lowest ground: a single low point may be chance."""
    rows, columns = edits.shape
    padded = np.pad(edits, 1, mode="edge")
    around = sum(padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3))
    row, column = np.unravel_index(np.argmin(around), edits.shape)
    return round(float(_WEIGHTS[row]), 3), round(float(_BONUSES[column]), 3)


def _edits(
    readings: Sequence[tuple[int, ...]], truths: Sequence[str], text_of: Callable[..., str]
) -> int:
    pairs = zip(truths, readings, strict=True)
    return sum(edit_distance(truth, text_of(codes)) for truth, codes in pairs)
