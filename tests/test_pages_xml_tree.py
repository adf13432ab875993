"""XML from strangers: what is parsed, refused and passed over."""

import logging
import time
import tracemalloc
from pathlib import Path

import pytest
from support.drawn_pages import alto_xml, draw_page, page_xml

from tf_crnn.errors import DataError
from tf_crnn.pages.xml_tree import find_documents, nearest, read_document
from tf_crnn.rejections import Rejection

BOMB = """<?xml version="1.0"?>
<!DOCTYPE PcGts [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">]>
<PcGts %s>%s</PcGts>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two PAGE files, one of them in a subfolder, an ALTO file, METS, and a file cut off."""
    page = draw_page(tmp_path / "scan.png", ["abc"])
    (tmp_path / "b.xml").write_text(page_xml(page))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.XML").write_text(page_xml(page, version="2013-07-15"))
    (tmp_path / "c.xml").write_text(alto_xml(page))
    (tmp_path / "mets.xml").write_text('<mets xmlns="http://www.loc.gov/METS/"/>')
    (tmp_path / "d.xml").write_text(page_xml(page)[:300])
    return tmp_path


def test_a_folder_gives_its_pages_of_one_kind_and_those_below(folder: Path) -> None:
    found = [d for d in find_documents(folder, "PAGE") if not isinstance(d, Rejection)]

    assert [document.path.name for document in found] == ["b.xml", "a.XML"]
    assert {document.kind for document in found} == {"PAGE"}


def test_other_xml_of_a_folder_is_named_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        list(find_documents(folder, "PAGE"))

    [record] = caplog.records
    message = "passed over 2 of 5 XML files that are not PAGE: 1 ALTO, 1 METS (c.xml, mets.xml)"
    assert message in record.getMessage()


def test_a_damaged_file_of_a_folder_is_rejected_by_its_name_and_line(folder: Path) -> None:
    [rejection] = [d for d in find_documents(folder, "ALTO") if isinstance(d, Rejection)]

    assert rejection.csv_path.name == "d.xml"
    assert "d.xml, line" in rejection.reason and "is not whole XML" in rejection.reason


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"x\.xml, line 1: is not whole XML"),
        ("no XML", r"x\.xml, line 1: is not whole XML"),
        ("<mets/>", r"x\.xml: is METS, not PAGE\."),
        ("<alto/>", r"x\.xml: is ALTO, not PAGE: import it as alto\."),
        ('<PcGts xmlns="http://example.org"/>', r"x\.xml: is PcGts, not PAGE\."),
    ],
)
def test_a_file_that_is_no_page_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.xml").write_text(content)

    with pytest.raises(DataError, match=message):
        list(find_documents(tmp_path / "x.xml", "PAGE"))


def test_a_folder_without_pages_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r": the folder holds no PAGE XML\."):
        list(find_documents(tmp_path, "PAGE"))
    with pytest.raises(DataError, match=r"none\.xml: cannot be read \(No such file"):
        list(find_documents(tmp_path / "none.xml", "PAGE"))


@pytest.mark.parametrize(
    "bomb",
    [BOMB % ("", "&g;"), BOMB % ('custom="&g;"', ""), BOMB % ("", "")],
    ids=["in text", "in an attribute", "declared only"],
)
def test_entities_that_grow_are_refused_at_once_and_in_little_memory(
    tmp_path: Path, bomb: str
) -> None:
    (tmp_path / "x.xml").write_text(bomb)
    tracemalloc.start()
    start = time.monotonic()

    with pytest.raises(DataError, match=r"x\.xml"):
        read_document(tmp_path / "x.xml")

    assert time.monotonic() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE PcGts [<!ENTITY x SYSTEM "{secret}">]>',
        '<!DOCTYPE PcGts SYSTEM "{secret}">',
        '<!DOCTYPE PcGts [<!ENTITY % x SYSTEM "{secret}"> %x;]>',
        '<!DOCTYPE PcGts SYSTEM "http://192.0.2.1/x.dtd">',
    ],
)
def test_entities_and_document_types_from_elsewhere_are_refused(
    tmp_path: Path, declaration: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (tmp_path / "x.xml").write_text(f"{declaration.format(secret=secret)}<PcGts>&x;</PcGts>")

    with pytest.raises(DataError, match=r"x\.xml") as caught:
        read_document(tmp_path / "x.xml")

    assert "secret" not in str(caught.value).replace(str(tmp_path), "")


def test_a_file_of_more_than_64_mib_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "x.xml").open("wb") as stream:
        stream.truncate(64 * 2**20 + 1)

    with pytest.raises(DataError, match=r"x\.xml: 67,108,865 bytes are too many"):
        read_document(tmp_path / "x.xml")


def test_an_attribute_is_taken_from_the_closest_element_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text('<a x="1" y="2"><b x="3"><c z="4"/></b></a>')
    root = read_document(tmp_path / "x.xml").root
    inner = root[0][0]

    assert [nearest(inner, name) for name in "xyzw"] == ["3", "2", "4", ""]
