"""What every decoding takes and gives: the output of a network for one line, and readings of it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class LineOutput(NamedTuple):
    """What the network gives for one line, only its own time steps.

    Attributes:
        log_probs: (T, K) float32, natural logs, class 0 is the blank; None for a network without
            CTC.
        features: (T, F) float32, what the heads read; None where no decoding asks for them.
    """

    log_probs: NDArray[np.float32] | None
    features: NDArray[np.float32] | None = None


class Hypothesis(NamedTuple):
    """One possible reading of a line.

    Attributes:
        codes: 1..N each, in the order of the image.
        log_prob: natural log of P(codes | line) by the network alone.
        score: nats, by which readings are ordered: `log_prob` and what a language model, a lexicon
            or another head adds to it.
    """

    codes: tuple[int, ...]
    log_prob: float
    score: float


# Readings of one line, best first, at least one.
Decoding = Callable[[LineOutput], list[Hypothesis]]


def best_first(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Readings by descending score; equal ones by their codes, so that no order is by chance."""
    return sorted(hypotheses, key=lambda hypothesis: (-hypothesis.score, hypothesis.codes))
