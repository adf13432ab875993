"""Fonts: what draws a text, and which characters it holds."""

import logging
import os
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont, features

from tf_crnn.config_keys.synthesis_checks import BUILTIN_FONTS, SYSTEM_FONTS
from tf_crnn.errors import DataError

_PROBE_SIZE_PX = 24

_RIGHT_TO_LEFT = ("R", "AL")
_JOINERS = "\u200c\u200d"
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_COLLECTIONS = (".ttc", ".otc")

logger = logging.getLogger(__name__)

GreyImage = npt.NDArray[np.uint8]


class Font(ABC):
    """A typeface that draws one line of text and knows which characters it holds."""

    name: str
    path: Path | None = None  # of its file
    shapes = False  # whether letters are joined, turned and marked as their script asks
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

        Right-to-left scripts and combining marks are among them where a font cannot shape text.
        """
        return [character for character in dict.fromkeys(text) if not _holds(self, character)]


class _Face(NamedTuple):
    """One of the faces of a font file; the font inside Pillow without a path."""

    path: Path | None
    number: int


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
    """A TTF, OTF or TTC file; without one, the font inside Pillow, which covers ASCII.

    With Raqm, which Pillow's own wheels hold, a file's text is shaped where its script asks for it:
    Arabic letters are joined, marks stand on their letters, and the line runs from right to left.
    """

    placeholder = "\uffff"

    def __init__(self, path: Path | None = None, index: int = 0) -> None:
        """Load the face of that number; DataError without success."""
        self.name = (path.name + f"#{index}" * bool(index)) if path else "pillow"
        self.path = path
        self.shapes = path is not None and bool(features.check("raqm"))
        self._face = _Face(path, index)
        try:
            _load_pillow_font(self._face, _PROBE_SIZE_PX, False)
        except OSError as error:
            raise DataError(f"{path}: no readable font ({error}). Name a TTF or OTF.") from error

    def draw(self, text: str, size_px: int, weight: float) -> GreyImage:  # noqa: ARG002, one weight
        """See `Font.draw`."""
        font = _load_pillow_font(self._face, size_px, self.shapes and needs_shaping(text))
        left, _, right, _ = font.getbbox(text, anchor="ls")
        canvas = Image.new("L", (int(right - left) + 2 * size_px, 4 * size_px))
        origin = (size_px - left, baseline_row(size_px))
        ImageDraw.Draw(canvas).text(origin, text, fill=255, font=font, anchor="ls")
        return np.array(canvas)


def baseline_row(size_px: int) -> int:
    """The row of the baseline in what `Font.draw` returns: accents and flourishes fit above it."""
    return size_px * 5 // 2


def needs_shaping(text: str) -> bool:
    """Whether characters of a text stand on, change or follow others other than left to right."""
    return any(
        unicodedata.category(character)[0] == "M"
        or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        for character in text
    )


def load_fonts(names: Iterable[str] = (BUILTIN_FONTS,)) -> list[Font]:
    """Fonts by name.

    Args:
        names: `builtin` for all that need no file, `system` for those that are installed, or paths
            of TTF, OTF or TTC files, or of folders of them.

    Raises:
        DataError: no name, a file is missing or is no font, or no font is found.
    """
    fonts: list[Font] = []
    for name in names:
        if name == BUILTIN_FONTS:
            fonts += [OpenCvFont("sans"), OpenCvFont("italic"), OpenCvFont("uni"), PillowFont()]
        elif name == SYSTEM_FONTS:
            fonts += _readable_fonts(system_font_folders(), name)
        elif Path(name).is_dir():
            fonts += _readable_fonts([Path(name)], name)
        else:
            fonts += _faces(Path(name))
    if not fonts:
        raise DataError("fonts: none is named. Name TTF or OTF files, or 'builtin'.")
    return fonts


def system_font_folders() -> list[Path]:
    """Where Linux, macOS and Windows keep fonts, of those that exist."""
    home, data = Path.home(), os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [
        home / ".fonts",
        Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "fonts",
        *(Path(folder) / "fonts" for folder in data.split(":") if folder),
        *(root / "Library/Fonts" for root in (home, Path("/"), Path("/System"))),
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        Path(os.environ.get("LOCALAPPDATA") or home) / "Microsoft/Windows/Fonts",
    ]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def choose_font(text: str, fonts: Sequence[Font], rng: np.random.Generator) -> Font:
    """One of the fonts that hold every character of a text; DataError without any."""
    usable = [font for font in fonts if not font.missing(text)]
    if not usable:
        lacking = "; ".join(f"{font.name} lacks {font.missing(text)}" for font in fonts)
        raise DataError(f"{text!r}: no font can draw it ({lacking}). Name one that can.")
    return usable[int(rng.integers(len(usable)))]


@lru_cache(maxsize=10_000)
def _holds(font: Font, character: str) -> bool:
    if unicodedata.category(character)[0] == "C":
        return font.shapes and character in _JOINERS
    if needs_shaping(character) and not font.shapes:
        return False
    ink = font.draw(character, _PROBE_SIZE_PX, 0.5)
    if character == " ":
        return not ink.any()
    unknown = font.draw(font.placeholder, _PROBE_SIZE_PX, 0.5)
    is_held = character == font.placeholder or not np.array_equal(ink, unknown)
    return is_held and bool(ink.any())


def _readable_fonts(folders: Iterable[Path], name: str) -> list[Font]:
    """The faces of all font files in some folders, in the order of their paths."""
    paths = sorted({path for folder in folders for path in folder.rglob("*") if _is_font(path)})
    fonts: list[Font] = []
    unreadable = []
    for path in paths:
        try:
            fonts += _faces(path)
        except DataError:
            unreadable.append(path.name)
    if unreadable:
        logger.warning(
            "%s: %s of %s font files cannot be read (%s, ...)",
            name, len(unreadable), len(paths), unreadable[0],
        )  # fmt: skip
    if not fonts:
        raise DataError(f"{name}: holds no readable TTF, OTF or TTC file. Name fonts yourself.")
    return fonts


def _is_font(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def _faces(path: Path) -> list[Font]:
    fonts: list[Font] = [PillowFont(path)]
    while path.suffix.lower() in _COLLECTIONS:
        try:
            fonts.append(PillowFont(path, len(fonts)))
        except DataError:
            break
    return fonts


@lru_cache(maxsize=256)
def _load_pillow_font(face: _Face, size_px: int, is_shaped: bool) -> ImageFont.FreeTypeFont:
    if face.path:
        # As bytes: Pillow looks for an absent path among the system fonts. Every build has the
        # basic layout; the other one draws otherwise, also where it is not needed.
        layout = ImageFont.Layout.RAQM if is_shaped else ImageFont.Layout.BASIC
        content = BytesIO(_read_bytes(face.path))
        return ImageFont.truetype(content, size_px, face.number, layout_engine=layout)
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size_px))


@lru_cache(maxsize=16)
def _read_bytes(path: Path) -> bytes:
    return path.read_bytes()
