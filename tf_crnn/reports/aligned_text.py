"""Truth and reading one below the other, so that what is the same stands in the same column."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PIL import ImageDraw

from tf_crnn.differences import Segment
from tf_crnn.reports.clusters import align_clusters, split_clusters
from tf_crnn.reports.drawing import Span, Typesetter

TEXT_COLOUR = "#1a1a1a"
# Of Okabe and Ito's palette, which the colour-blind tell apart.
TRUTH_COLOUR = "#0060a0"
READING_COLOUR = "#c84800"
MAX_ROWS = 6
_WORD = re.compile(r"\s|[^\s]+\s?")
_MOST_CLUSTERS = 12  # of a stretch that differs; longer ones are cut, to fit into rows
_GAP = 0.12  # on both sides of what differs, of the size of the text
_LEAST_GAP = 0.5
_RTL = ("R", "AL")
_STRONG = (*_RTL, "L")


class Cell(NamedTuple):
    """A stretch of truth and of reading that stand in one column, and the column's width."""

    truth: Span
    reading: Span
    width_px: float


class AlignedText(NamedTuple):
    """Truth and reading in rows of cells.

    Attributes:
        rows: cells from left to right.
        is_rtl: rows start on the right.
        n_left_out: characters of truth and reading for which there was no room.
    """

    rows: list[list[Cell]]
    is_rtl: bool
    n_left_out: int

    @property
    def width_px(self) -> float:
        """Of the longest row."""
        return max((_width(row) for row in self.rows), default=0.0)


def align_text(
    truth: str, reading: str, typesetter: Typesetter, *, max_width_px: float
) -> AlignedText:
    """Lay out both texts.

    Args:
        truth: reference text.
        reading: recognised text.
        typesetter: that will draw it.
        max_width_px: of a row.
    """
    pieces = [piece for whole in align_clusters(truth, reading) for piece in _cut(whole)]
    is_rtl = _is_rtl(truth + reading)
    directions = _resolve([_direction(p.truth + p.reading) for p in pieces], is_rtl)
    cells = [_cell(pieces, place, directions, typesetter) for place in range(len(pieces))]
    rows = list(_rows(cells, max_width_px))
    left_out = [cell for row in rows[MAX_ROWS:] for cell in row]
    n_left_out = sum(len(cell.truth.text + cell.reading.text) for cell in left_out)
    return AlignedText([_from_left(row, is_rtl) for row in rows[:MAX_ROWS]], is_rtl, n_left_out)


