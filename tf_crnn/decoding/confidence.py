"""How probable a line, its words and its units are right, whichever decoding found the reading.

- Line: P(text | line) of the network, over all its paths.
- Unit: the greatest probability that the network gave it at its place.
- Word: the product of P(exactly this unit | steps of the unit) over its units, in which what the
  network may have left out or put in counts too.

Each goes through the scale of its kind (`scoring.calibration`).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tf_crnn.alphabet import BLANK_CODE
from tf_crnn.decoding.alignment import UnitSpan, natural_log
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.scoring.calibration import Calibration


def calibrate_reading(reading: Transcription, calibration: Calibration) -> Transcription:
    """A reading with its confidences.

    Args:
        reading: as decoded; words and units have confidences if it has places.
        calibration: of the model.
    """
    unit_scale, places = calibration.unit, reading.places
    confidences = unit_scale.apply_all([place.confidence for place in places])
    words = word_members(reading.units) if places else []
    in_words = [math.exp(sum(places[index].log_prob for index in members)) for members in words]
    return reading._replace(
        confidence=calibration.line.apply(math.exp(min(0.0, reading.log_prob))),
        word_confidences=calibration.word.apply_all(in_words).tolist(),
        places=[
            place._replace(confidence=confidence)
            for place, confidence in zip(places, confidences.tolist(), strict=True)
        ],
    )


def word_members(units: Sequence[str]) -> list[list[int]]:
    """The places of the units of each word: what stands between units of white space."""
    words: list[list[int]] = [[]]
    for index, unit in enumerate(units):
        if unit.isspace():
            words.append([])
        else:
            words[-1].append(index)
    return [members for members in words if members]


def unit_log_probs(
    probs: NDArray[np.floating], codes: Sequence[int], spans: Sequence[UnitSpan]
) -> list[float]:
    """Natural log of P(exactly this unit | its steps) for each unit of a reading.

    The steps of a unit reach half way to its neighbours. The probability sums over the CTC paths of
    blanks, the unit, blanks.

    Args:
        probs: (T, K) probabilities of one line, only its own time steps.
        codes: of the reading, 1..N each, at least one.
        spans: of `alignment.align`.
    """
    between = [(before.end + after.start) // 2 for before, after in pairwise(spans)]
    edges = [0, *between, len(probs)]
    blank = natural_log(probs[:, BLANK_CODE].astype(np.float64))
    blanks = np.concatenate(([0.0], np.cumsum(blank)))  # (T + 1,)
    return [
        _alone(blanks[start : end + 1], probs[start:end, code])
        for code, start, end in zip(codes, edges[:-1], edges[1:], strict=True)
    ]


def _alone(blanks: NDArray[np.float64], probs: NDArray[np.floating]) -> float:
    """Natural log of the sum over all runs of the unit, with blanks before and behind.

    Args:
        blanks: (N + 1,) sums of the blank's log probabilities up to each step.
        probs: (N,) probabilities of the unit.
    """
    unit = natural_log(probs.astype(np.float64))
    units = np.concatenate(([0.0], np.cumsum(unit)))
    # A run from step s to before step e: blanks to s, the unit from s to e, blanks from e.
    gained = blanks - units
    begun = np.logaddexp.accumulate(gained[:-1])
    return min(0.0, float(np.logaddexp.reduce(begun - gained[1:]) + blanks[-1] - blanks[0]))
