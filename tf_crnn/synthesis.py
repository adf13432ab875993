"""Synthetic lines: fonts, words and a seed -> line images and their transcriptions.

All that is random comes from the caller's `numpy.random.Generator`: the same seed gives the same
bytes under the same versions of numpy, OpenCV and Pillow.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tf_crnn.errors import DataError

DIGITS = "0123456789"
PUNCTUATION = ",."
ARITHMETIC_CHARACTERS = DIGITS + "+-*()"
BUILTIN_FONTS = "builtin"
MIN_HEIGHT_PX = 16

_GREY_STEP = 17  # 16 grey levels: with all 256, the noise alone would double the size of a PNG.
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


def render_line(text: str, font: Font, *, height_px: int, rng: np.random.Generator) -> GreyImage:
    """A line image: dark ink on light paper, with a margin all around.

    Size, weight, width, margins, baseline, grey levels, blur and noise vary a little.

    Args:
        text: spaces at its ends are not drawn.
        font: holds every character of the text.
        height_px: height of the image, at least 16.
        rng: source of the variation.

    Returns:
        (height_px, W) uint8, in 16 grey levels so that a PNG of it is small.

    Raises:
        DataError: the font lacks a character.
        ValueError: the text has no visible character, or the image is too low to read.
    """
    if height_px < MIN_HEIGHT_PX or not text.strip():
        raise ValueError(f"a line needs ink and {MIN_HEIGHT_PX} px: {text!r}, {height_px} px")
    if missing := font.missing(text):
        raise DataError(f"{text!r}: font {font.name} lacks {missing}. Take one from choose_font.")
    size_px = round(height_px * rng.uniform(0.6, 0.8))
    canvas = font.draw(text, size_px, rng.uniform())
    return _develop(_place(canvas, baseline_row(size_px), height_px=height_px, rng=rng), rng)


def load_words(path: Path | None = None) -> list[str]:
    """The words of a UTF-8 text, one a line, each once and in NFC; without a path, English ones.

    Raises:
        DataError: the file cannot be read, or holds no word.
    """
    source = path or files("tf_crnn") / "resources" / "words_en.txt"
    try:
        text = source.read_text(encoding="utf-8").removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: no readable UTF-8 text ({error}). Check the file.") from error
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    words = [word for word in dict.fromkeys(lines) if word]
    if not words:
        raise DataError(f"{path}: holds no word. Write one word on each line.")
    return words


def random_words(
    word_list: Sequence[str], rng: np.random.Generator, *, min_words: int = 1, max_words: int = 4
) -> str:
    """Some words, parted by spaces, with a few capitals, numbers, commas and full stops."""
    capital_shares = [0.35] + [0.1] * int(rng.integers(min_words - 1, max_words))
    words = [_random_word(word_list, rng, capital_share=share) for share in capital_shares]
    spaced = [word + ("," if rng.random() < 0.1 else "") for word in words[:-1]]
    return " ".join([*spaced, words[-1] + ("." if rng.random() < 0.2 else "")])


def arithmetic_expression(rng: np.random.Generator, *, max_operands: int = 4) -> str:
    """A valid expression such as `(1+4)*2`: two digits or more, joined by + - * and parentheses."""
    return _expression(int(rng.integers(2, max_operands + 1)), rng)


def _random_word(
    word_list: Sequence[str], rng: np.random.Generator, *, capital_share: float
) -> str:
    if rng.random() < 0.08:
        return str(rng.integers(10 ** int(rng.integers(1, 5))))
    word = word_list[int(rng.integers(len(word_list)))]
    return word[0].upper() + word[1:] if rng.random() < capital_share else word


def _expression(n_operands: int, rng: np.random.Generator) -> str:
    if n_operands == 1:
        return DIGITS[int(rng.integers(10))]
    n_left = int(rng.integers(1, n_operands))
    sides = [_expression(n, rng) for n in (n_left, n_operands - n_left)]
    left, right = (f"({s})" if len(s) > 1 and rng.random() < 0.5 else s for s in sides)
    return left + "+-*"[int(rng.integers(3))] + right


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


def _place(
    canvas: GreyImage, baseline_px: int, *, height_px: int, rng: np.random.Generator
) -> GreyImage:
    """(height_px, W): the ink on its baseline, made smaller or moved where it would not fit."""
    left, top, width, height = cv2.boundingRect(canvas)
    margin_px = max(2, height_px // 10)
    shrink = min(1.0, (height_px - 2 * margin_px) / height)
    size = (max(1, round(width * shrink * rng.uniform(0.9, 1.1))), max(1, round(height * shrink)))
    ink = cv2.resize(canvas[top : top + height, left : left + width], size)
    above_px = round(height_px * rng.uniform(0.68, 0.78) - (baseline_px - top) * shrink)
    above_px = min(max(above_px, margin_px), height_px - margin_px - size[1])
    left_px, right_px = (int(px) for px in rng.integers(margin_px, height_px // 2, size=2))
    page = np.pad(ink, ((above_px, height_px - above_px - size[1]), (left_px, right_px)))
    return page.astype(np.uint8)


def _develop(page: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Ink coverage to grey levels, with blur and noise."""
    paper, ink = _GREY_STEP * rng.integers(12, 16), _GREY_STEP * rng.integers(0, 6)
    blurred = cv2.GaussianBlur(page.astype(np.float32), (3, 3), rng.uniform(0.1, 0.7))
    grey = paper - (paper - ink) * blurred / 255
    grey += rng.normal(0, rng.uniform(0, 5), grey.shape)
    levels = np.clip(np.rint(grey / _GREY_STEP), 0, 255 // _GREY_STEP)
    return (levels * _GREY_STEP).astype(np.uint8)
