"""Members of zip and tar archives, read in place: nothing is extracted, no size is believed."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tf_crnn.errors import DataError

MOST_BYTES = 64_000_000
# Long names and other additions to a header are read as a whole.
_MOST_HEADER_BYTES = 100_000
_HEADER_TYPES = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_FAULTS = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


class ArchiveError(Exception):
    """What is wrong with a member, or with all that follows."""


class Member(NamedTuple):
    """A file in an archive.

    Attributes:
        name: as it stands there, with `/`.
        read: its content; of a tar only before the next member is asked for. It raises
            ArchiveError.
    """

    name: str
    read: Callable[[], bytes]


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive."""
    return zipfile.is_zipfile(path)


@contextmanager
def open_zip(path: Path) -> Iterator[Iterator[Member]]:
    """The files of a zip archive, in the order of its directory; they can be read while it is open.

    Raises:
        DataError: the archive is damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _FAULTS as error:
        raise DataError(f"{path}: is a damaged zip archive ({error}).") from error
    with archive:
        files = (info for info in archive.infolist() if not info.is_dir())
        yield (Member(info.filename, partial(_read_from_zip, archive, info)) for info in files)


def tar_members(path: Path) -> Iterator[Member]:
    """The files of a tar archive, compressed or not, in their order; nothing is kept of them.

    Raises:
        DataError: it is none.
        ArchiveError: it is damaged from here on.
    """
    try:
        archive = tarfile.open(path, "r|*", tarinfo=_Header)  # noqa: SIM115 - closed below
    except (ArchiveError, *_FAULTS) as error:
        raise DataError(
            f"{path}: is no folder, and no zip or tar archive that can be read ({error})."
        ) from error
    with archive:
        while (info := _next(archive)) is not None:
            # It would keep all members for going back to them.
            archive.members = []  # type: ignore[attr-defined]
            if not info.isdir():
                yield Member(info.name, partial(_read_from_tar, archive, info))


class _Header(tarfile.TarInfo):
    """A header that says so when it is damaged, where Python takes it for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf.strip(b"\0"):  # The end, as it should be.
                raise
            raise ArchiveError(f"damaged from here on: {error}") from error
        if header.type in _HEADER_TYPES and header.size > _MOST_HEADER_BYTES:
            raise ArchiveError(f"damaged from here on: a header of {header.size:,} bytes")
        return header


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return archive.next()
    except _FAULTS as error:
        raise ArchiveError(f"damaged from here on: {error}") from error


def _read_from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            content = stream.read(MOST_BYTES + 1)
    except _FAULTS as error:
        raise ArchiveError(f"damaged, or with a password: {error}") from error
    return _within_limits(content, len(content))


def _read_from_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    if not info.isreg() or info.issparse():
        raise ArchiveError("is a link, a device or a file with holes")
    _within_limits(b"", info.size)
    try:
        stream = archive.extractfile(info)
        content = stream.read() if stream is not None else b""
    except _FAULTS as error:
        raise ArchiveError(f"damaged: {error}") from error
    if len(content) != info.size:
        raise ArchiveError("damaged: cut off")
    return content


def _within_limits(content: bytes, size_bytes: int) -> bytes:
    if size_bytes > MOST_BYTES:
        raise ArchiveError(f"more than {MOST_BYTES:,} bytes")
    return content
