"""New lines stitched from pieces of real ones, after the idea of StackMix (Shonenkov et al. 2021).

A text is composed word by word of pieces that some line holds: a whole word where there is one,
else the longest runs of units. Each piece is brought to the baseline, the size, the paper and the
ink of one line that serves as the model, and neighbours are blended over a few columns.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.synthesis.bank import PieceBank
from tf_crnn.synthesis.joining import Part, blend, match_levels, match_rows
from tf_crnn.synthesis.looks import Look
from tf_crnn.synthesis.runs import RunIndex, as_runs
from tf_crnn.synthesis.texts import Texts

LineImage = NDArray[np.uint8]

# Of a word that the bank holds as a whole, this share is composed of smaller pieces nevertheless.
_BROKEN_SHARE = 0.25
_BROKEN_UNITS = (2, 6)  # the longest piece of such a word is drawn from this range
_CANDIDATES = 6  # places looked at for a piece; the one that looks most like its line is taken
_SCALES = (0.85, 1.18)  # a piece is made smaller or larger within this range
_SCALE_IGNORED = 0.08


class Piece(NamedTuple):
    """Units that stand side by side in one line: the places `first` to `last` (not included)."""

    first: int
    last: int


class StitchedLine(NamedTuple):
    """A new line.

    Attributes:
        image: (H, W, C).
        codes: of what it reads, in the bank's codes.
        pieces: of what it is made.
    """

    image: LineImage
    codes: list[int]
    pieces: list[Piece]


class Stitcher:
    """Draws lines from a bank.

    Args:
        bank: of pieces.
        texts: what the lines read, as runs of the bank's codes.
    """

    def __init__(self, bank: PieceBank, texts: Texts) -> None:
        """Nothing is drawn yet."""
        self.bank = bank
        self.texts = texts
        self.spaces = spaces_of(bank.units)
        self._blend_px = max(1, bank.height // 32)

    def draw(self, width_px: int, rng: np.random.Generator) -> StitchedLine:
        """A line of at most about that width, as wide as whole words allow.

        Args:
            width_px: wanted; a single unit may be wider.
            rng: source of all choices.
        """
        model = int(rng.integers(self.bank.n_lines))
        n_units = max(4, round(1.5 * width_px / self.bank.unit_width_px))
        words = self.compose(self.texts.draw(n_units, rng), model, rng)
        (left, left_end), (right, right_end) = self._margins(model)
        free_px = width_px - (left_end - left) - (right_end - right)
        return self.join(self._fit(words, free_px, self.bank.looks[model]), model)

    def compose(self, text: str, model: int, rng: np.random.Generator) -> Iterator[list[Piece]]:
        """The pieces of each word of a text, its space among them, made when they are asked for.

        Args:
            text: a run; each of its units stands somewhere in the bank.
            model: the line that pieces should look like.
            rng: source of all choices.
        """
        distances = self.bank.distances(model)
        for word in split_words(text, self.spaces):
            runs = enumerate(self._split(word, rng))
            yield [self._place(run, distances, rng, begins_word=not number) for number, run in runs]

    def join(self, pieces: Sequence[Piece], model: int) -> StitchedLine:
        """The pieces side by side, with the margins of the model line."""
        look = self.bank.looks[model]
        columns = [(int(self.bank.columns[a]), int(self.bank.columns[b])) for a, b in pieces]
        left, right = self._margins(model)
        parts = [self._cut(span, look) for span in (left, *columns, right) if span[0] < span[1]]
        codes = [code for a, b in pieces for code in self.bank.codes[a:b].tolist()]
        return StitchedLine(blend(parts, self._blend_px), codes, list(pieces))

    def _split(self, word: str, rng: np.random.Generator) -> Iterator[str]:
        """The runs of which a word is composed, each in the bank."""
        index = self.bank.index
        is_broken = rng.random() < _BROKEN_SHARE
        longest = int(rng.integers(*_BROKEN_UNITS)) if is_broken else len(word)
        while word:
            run = word[: max(1, min(index.longest(word), longest))]
            yield run
            word = word[len(run) :]

    def _place(
        self,
        run: str,
        distances: NDArray[np.float32],
        rng: np.random.Generator,
        *,
        begins_word: bool,
    ) -> Piece:
        """Of a few places that hold the run, the one in the line with the least distance."""
        index: RunIndex = self.bank.index
        places, skipped = index.places(run), 0
        # What begins a word in the text should begin one where it is taken from.
        for space in sorted(self.spaces) if begins_word else ():
            behind_space = index.places(space + run)
            if behind_space.number:
                places, skipped = behind_space, 1
                break
        drawn = [index.draw(places, rng) + skipped for _ in range(min(_CANDIDATES, places.number))]
        first = min(drawn, key=lambda place: distances[self.bank.line_of(place)])
        return Piece(first, first + len(run))

    def _fit(self, words: Iterable[list[Piece]], free_px: float, look: Look) -> list[Piece]:
        """The words that fit, in their order; of the first one what fits where none does."""
        kept: list[Piece] = []
        first: list[Piece] = []
        for word in words:
            first = first or word
            if free_px < self.bank.unit_width_px:
                break
            width_px = sum(self._width(piece, look) for piece in self._without_space(word))
            if width_px <= free_px:
                kept += word
                free_px -= sum(self._width(piece, look) for piece in word)
        return self._without_space(kept) or self._begin(first, free_px, look)

    def _begin(self, word: list[Piece], free_px: float, look: Look) -> list[Piece]:
        """As many units of a word as fit, at least one."""
        kept: list[Piece] = []
        for piece in word:
            units = [Piece(place, place + 1) for place in range(*piece)]
            for unit in units:
                free_px -= self._width(unit, look)
                if kept and free_px < 0:
                    return kept
                joined = kept and kept[-1].last == unit.first
                kept = [*kept[:-1], Piece(kept[-1].first, unit.last)] if joined else [*kept, unit]
        return self._without_space(kept) or kept

    def _without_space(self, pieces: list[Piece]) -> list[Piece]:
        """The pieces without spaces at the end."""
        kept = list(pieces)
        while kept and self._is_space(kept[-1].last - 1):
            first, last = kept.pop()
            if first < last - 1:
                kept.append(Piece(first, last - 1))
        return kept

    def _is_space(self, place: int) -> bool:
        return self.bank.index.text[place] in self.spaces

    def _width(self, piece: Piece, look: Look) -> float:
        columns = self.bank.columns[piece.last] - self.bank.columns[piece.first]
        return float(columns) * self._scale(self.bank.line_of(piece.first), look)

    def _margins(self, line: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The columns before the first and behind the last unit, at most one height of each."""
        bank = self.bank
        first = int(bank.line_ends[line - 1]) + 1 if line else 0
        left, right = int(bank.line_columns[line]), int(bank.line_columns[line + 1])
        begin, end = int(bank.columns[first]), int(bank.columns[bank.line_ends[line]])
        return (max(left, begin - bank.height), begin), (end, min(right, end + bank.height))

    def _scale(self, line: int, look: Look) -> float:
        scale = float(np.clip(look.x_height / self.bank.looks[line].x_height, *_SCALES))
        return scale if abs(scale - 1) > _SCALE_IGNORED else 1.0

    def _cut(self, span: tuple[int, int], look: Look) -> Part:
        """Columns of the bank, brought to a look, with what lies beside them for blending."""
        bank = self.bank
        line = int(np.searchsorted(bank.line_columns, span[0], side="right")) - 1
        left, right = int(bank.line_columns[line]), int(bank.line_columns[line + 1])
        scale = self._scale(line, look)
        beside_px = round(self._blend_px / scale)
        start, end = max(left, span[0] - beside_px), min(right, span[1] + beside_px)
        image = np.ascontiguousarray(bank.pixels[start:end].transpose(1, 0, 2))
        own = bank.looks[line]
        image = match_levels(image, own, look)
        baseline = own.baseline_at((sum(span) / 2 - left) / (right - left))
        image = match_rows(image, baseline, sum(look.baseline) / 2, scale)
        before = round((span[0] - start) * scale)
        return Part(image, before, image.shape[1] - before - round((end - span[1]) * scale))


def spaces_of(units: Sequence[str]) -> frozenset[str]:
    """The runs of one unit that are white space, for units of the codes 1, 2, ..."""
    return frozenset(as_runs([code]) for code, unit in enumerate(units, start=1) if unit.isspace())


def split_words(text: str, spaces: frozenset[str]) -> list[str]:
    """The words of a run, each with the spaces behind it; together they are the run."""
    words, start = [], 0
    for place in range(1, len(text)):
        if text[place - 1] in spaces and text[place] not in spaces:
            words.append(text[start:place])
            start = place
    return [*words, text[start:]] if text else words
