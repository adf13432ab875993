"""Columns of text side by side, within the width of a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

_GAP = "  "
_INDENT = "    "
_LONGEST_CELL = 48
_SHORTEST_CELL = 12
_NOT_SHOWN = ("Cc", "Cf", "Zl", "Zp", "Cs")


class Column(NamedTuple):
    """A heading and what stands below it.

    Attributes:
        heading: may be broken at spaces and underscores.
        cells: one for each row.
        to_the_right: as numbers stand.
        is_detail: may be shortened, and put into a line below the row as `heading=cell`.
    """

    heading: str
    cells: tuple[str, ...]
    to_the_right: bool
    is_detail: bool


def layout(columns: Sequence[Column], width: int | None) -> list[str]:
    """Lines of a table.

    Headings are broken first, then long details shortened, where the table is too wide; if it
    still is, the details come below their rows.

    Args:
        columns: of equal length, one at least.
        width: greatest length of a line, in characters of a terminal; None for no limit.
    """
    tidy = [_tidied(column) for column in columns]
    widths = [max(map(display_width, (c.heading, *c.cells))) for c in tidy]
    if width is None:
        return _lines(tidy, widths)
    narrowest_headings = [max(_longest_piece(c.heading), _widest_cell(c)) for c in tidy]
    narrowest = [
        max(_longest_piece(c.heading), min(_widest_cell(c), _SHORTEST_CELL)) if c.is_detail else w
        for c, w in zip(tidy, narrowest_headings, strict=True)
    ]
    for floors in (narrowest_headings, narrowest):
        widths = _shrunk(widths, floors, width)
        if _total(widths) <= width:
            return _lines(tidy, widths)
    return _with_details_below(tidy, width)


def display_width(text: str) -> int:
    """Columns of a terminal that a text takes: two for wide characters, none for marks."""
    return sum(map(_character_width, text))


def shorten(text: str, width: int) -> str:
    """A text of at most this width, with `…` in place of its middle if it is longer."""
    if display_width(text) <= width:
        return text
    tail_width = (width - 1) // 2
    tail = _head(text[::-1], tail_width)[::-1]
    return f"{_head(text, width - 1 - display_width(tail))}…{tail}"


def _with_details_below(columns: Sequence[Column], width: int) -> list[str]:
    main = [column for column in columns if not column.is_detail]
    details = [column for column in columns if column.is_detail]
    if not main:
        main, details = details[:1], details[1:]
    narrowest = [max(_longest_piece(c.heading), _widest_cell(c)) for c in main]
    widths = [max(map(display_width, (c.heading, *c.cells))) for c in main]
    head, rows = _parts(main, _shrunk(widths, narrowest, width))
    pairs = [[_pair(c.heading, cell) for cell in c.cells] for c in details]
    pairs = [[shorten(pair, max(width - len(_INDENT), 1)) for pair in p] for p in pairs]
    aligned = [[_padded(pair, max(map(display_width, p))) for pair in p] for p in pairs]
    lines = [*head]
    for row, line in enumerate(rows):
        lines += [line, *_wrapped([cells[row] for cells in aligned], width)]
    return lines


def _pair(heading: str, cell: str) -> str:
    return f"{heading}={cell}" if cell else ""


def _wrapped(pairs: Sequence[str], width: int) -> Iterator[str]:
    """All rows break at the same places, since their pairs are padded to the same widths."""
    line = ""
    for pair in pairs:
        if line and display_width(f"{_INDENT}{line}{_GAP}{pair}") > width:
            if line.strip():
                yield f"{_INDENT}{line}".rstrip()
            line = pair
        else:
            line = f"{line}{_GAP}{pair}" if line else pair
    if line.strip():
        yield f"{_INDENT}{line}".rstrip()


def _lines(columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    head, rows = _parts(columns, widths)
    return [*head, *rows]


def _parts(columns: Sequence[Column], widths: Sequence[int]) -> tuple[list[str], list[str]]:
    """The lines of the headings, which stand at the bottom, and one line for each row."""
    headings = [_broken(c.heading, width) for c, width in zip(columns, widths, strict=True)]
    upside_down = zip_longest(*(reversed(pieces) for pieces in headings), fillvalue="")
    head = [_line(pieces, columns, widths) for pieces in upside_down][::-1]
    rows = zip(*(column.cells for column in columns), strict=True)
    return head, [_line(cells, columns, widths) for cells in rows]


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = (
        _padded(shorten(cell, width), width, to_the_right=column.to_the_right)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _padded(text: str, width: int, *, to_the_right: bool = False) -> str:
    space = " " * (width - display_width(text))
    return space + text if to_the_right else text + space


def _shrunk(widths: Sequence[int], floors: Sequence[int], width: int) -> list[int]:
    """Take from the widest column that can give, until the table fits or none can."""
    shrunk = list(widths)
    while _total(shrunk) > width:
        giving = [n for n, floor in enumerate(floors) if shrunk[n] > floor]
        if not giving:
            break
        shrunk[max(giving, key=lambda n: shrunk[n])] -= 1
    return shrunk


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _tidied(column: Column) -> Column:
    cells = tuple(shorten(_printable(cell), _LONGEST_CELL) for cell in column.cells)
    return column._replace(heading=_printable(column.heading), cells=cells)


def _printable(text: str) -> str:
    """Without what would move the cursor or colour the terminal."""
    return "".join(" " if unicodedata.category(c) in _NOT_SHOWN else c for c in text)


def _widest_cell(column: Column) -> int:
    return max(map(display_width, column.cells), default=0)


def _pieces(heading: str) -> list[str]:
    """The parts of a heading between which it may be broken."""
    return heading.replace("_", "_\n").replace(".", ".\n").replace(" ", " \n").split("\n")


def _longest_piece(heading: str) -> int:
    return max(display_width(piece.rstrip()) for piece in _pieces(heading))


def _broken(heading: str, width: int) -> list[str]:
    lines = [""]
    for piece in _pieces(heading):
        if lines[-1] and display_width((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _head(text: str, width: int) -> str:
    taken = ""
    for character in text:
        if display_width(taken + character) > width:
            break
        taken += character
    return taken


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
