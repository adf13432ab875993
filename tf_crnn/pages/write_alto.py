"""Readings written into ALTO XML, 2 to 4."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tf_crnn.pages.geometry import bounds
from tf_crnn.pages.read_lines import ReadLine, ReadWord
from tf_crnn.pages.text_line import Points
from tf_crnn.pages.xml_edit import (
    FreshIds,
    add,
    confidence_text,
    indent_like_document,
    insert_after,
    points_text,
    remove,
)
from tf_crnn.pages.xml_tree import child, children, namespace, new_element

_WITH_GLYPHS = "ns-v4#"
_LEAST_SURE = 9


def write_lines(root: Any, lines: Sequence[ReadLine]) -> None:
    """Put readings in the place of the strings, spaces and hyphens that lines had."""
    ids = FreshIds(root, "ID")
    with_glyphs = namespace(root).endswith(_WITH_GLYPHS)
    for line in lines:
        _write_line(line, ids, with_glyphs)


def write_processing(root: Any, software: str, model: str, when: datetime) -> None:
    """Say when and by what the document was changed, if it has a description.

    Args:
        root: of the document.
        software: name and version, parted by a space.
        model: that read.
        when: in UTC.
    """
    description = child(root, "Description")
    if description is None:
        return
    name = FreshIds(root, "ID").take("tf_crnn")
    if namespace(root).endswith(_WITH_GLYPHS):
        step = processing = new_element(description, "Processing", ID=name)
    else:
        processing = new_element(description, "OCRProcessing", ID=name)
        step = add(processing, "ocrProcessingStep")
    add(step, "processingDateTime", when.strftime("%Y-%m-%dT%H:%M:%S"))
    add(step, "processingStepDescription", "text recognition")
    add(step, "processingStepSettings", f"model {model}")
    made_by = add(step, "processingSoftware")
    add(made_by, "softwareName", software.partition(" ")[0])
    add(made_by, "softwareVersion", software.partition(" ")[2])
    description.append(processing)
    indent_like_document(description)


def _write_line(read: ReadLine, ids: FreshIds, with_glyphs: bool) -> None:
    element = read.line.element
    old = children(element, "String", "SP", "HYP")
    ids.give_back(old, "ID")
    remove(old)
    name = element.get("ID") or "line"
    parts: list[Any] = []
    for number, word in enumerate(read.words, start=1):
        if parts:
            parts.append(_space(element, read.words[number - 2], word))
        parts.append(_string(element, word, ids.take(f"{name}_w{number}"), with_glyphs))
    if not parts:
        # A line has at least one string.
        parts = [new_element(element, "String", CONTENT="", **_box(read.outline))]
    insert_after(element, ("Shape",), parts)
    indent_like_document(element)


def _string(line: Any, word: ReadWord, name: str, with_glyphs: bool) -> Any:
    unsure = (round(_LEAST_SURE * (1 - unit.confidence)) for unit in word.units for _ in unit.text)
    element = new_element(
        line, "String", ID=name, CONTENT=word.text, WC=confidence_text(word.confidence),
        CC=" ".join(map(str, unsure)), **_box(word.outline),
    )  # fmt: skip
    if with_glyphs:
        if not _is_upright(word.outline):
            add(add(element, "Shape"), "Polygon", POINTS=points_text(word.outline))
        # A glyph is one character: those of a larger unit share its place.
        for unit in word.units:
            for character in unit.text:
                confidence = confidence_text(unit.confidence)
                add(element, "Glyph", CONTENT=character, GC=confidence, **_box(unit.outline))
    return element


def _space(line: Any, before: ReadWord, behind: ReadWord) -> Any:
    if not (_is_upright(before.outline) and _is_upright(behind.outline)):
        return new_element(line, "SP")
    (_, top), (right, _) = bounds(before.outline)
    (left, _), (other_right, _) = bounds(behind.outline)
    # From right to left, the word behind is at the left.
    start, end = (right, left) if left >= right else (other_right, bounds(before.outline)[0][0])
    return new_element(
        line,
        "SP",
        WIDTH=f"{max(0, round(end - start))}",
        HPOS=f"{round(start)}",
        VPOS=f"{round(top)}",
    )


def _box(outline: Points) -> dict[str, str]:
    (left, top), (right, bottom) = (part.round().astype(int) for part in bounds(outline))
    return {
        "HPOS": str(left),
        "VPOS": str(top),
        "WIDTH": str(max(1, right - left)),
        "HEIGHT": str(max(1, bottom - top)),
    }


def _is_upright(outline: Points) -> bool:
    least, greatest = bounds(outline)
    return bool(((outline == least) | (outline == greatest)).all())
