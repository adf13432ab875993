"""What is read from one line."""

from collections.abc import Sequence
from typing import NamedTuple


class Reading(NamedTuple):
    """One possible text of a line and its natural-log probability."""

    text: str
    log_prob: float


class UnitPlace(NamedTuple):
    """Where a unit stands in its line image.

    Attributes:
        start_px: the column where it begins, of the image as it was given.
        end_px: the column behind it.
        confidence: the greatest probability that the network gave it there, 0 to 1.
    """

    start_px: float
    end_px: float
    confidence: float


class Transcription(NamedTuple):
    """The text of a line.

    Attributes:
        text: the best reading.
        units: its units, in reading order, which differ from its characters where a unit is
            several.
        log_prob: natural log of P(text | line) under CTC, at most 0.
        score: how clear the reading is, in nats: its log probability less that of the next
            reading; with one reading only, less that of all other texts together. About 10 is
            sure, below 5 is not.
        readings: the best ones, best first.
        places: one for each of `units`, where they were asked for.
    """

    text: str
    units: Sequence[str]
    log_prob: float
    score: float
    readings: Sequence[Reading]
    places: Sequence[UnitPlace] = ()
