"""The files of a published data set, in a folder or in archives, read in place."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.importers.archives import ArchiveError, is_zip, open_zip, tar_members
from tf_crnn.rejections import Rejection

MOST_TEXT_BYTES = 64_000_000
_ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)


class SourceFile(NamedTuple):
    """A file of a data set.

    Attributes:
        name: its path within the folder or archive, with `/`.
        holder: the file itself, or the archive.
        content: reads it; of a tar only before the next file is asked for. It raises ArchiveError
            or OSError.
        is_stored: whether it lies in an archive.
    """

    name: str
    holder: Path
    content: Callable[[], bytes]
    is_stored: bool

    def image(self) -> Path | bytes:
        """The file where it lies, or its content where that is in an archive.

        Raises:
            ArchiveError: it cannot be read.
        """
        return self.content() if self.is_stored else self.holder

    def text(self) -> str:
        """Its content as UTF-8, without a byte order mark.

        Raises:
            DataError: it cannot be read or is not UTF-8.
        """
        try:
            return self.content().decode("utf-8-sig")
        except (ArchiveError, OSError, UnicodeDecodeError) as error:
            raise DataError(f"{self}: cannot be read ({error}).") from error

    def __str__(self) -> str:
        """Where it lies."""
        return f"{self.holder}: {self.name}" if self.is_stored else str(self.holder)


def walk(source: Path) -> Iterator[SourceFile | Rejection]:
    """Every file of a folder, those in its zip and tar archives too; or of one archive.

    Raises:
        DataError: it is no folder and no archive that can be read.
    """
    if not source.is_dir():
        yield from _walk_archive(source)
        return
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        if not _ARCHIVE.search(path.name):
            yield SourceFile(path.relative_to(source).as_posix(), path, path.read_bytes, False)
            continue
        try:
            yield from _walk_archive(path)
        except DataError as error:
            yield Rejection(path, 0, path.name, "damaged archive", str(error))


def _walk_archive(path: Path) -> Iterator[SourceFile | Rejection]:
    if is_zip(path):
        with open_zip(path) as members:
            yield from (SourceFile(m.name, path, m.read, True) for m in members)
        return
    try:
        for member in tar_members(path):
            yield SourceFile(member.name, path, member.read, True)
    except ArchiveError as error:
        yield Rejection(path, 0, path.name, "damaged archive", str(error))
