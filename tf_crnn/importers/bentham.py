"""Bentham R0: lines of Jeremy Bentham's manuscripts, the data of the ICFHR 2014 competition.

Published at https://zenodo.org/records/44519. Layout, as its readers describe it (flor's
handwritten-text-recognition, kaldi's recipe): `Partitions/{Train,Validation,Test}Lines.lst` with
one id a row, `Transcriptions/<id>.txt`, `Images/Lines/<id>.png`, all in `BenthamDatasetR0-GT`.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.line_sets import LineSet, check_is_whole, read_line_images
from tf_crnn.importers.sample import Importer, Sample
from tf_crnn.importers.source_files import SourceFile, walk
from tf_crnn.rejections import Rejection

_LIST = re.compile(r"(?:^|/)Partitions/(Train|Validation|Test)Lines\.lst$")
_TEXT = re.compile(r"(?:^|/)Transcriptions/([^/]+)\.txt$")
_IMAGE = re.compile(r"(?:^|/)Images/Lines/([^/]+)\.png$")
_SPLITS = {"Train": "train", "Validation": "val", "Test": "test"}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_PARTS_OF_PAGE = 3


def read(source: Path) -> Iterator[Sample | Rejection]:
    """The lines of the three partitions.

    Of the transcriptions' mark-up the text is kept and the tags go: `<gap/>`, where a word could
    not be read, leaves nothing behind. Entities such as `&amp;` become characters. The document of
    a line is its page, the first three parts of its id.

    Raises:
        DataError: the source is no folder or archive, or not of this layout.
    """
    lines = LineSet(document_of=page_of)
    for file in walk(source):
        if isinstance(file, SourceFile):
            _take(file, lines)
    needed = "Partitions/TrainLines.lst, Transcriptions/*.txt and Images/Lines/*.png"
    check_is_whole(source, lines, "Bentham R0", needed)
    yield from read_line_images(source, lines, _line_id)


def plain_text(marked: str) -> str:
    """A transcription without tags, entities and line ends."""
    return " ".join(html.unescape(_TAG.sub("", marked)).split())


def page_of(line_id: str) -> str:
    """`002_080_001` for `002_080_001_02_01`."""
    return "_".join(line_id.split("_")[:_PARTS_OF_PAGE])


def _take(file: SourceFile, lines: LineSet) -> None:
    if found := _LIST.search(file.name):
        lines.add_list(file, _SPLITS[found[1]])
    elif found := _TEXT.search(file.name):
        lines.add_text(file, found[1], plain_text)


def _line_id(name: str) -> str:
    found = _IMAGE.search(name)
    return found[1] if found else ""


IMPORTER = Importer(
    read, "Bentham R0 (ICFHR 2014): its folder, or its archive as it is downloaded."
)
