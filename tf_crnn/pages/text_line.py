"""A text line as a page's XML describes it, whatever the format."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Positions beyond are no pixels of a scan, and would overflow what counts pixels.
_FARTHEST = 1e6
_NUMBER_SEPARATORS = re.compile(r"[\s,]+")

Points = NDArray[np.float64]  # (N, 2), x and y


@dataclass(frozen=True)
class TextLine:
    """A line, or a word, of a page.

    Attributes:
        element: where it stands in the XML.
        id: as written there, or empty.
        row: the line of the file on which its element begins.
        text: its transcription, None where it has none.
        outline: (N, 2) corners around it, None where the XML gives none; in the XML's unit.
        box: (N, 2) the corners of its box where the XML gives one beside the outline.
        baseline: (N, 2) points on which the writing stands, from its beginning to its end.
        angle_deg: by how much the page has to be turned clockwise for the line to run from left to
            right; None where the XML does not say.
        problem: why the element cannot be used, empty if it can.
    """

    element: Any
    id: str
    row: int
    text: str | None = None
    outline: Points | None = None
    box: Points | None = None
    baseline: Points | None = None
    angle_deg: float | None = None
    problem: str = ""


def parse_points(text: str) -> Points:
    """Points of any of the usual forms: `1,2 3,4`, `1 2 3 4` or `1,2,3,4`.

    Raises:
        ValueError: not pairs of numbers, or numbers that are no positions on a scan.
    """
    words = [word for word in _NUMBER_SEPARATORS.split(text) if word]
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = [math.nan]
    if len(numbers) % 2 or not all(abs(number) <= _FARTHEST for number in numbers):
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        raise ValueError(f"points {shown!r} are not pairs of numbers up to {_FARTHEST:,.0f}")
    return np.array(numbers, dtype=np.float64).reshape(-1, 2)


def parse_number(text: str, meaning: str) -> float:
    """A finite number.

    Raises:
        ValueError: it is not one.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= _FARTHEST:
        raise ValueError(f"{meaning} {text[:40]!r} is not a number")
    return number


def angle_deg(turned: str, direction: str) -> float | None:
    """`TextLine.angle_deg` from two attributes.

    Args:
        turned: degrees by which the page must be turned clockwise, empty if not given.
        direction: 'top-to-bottom', 'bottom-to-top' or anything else.

    Raises:
        ValueError: `turned` is not a number.
    """
    upright = {"top-to-bottom": -90.0, "bottom-to-top": 90.0}.get(direction)
    if not turned:
        return upright
    angle = parse_number(turned, "the orientation")
    # An orientation that lays the line down already says which way it is read.
    return angle if upright is None or abs(angle) >= 45 else angle + upright


def one_line(text: str) -> str:
    """A text without line breaks: those of an indented XML are not of the writing."""
    lines = text.splitlines()
    return text if len(lines) < 2 else " ".join(line.strip() for line in lines if line.strip())


def in_reading_order(
    lines: Sequence[TextLine], order: Sequence[str], id_name: str
) -> list[TextLine]:
    """Lines by where the ids of their regions (or their own) stand in the reading order.

    Lines of which no region is named there follow behind, in the order of the document.

    Args:
        lines: in the order of the document.
        order: ids.
        id_name: the attribute that holds an id.
    """
    position = {name: index for index, name in reversed(list(enumerate(order)))}

    def place(line: TextLine) -> int:
        element = line.element
        while element is not None:
            if element.get(id_name) in position:
                return position[element.get(id_name)]
            element = element.getparent()
        return len(order)

    return sorted(lines, key=place)
