"""Fonts for any text: DejaVu Sans, and for what it lacks whatever is installed."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib import font_manager, get_data_path
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray
from PIL import ImageFont, features

BASE_FONT = Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
# A plain face is looked for first.
_STYLED = re.compile("bold|italic|oblique|light|thin|black|heavy|mono|condensed|serif", re.I)
# These have a picture for every character there is, and it says nothing.
_PLACEHOLDERS = re.compile("lastresort|adobeblank|notdef", re.I)
_TRIED_SIZE_PX = 20


class FontBook:
    """Fonts by the characters that they hold; each file is opened when it is needed, and once.

    Args:
        others: font files to look into beside DejaVu Sans; those installed if None.
    """

    def __init__(self, others: Iterable[str] | None = None) -> None:
        """No font is opened yet."""
        self._unread = _base_and(others)
        self._characters: dict[str, NDArray[np.uint32]] = {}
        self._found: dict[str, str | None] = {}

    def path_for(self, text: str) -> str | None:
        """The first font that holds every character of a text; None without one."""
        if text not in self._found:
            codes = np.array([ord(character) for character in text], dtype=np.uint32)
            holding = (path for path in self._paths() if self._holds(path, codes))
            self._found[text] = next(holding, None)
        return self._found[text]

    def _paths(self) -> Iterator[str]:
        yield from tuple(self._characters)
        for path in self._unread:
            self._characters[path] = _characters_of(path)
            yield path

    def _holds(self, path: str, codes: NDArray[np.uint32]) -> bool:
        characters = self._characters[path]
        places = np.searchsorted(characters, codes)
        inside = places < len(characters)
        return bool(inside.all() and (characters[places] == codes).all())


def plain_first(paths: Iterable[str]) -> list[str]:
    """Font files with plain faces before bold, slanted and narrow ones; without placeholders."""
    drawing = [path for path in paths if not _PLACEHOLDERS.search(Path(path).name)]
    return sorted(drawing, key=lambda path: (bool(_STYLED.search(Path(path).name)), path))


@lru_cache(maxsize=1)
def all_fonts() -> FontBook:
    """The fonts of this machine, opened once for the whole process."""
    return FontBook()


@lru_cache(maxsize=128)
def load_font(path: str, size_px: int, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    """A font at a size, for Pillow."""
    return ImageFont.truetype(path, size_px, layout_engine=layout)


@lru_cache(maxsize=1)
def best_layout() -> ImageFont.Layout:
    """RAQM, which joins Arabic letters, places marks and orders text, where Pillow has it."""
    return ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC


def _base_and(others: Iterable[str] | None) -> Iterator[str]:
    yield str(BASE_FONT)
    yield from plain_first(font_manager.findSystemFonts()) if others is None else others


def _characters_of(path: str) -> NDArray[np.uint32]:
    """Sorted code points of a font; none if it cannot be drawn with (bitmaps of fixed sizes)."""
    try:
        ImageFont.truetype(path, _TRIED_SIZE_PX)
        return np.array(sorted(FT2Font(path).get_charmap()), dtype=np.uint32)
    except (OSError, RuntimeError, ValueError):
        return np.array([], dtype=np.uint32)
