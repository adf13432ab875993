"""PAGE XML: text lines of scanned pages, as Transkribus, eScriptorium and OCR-D write them."""

from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.pages import OPTIONS, PageReader, read_samples
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.pages.cutting import Cutting
from tf_crnn.pages.read_page import text_choice, text_lines
from tf_crnn.pages.xml_tree import PAGE
from tf_crnn.rejections import Rejection


def read(
    source: Path,
    *,
    text_equiv: str = "index",
    images: str = "",
    level: str = "line",
    **how: object,
) -> Iterator[Sample | Rejection]:
    """The lines of a PAGE file, or of all below a folder.

    Raises:
        DataError: the file cannot be read or is no PAGE, the folder has none, or an option has a
            value that it cannot have.
    """
    choose = text_choice(text_equiv)
    reader = PageReader(PAGE, lambda root: text_lines(root, choose, level))
    return read_samples(source, reader, images, Cutting(**how))  # type: ignore[arg-type]


IMPORTER = Importer(
    read,
    "A PAGE XML file (2010 to 2019), or a folder of them, with the page images.",
    (
        Option(
            "text_equiv",
            "index",
            "Which of several TextEquiv: lowest index, highest 'confidence', a number from 1, "
            "'type:NAME'.",
        ),
        *OPTIONS,
    ),
)
