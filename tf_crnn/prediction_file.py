"""Readings in a file, row by row, with which an interrupted reading goes on."""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

from tf_crnn.decoding.transcription import Transcription
from tf_crnn.errors import DataError
from tf_crnn.prediction import format_json, format_text, in_one_line, json_row, row_path

FAILED_SUFFIX = ".failed"
_BLOCK = 1 << 16
_JSON_BEGINNING = re.compile(r'\{"path": "(?:\\.|[^"\\])*",')


class RowFormat(NamedTuple):
    """How readings are written: as JSON, or as `path;text` with this delimiter."""

    as_json: bool
    delimiter: str = ";"

    def reading(self, path: Path, result: Transcription) -> str:
        """The row of a line that was read."""
        return (
            format_json(path, result) if self.as_json else format_text(path, result, self.delimiter)
        )

    def failure(self, path: Path, reason: str) -> str:
        """The row of an image that could not be read."""
        if self.as_json:
            return json_row({"path": str(path), "error": reason})
        return self.beginning(path) + in_one_line(reason)

    def beginning(self, path: Path) -> str:
        """With which each row of the image begins."""
        if self.as_json:
            return json_row({"path": str(path)}).removesuffix("}") + ","
        return row_path(path, self.delimiter) + self.delimiter

    def beginning_of(self, row: str) -> str | None:
        """The same of a row that was written; None where it is none of this format."""
        delimiter = re.escape(self.delimiter)
        plain = re.compile(rf'(?:"(?:[^"]|"")*"|(?!")(?:\\.|(?!{delimiter})[^\\])+){delimiter}')
        found = (_JSON_BEGINNING if self.as_json else plain).match(row)
        return found.group() if found else None


def check_output(path: Path, *, resume: bool) -> None:
    """See whether readings can be written to a file, before a model is loaded.

    Raises:
        DataError: it holds something, and is not to be gone on with.
    """
    for each in (path, _failed_path(path)):
        if not resume and each.is_file() and each.stat().st_size:
            raise DataError(
                f"{each}: is there already. Go on with it by --resume, remove it, or name another "
                "--output."
            )


class ReadingsFile:
    """A file of readings; images that cannot be read are noted in another beside it, `.failed`.

    Every row is written at once, so that of a process which is killed at most the last one is cut.

    Args:
        path: of the file; its folder is made.
        row_format: of the rows.

    Attributes:
        n_before: lines that the file held before.
    """

    def __init__(self, path: Path, row_format: RowFormat) -> None:
        """Write nothing yet."""
        self.path, self.n_before = path, 0
        self._format = row_format
        self._failed = dict.fromkeys(map(self._checked_beginning, _whole_rows(_failed_path(path))))
        self._streams = dict[Path, BinaryIO]()

    def remaining(self, sources: Iterable[Path]) -> Iterator[Path]:
        """What is left to read: images that failed before, then those behind the last row.

        Args:
            sources: all images, in the same order as when the file was begun.

        Raises:
            DataError: the file holds a row of another image, or of another format.
        """
        walk = _Walk(iter(sources), self._format, self._failed)
        for row in _whole_rows(self.path):
            self.n_before += 1
            beginning = self._checked_beginning(row)
            if not walk.find(beginning):
                self._refuse(f"row {self.n_before} begins with {beginning!r}, {walk.expected}")
        if not self.n_before:
            self._check_half_row(walk)
        for path in (self.path, _failed_path(self.path)):
            _cut_half_row(path)
        return walk.rest()

    def add(self, row: str) -> None:
        """Write the row of a line that was read."""
        self._write(self.path, row)

    def add_failed(self, path: Path, reason: str) -> None:
        """Note an image that could not be read, once, however often it is tried again."""
        beginning = self._format.beginning(path)
        if beginning not in self._failed:
            self._failed[beginning] = None
            self._write(_failed_path(self.path), self._format.failure(path, reason))

    def close(self) -> None:
        """Close the files."""
        for stream in self._streams.values():
            stream.close()

    def _write(self, path: Path, row: str) -> None:
        try:
            if path not in self._streams:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._streams[path] = path.open("ab", buffering=0)
            rest = (row + "\n").encode(errors="surrogateescape")
            while rest:
                rest = rest[self._streams[path].write(rest) :]
        except OSError as error:
            raise DataError(
                f"{path}: cannot be written ({error.strerror}). Mend that, and go on by --resume."
            ) from error

    def _checked_beginning(self, row: str) -> str:
        beginning = self._format.beginning_of(row)
        if beginning is None:
            self._refuse(f"{in_one_line(row)[:60]!r} is no row of this format")
        return beginning

    def _check_half_row(self, walk: "_Walk") -> None:
        """A file of one half row may be anything, and is about to be emptied."""
        half = _half_row(self.path)
        if half and not walk.may_begin(half):
            self._refuse(f"is no row of a reading, {walk.expected}")

    def _refuse(self, reason: str) -> NoReturn:
        raise DataError(
            f"{self.path}: {reason}. --resume needs the same sources in the same order, and --json "
            "as before; for others name another --output."
        )


class _Walk:
    """Sources beside the rows that are there: which have none."""

    def __init__(
        self, sources: Iterator[Path], row_format: RowFormat, failed: Iterable[str]
    ) -> None:
        self._sources, self._format, self._failed = sources, row_format, failed
        self._again = dict[str, list[Path]]()
        self._next = next(sources, None)

    @property
    def expected(self) -> str:
        """What stands there in the sources."""
        return f"where the sources have {self._next}" if self._next else "where the sources end"

    def find(self, beginning: str) -> bool:
        """Pass over the sources up to that of a row; whether there is one."""
        while self._next is not None:
            own = self._format.beginning(self._next)
            if own == beginning:
                self._next = next(self._sources, None)
                return True
            if own not in self._failed:
                break
            self._again.setdefault(own, []).append(self._next)
            self._next = next(self._sources, None)
        # One that failed and was read at another try, behind those that followed it.
        failed = self._again.get(beginning)
        if failed:
            failed.pop()
            return True
        return False

    def may_begin(self, half: bytes) -> bool:
        """Whether a row that was cut may be that of the next source."""
        if self._next is None:
            return False
        own = self._format.beginning(self._next).encode(errors="surrogateescape")
        return own.startswith(half) or half.startswith(own)

    def rest(self) -> Iterator[Path]:
        """The sources that have no row."""
        following = () if self._next is None else (self._next,)
        return chain(*self._again.values(), following, self._sources)


def _failed_path(path: Path) -> Path:
    return path.with_name(path.name + FAILED_SUFFIX)


def _whole_rows(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        yield from (row[:-1] for row in stream if row.endswith("\n"))


def _half_row(path: Path) -> bytes:
    """What stands behind the last end of a row."""
    half = b""
    if path.is_file():
        with path.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            while end and b"\n" not in half:
                begin = stream.seek(max(0, end - _BLOCK))
                half, end = stream.read(end - begin) + half, begin
    return half.rpartition(b"\n")[2]


def _cut_half_row(path: Path) -> None:
    half = _half_row(path)
    if half:
        with path.open("r+b") as stream:
            stream.truncate(path.stat().st_size - len(half))
