"""Pictures of where a line was looked at for each of its units: a strip, and frames of a film."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tf_crnn.decoding.transcription import Transcription
from tf_crnn.reports.drawing import Span, Typesetter

_LINE_PX = 64
_WIDEST_PX = 1600
_TEXT_PX = 16
_ROW_PX = 22
_MARGIN_PX = 8
_GUTTER_PX = 76
_END = "end"
_TINT = np.array([255, 96, 0], dtype=np.float64)
_STRONGEST_TINT = 0.65


class Mark(NamedTuple):
    """What was looked at for one unit.

    Attributes:
        unit: that was read; empty for the end of the text.
        columns: (W,) over the columns of the line image, from 0 to 1.
        confidence: of the unit, 0 to 1.
        text: what is read once this unit is, in reading order.
    """

    unit: str
    columns: NDArray[np.float64]
    confidence: float
    text: str


def marks_of(
    transcription: Transcription,
    width_px: int,
    *,
    read_text: Callable[[Sequence[str]], str] = "".join,
) -> list[Mark]:
    """Where an attention decoder looked, or, without one, where CTC has the units.

    Args:
        transcription: with its looks or its places.
        width_px: of the line image.
        read_text: the text of units in the order of the image, see `TextRules.read_text`.
    """
    columns = (np.arange(width_px) + 0.5) / width_px
    if transcription.looks:
        n_steps = len(transcription.looks[0].weights)
        steps = (np.arange(n_steps) + 0.5) / n_steps
        written = [look.unit for look in transcription.looks]
        return [
            Mark(
                look.unit,
                np.interp(columns, steps, look.weights / look.weights.max()),
                look.confidence,
                read_text([unit for unit in written[:number] if unit]),
            )
            for number, look in enumerate(transcription.looks, start=1)
        ]
    pixels = np.arange(width_px) + 0.5
    units = transcription.units
    return [
        Mark(
            unit,
            ((pixels >= place.start_px) & (pixels < place.end_px)).astype(np.float64),
            place.confidence,
            "".join(units[:number]),
        )
        for number, (unit, place) in enumerate(zip(units, transcription.places, strict=True), 1)
    ]


def draw_strip(
    picture: NDArray[np.uint8], marks: Sequence[Mark], captions: Sequence[str]
) -> Image.Image:
    """The line, and below it a row for each unit that shows where it was looked at.

    Args:
        picture: (H, W, C) uint8.
        marks: of its units.
        captions: lines of text above.
    """
    paper = _Paper(picture, captions, left_px=_GUTTER_PX)
    sheet = paper.sheet(paper.line, _ROW_PX * len(marks))
    canvas = ImageDraw.Draw(sheet)
    for row, mark in enumerate(marks):
        y = paper.below_px + row * _ROW_PX
        sheet.paste(_row(mark, paper.line.width), (_GUTTER_PX, y))
        _draw_unit(canvas, paper.text, mark, y)
    return sheet


def draw_frames(
    picture: NDArray[np.uint8], marks: Sequence[Mark], captions: Sequence[str]
) -> Iterator[Image.Image]:
    """The line once for each unit, tinted where it was looked at, with the text up to there.

    Args:
        picture: (H, W, C) uint8.
        marks: of its units.
        captions: lines of text above.
    """
    # The text up to each unit is at most as wide as the caption with the whole of it.
    paper = _Paper(picture, captions, left_px=_MARGIN_PX)
    for mark in marks:
        frame = paper.sheet(_tinted(paper.line, mark), paper.text.line_px)
        at = _MARGIN_PX, paper.below_px + paper.text.size_px
        paper.text.draw(ImageDraw.Draw(frame), at, Span(mark.text), "black")
        yield frame


class _Paper:
    """White sheets of one width with captions, a line below them, and room below that.

    Args:
        picture: (H, W, C) uint8, of the line.
        captions: lines of text above it.
        left_px: room to its left.

    Attributes:
        line: as high as it is drawn.
        text: to write with.
        below_px: where the room below the line begins.
    """

    def __init__(
        self, picture: NDArray[np.uint8], captions: Sequence[str], *, left_px: int
    ) -> None:
        self.line = _scaled(picture)
        self.text = Typesetter(_TEXT_PX)
        self._captions = captions
        self._corner = left_px, _MARGIN_PX + len(captions) * self.text.line_px
        self.below_px = self._corner[1] + self.line.height + _MARGIN_PX
        widths = [int(self.text.width(Span(caption))) + 1 for caption in captions]
        self._width_px = left_px + max(self.line.width, *widths, 0) + _MARGIN_PX

    def sheet(self, line: Image.Image, room_px: int) -> Image.Image:
        """A new sheet with the line, in whatever colours, and room for more below it."""
        height_px = self.below_px + room_px + _MARGIN_PX
        sheet = Image.new("RGB", (self._width_px, height_px), "white")
        canvas = ImageDraw.Draw(sheet)
        for number, caption in enumerate(self._captions):
            baseline = _MARGIN_PX + number * self.text.line_px + self.text.size_px
            self.text.draw(canvas, (_MARGIN_PX, baseline), Span(caption), "black")
        sheet.paste(line, self._corner)
        return sheet


def _scaled(picture: NDArray[np.uint8]) -> Image.Image:
    pixels = picture[:, :, 0] if picture.shape[2] == 1 else picture
    image = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    width = min(_WIDEST_PX, max(1, round(image.width * _LINE_PX / image.height)))
    return image.resize((width, _LINE_PX), Image.Resampling.LANCZOS)


def _draw_unit(canvas: ImageDraw.ImageDraw, text: Typesetter, mark: Mark, y: int) -> None:
    baseline = y + text.size_px
    shown = Span(mark.unit, differs=True) if mark.unit else Span(_END)
    text.draw(canvas, (_MARGIN_PX, baseline), shown, "black" if mark.unit else "grey")
    x = _GUTTER_PX - 4
    canvas.text((x, baseline), f"{mark.confidence:.0%}", "grey", anchor="rs")


def _row(mark: Mark, width_px: int) -> Image.Image:
    """A bar, the darker the more was looked at its columns."""
    strength = _resampled(mark.columns, width_px)[None, :, None]
    pixels = 255.0 * (1 - strength) + _TINT * strength
    return Image.fromarray(np.repeat(pixels, _ROW_PX - 2, axis=0).astype(np.uint8))


def _tinted(line: Image.Image, mark: Mark) -> Image.Image:
    strength = _STRONGEST_TINT * _resampled(mark.columns, line.width)[None, :, None]
    pixels = np.asarray(line, dtype=np.float64) * (1 - strength) + _TINT * strength
    return Image.fromarray(pixels.astype(np.uint8))


def _resampled(columns: NDArray[np.float64], width_px: int) -> NDArray[np.float64]:
    there = (np.arange(width_px) + 0.5) / width_px
    return np.interp(there, (np.arange(len(columns)) + 0.5) / len(columns), columns)
