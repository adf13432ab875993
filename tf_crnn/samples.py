r"""Lines of a data set: reading and writing `path;|c|h|a|r|s|` files, one row at a time.

A row is one line of UTF-8 text: the path of an image, the delimiter, the label. In both fields a
delimiter may be written bare in the label, escaped (`\;`), or inside a quoted field (`"a;b"`), so
that files written by hand, by pandas and by this package all arrive alike.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.packs.files import csv_of
from tf_crnn.text import is_marked, join_units

_UTF8_MARK = b"\xef\xbb\xbf"
_QUOTED = r'"(?:[^"]|"")*"'
_PATH_SHOWN = 80
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class RawRow(NamedTuple):
    """One row of a CSV as it stands in the file.

    Attributes:
        number: counted from 1, blank rows included.
        offset: place of its first byte.
        raw: its bytes without the line end.
    """

    number: int
    offset: int
    raw: bytes


class Row(NamedTuple):
    """One row of a CSV.

    Attributes:
        number: counted from 1, blank rows included.
        image_path: as written in the file.
        label: as written in the file without quotes and escapes; None where the row has no
            delimiter.
        problem: why the row cannot be read, empty if it can.
    """

    number: int
    image_path: str
    label: str | None
    problem: str = ""


def read_rows(
    csv_path: str | os.PathLike[str], delimiter: str = ";", unit_delimiter: str = "|"
) -> Iterator[Row]:
    """Every row of a CSV that is not blank, in order; the file is streamed.

    Raises:
        DataError: the file is missing or is not UTF-8 as a whole (UTF-16).
    """
    for row in read_raw_rows(csv_path):
        yield parse_row(row.number, row.raw, delimiter, unit_delimiter)


def read_raw_rows(csv_path: str | os.PathLike[str]) -> Iterator[RawRow]:
    """Every row of a CSV that is not blank, in order and not parsed; the file is streamed.

    Raises:
        DataError: the file is missing or is not UTF-8 as a whole (UTF-16).
    """
    path = Path(csv_path)
    try:
        with path.open("rb") as stream:
            offset = len(_UTF8_MARK) if stream.read(len(_UTF8_MARK)) == _UTF8_MARK else 0
            stream.seek(offset)
            for number, line in enumerate(stream, start=1):
                if number == 1:
                    _refuse_utf16(line, path)
                if line.strip():
                    yield RawRow(number, offset, line.rstrip(b"\r\n"))
                offset += len(line)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). Check the path; a relative one starts at "
            "the working directory."
        ) from error


def format_row(
    image_path: str, units: Iterable[str], delimiter: str = ";", unit_delimiter: str = "|"
) -> str:
    """One CSV row, with its line end, that `read_rows` reads back unchanged.

    Path and units hold no line feed.
    """
    label = join_units(units, unit_delimiter).replace("\\", "\\\\")
    return f"{escape_path(image_path, delimiter)}{delimiter}{label}\n"


def escape_path(image_path: str, delimiter: str = ";") -> str:
    """A path as it stands in a row."""
    if image_path.startswith('"'):
        return '"' + image_path.replace('"', '""') + '"'
    return image_path.replace("\\", "\\\\").replace(delimiter, f"\\{delimiter}")


def resolve_image_path(image_path: str, csv_folder: Path) -> Path:
    """Where the image of a row lies: beside the CSV first, else in the working directory."""
    beside_csv = csv_folder / image_path
    if _is_file(beside_csv):
        return beside_csv
    from_here = Path(image_path)
    return from_here if _is_file(from_here) else beside_csv


def as_paths(csv_files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """One path or several, as a list; the folder of a pack stands for the CSV in it."""
    if isinstance(csv_files, str | os.PathLike):
        return [csv_of(csv_files)]
    return [csv_of(csv_file) for csv_file in csv_files]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # For instance a name that is longer than the file system allows.
        return False


def _refuse_utf16(first_line: bytes, path: Path) -> None:
    if first_line.startswith(_UTF16_MARKS):
        raise DataError(f"{path}: is written in UTF-16. Save it as UTF-8.")


def parse_row(number: int, raw: bytes, delimiter: str = ";", unit_delimiter: str = "|") -> Row:
    """A row from its bytes without the line end; `Row.problem` says why it cannot be read."""
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = raw.decode("utf-8", errors="replace")
        problem = f"not UTF-8 at byte {error.start + 1} of the row"
        return Row(number, shown.split(delimiter)[0], None, problem)
    if problem := _wrong_line_form(line, delimiter, unit_delimiter):
        return Row(number, line.split(delimiter)[0][:_PATH_SHOWN], None, problem)
    path_field, label_field = _split_fields(line, delimiter, unit_delimiter)
    quoted_path = _unquote(path_field)
    if quoted_path is None:
        label = label_field and _clean_label(label_field, delimiter, unit_delimiter)
        return Row(number, _unescape(path_field, delimiter), label)
    # Whatever quotes a path is a CSV writer, and so are the quotes around its label.
    quoted_label = _unquote(label_field or "")
    label = label_field and _unescape(label_field, delimiter)
    return Row(number, quoted_path, label if quoted_label is None else quoted_label)


def _split_fields(line: str, delimiter: str, unit_delimiter: str) -> tuple[str, str | None]:
    quoted = re.match(rf"{_QUOTED}(?={re.escape(delimiter)}|\Z)", line)
    if quoted:
        end = quoted.end() if quoted.end() < len(line) else -1
    else:
        # A path may hold bare delimiters where the label is marked.
        marked = line.endswith(unit_delimiter)
        end = _first_bare(line, delimiter + unit_delimiter) if marked else -1
        end = end if end >= 0 else _first_bare(line, delimiter)
    return (line, None) if end < 0 else (line[:end], line[end + len(delimiter) :])


def _wrong_line_form(line: str, delimiter: str, unit_delimiter: str) -> str:
    """Why a line is no row of this kind of file; empty if nothing is known against it."""
    if line.count("\0") * 3 > len(line):
        return "holds NUL bytes: was the file saved as UTF-16? Save it as UTF-8"
    parts = line.split("\r")
    label_start, end = delimiter + unit_delimiter, unit_delimiter
    if len(parts) > 1 and all(
        not p.startswith(end) and label_start in p and p.endswith(end) for p in parts
    ):
        return "holds several rows: are the lines ended as on old Macs? End them by line feeds"
    return ""


def _first_bare(line: str, delimiter: str) -> int:
    """Position of the first delimiter that no backslash escapes; -1 without one."""
    position = line.find(delimiter)
    while position > 0:
        backslashes = position - len(line[:position].rstrip("\\"))
        if backslashes % 2 == 0:
            return position
        position = line.find(delimiter, position + 1)
    return position


def _clean_label(field: str, delimiter: str, unit_delimiter: str) -> str:
    inner = _unquote(field)
    # `"Yes"` is somebody's transcription with its quotes; a CSV writer quotes only where it must.
    if inner and (is_marked(inner, unit_delimiter) or delimiter in inner or '"' in inner):
        return inner
    return _unescape(field, delimiter)


def _unquote(field: str) -> str | None:
    """What a CSV writer put in quotes; None if it did not."""
    quoted = re.fullmatch(_QUOTED, field)
    return field[1:-1].replace('""', '"') if quoted else None


def _unescape(field: str, delimiter: str) -> str:
    if "\\" not in field:
        return field
    characters = iter(range(len(field)))
    kept = []
    for position in characters:
        follower = field[position + 1 : position + 2]
        if field[position] == "\\" and follower in ("\\", delimiter) and follower:
            next(characters)
            kept.append(follower)
        else:
            kept.append(field[position])
    return "".join(kept)
