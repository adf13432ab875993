"""Pictures of where a line was looked at for each of its units: a strip, and frames of a film."""

from collections.abc import Iterator, Sequence
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
    """

    unit: str
    columns: NDArray[np.float64]
    confidence: float


def marks_of(transcription: Transcription, width_px: int) -> list[Mark]:
    """Where an attention decoder looked, or, without one, where CTC has the units.

    Args:
        transcription: with its looks or its places.
        width_px: of the line image.
    """
    columns = (np.arange(width_px) + 0.5) / width_px
    if transcription.looks:
        steps = (np.arange(len(transcription.looks[0].weights)) + 0.5) / len(
            transcription.looks[0].weights
        )
        return [
            Mark(
                look.unit,
                np.interp(columns, steps, look.weights / look.weights.max()),
                look.confidence,
            )
            for look in transcription.looks
        ]
    pixels = np.arange(width_px) + 0.5
    return [
        Mark(unit, ((pixels >= p.start_px) & (pixels < p.end_px)).astype(np.float64), p.confidence)
        for unit, p in zip(transcription.units, transcription.places, strict=True)
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
    line = _scaled(picture)
    text = Typesetter(_TEXT_PX)
    top = _MARGIN_PX + len(captions) * text.line_px
    rows_top = top + line.height + _MARGIN_PX
    width = _GUTTER_PX + max(line.width, _caption_px(text, captions)) + _MARGIN_PX
    sheet = Image.new("RGB", (width, rows_top + _ROW_PX * len(marks) + _MARGIN_PX), "white")
    canvas = ImageDraw.Draw(sheet)
    _draw_captions(canvas, text, captions)
    sheet.paste(line, (_GUTTER_PX, top))
    for row, mark in enumerate(marks):
        y = rows_top + row * _ROW_PX
        sheet.paste(_row(mark, line.width), (_GUTTER_PX, y))
        _draw_unit(canvas, text, mark, y)
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
    line = _scaled(picture)
    text = Typesetter(_TEXT_PX)
    top = _MARGIN_PX + len(captions) * text.line_px
    bottom = top + line.height + text.line_px + 2 * _MARGIN_PX
    # The text up to each unit is at most as wide as the caption with the whole of it.
    width = 2 * _MARGIN_PX + max(line.width, _caption_px(text, captions))
    for number, mark in enumerate(marks, start=1):
        frame = Image.new("RGB", (width, bottom), "white")
        canvas = ImageDraw.Draw(frame)
        _draw_captions(canvas, text, captions)
        frame.paste(_tinted(line, mark), (_MARGIN_PX, top))
        so_far = "".join(mark.unit for mark in marks[:number])
        baseline = top + line.height + _MARGIN_PX + text.size_px
        text.draw(canvas, (_MARGIN_PX, baseline), Span(so_far), "black")
        yield frame


def _scaled(picture: NDArray[np.uint8]) -> Image.Image:
    pixels = picture[:, :, 0] if picture.shape[2] == 1 else picture
    image = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    width = min(_WIDEST_PX, max(1, round(image.width * _LINE_PX / image.height)))
    return image.resize((width, _LINE_PX), Image.Resampling.LANCZOS)


def _caption_px(text: Typesetter, captions: Sequence[str]) -> int:
    return max((int(text.width(Span(caption))) + 1 for caption in captions), default=0)


def _draw_captions(canvas: ImageDraw.ImageDraw, text: Typesetter, captions: Sequence[str]) -> None:
    for number, caption in enumerate(captions):
        baseline = _MARGIN_PX + number * text.line_px + text.size_px
        text.draw(canvas, (_MARGIN_PX, baseline), Span(caption), "black")


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
