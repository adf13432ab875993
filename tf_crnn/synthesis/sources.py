"""What draws the synthetic lines of a training: stitched from pieces, or written in fonts."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import DataError
from tf_crnn.images import resize
from tf_crnn.line_codes import LineCodes
from tf_crnn.synthesis.degrading import Degradations, degrade
from tf_crnn.synthesis.fonts import Font, GreyImage
from tf_crnn.synthesis.rendering import render_line
from tf_crnn.synthesis.runs import as_codes
from tf_crnn.synthesis.share import SyntheticLine, SyntheticSource
from tf_crnn.synthesis.stitching import Stitcher, split_words
from tf_crnn.synthesis.texts import Texts

_ATTEMPTS = 8
_MEAN_UNIT_WIDTH = 0.4  # of the line's height, until lines have been drawn


class StitchedSource:
    """Lines of a `Stitcher`, in the codes of a training's alphabet.

    Raises:
        DataError: the bank has units that the alphabet lacks.
    """

    def __init__(self, stitcher: Stitcher, codes: LineCodes) -> None:
        """Compare the units."""
        bank = stitcher.bank
        if unknown := codes.alphabet.unknown_units(bank.used_units):
            raise DataError(
                f"{bank.folder}: its pieces hold units that the alphabet lacks: {unknown}. Make "
                "them from the training's own CSVs, or extend the alphabet."
            )
        self._stitcher = stitcher
        self._units = bank.units
        self._codes = codes
        self.unit_width_px = bank.unit_width_px

    def draw(self, width_px: int, rng: np.random.Generator) -> SyntheticLine:
        """See `SyntheticSource.draw`."""
        line = self._stitcher.draw(width_px, rng)
        units = [self._units[code - 1] for code in line.codes]
        # The pieces of a padded model's lines have spaces around them already.
        units = units[self._codes.text_part(units)]
        return SyntheticLine(line.image, self._codes.encode(units), "".join(units))


class FontSource:
    """Texts drawn in fonts.

    Args:
        fonts: at least one.
        texts: runs of the alphabet's codes.
        codes: between the units of a line and what the network writes.
        spaces: the runs of one unit that part words.
        shape: height and channels of a line.
        logical: brings units from the order of the image to that of reading, in which fonts take
            them.
        degradation: strength, 0 to 1, of all that is done to a drawn line.
    """

    def __init__(
        self,
        fonts: Sequence[Font],
        texts: Texts,
        *,
        codes: LineCodes,
        spaces: frozenset[str],
        shape: tuple[int, int],
        logical: Callable[[Sequence[str]], list[str]] = list,
        degradation: float = 0.0,
    ) -> None:
        """Nothing is drawn yet."""
        self._fonts = fonts
        self._texts = texts
        self._codes = codes
        self._spaces = spaces
        self._height, self._channels = shape
        self._logical = logical
        self._strengths = Degradations(*[degradation] * len(Degradations._fields))
        self.unit_width_px = _MEAN_UNIT_WIDTH * self._height

    def draw(self, width_px: int, rng: np.random.Generator) -> SyntheticLine:
        """See `SyntheticSource.draw`.

        Raises:
            DataError: no font can draw what the texts hold.
        """
        font = self._fonts[int(rng.integers(len(self._fonts)))]
        for _ in range(_ATTEMPTS):
            run = self._texts.draw(max(1, round(width_px / self.unit_width_px)), rng)
            units = self._drawable(run, font)
            if units:
                break
            font = self._fonts[int(rng.integers(len(self._fonts)))]
        else:
            names = ", ".join(sorted({font.name for font in self._fonts}))
            raise DataError(
                f"synthetic_fonts: {names} draw no word of {_ATTEMPTS} texts. Name fonts of this "
                "script."
            )
        return self._render(units, font, width_px, rng)

    def _drawable(self, run: str, font: Font) -> list[str]:
        """The units of the words that a font can draw, without spaces at the ends."""
        words = split_words(run, self._spaces)
        texts = [self._codes.alphabet.decode(as_codes(word)) for word in words]
        units = [unit for word in texts if not font.missing("".join(word)) for unit in word]
        while units and units[-1].isspace():
            units.pop()
        while units and units[0].isspace():
            units.pop(0)
        return units

    def _render(
        self, units: list[str], font: Font, width_px: int, rng: np.random.Generator
    ) -> SyntheticLine:
        image = self._write(units, font, rng)
        while image.shape[1] > 1.2 * width_px and len(units) > 1:
            units = _without_last_word(units, max(1, int(len(units) * width_px / image.shape[1])))
            image = self._write(units, font, rng)
        picture: NDArray[np.uint8] = np.repeat(image[:, :, None], self._channels, axis=2)
        if image.shape[1] > width_px:
            picture = resize(picture, self._height, max(1, width_px))
        return SyntheticLine(picture, self._codes.encode(units), "".join(units))

    def _write(self, units: list[str], font: Font, rng: np.random.Generator) -> GreyImage:
        text = "".join(self._logical(units))
        line = render_line(text, font, height_px=self._height, rng=rng)
        return degrade(line, self._strengths, rng)


class MixedSource:
    """Lines of several sources in equal shares."""

    def __init__(self, sources: Sequence[SyntheticSource]) -> None:
        """Args: sources: at least one."""
        self._sources = sources
        self.unit_width_px = float(np.mean([source.unit_width_px for source in sources]))

    def draw(self, width_px: int, rng: np.random.Generator) -> SyntheticLine:
        """See `SyntheticSource.draw`."""
        return self._sources[int(rng.integers(len(self._sources)))].draw(width_px, rng)


def _without_last_word(units: list[str], kept: int) -> list[str]:
    """At most so many units from the beginning, ended with a word where one is whole."""
    shorter = units[:kept]
    spaces = [place for place, unit in enumerate(shorter) if unit.isspace()]
    if spaces and spaces[-1] and not units[kept].isspace():
        shorter = shorter[: spaces[-1]]
    while len(shorter) > 1 and shorter[-1].isspace():
        shorter.pop()
    return shorter