def draw_truth(
    canvas: ImageDraw.ImageDraw, at: tuple[float, float], row: Sequence[Cell], pen: Typesetter
) -> None:
    """Draw the truth of a row; what was not read right is blue and underlined."""
    x, baseline = at
    for cell in row:
        if not cell.truth.differs:
            pen.draw(canvas, (x, baseline), cell.truth, TEXT_COLOUR)
        elif cell.truth.text:
            left = _draw_centred(canvas, (x, baseline), cell, cell.truth, pen, TRUTH_COLOUR)
            y = baseline + pen.size_px * 0.2
            right = left + pen.width(cell.truth)
            canvas.line((left, y, right, y), TRUTH_COLOUR, max(2, pen.size_px // 9))
        else:
            _draw_gap(canvas, (x, baseline), cell, pen, TRUTH_COLOUR)
        x += cell.width_px


def draw_reading(
    canvas: ImageDraw.ImageDraw, at: tuple[float, float], row: Sequence[Cell], pen: Typesetter
) -> None:
    """Draw the reading of a row; what is wrong is orange with a wave below."""
    x, baseline = at
    for cell in row:
        if not cell.reading.differs:
            pen.draw(canvas, (x, baseline), cell.reading, TEXT_COLOUR)
        elif cell.reading.text:
            left = _draw_centred(canvas, (x, baseline), cell, cell.reading, pen, READING_COLOUR)
            right = left + pen.width(cell.reading)
            _draw_wave(canvas, (left, right), baseline + pen.size_px * 0.22, pen.size_px)
        else:
            _draw_gap(canvas, (x, baseline), cell, pen, READING_COLOUR)
        x += cell.width_px


def _draw_centred(
    canvas: ImageDraw.ImageDraw,
    at: tuple[float, float],
    cell: Cell,
    span: Span,
    pen: Typesetter,
    colour: str,
) -> float:
    left = at[0] + (cell.width_px - pen.width(span)) / 2
    pen.draw(canvas, (left, at[1]), span, colour)
    return left


def _draw_wave(
    canvas: ImageDraw.ImageDraw, ends: tuple[float, float], y: float, size_px: int
) -> None:
    left, right = ends
    n_steps = max(2, round((right - left) / (size_px * 0.14)))
    points = [
        (left + (right - left) * step / n_steps, y + (-1) ** step * size_px * 0.055)
        for step in range(n_steps + 1)
    ]
    canvas.line(points, READING_COLOUR, max(2, size_px // 11), joint="curve")


def _draw_gap(
    canvas: ImageDraw.ImageDraw,
    at: tuple[float, float],
    cell: Cell,
    pen: Typesetter,
    colour: str,
) -> None:
    """A dashed frame where the other text has something."""
    x, baseline = at
    margin, dash = pen.size_px * _GAP, max(2, pen.size_px // 9)
    left, right = round(x + margin), round(x + cell.width_px - margin)
    top, bottom = round(baseline - pen.size_px * 0.7), round(baseline)
    for start in range(left, right, 2 * dash):
        end = min(start + dash, right)
        canvas.line((start, top, end, top), colour)
        canvas.line((start, bottom, end, bottom), colour)
    for start in range(top, bottom, 2 * dash):
        end = min(start + dash, bottom)
        canvas.line((left, start, left, end), colour)
        canvas.line((right, start, right, end), colour)


def _cut(segment: Segment) -> Iterator[Segment]:
    """Words of what is equal, short stretches of what differs."""
    if segment.is_equal:
        yield from (Segment(word, word) for word in _WORD.findall(segment.truth))
        return
    truth, reading = split_clusters(segment.truth), split_clusters(segment.reading)
    for start in range(0, max(len(truth), len(reading)), _MOST_CLUSTERS):
        end = start + _MOST_CLUSTERS
        yield Segment("".join(truth[start:end]), "".join(reading[start:end]))


def _cell(pieces: list[Segment], place: int, directions: list[bool], pen: Typesetter) -> Cell:
    piece, is_rtl = pieces[place], directions[place]
    before = pieces[place - 1] if place else Segment("", "")
    after = pieces[place + 1] if place + 1 < len(pieces) else Segment("", "")
    truth, reading = (
        Span(
            piece[side],
            not piece.is_equal,
            is_rtl,
            joins_before=_join(before[side], piece[side]),
            joins_after=_join(piece[side], after[side]),
        )
        for side in (0, 1)
    )
    if piece.is_equal:
        return Cell(truth, reading, pen.width(truth))
    if pen.looks_alike(truth, reading):
        truth, reading = truth._replace(as_codes=True), reading._replace(as_codes=True)
    width = max(pen.width(truth), pen.width(reading), _LEAST_GAP * pen.size_px)
    return Cell(truth, reading, width + 2 * _GAP * pen.size_px)


def _join(left: str, right: str) -> bool:
    """Whether Arabic letters meet here."""
    ends = left[-1:], right[:1]
    return all(end and unicodedata.bidirectional(end) in ("AL", "NSM") for end in ends)


def _rows(cells: list[Cell], max_width_px: float) -> Iterator[list[Cell]]:
    row: list[Cell] = []
    for cell in cells:
        if row and _width(row) + cell.width_px > max_width_px:
            kept = _break_place(row)
            yield row[:kept]
            row = row[kept:]
        row.append(cell)
    if row:
        yield row


def _break_place(row: list[Cell]) -> int:
    """How many cells of a full row stay in it: up to a space, if there is one near its end."""
    for place in range(len(row), len(row) * 2 // 3, -1):
        if row[place - 1].truth.text.endswith(" "):
            return place
    return len(row)


def _width(row: Sequence[Cell]) -> float:
    return sum(cell.width_px for cell in row)


def _direction(text: str) -> str:
    """Bidirectional class of the first character that has a direction; empty without one."""
    classes = map(unicodedata.bidirectional, text)
    return next((name for name in classes if name in _STRONG), "")


def _is_rtl(text: str) -> bool:
    return _direction(text) in _RTL


def _resolve(directions: list[str], base_is_rtl: bool) -> list[bool]:
    """Whether each runs from right to left; those without direction go with both neighbours."""
    known = [name in _RTL if name else None for name in directions]
    before, last = list[bool](), base_is_rtl
    for is_rtl in known:
        last = last if is_rtl is None else is_rtl
        before.append(last)
    resolved, following = list[bool](), base_is_rtl
    for is_rtl, previous in zip(reversed(known), reversed(before), strict=True):
        if is_rtl is None:
            resolved.append(previous if previous == following else base_is_rtl)
        else:
            following = is_rtl
            resolved.append(is_rtl)
    return resolved[::-1]


def _from_left(row: list[Cell], base_is_rtl: bool) -> list[Cell]:
    """Cells in the order in which they stand on paper (one level of the bidirectional rules)."""
    runs: list[list[Cell]] = []
    for cell in row:
        if runs and runs[-1][-1].truth.is_rtl == cell.truth.is_rtl:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    ordered = [run[::-1] if run[0].truth.is_rtl else run for run in runs]
    return [cell for run in (ordered[::-1] if base_is_rtl else ordered) for cell in run]
