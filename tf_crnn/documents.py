"""`documents.csv` beside a CSV: the page, writer or book that each of its images is from."""

import csv
import os
import re
from pathlib import Path

from tf_crnn.errors import DataError

DOCUMENTS_CSV = "documents.csv"
DOCUMENTS_DELIMITER = ";"
DOCUMENTS_HEADER = ("path", "document")
_EXAMPLE = "as 'page_([0-9]+)'"


def read_documents(csv_path: str | os.PathLike[str]) -> dict[str, str]:
    """The document of each image, by the path that stands in the CSV.

    Args:
        csv_path: a CSV; `documents.csv` is looked for beside it.

    Returns:
        Documents by path; empty where there is no such file.

    Raises:
        DataError: the file is there and is damaged.
    """
    path = Path(csv_path).with_name(DOCUMENTS_CSV)
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream, delimiter=DOCUMENTS_DELIMITER, strict=True)
        if tuple(header) != DOCUMENTS_HEADER or any(len(row) != 2 for row in rows):
            raise ValueError(f"not two columns under {DOCUMENTS_DELIMITER.join(DOCUMENTS_HEADER)}")
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path}: is damaged ({error}). Correct it, or remove it.") from error
    return dict(rows)


def document_expression(pattern: str) -> re.Pattern[str]:
    """A regular expression whose first group, searched in a path, names the document.

    Raises:
        DataError: it is none, or has no group.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise DataError(
            f"documents: {pattern!r} is no regular expression ({error}). Give one whose first "
            f"group is the document, {_EXAMPLE}."
        ) from error
    if not expression.groups:
        raise DataError(
            f"documents: {pattern!r} has no group. Put what names the document in parentheses, "
            f"{_EXAMPLE}."
        )
    return expression


def document_of(path: str, expression: re.Pattern[str]) -> str:
    """The document of a path, empty where the expression is not found."""
    match = expression.search(path)
    return (match.group(1) or "") if match else ""
