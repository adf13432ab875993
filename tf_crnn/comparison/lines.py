"""The lines that runs were evaluated on, and which of them are the same."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tf_crnn.documents import document_expression, document_of
from tf_crnn.errors import DataError, TrackingError
from tf_crnn.reports.files import LINES_CSV
from tf_crnn.tracking.records import RunRecord

_COLUMNS = ("csv", "row", "path", "truth", "prediction")
_MOST_FOLDERS = 3


class ReadLine(NamedTuple):
    """A line as a run read it.

    Attributes:
        csv: name of the file it was listed in.
        row: in that file.
        path: of its image.
        truth: reference text.
        reading: recognised text.
        document: that it belongs to; empty if the run does not say.
    """

    csv: str
    row: int
    path: str
    truth: str
    reading: str
    document: str


# What makes two lines the same: end of the path, truth, and how many such came before.
Key = tuple[tuple[str, ...], str, int]


def read_lines(record: RunRecord) -> list[ReadLine]:
    """The lines of a run's `lines.csv`, in the order of their rows.

    Raises:
        TrackingError: it has none, or the file is damaged.
    """
    try:
        text = record.artifact(LINES_CSV).decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
        missing = sorted(set(_COLUMNS) - set(rows.fieldnames or ()))
        if missing:
            raise ValueError(f"without the columns {', '.join(missing)}")
        lines = [_read_line(row) for row in rows]
    except (ValueError, csv.Error) as error:
        raise TrackingError(
            f"{record.label}: its {LINES_CSV} is damaged ({error}). Evaluate the model again with "
            "`tf-crnn evaluate`, or leave the run out."
        ) from error
    return sorted(lines, key=lambda line: (line.csv, line.row))


def common_lines(runs: Sequence[Sequence[ReadLine]]) -> list[tuple[ReadLine, ...]]:
    """The lines that all runs read, each with one entry for each run, as in the first run.

    Two lines are the same if the names of their image files and their truths agree. Where a run
    has several such lines, the names of up to three folders above must agree too; if those do not
    tell them apart, or differ between the runs, the lines are taken in the order of their rows.
    """
    for n_folders in range(_MOST_FOLDERS + 1):
        keyed = [_by_key(lines, n_folders) for lines in runs]
        if all(number == 0 for lines in keyed for _, _, number in lines):
            found = _in_all(keyed)
            if found:
                return found
    return _in_all([_by_key(lines, 0) for lines in runs])


def count_changed_truths(runs: Sequence[Sequence[ReadLine]]) -> int:
    """Pictures that all runs read, by their file names, and whose truth is not the same in all."""
    truths: list[Mapping[str, set[str]]] = [_truths_by_name(lines) for lines in runs]
    shared = set(truths[0]).intersection(*truths[1:])
    return sum(not set.intersection(*(named[name] for named in truths)) for name in shared)


def documents(
    lines: Sequence[Sequence[ReadLine]], pattern: str | None = None
) -> tuple[str, ...] | None:
    """The document of each common line; a line without one stands alone.

    Args:
        lines: of `common_lines`.
        pattern: regular expression, searched in the paths of the first run; its first group is
            the document. Without it, what the runs themselves say.

    Returns:
        One name a line; None if nothing is known of documents.

    Raises:
        TrackingError: the pattern is faulty, or is found in no path.
    """
    if pattern is None:
        named = [next((read.document for read in line if read.document), "") for line in lines]
        return _alone_if_empty(named) if any(named) else None
    try:
        expression = document_expression(pattern)
    except DataError as error:
        raise TrackingError(str(error)) from error
    named = [document_of(line[0].path, expression) for line in lines]
    if not any(named):
        raise TrackingError(
            f"documents: {pattern!r} is found in no path of the lines, such as {lines[0][0].path}. "
            "Give a regular expression whose first group is the document, as 'page_([0-9]+)'."
        )
    return _alone_if_empty(named)


def file_name(path: str) -> str:
    """The last part of a path of this or another system."""
    return _parts(path)[-1]


def _read_line(row: Mapping[str, str | None]) -> ReadLine:
    values = [row[column] for column in _COLUMNS]
    if None in values:
        raise ValueError("a row is too short")
    csv_name, number, path, truth, reading = (str(value) for value in values)
    return ReadLine(
        file_name(csv_name), int(number), path, truth, reading, row.get("document") or ""
    )


def _by_key(lines: Iterable[ReadLine], n_folders: int) -> dict[Key, ReadLine]:
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    keyed: dict[Key, ReadLine] = {}
    for line in lines:
        start = _parts(line.path)[-1 - n_folders :], line.truth
        keyed[(*start, seen[start])] = line
        seen[start] += 1
    return keyed


def _in_all(keyed: Sequence[Mapping[Key, ReadLine]]) -> list[tuple[ReadLine, ...]]:
    first, *others = keyed
    shared = (key for key in first if all(key in other for other in others))
    return [tuple(lines[key] for lines in keyed) for key in shared]


def _truths_by_name(lines: Iterable[ReadLine]) -> dict[str, set[str]]:
    truths: dict[str, set[str]] = {}
    for line in lines:
        truths.setdefault(file_name(line.path), set()).add(line.truth)
    return truths


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.replace("\\", "/").split("/"))


def _alone_if_empty(named: Sequence[str]) -> tuple[str, ...]:
    # No document is called after a line: names come from one line of a file.
    return tuple(name or f"\n{place}" for place, name in enumerate(named))
