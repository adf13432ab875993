"""Pictures of lines, each in several variants side by side or below each other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tf_crnn.reports.drawing import Span, Typesetter
from tf_crnn.reports.fonts import FontBook
from tf_crnn.reports.thumbnails import as_picture

_TITLE_PX, _TEXT_PX, _CAPTION_PX = 22, 18, 14
_MARGIN_PX, _GAP_PX = 16, 8
# Variants stand side by side where so many pixels have room for several.
_CONTENT_PX = 1600
_LEAST_PICTURE_PX = 48
_LEAST_CAPTION_PX = 180
_GREY, _RULE, _SURROUNDING = "#5f5f5f", "#d0d0d0", "#dbe7f3"


class Variant(NamedTuple):
    """A picture of a line.

    Attributes:
        caption: what was done to it.
        image: (H, W, C) uint8, C 1 or 3.
    """

    caption: str
    image: NDArray[np.uint8]


class LineVariants(NamedTuple):
    """A line in several variants; the captions stand above them."""

    title: str
    variants: Sequence[Variant]


class _Pens(NamedTuple):
    title: Typesetter
    text: Typesetter
    caption: Typesetter


def draw_variants(
    lines: Sequence[LineVariants],
    title: str,
    *,
    notes: Sequence[str] = (),
    fonts: FontBook | None = None,
) -> Image.Image:
    """Lines below each other, each with all its variants at their own size.

    Args:
        lines: to draw; low ones are enlarged by a whole factor.
        title: above them.
        notes: below the title, in small letters.
        fonts: those of the machine if None.
    """
    pens = _Pens(*(Typesetter(size, fonts) for size in (_TITLE_PX, _TEXT_PX, _CAPTION_PX)))
    blocks = [_draw_line(line, pens) for line in lines]
    head = [_text(title, pens.title, "black")]
    for note in notes:
        head += [
            _text(row, pens.caption, _GREY) for row in _wrapped(note, pens.caption, _CONTENT_PX)
        ]
    width = max(picture.width for picture in (*head, *blocks))
    height = sum(row.height for row in head) + sum(block.height + 2 * _GAP_PX for block in blocks)
    sheet = Image.new("RGB", (width + 2 * _MARGIN_PX, height + 2 * _MARGIN_PX), "white")
    canvas, y = ImageDraw.Draw(sheet), _MARGIN_PX
    for row in head:
        sheet.paste(row, (_MARGIN_PX, y))
        y += row.height
    for block in blocks:
        y += _GAP_PX
        canvas.line((_MARGIN_PX, y, _MARGIN_PX + width, y), _RULE, width=1)
        y += _GAP_PX
        sheet.paste(block, (_MARGIN_PX, y))
        y += block.height
    return sheet


def _draw_line(line: LineVariants, pens: _Pens) -> Image.Image:
    """Title and variants of a line, the variants in as many columns as there is room for."""
    title = _text(line.title, pens.text, "black")
    cells = [_draw_variant(variant, pens.caption) for variant in line.variants]
    cell_px = max(cell.width for cell in cells) + _GAP_PX
    n_columns = max(1, min(len(cells), _CONTENT_PX // cell_px))
    rows = [cells[start : start + n_columns] for start in range(0, len(cells), n_columns)]
    heights = [max(cell.height for cell in row) for row in rows]
    width = max(title.width, n_columns * cell_px)
    block = Image.new("RGB", (width, title.height + sum(heights)), "white")
    block.paste(title, (0, 0))
    y = title.height
    for row, height in zip(rows, heights, strict=True):
        for column, cell in enumerate(row):
            block.paste(cell, (column * cell_px, y))
        y += height
    return block


def _draw_variant(variant: Variant, pen: Typesetter) -> Image.Image:
    """The picture on a ground that shows where it ends, its caption above."""
    picture = as_picture(variant.image)
    if (factor := _LEAST_PICTURE_PX // picture.height) > 1:
        size = picture.width * factor, picture.height * factor
        picture = picture.resize(size, Image.Resampling.NEAREST)
    room_px = max(_LEAST_CAPTION_PX, picture.width)
    rows = [_text(row, pen, _GREY) for row in _wrapped(variant.caption, pen, room_px)]
    width, top = max(picture.width + 2, *(row.width for row in rows)), pen.line_px * len(rows)
    cell = Image.new("RGB", (width, top + picture.height + 2 + _GAP_PX), "white")
    for number, row in enumerate(rows):
        cell.paste(row, (0, number * pen.line_px))
    cell.paste(_SURROUNDING, (0, top, picture.width + 2, top + picture.height + 2))
    cell.paste(picture, (1, top + 1))
    return cell


def _wrapped(text: str, pen: Typesetter, room_px: int) -> list[str]:
    """A text in rows that fit, broken at spaces."""
    rows = [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".lstrip()
        if rows[-1] and pen.width(Span(longer)) > room_px:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


def _text(text: str, pen: Typesetter, colour: str) -> Image.Image:
    """One row of text, cut where the sheet would end."""
    span = Span(text)
    width = min(_CONTENT_PX, int(pen.width(span)) + 1)
    picture = Image.new("RGB", (max(1, width), pen.line_px), "white")
    pen.draw(ImageDraw.Draw(picture), (0, pen.line_px * 0.75), span, colour)
    return picture
