"""Error rates: total edits over total reference length, as fractions."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from tf_crnn.text import words


class ErrorCounts(NamedTuple):
    """Edits and reference lengths summed over lines; add two with `plus`.

    Attributes:
        n_lines: lines counted.
        n_exact: lines read without an error.
        char_edits: least insertions, deletions and substitutions of code points.
        n_chars: code points of the references.
        word_edits: the same for words, split at white space.
        n_words: words of the references.
    """

    n_lines: int = 0
    n_exact: int = 0
    char_edits: int = 0
    n_chars: int = 0
    word_edits: int = 0
    n_words: int = 0

    @property
    def cer(self) -> float:
        """Character error rate; edits against empty references alone count as 1."""
        return as_rate(self.char_edits, self.n_chars)

    @property
    def wer(self) -> float:
        """Word error rate."""
        return as_rate(self.word_edits, self.n_words)

    @property
    def exact_match(self) -> float:
        """Share of lines without an error; 0 without lines."""
        return self.n_exact / self.n_lines if self.n_lines else 0.0

    def plus(self, other: "ErrorCounts") -> "ErrorCounts":
        """Sums of both."""
        return ErrorCounts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def edit_distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Levenshtein distance of two sequences; a str is a sequence of code points."""
    return int(Levenshtein.distance(reference, hypothesis))


def compare_line(reference: str, hypothesis: str) -> ErrorCounts:
    """Counts of one line."""
    reference_words = words(reference)
    return ErrorCounts(
        n_lines=1,
        n_exact=int(reference == hypothesis),
        char_edits=edit_distance(reference, hypothesis),
        n_chars=len(reference),
        word_edits=edit_distance(reference_words, words(hypothesis)),
        n_words=len(reference_words),
    )


def compare_lines(pairs: Iterable[tuple[str, str]]) -> ErrorCounts:
    """Counts summed over (reference, hypothesis) pairs."""
    total = ErrorCounts()
    for reference, hypothesis in pairs:
        total = total.plus(compare_line(reference, hypothesis))
    return total


def as_rate(edits: int, length: int) -> float:
    """Edits in proportion to a length; 1 where there are edits and nothing that they are of."""
    return edits / length if length else float(edits > 0)
