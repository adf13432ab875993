"""Readings of CTC, scored by an attention decoder too (Watanabe et al. 2017)."""

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from tf_crnn.decoding.search import Hypothesis, LineOutput, best_first


class JointScoring:
    """Mixes the scores of readings with what an attention decoder makes of them.

    Args:
        log_probs: gives natural logs of P(reading and its end | line), (R,), of R readings of a
            line by the attention decoder.
        weight: of these, from 0 to 1; the scores of before have the rest.
    """

    def __init__(
        self,
        log_probs: Callable[[LineOutput, Sequence[Sequence[int]]], NDArray[Any]],
        weight: float,
    ) -> None:
        """Nothing is scored yet."""
        self._log_probs = log_probs
        self._weight = weight

    def __call__(self, output: LineOutput, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """The readings with new scores, best first."""
        written = self._log_probs(output, [hypothesis.codes for hypothesis in hypotheses])
        rest = 1 - self._weight
        return best_first(
            [
                hypothesis._replace(score=rest * hypothesis.score + self._weight * float(log_prob))
                for hypothesis, log_prob in zip(hypotheses, written, strict=True)
            ]
        )
