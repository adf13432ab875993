"""One reading of several by vote, unit by unit.

The readings are aligned one after another with what those before have said, as in ROVER (Fiscus
1997) and in the voting of the ISRI tools (Rice and Nartker 1996); at each place the unit with the
greatest sum of confidences stays, or none.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Vote(NamedTuple):
    """A unit of a reading and how sure it is, 0 to 1."""

    unit: str
    confidence: float


# At each place, how much each unit has been voted for; "" stands for none.
_Place = dict[str, float]
_CONFIDENCE_OF_NOTHING = 0.7


def vote(readings: Sequence[Sequence[Vote]]) -> list[str]:
    """The units on which the readings agree best.

    Args:
        readings: of one line; of equal votes at a place, that of an earlier reading stays.
    """
    places: list[_Place] = []
    for number, reading in enumerate(readings):
        nothing = {"": sum(map(_usual_confidence, readings[:number]))} if number else {}
        places = [
            _with(nothing if place is None else place, given)
            for place, given in _aligned(places, reading)
        ]
    chosen = [max(place, key=lambda unit: place[unit]) for place in places]
    return [unit for unit in chosen if unit]


def _usual_confidence(reading: Sequence[Vote]) -> float:
    """Of a unit; a network that sees none where others do is about as sure of that."""
    if not reading:
        return _CONFIDENCE_OF_NOTHING
    return sum(given.confidence for given in reading) / len(reading)


def _with(place: _Place, given: Vote) -> _Place:
    return {**place, given.unit: place.get(given.unit, 0.0) + given.confidence}


def _aligned(places: Sequence[_Place], reading: Sequence[Vote]) -> list[tuple[_Place | None, Vote]]:
    """Places and votes side by side with the fewest edits; where one has no other, None or none.

    A unit is at home at a place where it has been voted for, the more so the more votes it has.
    """
    cost, nothing = _edit_costs(places, reading), Vote("", _usual_confidence(reading))
    row, column = len(places), len(reading)
    pairs: list[tuple[_Place | None, Vote]] = []
    while row or column:
        here = cost[row, column]
        if row and column:
            together = cost[row - 1, column - 1] + _mismatch(places[row - 1], reading[column - 1])
            if np.isclose(here, together):
                row, column = row - 1, column - 1
                pairs.append((places[row], reading[column]))
                continue
        if row and np.isclose(here, cost[row - 1, column] + _absence(places[row - 1])):
            row -= 1
            pairs.append((places[row], nothing))
        else:
            column -= 1
            pairs.append((None, reading[column]))
    return pairs[::-1]


def _edit_costs(places: Sequence[_Place], reading: Sequence[Vote]) -> NDArray[np.float64]:
    """Least cost of aligning the first places with the first units, (places + 1, units + 1)."""
    cost = np.zeros((len(places) + 1, len(reading) + 1))
    cost[0] = np.arange(len(reading) + 1)
    for row, place in enumerate(places, start=1):
        absence = _absence(place)
        cost[row, 0] = cost[row - 1, 0] + absence
        for column, given in enumerate(reading, start=1):
            cost[row, column] = min(
                cost[row - 1, column - 1] + _mismatch(place, given),
                cost[row - 1, column] + absence,
                cost[row, column - 1] + 1.0,
            )
    return cost


def _mismatch(place: _Place, given: Vote) -> float:
    """0 where all votes are for the unit, below 1 where some are, above 1 for another unit."""
    share = place.get(given.unit, 0.0) / sum(place.values())
    return 1.0 - share if share else 1.2


def _absence(place: _Place) -> float:
    return 1.0 - 0.9 * place.get("", 0.0) / sum(place.values())
