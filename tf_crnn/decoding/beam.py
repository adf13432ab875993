"""Beam search as a decoding: the compiled search with what a model knows of its language.

Importing this module imports numba, which takes a second; see `decodings`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.beam_kernel import label_log_prob, search
from tf_crnn.decoding.beam_language import added_by_all
from tf_crnn.decoding.search import Hypothesis, LineOutput, best_first
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.decoding.tables import no_ngrams, no_words

# Readings of each copy of a line among which the decision is made, at least.
_POOLED_READINGS = 4


class BeamSearch:
    """Searches for the readings to which network, language model and lexicon together give most.

    Args:
        settings: all but `decoding` count.
    """

    def __init__(self, settings: DecodingSettings) -> None:
        """Bring the settings to the form of the compiled search."""
        model = settings.language_model
        self._settings = settings
        self._language = (
            model.tables if model else no_ngrams(),
            settings.words or no_words(),
            settings.weights,
        )

    def __call__(self, output: LineOutput) -> list[Hypothesis]:
        """Readings of a line, best first.

        Raises:
            ValueError: the network has no CTC output.
        """
        return self._search(_log_probs(output), self._settings.n_readings)

    def together(self, outputs: Sequence[LineOutput]) -> list[Hypothesis]:
        """Readings of one line by several outputs, best first.

        The best readings by each are pooled; of a reading counts its mean log probability over all
        outputs, that is, the outputs are multiplied. Positions in time need not agree.

        Args:
            outputs: of one alphabet, such as those of changed copies of the line.
        """
        n_wanted = self._settings.n_readings
        log_probs = [_log_probs(output) for output in outputs]
        found = [self._search(array, max(n_wanted, _POOLED_READINGS)) for array in log_probs]
        pool = dict.fromkeys(hypothesis.codes for each in found for hypothesis in each)
        return best_first([self._scored(codes, log_probs) for codes in pool])[:n_wanted]

    def added(self, codes: tuple[int, ...]) -> float:
        """What language model, lexicon and length add to the score of a reading."""
        return float(added_by_all(self._language, np.array(codes, dtype=np.int32)))

    def _search(self, log_probs: NDArray[np.float32], n_readings: int) -> list[Hypothesis]:
        settings = self._settings
        width = max(settings.beam_width, n_readings)
        limits = (n_readings, width, float(settings.beam_threshold))
        return best_first(
            [
                Hypothesis(tuple(codes.tolist()), log_prob, log_prob + added)
                for codes, added, log_prob in search(log_probs, limits, *self._language)
            ]
        )

    def _scored(
        self, codes: tuple[int, ...], log_probs: Sequence[NDArray[np.float32]]
    ) -> Hypothesis:
        array = np.array(codes, dtype=np.int32)
        log_prob = float(np.mean([label_log_prob(each, array) for each in log_probs]))
        return Hypothesis(codes, log_prob, log_prob + self.added(codes))


def _log_probs(output: LineOutput) -> NDArray[np.float32]:
    if output.log_probs is None:
        raise ValueError("a beam search needs the log_probs of a CTC head")
    return np.ascontiguousarray(output.log_probs, dtype=np.float32)
