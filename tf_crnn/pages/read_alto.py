"""ALTO XML, 2 to 4: lines and words with their outlines, texts and reading order."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tf_crnn.pages.text_line import (
    Points,
    TextLine,
    angle_deg,
    in_reading_order,
    one_line,
    parse_number,
    parse_points,
)
from tf_crnn.pages.xml_tree import child, children, local_name, nearest

_DIRECTIONS = {"ttb": "top-to-bottom", "btt": "bottom-to-top"}
_GROUPS = ("OrderedGroup", "UnorderedGroup", "ElementRef")


def text_lines(root: Any, *, whole_words: bool = False, level: str = "line") -> list[TextLine]:
    """The lines of an ALTO document, or its words, in reading order.

    Args:
        root: of the document.
        whole_words: a word that is parted at the end of a line counts as whole on its first line
            (SUBS_CONTENT), and not on the second.
        level: 'line' or 'word'.
    """
    elements = list(root.iter("{*}TextLine"))
    lines = in_reading_order([TextLine(e, "", 0) for e in elements], _order(root), "ID")
    if level == "line":
        return [_text_line(line.element, _line_text(line.element, whole_words)) for line in lines]
    strings = [string for line in lines for string in children(line.element, "String")]
    return [_text_line(string, _content(string, whole_words)) for string in strings]


def _text_line(element: Any, text: str | None) -> TextLine:
    outline = box = baseline = angle = None
    problem = ""
    try:
        box = _box(element)
        outline = _polygon(element)
        outline = box if outline is None else outline
        baseline = _baseline(element)
        direction = _DIRECTIONS.get(nearest(element, "BASEDIRECTION"), "")
        angle = angle_deg(nearest(element, "ROTATION"), direction)
    except ValueError as error:
        problem = str(error)
    row = element.sourceline or 0
    return TextLine(
        element, element.get("ID", ""), row, text, outline, box, baseline, angle, problem
    )


def _line_text(line: Any, whole_words: bool) -> str | None:
    """Strings with spaces at each SP; in a line without any, with one between each two."""
    parts = children(line, "String", "SP", "HYP")
    has_spaces = any(local_name(part) == "SP" for part in parts)
    texts: list[str] = []
    previous = ""
    for part in parts:
        name = local_name(part)
        if name == "SP":
            texts.append(" ")
        elif name == "String":
            if previous == "String" and not has_spaces:
                texts.append(" ")
            texts.append(_content(part, whole_words))
        elif not (whole_words and texts and _is_parted(line)):
            texts.append(part.get("CONTENT", ""))
        previous = name
    text = "".join(texts)
    return (text.strip() if whole_words else text) or None


def _is_parted(line: Any) -> bool:
    return any(s.get("SUBS_TYPE") == "HypPart1" for s in children(line, "String"))


def _content(string: Any, whole_words: bool) -> str:
    if whole_words and string.get("SUBS_CONTENT"):
        if string.get("SUBS_TYPE") == "HypPart1":
            return one_line(string.get("SUBS_CONTENT"))
        if string.get("SUBS_TYPE") == "HypPart2":
            return ""
    return one_line(string.get("CONTENT", ""))


def _box(element: Any) -> Points | None:
    values = [element.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(value is None for value in values):
        return None
    names = "HPOS, VPOS, WIDTH or HEIGHT"
    left, top, width, height = (parse_number(value, names) for value in values)
    if width <= 0 or height <= 0:
        raise ValueError(f"a box of {width:g} x {height:g} is empty")
    right, bottom = left + width, top + height
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _polygon(element: Any) -> Points | None:
    shape = child(element, "Shape")
    polygon = child(shape, "Polygon") if shape is not None else None
    return None if polygon is None else parse_points(polygon.get("POINTS", ""))


def _baseline(element: Any) -> Points | None:
    """A list of points (4.2), or one height for the whole line, which says no more than the box."""
    numbers = element.get("BASELINE", "").replace(",", " ").split()
    return parse_points(" ".join(numbers)) if len(numbers) >= 4 else None


def _order(root: Any) -> list[str]:
    reading_order = child(root, "ReadingOrder")
    return [] if reading_order is None else list(_references(reading_order))


def _references(group: Any) -> Iterator[str]:
    for member in children(group, *_GROUPS):
        yield from member.get("REF", "").split()
        yield from _references(member)
