"""The IAM database of handwritten English lines, by its own split of writers.

Published at https://fki.tic.heia-fr.ch/databases/iam-handwriting-database as `lines.tgz`,
`ascii.tgz` and `largeWriterIndependentTextLineRecognitionTask.zip`; see `tf_crnn.iam` for what they
hold.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tf_crnn.iam import SPLIT_FILES, IamLine, line_table
from tf_crnn.importers.line_sets import Label, LineSet, check_is_whole, read_line_images
from tf_crnn.importers.sample import Importer, Sample
from tf_crnn.importers.source_files import SourceFile, walk
from tf_crnn.rejections import Rejection

# An image of a word has one number more.
_IMAGE = re.compile(r"(?:^|/)([a-z]\d\d-\d{3}[a-z]?-\d{2})\.png$")
_SPLIT_OF_FILE = {
    file: "val" if name.startswith("validation") else name for name, file in SPLIT_FILES.items()
}
_STRUCK_OUT = "[-]"


def read(source: Path) -> Iterator[Sample | Rejection]:
    """The lines of all splits; both validation sets are `val`.

    `|` becomes a space, and `#`, struck-out text, the one unit `[-]`. The document of a line is its
    writer, which `ascii/forms.txt` tells; without that file it is the form.

    Raises:
        DataError: the source is no folder or archive, or not of this layout.
    """
    lines, writers, malformed = LineSet(), _Writers(), list[Rejection]()
    lines.document_of = writers.of_line
    for file in walk(source):
        if isinstance(file, SourceFile):
            malformed += _take(file, lines, writers)
    needed = f"lines.txt, {', '.join(SPLIT_FILES.values())} and the images, or their archives"
    check_is_whole(source, lines, "the IAM database", needed)
    yield from malformed
    yield from read_line_images(source, lines, _line_id)


class _Writers:
    """Writers by form."""

    def __init__(self) -> None:
        self._writers: dict[str, str] = {}

    def add(self, forms_txt: str) -> None:
        """Take `forms.txt`: `form writer ...`, comments with `#`."""
        rows = (row.split() for row in forms_txt.splitlines() if not row.startswith("#"))
        self._writers.update((columns[0], columns[1]) for columns in rows if len(columns) > 1)

    def of_line(self, line_id: str) -> str:
        """The writer of a line, or its form."""
        form = line_id.rpartition("-")[0]
        return f"writer {self._writers[form]}" if form in self._writers else form


def _take(file: SourceFile, lines: LineSet, writers: _Writers) -> Iterator[Rejection]:
    name = PurePosixPath(file.name).name
    if name in _SPLIT_OF_FILE:
        lines.add_list(file, _SPLIT_OF_FILE[name])
    elif name == "forms.txt":
        writers.add(file.text())
    elif name == "lines.txt":
        rows = enumerate(file.text().splitlines(), start=1)
        table = line_table((number, row.strip()) for number, row in rows if row.strip())
        lines.labels |= {line_id: _label(line) for line_id, line in table.lines.items()}
        for number in table.malformed:
            yield Rejection(file.holder, number, "", "malformed row", "fewer than 9 columns")


def _label(line: IamLine) -> Label:
    return tuple(line.units) if _STRUCK_OUT in line.units else "".join(line.units)


def _line_id(name: str) -> str:
    found = _IMAGE.search(name)
    return found[1] if found else ""


IMPORTER = Importer(read, "The IAM database: a folder of its three archives, or of what they hold.")
