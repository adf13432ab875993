"""Texts of what a network reads: units in reading order, in the Unicode form of the rules."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tf_crnn.alphabet import Alphabet
from tf_crnn.decoding.places import in_reading_order, unit_places
from tf_crnn.decoding.transcription import UnitPlace
from tf_crnn.text_rules import TextRules


class ReadingTexts:
    """Brings readings from the order of the image to that in which people read.

    Args:
        alphabet: of the model.
        rules: of the model, or others to evaluate it by.
    """

    def __init__(self, alphabet: Alphabet, rules: TextRules) -> None:
        """Nothing is read yet."""
        self.rules = rules
        self._alphabet = alphabet

    def units(self, codes: Iterable[int]) -> list[str]:
        """Units of a reading, in reading order; zeros are passed over."""
        return self.rules.logical(self._alphabet.decode(codes))

    def places(
        self, probs: NDArray[np.floating], codes: Sequence[int], width_px: int
    ) -> list[UnitPlace]:
        """Where each of `units` stands, see `unit_places`."""
        places = unit_places(probs, codes, width_px)
        if self.rules.bidi_reordering == "none":
            return places
        return in_reading_order(places, self._alphabet.decode(codes), self.rules.logical)

    def text(self, codes: Sequence[int]) -> str:
        """A reading in reading order and in the Unicode form."""
        return self.rules.read_text(self._alphabet.decode(codes))
