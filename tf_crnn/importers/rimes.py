"""RIMES 2011: lines of French letters, in either of the forms in which they are published.

Teklia (https://teklia.com/research/rimes-database/) publishes lines, `RIMES-2011-Lines.zip`:
`Sets/{Train,Validation,Test}Lines.txt` with one id a row, `Transcriptions/<id>.txt`,
`Images/<id>.jpg`. A2iA published pages: `training_2011.xml` and `eval_2011_annotated.xml` with
boxes and texts of lines (see `rimes_pages`), beside them the pages, also as
`training_2011_gray.tar` and `eval_2011_gray.tar`.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.line_sets import LineSet, check_is_whole, read_line_images
from tf_crnn.importers.rimes_pages import is_annotation, read_pages
from tf_crnn.importers.sample import Importer, Sample
from tf_crnn.importers.source_files import SourceFile, walk
from tf_crnn.rejections import Rejection

_LIST = re.compile(r"(?:^|/)Sets/(Train|Validation|Test)Lines\.txt$")
_TEXT = re.compile(r"(?:^|/)Transcriptions/([^/]+)\.txt$")
_IMAGE = re.compile(r"(?:^|/)Images/([^/]+)\.(?:jpe?g|png)$")
_SPLITS = {"Train": "train", "Validation": "val", "Test": "test"}


def read(source: Path) -> Iterator[Sample | Rejection]:
    """The lines; the document of each is its page.

    Raises:
        DataError: the source is no folder or archive, or of neither layout.
    """
    lines = LineSet(document_of=page_of)
    for file in walk(source):
        if isinstance(file, Rejection):
            continue
        if is_annotation(file.name):
            yield from read_pages(source)
            return
        _take(file, lines)
    needed = (
        "Sets/TrainLines.txt, Transcriptions/*.txt and Images/*.jpg; or training_2011.xml, "
        "eval_2011_annotated.xml and the images of the pages"
    )
    check_is_whole(source, lines, "RIMES 2011", needed)
    yield from read_line_images(source, lines, _line_id)


def page_of(line_id: str) -> str:
    """`train2011-150` for `train2011-150_000001`."""
    return line_id.rpartition("_")[0] or line_id


def _take(file: SourceFile, lines: LineSet) -> None:
    if found := _LIST.search(file.name):
        lines.add_list(file, _SPLITS[found[1]])
    elif found := _TEXT.search(file.name):
        lines.add_text(file, found[1], lambda text: " ".join(html.unescape(text).split()))


def _line_id(name: str) -> str:
    found = _IMAGE.search(name)
    return found[1] if found else ""


IMPORTER = Importer(read, "RIMES 2011, lines or pages: the folder or archive as it is published.")
