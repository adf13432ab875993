"""ALTO XML: text lines of scanned pages, as libraries and OCR engines write them."""

from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.pages import OPTIONS, PageReader, read_samples
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.pages.cutting import Cutting
from tf_crnn.pages.read_alto import text_lines
from tf_crnn.pages.xml_tree import ALTO
from tf_crnn.rejections import Rejection


def read(
    source: Path,
    *,
    whole_words: bool = False,
    dpi: float = 0.0,
    images: str = "",
    level: str = "line",
    **how: object,
) -> Iterator[Sample | Rejection]:
    """The lines of an ALTO file, or of all below a folder.

    Raises:
        DataError: the file cannot be read or is no ALTO, the folder has none, or an option has a
            value that it cannot have.
    """
    reader = PageReader(
        ALTO, lambda root: text_lines(root, whole_words=whole_words, level=level), dpi
    )
    return read_samples(source, reader, images, Cutting(**how))  # type: ignore[arg-type]


IMPORTER = Importer(
    read,
    "An ALTO XML file (2 to 4), or a folder of them, with the page images.",
    (
        Option(
            "whole_words",
            False,
            "Words parted at a line's end count as whole on the first line (SUBS_CONTENT).",
        ),
        Option("dpi", 0.0, "Dots per inch of the images, for ALTO in mm10 or inch1200."),
        *OPTIONS,
    ),
)
