"""Fonts: what draws a text, and which characters it holds."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tf_crnn.config_synthesis import BUILTIN_FONTS
from tf_crnn.errors import DataError

_PROBE_SIZE_PX = 24

GreyImage = npt.NDArray[np.uint8]


class Font(ABC):
    """A typeface that draws one line of text and knows which characters it holds."""

    name: str
    placeholder: str  # a character that is drawn as every missing one is

    @abstractmethod
    def draw(self, text: str, size_px: int, weight: float) -> GreyImage:
        """The ink of a text.

        Args:
            text: one line.
            size_px: font size, about the height from ascenders to descenders.
            weight: 0 thin to 1 bold; a font of one weight ignores it.

        Returns:
            (4 * size_px, W) uint8, 0 paper to 255 ink; the baseline is row `baseline_row(size_px)`.
        """

    def missing(self, text: str) -> list[str]:
        """The characters that this font cannot draw, each once, in order of appearance.

        Right-to-left scripts and combining marks are among them: they need text shaping.
        """
        return [character for character in dict.fromkeys(text) if not _holds(self, character)]


class OpenCvFont(Font):
    """A font inside OpenCV 5: "sans", "italic" or "uni". They cover the European scripts."""

    placeholder = "?"

    def __init__(self, name: str) -> None:
        """Load the font of that name."""
        self.name = name
        self._face = cv2.FontFace(name)

    def draw(self, text: str, size_px: int, weight: float) -> GreyImage:
        """See `Font.draw`."""
        axis = round(250 + 450 * weight)
        _, _, width_px, _ = cv2.getTextSize((0, 0), text, (0, 0), self._face, size_px, axis)
        canvas: GreyImage = np.zeros((4 * size_px, width_px + 2 * size_px), np.uint8)
        cv2.putText(canvas, text, (size_px, baseline_row(size_px)), 255, self._face, size_px, axis)
        return canvas


class PillowFont(Font):
    """A TTF or OTF file; without one, the font inside Pillow, which covers ASCII."""

    placeholder = "\uffff"

    def __init__(self, path: Path | None = None) -> None:
        """Load the file; DataError without success."""
        self.name = path.name if path else "pillow"
        self._path = path
        try:
            _load_pillow_font(path, _PROBE_SIZE_PX)
        except OSError as error:
            raise DataError(f"{path}: no readable font ({error}). Name a TTF or OTF.") from error

    def draw(self, text: str, size_px: int, weight: float) -> GreyImage:  # noqa: ARG002, one weight
        """See `Font.draw`."""
        font = _load_pillow_font(self._path, size_px)
        left, _, right, _ = font.getbbox(text, anchor="ls")
        canvas = Image.new("L", (int(right - left) + 2 * size_px, 4 * size_px))
        origin = (size_px - left, baseline_row(size_px))
        ImageDraw.Draw(canvas).text(origin, text, fill=255, font=font, anchor="ls")
        return np.array(canvas)


def baseline_row(size_px: int) -> int:
    """The row of the baseline in what `Font.draw` returns: accents and flourishes fit above it."""
    return size_px * 5 // 2


def load_fonts(names: Iterable[str] = (BUILTIN_FONTS,)) -> list[Font]:
    """Fonts by name: "builtin" for all that need no file, or the path of a TTF or OTF file.

    Raises:
        DataError: no name, or a file is missing or is no font.
    """
    fonts: list[Font] = []
    for name in names:
        if name == BUILTIN_FONTS:
            fonts += [OpenCvFont("sans"), OpenCvFont("italic"), OpenCvFont("uni"), PillowFont()]
        else:
            fonts.append(PillowFont(Path(name)))
    if not fonts:
        raise DataError("fonts: none is named. Name TTF or OTF files, or 'builtin'.")
    return fonts


def choose_font(text: str, fonts: Sequence[Font], rng: np.random.Generator) -> Font:
    """One of the fonts that hold every character of a text; DataError without any."""
    usable = [font for font in fonts if not font.missing(text)]
    if not usable:
        lacking = "; ".join(f"{font.name} lacks {font.missing(text)}" for font in fonts)
        raise DataError(f"{text!r}: no font can draw it ({lacking}). Name one that can.")
    return usable[int(rng.integers(len(usable)))]


@lru_cache(maxsize=10_000)
def _holds(font: Font, character: str) -> bool:
    is_control_or_mark = unicodedata.category(character)[0] in "CM"
    if is_control_or_mark or unicodedata.bidirectional(character) in ("R", "AL"):
        return False
    ink = font.draw(character, _PROBE_SIZE_PX, 0.5)
    if character == " ":
        return not ink.any()
    unknown = font.draw(font.placeholder, _PROBE_SIZE_PX, 0.5)
    is_held = character == font.placeholder or not np.array_equal(ink, unknown)
    return is_held and bool(ink.any())


@lru_cache(maxsize=256)
def _load_pillow_font(path: Path | None, size_px: int) -> ImageFont.FreeTypeFont:
    if path:
        # As bytes: Pillow looks for an absent path among the system fonts. Every build has the
        # basic layout; the other one draws otherwise.
        content = BytesIO(path.read_bytes())
        return ImageFont.truetype(content, size_px, layout_engine=ImageFont.Layout.BASIC)
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size_px))
