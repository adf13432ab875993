"""PAGE XML, 2010 to 2019: lines and words with their outlines, texts and reading order."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tf_crnn.errors import DataError
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

Choose = Callable[[list[Any]], Any]

_GROUPS = ("OrderedGroup", "UnorderedGroup", "OrderedGroupIndexed", "UnorderedGroupIndexed")
_REFERENCES = ("RegionRef", "RegionRefIndexed")
# How Transkribus numbers lines, whatever their order in the file.
_CUSTOM_INDEX = re.compile(r"readingOrder\s*\{\s*index\s*:\s*(\d+)")


def text_lines(root: Any, choose: Choose, level: str = "line") -> list[TextLine]:
    """The lines of a PAGE document, or its words, in reading order.

    Args:
        root: of the document.
        choose: picks one of several TextEquiv elements, see `text_choice`.
        level: 'line' or 'word'.
    """
    elements = list(root.iter("{*}TextLine"))
    lines = in_reading_order([TextLine(e, "", 0) for e in elements], _region_ids(root), "id")
    ordered = [element for region in _by_region(lines) for element in _in_region_order(region)]
    if level == "word":
        ordered = [word for line in ordered for word in children(line, "Word")]
    return [_text_line(element, choose) for element in ordered]


def text_choice(name: str) -> Choose:
    """How to choose among several texts of a line.

    Args:
        name: 'index' for the lowest index, 'confidence' for the highest conf, a whole number N for
            the Nth in the file, 'type:NAME' for the first whose dataType is NAME.

    Raises:
        DataError: it is none of these.
    """
    if name == "index":
        return lambda equivs: min(equivs, key=_index, default=None)
    if name == "confidence":
        return lambda equivs: max(equivs, key=_confidence, default=None)
    if name.isdecimal() and int(name) > 0:
        return lambda equivs: equivs[int(name) - 1] if len(equivs) >= int(name) else None
    if name.startswith("type:"):
        wanted = name.removeprefix("type:")
        return lambda equivs: next((e for e in equivs if e.get("dataType") == wanted), None)
    raise DataError(
        f"text_equiv {name!r}: must be 'index', 'confidence', a number from 1, or 'type:NAME'."
    )


def _text_line(element: Any, choose: Choose) -> TextLine:
    outline = box = baseline = angle = None
    problem = ""
    try:
        outline = _points(child(element, "Coords"))
        baseline = _points(child(element, "Baseline"))
        angle = _angle(element)
    except ValueError as error:
        problem = str(error)
    return TextLine(
        element, element.get("id", ""), element.sourceline or 0, _text(element, choose),
        outline, box, baseline, angle, problem,
    )  # fmt: skip


def _angle(element: Any) -> float | None:
    turned = nearest(element, "orientation")
    reading = nearest(element, "readingOrientation")
    if reading:
        total = parse_number(turned or "0", "the orientation")
        turned = str(total + parse_number(reading, "the readingOrientation"))
    return angle_deg(turned, nearest(element, "readingDirection"))


def _points(element: Any) -> Points | None:
    if element is None:
        return None
    if element.get("points") is not None:
        return parse_points(element.get("points"))
    # Before 2013, each corner was an element of its own.
    corners = children(element, "Point")
    return parse_points(" ".join(f"{c.get('x', '?')},{c.get('y', '?')}" for c in corners))


def _text(element: Any, choose: Choose) -> str | None:
    """Its own text; else that of its words with spaces between, or of its glyphs."""
    chosen = choose(children(element, "TextEquiv"))
    unicode_text = child(chosen, "Unicode") if chosen is not None else None
    if unicode_text is not None and unicode_text.text:
        return one_line(unicode_text.text)
    if words := children(element, "Word"):
        return " ".join(filter(None, (_text(word, choose) for word in words))) or None
    return "".join(filter(None, (_text(g, choose) for g in children(element, "Glyph")))) or None


def _index(equiv: Any) -> float:
    index = equiv.get("index", "")
    return int(index) if index.isdecimal() else float("inf")


def _confidence(equiv: Any) -> float:
    try:
        return float(equiv.get("conf", ""))
    except ValueError:
        return -1.0


def _region_ids(root: Any) -> list[str]:
    reading_order = next(root.iter("{*}ReadingOrder"), None)
    return [] if reading_order is None else list(_references(reading_order))


def _references(group: Any) -> Iterator[str]:
    """Ids of regions, depth first; ordered groups by their index."""
    members = children(group, *_GROUPS, *_REFERENCES)
    if local_name(group).startswith("OrderedGroup"):
        members.sort(key=_index)
    for member in members:
        if member.get("regionRef"):
            yield member.get("regionRef")
        yield from _references(member)


def _by_region(lines: list[TextLine]) -> Iterator[list[Any]]:
    """Elements of neighbouring lines that have one region."""
    region: list[Any] = []
    for line in lines:
        if region and region[-1].getparent() is not line.element.getparent():
            yield region
            region = []
        region.append(line.element)
    if region:
        yield region


def _in_region_order(elements: list[Any]) -> list[Any]:
    """By the lines' numbers where all of them have one."""
    numbers = [_number(element) for element in elements]
    if any(number is None for number in numbers):
        return elements
    order = sorted(range(len(elements)), key=lambda i: numbers[i] or 0)
    return [elements[i] for i in order]


def _number(element: Any) -> int | None:
    index = element.get("index", "")
    if index.isdecimal():
        return int(index)
    custom = _CUSTOM_INDEX.search(element.get("custom", ""))
    return int(custom[1]) if custom else None
