"""Lines on their way into a data set: kept in a temporary file, so that memory stays flat."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple


class Line(NamedTuple):
    """A usable line.

    Attributes:
        path: of its image, relative to the data set's folder.
        units: of its label.
        size_bytes: of the image's file; -1 where there is none.
        name: within the source.
        place: the file that the source names, wherever it is named from; empty for other images.
        split: that the source says, or empty.
        document: that the source says, or empty.
    """

    path: str
    units: list[str]
    size_bytes: int
    name: str
    place: str
    split: str = ""
    document: str = ""

    def group(self, split_by: str) -> str:
        """What stays together: the document, or the line alone."""
        if self.document and split_by != "line":
            return f"document {self.document}"
        return f"line {self.name}"


class LineFile:
    """Lines in a file, added one by one and read again as often as needed.

    Attributes:
        n_lines: how many.
        units: how often each unit occurs.
        splits: how many lines the source puts into each split.
        n_in_documents: lines whose document is known.
        longest: units of the longest label.
    """

    def __init__(self, path: Path) -> None:
        """Start the file anew."""
        self.n_lines = 0
        self.units: Counter[str] = Counter()
        self.splits: Counter[str] = Counter()
        self.n_in_documents = 0
        self.longest = 0
        self._path = path
        self._stream = path.open("w", encoding="utf-8")

    def __enter__(self) -> "LineFile":
        """The open file."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the file."""
        self._stream.close()
        self._path.unlink(missing_ok=True)

    def add(self, line: Line) -> None:
        """Write one line."""
        self.n_lines += 1
        self.units.update(line.units)
        self.longest = max(self.longest, len(line.units))
        self.n_in_documents += bool(line.document)
        if line.split:
            self.splits[line.split] += 1
        self._stream.write(json.dumps(line, ensure_ascii=True) + "\n")

    def __iter__(self) -> Iterator[Line]:
        """All lines, in their order."""
        self._stream.flush()
        with self._path.open(encoding="utf-8") as stream:
            for text in stream:
                yield Line(*json.loads(text))
