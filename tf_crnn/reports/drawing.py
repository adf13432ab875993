"""Drawing text of any script: fonts fall back on each other, and nothing stays invisible."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from tf_crnn.reports.clusters import is_mark, split_clusters
from tf_crnn.reports.fonts import BASE_FONT, FontBook, all_fonts, best_layout, load_font

VISIBLE_SPACE = "\u2423"
_ZERO_WIDTH_JOINER = "\u200d"
_WITHOUT_SHAPE = {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
_BOX_DIGIT_PX = 0.5  # of the size of the text
_BOX_MARGIN = 0.12
_ASCENT = 0.86


class Span(NamedTuple):
    """A stretch of text that is drawn in one go.

    Attributes:
        text: in the order it is read.
        differs: its spaces and invisible characters must be seen.
        is_rtl: it runs from right to left.
        joins_before: its first letter joins the letter of the span before it, as Arabic ones do.
        joins_after: likewise the last.
        as_codes: only the code points are drawn, since the characters look like others.
    """

    text: str
    differs: bool = False
    is_rtl: bool = False
    joins_before: bool = False
    joins_after: bool = False
    as_codes: bool = False


class _Run(NamedTuple):
    """Text in one font; boxes with code points without one."""

    text: str
    font_path: str | None


class Typesetter:
    """Measures and draws spans at one size.

    Args:
        size_px: of the text.
        fonts: those of the machine if None.
        layout: of Pillow; the best it has if None.
    """

    def __init__(
        self,
        size_px: int,
        fonts: FontBook | None = None,
        *,
        layout: ImageFont.Layout | None = None,
    ) -> None:
        """No font is opened yet."""
        self.size_px = size_px
        self.line_px = round(size_px * 1.4)
        self._fonts = fonts or all_fonts()
        self._layout = best_layout() if layout is None else layout
        self._shapes_text = self._layout == ImageFont.Layout.RAQM
        digits_px = max(8, round(size_px * _BOX_DIGIT_PX))
        self._box_font = load_font(str(BASE_FONT), digits_px, self._layout)
        self.width = lru_cache(maxsize=4096)(self._width)

    def draw(
        self, canvas: ImageDraw.ImageDraw, at: tuple[float, float], span: Span, colour: str
    ) -> None:
        """Draw a span.

        Args:
            canvas: of an RGB picture.
            at: where it begins on the left, and its baseline, in pixels.
            span: the text.
            colour: of it.
        """
        x, baseline = at
        for run in self._visual_runs(span):
            if run.font_path is None:
                self._draw_boxes(canvas, (x, baseline), run.text, colour)
            else:
                font, text = self._font_and_text(run.font_path, run.text, span)
                direction = self._direction(span)
                canvas.text((x, baseline), text, colour, font, "ls", direction=direction)
            x += self._run_width(run, span)

    def looks_alike(self, one: Span, other: Span) -> bool:
        """Whether two spans cannot be told apart: other code points, but the same picture."""
        if self.width(one) != self.width(other):
            return False
        return self._pixels(one) == self._pixels(other)

    def _pixels(self, span: Span) -> bytes:
        size = ceil(self.width(span)) + self.size_px, 3 * self.size_px
        picture = Image.new("L", size, "white")
        self.draw(ImageDraw.Draw(picture), (0, 2 * self.size_px), span, "black")
        return picture.tobytes()

    def _width(self, span: Span) -> float:
        return sum(self._run_width(run, span) for run in self._visual_runs(span))

    def _run_width(self, run: _Run, span: Span) -> float:
        if run.font_path is None:
            return sum(self._box_width(character) for character in run.text)
        font, text = self._font_and_text(run.font_path, run.text, span)
        return font.getlength(text, direction=self._direction(span))

    def _font_and_text(
        self, path: str, text: str, span: Span
    ) -> tuple[ImageFont.FreeTypeFont, str]:
        """The text as Pillow must be given it: turned round where it does not do that itself."""
        if span.is_rtl and not self._shapes_text:
            text = "".join(reversed(split_clusters(text)))
        return load_font(path, self.size_px, self._layout), text

    def _direction(self, span: Span) -> str | None:
        if not self._shapes_text:
            return None
        return "rtl" if span.is_rtl else "ltr"

    def _visual_runs(self, span: Span) -> list[_Run]:
        """The runs of a span from left to right."""
        runs = [
            _Run("".join(run.text for run in same), path)
            for path, same in groupby(self._runs(span), key=lambda run: run.font_path)
        ]
        if runs and self._shapes_text:
            first, last = runs[0], runs[-1]
            if span.joins_before and first.font_path:
                runs[0] = first._replace(text=_ZERO_WIDTH_JOINER + first.text)
            if span.joins_after and last.font_path:
                runs[-1] = runs[-1]._replace(text=runs[-1].text + _ZERO_WIDTH_JOINER)
        return runs[::-1] if span.is_rtl else runs

    def _runs(self, span: Span) -> Iterator[_Run]:
        for cluster in split_clusters(span.text):
            shown = VISIBLE_SPACE if span.differs and cluster == " " else cluster
            path = self._font_for(shown, span)
            if path is not None:
                yield _Run(shown, path)
            else:
                yield from (_Run(c, None if is_mark(c) else self._font_for(c, span)) for c in shown)

    def _font_for(self, text: str, span: Span) -> str | None:
        if span.as_codes:
            return None
        if not span.differs:
            text = "".join(c for c in text if unicodedata.category(c) != "Cf")
        categories = {unicodedata.category(character) for character in text}
        if not text or categories & _WITHOUT_SHAPE or (span.differs and "Zs" in categories):
            return None
        return self._fonts.path_for(text)

    def _draw_boxes(
        self, canvas: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: str
    ) -> None:
        x, baseline = at
        top, margin = baseline - self.size_px * _ASCENT, self.size_px * _BOX_MARGIN
        row_px = self.size_px * 0.5
        for character in text:
            width = self._box_width(character)
            right, bottom = x + width - margin, top + self.size_px
            canvas.rectangle((x + margin, top, right, bottom), outline=colour)
            for row, digits in enumerate(_box_rows(character)):
                place = (x + width / 2, top + row_px * (row + 0.5))
                canvas.text(place, digits, colour, self._box_font, "mm")
            x += width

    def _box_width(self, character: str) -> float:
        rows = _box_rows(character)
        digits = max(self._box_font.getlength(row) for row in rows)
        return digits + 4 * self.size_px * _BOX_MARGIN


def _box_rows(character: str) -> tuple[str, str]:
    digits = f"{ord(character):04X}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return digits[: len(digits) // 2], digits[len(digits) // 2 :]
