"""Error rates of groups of lines: of each document, and of lines about as long."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tf_crnn.evaluation import LineResult, in_order_of_rows
from tf_crnn.metrics import ErrorCounts
from tf_crnn.statistics import Interval, bootstrap_interval

# Characters of the truth, upper ends.
_LENGTHS = (0, 5, 10, 20, 30, 40, 60, 80, 120)


class Group(NamedTuple):
    """Some lines.

    Attributes:
        name: of the document, or how long the lines are.
        counts: over the lines.
        cer_interval: 95 %, lines resampled.
    """

    name: str
    counts: ErrorCounts
    cer_interval: Interval


def by_document(lines: Sequence[LineResult]) -> list[Group]:
    """Each document, the highest CER first; lines without one under an empty name.

    Empty where no line has a document.
    """
    if not any(line.line.document for line in lines):
        return []
    groups = _grouped((line.line.document, line) for line in lines)
    return sorted(groups, key=lambda group: (-group.counts.cer, group.name))


def by_length(lines: Sequence[LineResult]) -> list[Group]:
    """Lines by the length of their truth, shortest first; lengths without a line are left out."""
    in_order = sorted(lines, key=lambda line: len(line.line.text))
    return _grouped((_length_name(len(line.line.text)), line) for line in in_order)


def write_groups_csv(groups: Iterable[Group], path: Path) -> None:
    """One row for each document, with its counts, rates and the interval of its CER."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        rates = ("cer", "cer_low", "cer_high", "wer", "exact_match")
        writer.writerow(["document", *ErrorCounts._fields, *rates])
        for group in groups:
            counts = group.counts
            shares = (counts.cer, *group.cer_interval, counts.wer, counts.exact_match)
            written = ("" if math.isnan(share) else f"{share:.4f}" for share in shares)
            writer.writerow([group.name, *counts, *written])


def _grouped(named: Iterable[tuple[str, LineResult]]) -> list[Group]:
    members: dict[str, list[LineResult]] = {}
    for name, line in named:
        members.setdefault(name, []).append(line)
    return [_group(name, lines) for name, lines in members.items()]


def _group(name: str, lines: Sequence[LineResult]) -> Group:
    counts = [line.counts for line in in_order_of_rows(lines)]
    total = ErrorCounts(*(sum(column) for column in zip(*counts, strict=True)))
    interval = bootstrap_interval([c.char_edits for c in counts], [c.n_chars for c in counts])
    return Group(name, total, interval)


def _length_name(length: int) -> str:
    if length == 0:
        return "empty"
    for low, high in zip(_LENGTHS, _LENGTHS[1:], strict=False):
        if length <= high:
            return f"{low + 1} to {high}"
    return f"above {_LENGTHS[-1]}"
