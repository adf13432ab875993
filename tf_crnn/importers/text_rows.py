"""Rows of text files that name images and labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.rejections import Rejection
from tf_crnn.samples import read_raw_rows

ENCODINGS = ("utf-8", "latin-1")
_SHOWN = 80


class TextRow(NamedTuple):
    """A row: its number, counted from 1, blank rows included, and its text without the line end."""

    number: int
    text: str


def read_text_rows(source: Path, encoding: str = "utf-8") -> Iterator[TextRow | Rejection]:
    """The rows of a file that are not blank; those that are not in the encoding, rejected.

    Raises:
        DataError: the file cannot be read, or is written in UTF-16.
    """
    for row in read_raw_rows(source):
        try:
            yield TextRow(row.number, row.raw.decode(encoding))
        except UnicodeDecodeError as error:
            shown = row.raw.decode(encoding, errors="replace")[:_SHOWN]
            reason = f"not UTF-8 at byte {error.start + 1} of the row: --encoding latin-1?"
            yield Rejection(source, row.number, shown, "not UTF-8", reason)
