"""Readings of lines in the form that `PredictionModel` has always given: arrays by name."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.search import Hypothesis
from tf_crnn.decoding.transcription import Reading

_GREATEST_LOG_ODDS_GAP = 1e-7


class LineResult(NamedTuple):
    """One line, read.

    Attributes:
        probs: (T, K); (T, 0) without CTC.
        codes: of the best reading, in the order of the image.
        readings: best first, in reading order.
        score: see `Transcription.score`.
        width_px: of the image as it was given.
        features: (T, F) for an attention decoder; None without one.
    """

    probs: NDArray[np.float32]
    codes: Sequence[int]
    readings: Sequence[Reading]
    score: float
    width_px: int
    features: NDArray[np.float32] | None = None


def clarity(hypotheses: Sequence[Hypothesis]) -> float:
    """How clear the best reading is, in nats; see `Transcription.score`."""
    if len(hypotheses) > 1:
        return hypotheses[0].score - hypotheses[1].score
    log_prob = hypotheses[0].log_prob
    return log_prob - math.log(max(-math.expm1(min(log_prob, 0.0)), _GREATEST_LOG_ODDS_GAP))


def join_lines(results: Sequence[LineResult], n_readings: int) -> dict[str, Any]:
    """The arrays of `PredictionModel.predict`.

    Args:
        results: at least one.
        n_readings: of each line; where there are fewer, empty texts of no probability follow.
    """
    steps = max(len(result.probs) for result in results)
    length = max(len(result.codes) for result in results)
    filled = [_fill(result.readings, n_readings) for result in results]
    texts = np.array([[reading.text for reading in readings] for readings in filled])
    probs = np.stack([_pad(result.probs, (steps, 0)) for result in results], axis=1)
    return {
        **({"probs": probs} if probs.shape[-1] else {}),
        "codes": np.stack([_pad(np.array(r.codes, dtype=np.int32), (length,)) for r in results]),
        "words": texts[:, 0],
        "best_transcriptions": texts.T,
        "logprob_ctc": np.array(
            [[r.log_prob for r in readings] for readings in filled], np.float32
        ),
        "score": np.array([result.score for result in results], dtype=np.float32),
        "time_steps": np.array([len(result.probs) for result in results], dtype=np.int32),
    }


def _fill(readings: Sequence[Reading], n_readings: int) -> list[Reading]:
    return [*readings, *[Reading("", -math.inf)] * (n_readings - len(readings))]


def _pad(array: NDArray[Any], shape: Sequence[int]) -> NDArray[Any]:
    """The array with zeros behind its end, as long as the shape says along each axis."""
    ends = [(0, max(0, wanted - size)) for wanted, size in zip(shape, array.shape, strict=True)]
    return np.pad(array, ends)
