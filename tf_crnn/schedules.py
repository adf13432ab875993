"""Learning rates over a whole training: up, and down to the end."""

import math
from collections.abc import Callable
from typing import NamedTuple


class Shape(NamedTuple):
    """How a rate runs over a training, from 0 to 1.

    Attributes:
        rise: share of the steps in which it rises in a straight line.
        fall: share of the steps, at the end, in which it falls.
        start: share of the greatest rate at the first step.
        end: share of the greatest rate at the last step.
        straight: it falls in a straight line; otherwise by half a cosine.
    """

    rise: float
    fall: float
    start: float = 0.01
    end: float = 0.01
    straight: bool = False

    def at(self, done: float) -> float:
        """Share of the greatest rate when `done` of the steps are, 0 to 1."""
        risen = min(1.0, done / self.rise) if self.rise else 1.0
        fallen = min(1.0, max(0.0, (done - 1.0 + self.fall) / self.fall)) if self.fall else 0.0
        left = 1.0 - fallen if self.straight else 0.5 * (1.0 + math.cos(math.pi * fallen))
        up, down = self.start + (1 - self.start) * risen, self.end + (1 - self.end) * left
        return min(up, down)


def _cosine(warmup_share: float, decay_share: float) -> Shape:  # noqa: ARG001 - all take the same
    return Shape(warmup_share, 1.0 - warmup_share)


def _one_cycle(warmup_share: float, decay_share: float) -> Shape:  # noqa: ARG001
    """Smith and Topin 2019: a long rise, and a fall far below the start."""
    return Shape(max(0.3, warmup_share), 1.0 - max(0.3, warmup_share), start=1 / 25, end=1e-4)


def _trapezoid(warmup_share: float, decay_share: float) -> Shape:
    return Shape(warmup_share, decay_share, straight=True)


SHAPES: dict[str, Callable[[float, float], Shape]] = {
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "trapezoid": _trapezoid,
}
