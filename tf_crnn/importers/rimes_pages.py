"""RIMES 2011 as pages: boxes and texts of lines in XML, and the images of the pages.

`DocumentList/SinglePage[@FileName]/Paragraph/Line[@Top @Bottom @Left @Right @Value]`, as the
readers of Laia and of VerticalAttentionOCR take it.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import read_image, read_size
from tf_crnn.importers.archives import ArchiveError
from tf_crnn.importers.sample import Sample
from tf_crnn.importers.source_files import SourceFile, walk
from tf_crnn.pages.xml_tree import parse_xml
from tf_crnn.png import encode_png
from tf_crnn.rejections import Rejection

# The owners have no validation set.
_ANNOTATIONS = {"training_2011": "train", "eval_2011_annotated": "test"}
# A page of A4 at 600 dots per inch has 35 million.
MOST_PAGE_PIXELS = 50_000_000
_ANNOTATION = re.compile(r"(?:^|/)(training_2011|eval_2011_annotated)(?:\.patched)?\.xml$")
_PAGE_IMAGE = re.compile(r"(?:^|/)([^/]+)\.(?:png|jpe?g|tiff?)$")


class _PageLine(NamedTuple):
    """A line of a page: its row in the XML, the row's attributes."""

    row: int
    attributes: dict[str, str]


class _Page(NamedTuple):
    source: Path
    split: str
    lines: list[_PageLine]


def is_annotation(name: str) -> bool:
    """Whether a file is one of the XML files that make a source this layout."""
    return bool(_ANNOTATION.search(name))


def read_pages(source: Path) -> Iterator[Sample | Rejection]:
    """The lines of all pages, cut out along their boxes; one page image is in memory at a time.

    Raises:
        DataError: an XML cannot be read or is not whole.
    """
    pages = _find_pages(source)
    found: set[str] = set()
    for file in walk(source):
        if isinstance(file, Rejection):
            yield file
            continue
        match = _PAGE_IMAGE.search(file.name)
        if match and match[1] in pages and match[1] not in found:
            found.add(match[1])
            yield from _cut(match[1], pages[match[1]], file)
    for name, page in pages.items():
        if name not in found:
            why = f"missing file: no image of page {name} is there"
            yield from _reject_all(name, page, "missing file", why)


def _find_pages(source: Path) -> dict[str, _Page]:
    pages: dict[str, _Page] = {}
    for file in walk(source):
        match = _ANNOTATION.search(file.name) if isinstance(file, SourceFile) else None
        if match and isinstance(file, SourceFile):
            # Laia's corrected training_2011.patched.xml comes first, and is taken.
            for name, page in _pages_of(file, _ANNOTATIONS[match[1]]):
                pages.setdefault(name, page)
    return pages


def _pages_of(file: SourceFile, split: str) -> Iterator[tuple[str, _Page]]:
    try:
        root = parse_xml(file.content(), str(file))
    except (ArchiveError, OSError) as error:
        raise DataError(f"{file}: cannot be read ({error}).") from error
    for page in root.iter("SinglePage"):
        name = Path(page.get("FileName", "").replace("\\", "/")).stem
        lines = [_PageLine(line.sourceline or 0, dict(line.attrib)) for line in page.iter("Line")]
        yield name, _Page(file.holder, split, lines)


def _cut(name: str, page: _Page, file: SourceFile) -> Iterator[Sample | Rejection]:
    try:
        content = file.image()
        size = read_size(content)
        if size.height_px * size.width_px > MOST_PAGE_PIXELS:
            raise LineImageError(f"too many pixels: {size.width_px:,} x {size.height_px:,}")
        image = read_image(content)
    except (ArchiveError, LineImageError) as error:
        yield from _reject_all(name, page, "unreadable page", str(error))
        return
    for number, line in enumerate(page.lines, start=1):
        yield _sample(f"{name}_{number:06d}", line, page, image)


def _sample(
    name: str, line: _PageLine, page: _Page, image: NDArray[np.uint8]
) -> Sample | Rejection:
    text = " ".join(html.unescape(line.attributes.get("Value", "")).split())
    try:
        sides = [int(line.attributes[side]) for side in ("Top", "Bottom", "Left", "Right")]
    except (KeyError, ValueError) as error:
        why = f"its box is no four whole numbers ({error})"
        return Rejection(page.source, line.row, name, "no box", why)
    top, bottom, left, right = (max(0, side) for side in sides)
    cut = image[top:bottom, left:right]
    if not cut.size:
        why = f"its box {top}-{bottom}, {left}-{right} holds no pixels of the page"
        return Rejection(page.source, line.row, name, "empty box", why)
    document = name.rpartition("_")[0]
    return Sample(page.source, line.row, name, encode_png(cut), text, page.split, document)


def _reject_all(name: str, page: _Page, kind: str, why: str) -> Iterator[Rejection]:
    for line in page.lines:
        yield Rejection(page.source, line.row, name, kind, why)
