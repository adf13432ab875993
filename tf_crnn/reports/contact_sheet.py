"""Pictures of lines with what they say and what was read."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tf_crnn.metrics import compare_line
from tf_crnn.reports.aligned_text import (
    AlignedText,
    Cell,
    align_text,
    draw_reading,
    draw_truth,
)
from tf_crnn.reports.drawing import Span, Typesetter
from tf_crnn.reports.fonts import FontBook
from tf_crnn.reports.thumbnails import as_picture, fit_picture
from tf_crnn.reports.wording import count_of

_TEXT_PX, _SMALL_PX, _TITLE_PX = 22, 15, 24
_MARGIN_PX = 16
_LABEL_PX = 62  # left of the texts
_CONTENT_PX = 1140  # greatest width of pictures and texts
_LEAST_CONTENT_PX = 480
_PICTURE_HEIGHT_PX = 72
_LEAST_PICTURE_PX = 40
_MOST_ENLARGED = 2.0
_GAP_PX = 6
_DrawRow = Callable[[ImageDraw.ImageDraw, tuple[float, float], Sequence[Cell], Typesetter], None]
_GREY, _RULE = "#5f5f5f", "#d0d0d0"


class ReadLine(NamedTuple):
    """A line that was read.

    Attributes:
        image: (H, W, C) uint8, C 1 or 3.
        truth: reference text.
        reading: recognised text.
    """

    image: NDArray[np.uint8]
    truth: str
    reading: str


class _Entry(NamedTuple):
    """A line, laid out."""

    heading: str
    picture: Image.Image
    text: AlignedText


class _Pens(NamedTuple):
    title: Typesetter
    text: Typesetter
    small: Typesetter


class _Sheet:
    """A picture that is filled from top to bottom."""

    def __init__(self, content_px: int, height_px: int, pens: _Pens) -> None:
        size = (content_px + _LABEL_PX + 2 * _MARGIN_PX, height_px)
        self.image = Image.new("RGB", size, "white")
        self.canvas = ImageDraw.Draw(self.image)
        self.y = float(_MARGIN_PX)
        self.left = _MARGIN_PX + _LABEL_PX
        self.title, self.text, self.small = pens

    def write(self, text: str, pen: Typesetter, colour: str = "black") -> None:
        baseline = self.y + pen.line_px * 0.75
        room = self.image.width - 2 * _MARGIN_PX
        pen.draw(self.canvas, (_MARGIN_PX, baseline), Span(_shortened(text, pen, room)), colour)
        self.y += pen.line_px

    def explain(self) -> None:
        """Say what the marks mean."""
        x, baseline = float(_MARGIN_PX), self.y + self.small.line_px * 0.75
        for cell, draw, words in _legend(self.small):
            draw(self.canvas, (x, baseline), [cell], self.small)
            x += cell.width_px + _GAP_PX
            self.small.draw(self.canvas, (x, baseline), words, _GREY)
            x += self.small.width(words) + 3 * _GAP_PX
        self.y += self.small.line_px + _GAP_PX

    def add(self, entry: _Entry) -> None:
        self.canvas.line(
            (_MARGIN_PX, self.y, self.image.width - _MARGIN_PX, self.y), _RULE, width=1
        )
        self.y += _GAP_PX
        self.write(entry.heading, self.small, _GREY)
        right_px = self.image.width - _MARGIN_PX - entry.picture.width
        place = right_px if entry.text.is_rtl else self.left
        self.image.paste(entry.picture, (place, round(self.y)))
        self.y += entry.picture.height + _GAP_PX
        for row in entry.text.rows or [[]]:
            self._add_row(row, entry.text.is_rtl)
        if entry.text.n_left_out:
            self.write(f"... and {entry.text.n_left_out:,} characters more", self.small, _GREY)
        self.y += _GAP_PX

    def _add_row(self, row: Sequence[Cell], is_rtl: bool) -> None:
        width = sum(cell.width_px for cell in row)
        x = self.image.width - _MARGIN_PX - width if is_rtl else self.left
        for label, draw in (("truth", draw_truth), ("read", draw_reading)):
            baseline = self.y + self.text.line_px * 0.75
            self.small.draw(self.canvas, (_MARGIN_PX, baseline), Span(label), _GREY)
            draw(self.canvas, (x, baseline), row, self.text)
            self.y += self.text.line_px
        self.y += _GAP_PX

    def trimmed(self) -> Image.Image:
        """What has been filled."""
        return self.image.crop((0, 0, self.image.width, round(self.y) + _MARGIN_PX))


def draw_contact_sheet(
    lines: Sequence[ReadLine], title: str, *, fonts: FontBook | None = None
) -> Image.Image:
    """Lines below each other: picture, truth and reading, what differs in colour and marked.

    Args:
        lines: to draw.
        title: above them.
        fonts: those of the machine if None.
    """
    pens = _pens(fonts)
    entries = [_entry(line, f"{number}   ", pens) for number, line in enumerate(lines, start=1)]
    height_px = _height_px(entries, pens) + pens.title.line_px + 2 * pens.small.line_px
    sheet = _Sheet(_content_px(entries), height_px, pens)
    sheet.write(title, pens.title)
    sheet.explain()
    for entry in entries:
        sheet.add(entry)
    return sheet.trimmed()


def draw_line(line: ReadLine, *, fonts: FontBook | None = None) -> Image.Image:
    """One line as it is on a contact sheet."""
    pens = _pens(fonts)
    entry = _entry(line, "", pens)
    sheet = _Sheet(_content_px([entry]), _height_px([entry], pens), pens)
    sheet.add(entry)
    return sheet.trimmed()


def _pens(fonts: FontBook | None) -> _Pens:
    return _Pens(*(Typesetter(size, fonts) for size in (_TITLE_PX, _TEXT_PX, _SMALL_PX)))


def _entry(line: ReadLine, number: str, pens: _Pens) -> _Entry:
    counts = compare_line(line.truth, line.reading)
    sizes = count_of(counts.char_edits, "edit"), count_of(counts.n_chars, "character")
    heading = f"{number}CER {counts.cer:.1%} ({', '.join(sizes)})"
    if not line.truth:
        heading += ", the truth is empty"
    if not line.reading:
        heading += ", nothing was read"
    text = align_text(line.truth, line.reading, pens.text, max_width_px=_CONTENT_PX)
    return _Entry(heading, _picture(line.image), text)


def _picture(line_image: NDArray[np.uint8]) -> Image.Image:
    picture = as_picture(line_image)
    enlarged = min(_MOST_ENLARGED, _LEAST_PICTURE_PX / picture.height)
    if enlarged > 1 and picture.width * enlarged <= _CONTENT_PX:
        size = round(picture.width * enlarged), round(picture.height * enlarged)
        return picture.resize(size, Image.Resampling.BICUBIC)
    return fit_picture(picture, _CONTENT_PX, _PICTURE_HEIGHT_PX)


def _content_px(entries: Sequence[_Entry]) -> int:
    widths = (max(entry.picture.width, entry.text.width_px) for entry in entries)
    return min(_CONTENT_PX, max(_LEAST_CONTENT_PX, round(max(widths, default=0)) + 1))


def _height_px(entries: Sequence[_Entry], pens: _Pens) -> int:
    """Enough for all entries."""
    heights = (
        entry.picture.height
        + max(1, len(entry.text.rows)) * (2 * pens.text.line_px + _GAP_PX)
        + 2 * pens.small.line_px
        + 4 * _GAP_PX
        for entry in entries
    )
    return sum(heights) + 2 * _MARGIN_PX


def _shortened(text: str, pen: Typesetter, room_px: float) -> str:
    """As much of a text as fits."""
    if pen.width(Span(text)) <= room_px:
        return text
    while text and pen.width(Span(f"{text}...")) > room_px:
        text = text[: len(text) * 9 // 10]
    return f"{text}..."


def _legend(pen: Typesetter) -> Iterator[tuple[Cell, _DrawRow, Span]]:
    """Samples of the marks, and what they mean."""
    for truth, reading, draw, words in (
        ("a", "", draw_truth, "of the truth, not read"),
        ("", "a", draw_reading, "read, not in the truth"),
        ("", "a", draw_truth, "nothing here"),
    ):
        spans = Span(truth, differs=True), Span(reading, differs=True)
        yield Cell(*spans, pen.size_px), draw, Span(words)
