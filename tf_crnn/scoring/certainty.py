"""Whether a model is right as often as it says, and what that is good for.

Confidences are cut into bins of equally many, and what they promise is compared with what was right
(the expected calibration error of Naeini et al. 2015, with bins of equal mass).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tf_crnn.metrics import as_rate

N_BINS = 10
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)


class Judged(NamedTuple):
    """What a model read: how sure it was, 0 to 1, and whether it was right."""

    confidence: float
    is_right: bool


class Certainty(NamedTuple):
    """How sure a model was of a line, 0 to 1, and of its words and units."""

    line: float
    words: tuple[Judged, ...] = ()
    units: tuple[Judged, ...] = ()


class JudgedReadings(NamedTuple):
    """All that was read, by kind; in the order of `calibration.Calibration`."""

    line: list[Judged]
    word: list[Judged]
    unit: list[Judged]


class Bin(NamedTuple):
    """Readings of about the same confidence.

    Attributes:
        number: of readings.
        confidence: their mean.
        right: share of them that was right.
    """

    number: int
    confidence: float
    right: float


class Reliability(NamedTuple):
    """How far confidences hold.

    Attributes:
        number: of readings.
        right: share of them that was right.
        bins: of equally many readings, the least sure first; fewer than ten of few readings.
        error: expected calibration error: how far, on average, the share that is right lies from
            the confidence.
    """

    number: int
    right: float
    bins: tuple[Bin, ...]
    error: float


class Effort(NamedTuple):
    """What is left when somebody corrects the least certain lines.

    Attributes:
        share: of the lines that are corrected.
        n_lines: their number.
        cer: of all lines afterwards.
        least_cer: the same if those with the most errors were corrected, which nobody knows.
    """

    share: float
    n_lines: int
    cer: float
    least_cer: float


def judged_readings(lines: Iterable[tuple[Certainty, bool]]) -> JudgedReadings:
    """Lines, words and units of some lines, given with whether each whole line is right."""
    judged = JudgedReadings([], [], [])
    for certainty, is_right in lines:
        judged.line.append(Judged(certainty.line, is_right))
        judged.word.extend(certainty.words)
        judged.unit.extend(certainty.units)
    return judged


def find_reliability(judged: Sequence[Judged], n_bins: int = N_BINS) -> Reliability | None:
    """Compare confidences with what was right; None without readings."""
    if not judged:
        return None
    confidences, right = np.array(judged, dtype=np.float64).T
    # Of equal confidences, the bins hold equal shares of right ones whatever their order was.
    order = np.lexsort((np.random.default_rng(0).permutation(len(judged)), confidences))
    parts = np.array_split(order, min(n_bins, len(judged)))
    bins = tuple(
        Bin(len(part), float(confidences[part].mean()), float(right[part].mean())) for part in parts
    )
    error = sum(bin.number * abs(bin.confidence - bin.right) for bin in bins) / len(judged)
    return Reliability(len(judged), float(right.mean()), bins, error)


def find_efforts(
    confidences: Sequence[float], edits: Sequence[int], n_chars: int
) -> tuple[Effort, ...]:
    """What correcting the least certain lines leaves, for each of `SHARES`.

    Args:
        confidences: of each line.
        edits: errors of each line; a corrected line has none.
        n_chars: of all references.
    """
    # Of equally certain lines, the longer way round: those with the fewest errors first.
    order = sorted(range(len(edits)), key=lambda place: (confidences[place], edits[place]))
    ranked = [edits[place] for place in order]
    worst_first = sorted(edits, reverse=True)
    efforts = []
    for share in SHARES:
        n_lines = round(share * len(edits))
        left, least = (sum(errors[n_lines:]) for errors in (ranked, worst_first))
        efforts.append(Effort(share, n_lines, as_rate(left, n_chars), as_rate(least, n_chars)))
    return tuple(efforts)
