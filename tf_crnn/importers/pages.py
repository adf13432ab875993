"""What the importers of PAGE and ALTO share: from pages to samples."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.errors import LineImageError
from tf_crnn.importers.sample import Option, Sample
from tf_crnn.pages.cutting import BACKGROUNDS, CUTS, Cutting
from tf_crnn.pages.open_page import OpenPage, open_page
from tf_crnn.pages.page_image import ImageFinder
from tf_crnn.pages.text_line import TextLine
from tf_crnn.pages.xml_tree import Document, find_documents
from tf_crnn.png import encode_png
from tf_crnn.rejections import Rejection

LEVELS = ("line", "word")
OPTIONS = (
    Option("images", "", "Folder of the page images [default: beside the XML or one above]."),
    Option("level", "line", "Whole lines, or each word for itself.", LEVELS),
    Option("cut", "polygon", "Around the outline of a line, or around its box.", CUTS),
    Option("mask", True, "Make what is outside the outline background."),
    Option("background", "median", "Median colour of the line, or white.", BACKGROUNDS),
    Option("straighten", False, "Cut along the baseline, where there is one."),
    Option("line_height", 0, "In pixels, of lines with a baseline only; 0 measures it."),
)


class PageReader(NamedTuple):
    """One format of pages.

    Attributes:
        kind: 'PAGE' or 'ALTO'.
        lines: the lines or words of a document's root, in reading order.
        dpi: of the images, 0 if not known.
    """

    kind: str
    lines: Callable[[Any], Sequence[TextLine]]
    dpi: float = 0


def read_samples(
    source: Path, reader: PageReader, images: str, cutting: Cutting
) -> Iterator[Sample | Rejection]:
    """The lines of an XML file, or of all below a folder.

    One page image is in memory at a time.

    Raises:
        DataError: the file cannot be read or is of another format, or the folder has none of it.
    """
    finder = ImageFinder(Path(images) if images else None)
    for document in find_documents(source, reader.kind):
        if isinstance(document, Rejection):
            yield document
        else:
            yield from _page(document, _page_name(document.path, source), reader, finder, cutting)


def _page(
    document: Document, page: str, reader: PageReader, finder: ImageFinder, cutting: Cutting
) -> Iterator[Sample | Rejection]:
    lines = reader.lines(document.root)
    if not lines:
        yield Rejection(document.path, 0, page, "no lines", "the page has no text line")
        return
    opened: OpenPage | LineImageError
    try:
        opened = open_page(document, lines, finder, reader.dpi)
    except LineImageError as error:
        opened = error
    for line, name in zip(lines, _line_names(lines), strict=True):
        yield _sample(document.path, line, f"{page}/{name}", opened, cutting)


def _sample(
    path: Path, line: TextLine, name: str, page: OpenPage | LineImageError, cutting: Cutting
) -> Sample | Rejection:
    if isinstance(page, LineImageError):
        kind = "missing image" if "missing image" in str(page) else "unusable page image"
        return Rejection(path, line.row, name, kind, str(page))
    shown = f"line {line.id!r}: " if line.id else ""
    if not line.text:
        return Rejection(path, line.row, name, "no text", f"{shown}no text")
    try:
        image = encode_png(page.cut(line, cutting).image)
    except LineImageError as error:
        return Rejection(path, line.row, name, "cannot be cut", f"{shown}{error}")
    return Sample(path, line.row, name, image, line.text, document=name.rpartition("/")[0])


def _page_name(path: Path, source: Path) -> str:
    return path.relative_to(source).with_suffix("").as_posix() if source.is_dir() else path.stem


def _line_names(lines: Sequence[TextLine]) -> list[str]:
    """Ids, no two alike and none with a folder in it."""
    seen: Counter[str] = Counter()
    names = []
    for number, line in enumerate(lines, start=1):
        name = line.id.strip().replace("/", "_") or f"line_{number:04d}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names
