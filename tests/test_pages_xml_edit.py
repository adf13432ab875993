"""Elements put into documents: in their place, laid out, with ids and points that are valid."""

from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from tf_crnn.pages.xml_edit import (
    FreshIds,
    add,
    confidence_text,
    indent_like_document,
    insert_after,
    points_text,
    remove,
    write_document,
)
from tf_crnn.pages.xml_tree import new_element


def names(element: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in element if isinstance(child.tag, str)]


def test_new_elements_have_the_namespace_of_their_parent() -> None:
    with_namespace = add(etree.fromstring('<a xmlns="x"/>'), "b", "text", name="n")
    without = add(etree.fromstring("<a/>"), "b")

    assert etree.tostring(with_namespace) == b'<b xmlns="x" name="n">text</b>'
    assert etree.tostring(without) == b"<b/>"


def test_elements_are_inserted_behind_those_that_come_before_them() -> None:
    root = etree.fromstring("<l><c/><!-- note --><b/><e/></l>")

    insert_after(root, ("c", "b"), [new_element(root, "w"), new_element(root, "t")])
    insert_after(root, ("nothing",), [new_element(root, "first")])

    assert names(root) == ["first", "c", "b", "w", "t", "e"]


def test_removed_elements_are_gone_with_all_below() -> None:
    root = etree.fromstring("<l><c/><w><g/></w><e/></l>")

    remove(root.findall("w"))

    assert etree.tostring(root) == b"<l><c/><e/></l>"


@pytest.mark.parametrize("space", ["  ", "\t", "   "])
def test_new_elements_are_laid_out_as_the_document_is(space: str) -> None:
    root = etree.fromstring(f"<a>\n{space}<b>\n{space}{space}<c/></b>\n</a>")
    add(root[0], "d")

    indent_like_document(root[0])

    text = etree.tostring(root).decode()
    assert text == f"<a>\n{space}<b>\n{space}{space}<c/>\n{space}{space}<d/>\n{space}</b>\n</a>"


def test_a_document_without_line_breaks_gets_none() -> None:
    root = etree.fromstring("<a><b><c/></b></a>")

    indent_like_document(root[0])

    assert etree.tostring(root) == b"<a><b><c/></b></a>"


def test_ids_are_fresh_until_they_are_given_back() -> None:
    root = etree.fromstring('<a><b id="x"><c id="y"/></b></a>')
    ids = FreshIds(root, "id")

    first = [ids.take("x"), ids.take("x"), ids.take("z")]
    ids.give_back(root.findall("b"), "id")

    assert first == ["x_2", "x_3", "z"]
    assert [ids.take("x"), ids.take("y")] == ["x", "y"]


@pytest.mark.parametrize(
    ("confidence", "text"), [(0.0, "0.0001"), (1.0, "0.9999"), (0.5, "0.5000"), (0.12346, "0.1235")]
)
def test_confidences_are_neither_0_nor_1(confidence: float, text: str) -> None:
    assert confidence_text(confidence) == text


def test_points_are_whole_not_negative_and_not_repeated() -> None:
    outline = np.array([(-3.0, 0.4), (0.2, 0.3), (10.6, 0), (10.6, 5.4)])

    assert points_text(outline) == "0,0 11,0 11,5"


def test_an_outline_of_one_pixel_keeps_its_points() -> None:
    assert points_text(np.array([(1.0, 1), (1.2, 1), (1.2, 1.2), (1, 1.2)])) == "1,1 1,1 1,1 1,1"


def test_a_document_is_written_in_its_own_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>'.encode("latin-1")
    )
    root = etree.parse(tmp_path / "a.xml").getroot()

    write_document(root, tmp_path / "b.xml")

    assert "ISO-8859-1" in (tmp_path / "b.xml").read_bytes().decode("latin-1")
    assert etree.parse(tmp_path / "b.xml").getroot().text == "ü"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xml", "b.xml"]
