"""Readings written into PAGE XML, 2013 to 2019."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tf_crnn.errors import DataError
from tf_crnn.pages.read_lines import ReadLine, ReadWord
from tf_crnn.pages.text_line import one_line
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

_BEFORE_WORDS = ("AlternativeImage", "Coords", "Baseline")
_WITH_ITEMS = ("2018-07-15", "2019-07-15")
_EARLIEST = "2013-07-15"


def check_version(root: Any) -> None:
    """See that a document can hold readings.

    Raises:
        DataError: it is of a version before 2013, which has no confidences.
    """
    version = namespace(root).rpartition("/")[2]
    if version < _EARLIEST:
        raise DataError(
            f"PAGE {version} cannot hold confidences and outlines as they are written; convert it "
            f"to {_EARLIEST} or later."
        )


def write_lines(root: Any, lines: Sequence[ReadLine]) -> None:
    """Put readings in the place of what lines had: text, words and glyphs.

    A region that had a text gets that of its lines.
    """
    ids = FreshIds(root, "id")
    for line in lines:
        _write_line(line, ids)
    regions = dict.fromkeys(line.line.element.getparent() for line in lines)
    for region in regions:
        _write_region(region)


def write_processing(root: Any, software: str, model: str, when: datetime) -> None:
    """Say when and by what the document was changed, as far as its version has a place for it.

    Args:
        root: of the document.
        software: name and version.
        model: that read.
        when: in UTC.
    """
    metadata = child(root, "Metadata")
    if metadata is None:
        return
    date = when.strftime("%Y-%m-%dT%H:%M:%S")
    changed = child(metadata, "LastChange")
    if changed is not None:
        changed.text = date
    if namespace(root).rpartition("/")[2] in _WITH_ITEMS:
        item = add(
            metadata, "MetadataItem", type="processingStep", name="text recognition",
            value=software, date=date,
        )  # fmt: skip
        labels = add(item, "Labels")
        add(labels, "Label", type="model", value=model)
        indent_like_document(metadata)


def _write_line(read: ReadLine, ids: FreshIds) -> None:
    element = read.line.element
    old = children(element, "Word", "TextEquiv")
    ids.give_back(old, "id")
    remove(old)
    if child(element, "Coords") is None:
        coords = new_element(element, "Coords", points=points_text(read.outline))
        insert_after(element, ("AlternativeImage",), [coords])
    if not element.get("id"):
        element.set("id", ids.take("line"))
    words = [_word(element, word, n, ids) for n, word in enumerate(read.words, start=1)]
    text = _text_equiv(element, read.text, read.confidence)
    insert_after(element, _BEFORE_WORDS, [*words, text])
    indent_like_document(element)


def _word(line: Any, word: ReadWord, number: int, ids: FreshIds) -> Any:
    name = ids.take(f"{line.get('id')}_w{number}")
    element = new_element(line, "Word", id=name)
    add(element, "Coords", points=points_text(word.outline))
    for index, unit in enumerate(word.units, start=1):
        glyph = add(element, "Glyph", id=ids.take(f"{name}_g{index}"))
        add(glyph, "Coords", points=points_text(unit.outline))
        glyph.append(_text_equiv(line, unit.text, unit.confidence))
    element.append(_text_equiv(line, word.text, word.confidence))
    return element


def _text_equiv(like: Any, text: str, confidence: float) -> Any:
    # Without a reading there is nothing to be sure of.
    attributes = {"conf": confidence_text(confidence)} if text else {}
    element = new_element(like, "TextEquiv", **attributes)
    add(element, "Unicode", text)
    return element


def _write_region(region: Any) -> None:
    old = children(region, "TextEquiv")
    if not old:
        return
    texts = [_line_text(line) for line in children(region, "TextLine")]
    first, *others = old
    remove(others)
    first.attrib.pop("conf", None)
    remove(children(first, "PlainText", "Unicode"))
    add(first, "Unicode", "\n".join(texts))
    indent_like_document(first)


def _line_text(line: Any) -> str:
    equiv = child(line, "TextEquiv")
    text = child(equiv, "Unicode") if equiv is not None else None
    return one_line(text.text or "") if text is not None else ""
