"""Texts of what a network reads: units in reading order, in the Unicode form of the rules."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.places import in_reading_order, looked_at_places, unit_places
from tf_crnn.decoding.transcription import Look, UnitPlace
from tf_crnn.line_codes import LineCodes
from tf_crnn.text_rules import TextRules


class ReadingTexts:
    """Brings readings from the order of the image to that in which people read.

    Args:
        codes: between the units of a line and what the network writes.
        rules: of the model, or others to evaluate it by.
    """

    def __init__(self, codes: LineCodes, rules: TextRules) -> None:
        """Nothing is read yet."""
        self.rules = rules
        self._codes = codes

    def units(self, codes: Iterable[int]) -> list[str]:
        """Units of a reading, in reading order; zeros are passed over."""
        return self.rules.logical(self._codes.decode(codes))

    def places(
        self, probs: NDArray[np.floating], codes: Sequence[int], width_px: int
    ) -> list[UnitPlace]:
        """Where each of `units` stands, see `unit_places`."""
        places = unit_places(probs, codes, width_px)
        return self._in_reading_order(places[self._text_part(codes)], self._codes.decode(codes))

    def looks(
        self,
        weights: NDArray[np.float32],
        log_probs: NDArray[np.float32],
        codes: Sequence[int],
    ) -> list[Look]:
        """Where a decoder looked, in the order of the image.

        Args:
            weights: (L + 1, T) at each unit and at the end.
            log_probs: (L + 1,), natural logs of the probabilities of these.
            codes: (L,) of the reading.
        """
        units = [*self._codes.alphabet.decode(codes), ""]
        probs = np.exp(log_probs.astype(np.float64))
        looks = [Look(*look) for look in zip(units, weights, map(float, probs), strict=True)]
        return [*looks[:-1][self._text_part(codes)], looks[-1]]

    def looked_at_places(self, looks: Sequence[Look], width_px: int) -> list[UnitPlace]:
        """Where each of `units` stands, see `places.looked_at_places`.

        Args:
            looks: of `looks`.
            width_px: of the line image as it was given.
        """
        of_units = looks[:-1]
        weights = np.array([look.weights for look in looks])[:-1]
        places = looked_at_places(weights, [look.confidence for look in of_units], width_px)
        return self._in_reading_order(places, [look.unit for look in of_units])

    def _text_part(self, codes: Sequence[int]) -> slice:
        return self._codes.text_part(self._codes.alphabet.decode(codes))

    def _in_reading_order(self, places: list[UnitPlace], units: Sequence[str]) -> list[UnitPlace]:
        if self.rules.bidi_reordering == "none":
            return places
        return in_reading_order(places, units, self.rules.logical)

    def text(self, codes: Sequence[int]) -> str:
        """A reading in reading order and in the Unicode form."""
        return self.rules.read_text(self._codes.decode(codes))
