"""TFRecord files, read and written without TensorFlow.

A record is 8 bytes of length (little-endian), 4 of its masked CRC-32C, the content, and 4 of the
content's masked CRC-32C; see https://www.tensorflow.org/tutorials/load_data/tfrecord. A file may be
compressed by gzip as a whole; records of such a file cannot be read by their offset.
"""

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tf_crnn.errors import DataError

try:
    import google_crc32c
except ImportError:
    google_crc32c = None  # type: ignore[assignment]  # named when a file is opened

# Parsing takes up to sixteen times a record's size, and a line image is far from this.
MOST_RECORD_BYTES = 8 << 20
_GZIP_MARK = b"\x1f\x8b"
_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_HEAD_BYTES = _LENGTH.size + _CHECKSUM.size
_MASK = 0xA282EAD8
_PIECE_BYTES = 1 << 20
_AT_ONCE_BYTES = 1 << 16


class Record(NamedTuple):
    """One record of a file.

    Attributes:
        number: counted from 1.
        offset: of its first byte, in the file or, if that is compressed, in what it holds.
        content: without length and checksums; empty if it has a problem.
        problem: why it cannot be read, empty if it can.
    """

    number: int
    offset: int
    content: bytes
    problem: str = ""


class RecordWriter:
    """Writes a TFRecord file; a context manager.

    Args:
        path: of the file, which is made anew.
        compressed: by gzip.

    Raises:
        DataError: google-crc32c is not installed.
    """

    def __init__(self, path: str | os.PathLike[str], *, compressed: bool = False) -> None:
        """Open the file."""
        _check_installed()
        self._file = Path(path).open("wb")  # noqa: SIM115 - closed by close()
        # Without a name and a time in it, equal records make equal files.
        self._stream: Any = (
            gzip.GzipFile("", "wb", fileobj=self._file, mtime=0) if compressed else self._file
        )
        self.offset = 0

    def __enter__(self) -> "RecordWriter":
        """The open file."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def write(self, content: bytes) -> int:
        """Append a record; its offset."""
        offset = self.offset
        length = _LENGTH.pack(len(content))
        for part in (length, _masked_crc(length), content, _masked_crc(content)):
            self._stream.write(part)
        self.offset += _HEAD_BYTES + len(content) + _CHECKSUM.size
        return offset

    def close(self) -> None:
        """Write what is still held back, and close the file."""
        if self._stream is not self._file:
            self._stream.close()
        self._file.close()


def read_records(
    path: str | os.PathLike[str], most_bytes: int = MOST_RECORD_BYTES
) -> Iterator[Record]:
    """Every record of a file, plain or compressed by gzip, in order; the file is streamed.

    A record whose content is damaged or too large has a problem, and the next one follows. Where
    its length is damaged or the file ends too early, it is the last.

    Args:
        path: of the file.
        most_bytes: greatest size of a record.

    Raises:
        DataError: the file cannot be opened, or google-crc32c is not installed.
    """
    _check_installed()
    try:
        with Path(path).open("rb") as file:
            is_compressed = file.read(2) == _GZIP_MARK
            file.seek(0)
            if is_compressed:
                with gzip.GzipFile(fileobj=file) as stream:
                    yield from _read_stream(stream, most_bytes)  # type: ignore[arg-type]
            else:
                yield from _read_stream(file, most_bytes)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}).") from error


def read_record_at(descriptor: int, offset: int, most_bytes: int = MOST_RECORD_BYTES) -> bytes:
    """The content of the record at an offset of an open plain file, whose position stays.

    Args:
        descriptor: of the open file.
        offset: of the record's first byte.
        most_bytes: greatest size of a record.

    Raises:
        DataError: there is no whole record; the message is the reason alone, since the caller knows
            the file. Or google-crc32c is not installed.
    """
    _check_installed()
    # Most records come whole with their length: a second call costs more than bytes read in vain.
    raw = os.pread(descriptor, _AT_ONCE_BYTES, offset)
    length, problem = _parse_head(raw[:_HEAD_BYTES])
    if not problem and length > most_bytes:
        problem = _too_large(length, most_bytes)
    if problem:
        raise DataError(problem)
    end = _HEAD_BYTES + length + _CHECKSUM.size
    if len(raw) < end:
        raw += os.pread(descriptor, end - len(raw), offset + len(raw))
    content, checksum = raw[_HEAD_BYTES : end - _CHECKSUM.size], raw[end - _CHECKSUM.size : end]
    if problem := _wrong_content(content, checksum, length):
        raise DataError(problem)
    return content


def _read_stream(stream: BinaryIO, most_bytes: int) -> Iterator[Record]:
    number, offset = 0, 0
    while True:
        number += 1
        try:
            head = stream.read(_HEAD_BYTES)
            if not head:
                return
            length, problem = _parse_head(head)
            if problem:
                yield Record(number, offset, b"", problem)
                return
            content, problem = _read_content(stream, length, most_bytes)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield Record(number, offset, b"", f"the compressed file is damaged here ({error})")
            return
        yield Record(number, offset, b"" if problem else content, problem)
        offset += _HEAD_BYTES + length + _CHECKSUM.size


def _read_content(stream: BinaryIO, length: int, most_bytes: int) -> tuple[bytes, str]:
    """The content of a record and what is wrong with it; the stream then stands behind it."""
    if length > most_bytes:
        n_skipped = _skip(stream, length + _CHECKSUM.size)
        if n_skipped < length + _CHECKSUM.size:
            return b"", _truncated(n_skipped, length)
        return b"", _too_large(length, most_bytes)
    rest = stream.read(length + _CHECKSUM.size)
    content, checksum = rest[:length], rest[length:]
    return content, _wrong_content(content, checksum, length)


def _skip(stream: BinaryIO, n_bytes: int) -> int:
    """Read on without keeping anything; how many bytes there were."""
    n_read = 0
    while n_read < n_bytes:
        piece = len(stream.read(min(_PIECE_BYTES, n_bytes - n_read)))
        if not piece:
            break
        n_read += piece
    return n_read


def _parse_head(head: bytes) -> tuple[int, str]:
    """The length that the first bytes of a record state, and what is wrong with them."""
    if len(head) < _HEAD_BYTES:
        return 0, f"truncated: the file ends within the length of the record ({len(head)} bytes)"
    length = head[: _LENGTH.size]
    if _masked_crc(length) != head[_LENGTH.size :]:
        return 0, "wrong checksum of the length: damaged here, or not a TFRecord file"
    return int(_LENGTH.unpack(length)[0]), ""


def _wrong_content(content: bytes, checksum: bytes, length: int) -> str:
    if len(checksum) < _CHECKSUM.size:
        return _truncated(len(content) + len(checksum), length)
    if _masked_crc(content) != checksum:
        return "wrong checksum of the content: the record is damaged"
    return ""


def _truncated(n_bytes: int, length: int) -> str:
    return f"truncated: the record claims {length:,} bytes, the file has {n_bytes:,} left"


def _too_large(length: int, most_bytes: int) -> str:
    return f"too large: {length:,} bytes, and no more than {most_bytes:,} are read"


def _masked_crc(content: bytes) -> bytes:
    crc = google_crc32c.value(content)
    return _CHECKSUM.pack(((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


def _check_installed() -> None:
    if google_crc32c is None:
        raise DataError('TFRecords: needs google-crc32c: pip install "tf_crnn[data]"')
