"""Rows of CSVs and packs with their texts as the rules of a model make them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.samples import read_rows, resolve_image_path
from tf_crnn.text_rules import TextRules


class LabelledRow(NamedTuple):
    """A row.

    Attributes:
        number: in its file.
        name: of the image, as the row has it.
        image_path: where the image lies.
        text: by the rules; None where `problem` says why there is none.
        problem: empty for a row with a text.
    """

    number: int
    name: str
    image_path: Path
    text: str | None
    problem: str = ""


def read_labelled_rows(
    csv_path: Path, rules: TextRules, delimiters: tuple[str, str]
) -> Iterator[LabelledRow]:
    """All rows of a CSV, or of the CSV in a pack.

    Args:
        csv_path: of the file.
        rules: by which a label becomes a text, in reading order.
        delimiters: of the CSV, and of its labels.
    """
    folder = csv_path.resolve().parent
    for row in read_rows(csv_path, *delimiters):
        text, problem = None, row.problem or ""
        if not problem and row.label is None:
            problem = "no label"
        elif not problem:
            try:
                text = "".join(rules.units(row.label or "", delimiters[1]))
            except ValueError as error:
                problem = f"label {row.label!r}: {error}"
        image_path = resolve_image_path(row.image_path, folder)
        yield LabelledRow(row.number, row.image_path, image_path, text, problem)
