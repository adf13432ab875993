"""What is read from one line."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Reading(NamedTuple):
    """One possible text of a line and its natural-log probability."""

    text: str
    log_prob: float


class UnitPlace(NamedTuple):
    """Where a unit stands in its line image.

    Attributes:
        start_px: the column where it begins, of the image as it was given.
        end_px: the column behind it.
        confidence: how probable the unit is right, 0 to 1: the greatest probability that the
            network gave it there, calibrated.
        log_prob: natural log of the probability, not calibrated, that exactly this unit is read
            between its neighbours: neither another nor none nor two.
    """

    start_px: float
    end_px: float
    confidence: float
    log_prob: float = 0.0


class Look(NamedTuple):
    """Where an attention decoder looked as it wrote a unit.

    Attributes:
        unit: what it wrote; empty for the end of the text.
        weights: (T,) over the time steps of the line, their sum is 1.
        confidence: the probability that it gave the unit, 0 to 1.
    """

    unit: str
    weights: NDArray[np.float32]
    confidence: float


class Transcription(NamedTuple):
    """The text of a line.

    Attributes:
        text: the best reading.
        units: its units, in reading order, which differ from its characters where a unit is
            several.
        log_prob: natural log of P(text | line) by the head that reads, at most 0.
        score: how clear the reading is, in nats: its log probability less that of the next
            reading; with one reading only, less that of all other texts together. About 10 is
            sure, below 5 is not.
        readings: the best ones, best first.
        places: one for each of `units`, where they were asked for.
        confidence: how probable the whole text is right, 0 to 1; calibrated, if the model is.
        word_confidences: the same of each word, parted by units of white space, where places were
            asked for.
        looks: of a decoder that writes this text, in the order of the image, the end last; where
            they were asked for and the model has such a decoder.
    """

    text: str
    units: Sequence[str]
    log_prob: float
    score: float
    readings: Sequence[Reading]
    places: Sequence[UnitPlace] = ()
    confidence: float = 0.0
    word_confidences: Sequence[float] = ()
    looks: Sequence[Look] = ()
