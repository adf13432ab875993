"""Pages read by a model: every line cut out, read, and its text written back into a copy."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tf_crnn import __version__
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.pages import read_alto, read_page, write_alto, write_page
from tf_crnn.pages.cutting import CutLine, Cutting
from tf_crnn.pages.open_page import OpenPage, open_page
from tf_crnn.pages.page_image import ImageFinder
from tf_crnn.pages.read_lines import ReadLine, lay_on_page
from tf_crnn.pages.text_line import Points, TextLine
from tf_crnn.pages.xml_edit import write_document
from tf_crnn.pages.xml_tree import ALTO, PAGE, Document, find_documents, xml_files
from tf_crnn.rejections import Rejection

_SOFTWARE = f"tf_crnn {__version__}"


class Reader(Protocol):
    """What reads line images: a `PredictionModel`."""

    folder: Path
    text_rules: Any

    def transcribe(
        self, sources: Iterable[Any], batch_size: int = 32, *, places: bool = False
    ) -> Iterator[Transcription | LineImageError]:
        """See `PredictionModel.transcribe`."""


@dataclass(frozen=True)
class PageReading:
    """A page after it was read.

    Attributes:
        source: its XML.
        written: the copy with the readings; None where the source could not be used.
        lines: what was read, in reading order.
        problems: lines that could not be cut or read, or the reason why the page could not be used.
    """

    source: Path
    written: Path | None
    lines: list[ReadLine] = field(default_factory=list)
    problems: list[Rejection] = field(default_factory=list)


class _Waiting(NamedTuple):
    """A line that is being read; the end of a page where `cut` is None."""

    page: PageReading
    document: Document | None
    line: TextLine | None = None
    cut: CutLine | None = None
    scale: Points | None = None


def transcribe_pages(
    reader: Reader,
    sources: Sequence[Path],
    output_dir: Path,
    *,
    cutting: Cutting | None = None,
    images: Path | None = None,
    dpi: float = 0,
    batch_size: int = 32,
) -> Iterator[PageReading]:
    """Read PAGE and ALTO pages and write copies that hold the readings.

    Each line gets text, confidence, words and characters with their places, in the place of what it
    had; everything else of the document stays as it was. Lines that cannot be cut stay as they
    were. Lines of several pages are read together, while one page image is in memory at a time.

    Args:
        reader: a model.
        sources: XML files, and folders with all of them below.
        output_dir: copies get the names of their sources there, those of a folder with their
            subfolders.
        cutting: how lines are cut, as they were for the training.
        images: folder of the page images, if they lie neither beside the XML nor one folder above.
        dpi: dots per inch of the images, for ALTO in mm10 or inch1200.
        batch_size: lines read at a time.

    Yields:
        Each page once it is written.

    Raises:
        DataError: a source is not there or holds no pages; a copy would be written where a file is
            already, or where another copy is.
    """
    run = _Run(ImageFinder(images), cutting or Cutting(), dpi)
    waiting: deque[_Waiting] = deque()
    targets = plan_outputs(sources, output_dir)
    normalise = reader.text_rules.normalised
    cuts = run.cut_all(sources, targets, waiting)
    for reading in reader.transcribe(cuts, batch_size, places=True):
        yield from _finish_pages(waiting, reader.folder)
        page, _, line, cut, scale = waiting.popleft()
        if isinstance(reading, LineImageError) and line is not None:
            page.problems.append(_problem(page.source, line, reading))
        elif line is not None and cut is not None and scale is not None:
            page.lines.append(lay_on_page(line, cut, reading, scale, normalise))  # type: ignore[arg-type]
    yield from _finish_pages(waiting, reader.folder)


def plan_outputs(sources: Sequence[Path], output_dir: Path) -> dict[Path, Path]:
    """Where the copy of each XML file is written.

    Raises:
        DataError: a source is not there; two copies would have one name; a file is there already.
    """
    targets: dict[Path, Path] = {}
    for source in sources:
        if not source.exists():
            raise DataError(f"{source}: no such file or folder.")
        for path in xml_files(source) if source.is_dir() else [source]:
            below = path.relative_to(source) if source.is_dir() else Path(path.name)
            targets[path] = output_dir / below
    names: dict[Path, Path] = {}
    for path, target in targets.items():
        if target.exists():
            raise DataError(f"{target}: is there already; give another --output_dir.")
        if names.setdefault(target, path) != path:
            raise DataError(f"{path} and {names[target]}: both would be written to {target}.")
    return targets


class _Run:
    def __init__(self, finder: ImageFinder, cutting: Cutting, dpi: float) -> None:
        self._finder, self._cutting, self._dpi = finder, cutting, dpi

    def cut_all(
        self, sources: Sequence[Path], targets: dict[Path, Path], waiting: deque[_Waiting]
    ) -> Iterator[Any]:
        """The line images of all pages; what each is of is added to `waiting` before it."""
        for source in sources:
            for document in _documents(source):
                yield from self._cut_page(document, targets, waiting)

    def _cut_page(
        self, document: Document | Rejection, targets: dict[Path, Path], waiting: deque[_Waiting]
    ) -> Iterator[Any]:
        if isinstance(document, Rejection):
            page = PageReading(document.csv_path, None, problems=[document])
            waiting.append(_Waiting(page, None))
            return
        lines = _lines(document)
        page = PageReading(document.path, targets[document.path])
        try:
            if document.kind == PAGE:
                write_page.check_version(document.root)
            opened = open_page(document, lines, self._finder, self._dpi)
        except (DataError, LineImageError) as error:
            reason = f"{document.path}: {error}"
            problem = Rejection(document.path, 0, document.path.name, "page", reason)
            page = PageReading(document.path, None, problems=[problem])
            waiting.append(_Waiting(page, None))
            return
        for line in lines:
            yield from self._cut_line(_Waiting(page, document, line), opened, waiting)
        waiting.append(_Waiting(page, document))

    def _cut_line(
        self, entry: _Waiting, opened: OpenPage, waiting: deque[_Waiting]
    ) -> Iterator[Any]:
        line = entry.line
        if line is None:
            return
        try:
            cut = opened.cut(line, self._cutting)
        except LineImageError as error:
            entry.page.problems.append(_problem(entry.page.source, line, error))
            return
        waiting.append(entry._replace(cut=cut, scale=opened.scale))
        yield cut.image


def _documents(source: Path) -> Iterator[Document | Rejection]:
    try:
        yield from find_documents(source, PAGE, ALTO)
    except DataError as error:
        if source.is_dir():
            raise
        yield Rejection(source, 0, source.name, "page", str(error))


def _lines(document: Document) -> list[TextLine]:
    if document.kind == ALTO:
        return read_alto.text_lines(document.root)
    return read_page.text_lines(document.root, read_page.text_choice("index"))


def _problem(source: Path, line: TextLine, error: Exception) -> Rejection:
    shown = f"line {line.id!r}" if line.id else f"the line at row {line.row}"
    return Rejection(source, line.row, line.id, "line", f"{source}: {shown}: {error}")


def _finish_pages(waiting: deque[_Waiting], model: Path) -> Iterator[PageReading]:
    while waiting and waiting[0].cut is None:
        page, document, *_ = waiting.popleft()
        if document is not None and page.written is not None:
            _write(page, document, page.written, model)
        yield page


def _write(page: PageReading, document: Document, path: Path, model: Path) -> None:
    when = datetime.now(UTC)
    write = write_alto if document.kind == ALTO else write_page
    write.write_lines(document.root, page.lines)
    write.write_processing(document.root, _SOFTWARE, "/".join(model.parts[-3:]), when)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_document(document.root, path)
