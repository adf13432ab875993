"""Error rates by every measure, each with how far it may be chance."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tf_crnn.metrics import as_rate, edit_distance
from tf_crnn.scoring.pieces import (
    graphemes,
    unicode_words,
    without_case,
    without_diacritics,
    without_punctuation,
    words_and_signs,
)
from tf_crnn.statistics import Interval, bootstrap_intervals
from tf_crnn.text import words


class Measure(NamedTuple):
    """A way to count errors.

    Attributes:
        title: for people, the start of a row.
        unit: what is counted.
        pieces: of a text; errors are the least insertions, deletions and substitutions of these.
    """

    title: str
    unit: str
    pieces: Callable[[str], Sequence[str]]


MEASURES: dict[str, Measure] = {
    "cer": Measure("Character error rate (CER)", "character", str),
    "cer_graphemes": Measure("CER of characters as they are seen", "character", graphemes),
    "cer_without_case": Measure("CER without case", "character", without_case),
    "cer_without_punctuation": Measure("CER without punctuation", "character", without_punctuation),
    "cer_without_diacritics": Measure("CER without diacritics", "character", without_diacritics),
    "wer": Measure("Word error rate (WER)", "word", words),
    "wer_signs": Measure("WER with punctuation as words", "word", words_and_signs),
    "wer_unicode": Measure("WER of Unicode words", "word", unicode_words),
}


class Rate(NamedTuple):
    """Errors by one measure.

    Attributes:
        edits: of all lines.
        length: of all references.
        by_line: 95 % interval, lines resampled.
        by_document: the same with whole documents resampled; None where they are not known.
    """

    edits: int
    length: int
    by_line: Interval
    by_document: Interval | None

    @property
    def value(self) -> float:
        """A fraction; edits against empty references alone count as 1."""
        return as_rate(self.edits, self.length)


def find_rates(
    pairs: Iterable[tuple[str, str]], documents: Sequence[str] | None = None
) -> dict[str, Rate]:
    """The rate by each of `MEASURES`.

    Args:
        pairs: truth and reading of each line.
        documents: the document of each line, or None.
    """
    counts = np.array([_count(*pair) for pair in pairs])  # (N, K, 2)
    edits, lengths = counts[:, :, 0], counts[:, :, 1]
    by_line = bootstrap_intervals(edits, lengths)
    by_document: Sequence[Interval | None] = [None] * len(MEASURES)
    if documents is not None:
        by_document = bootstrap_intervals(edits, lengths, groups=documents)
    totals = counts.sum(axis=0).tolist()
    return {
        name: Rate(total[0], total[1], of_lines, of_documents)
        for name, total, of_lines, of_documents in zip(
            MEASURES, totals, by_line, by_document, strict=True
        )
    }


def _count(truth: str, reading: str) -> list[tuple[int, int]]:
    return [_compare(measure, truth, reading) for measure in MEASURES.values()]


def _compare(measure: Measure, truth: str, reading: str) -> tuple[int, int]:
    pieces = measure.pieces(truth)
    return edit_distance(pieces, measure.pieces(reading)), len(pieces)
