"""What a network writes for a line: the codes of its units, and maybe a space on either side."""

from collections.abc import Iterable, Sequence

from tf_crnn.alphabet import Alphabet

SPACE = " "


class LineCodes:
    """Codes of whole lines.

    Args:
        alphabet: of the model.
        padded: a line's codes begin and end with that of a space, which its text lacks: the first
            and the last letter then have the same neighbour in all lines (Retsinas et al. 2022).
    """

    def __init__(self, alphabet: Alphabet, *, padded: bool = False) -> None:
        """Keep both."""
        self.alphabet = alphabet
        self.padded = padded

    def encode(self, units: Iterable[str]) -> list[int]:
        """Codes of a line's units.

        Raises:
            AlphabetError: a unit is not in the alphabet.
        """
        return self.alphabet.encode([SPACE, *units, SPACE] if self.padded else units)

    def decode(self, codes: Iterable[int]) -> list[str]:
        """Units of a line's codes; padding and blanks (0) are passed over."""
        units = self.alphabet.decode(codes)
        return units[self.text_part(units)]

    def text_part(self, units: Sequence[str]) -> slice:
        """Which of a line's units, as the codes tell them, are its text."""
        if not self.padded:
            return slice(0, len(units))
        start = int(units[:1] == [SPACE])
        return slice(start, len(units) - int(units[start:][-1:] == [SPACE]))
