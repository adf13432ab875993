"""New texts for synthetic lines: a Markov chain of labels, or passages of a corpus.

Texts are runs, as `synthesis.runs` writes them: one character for each unit.
"""

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from tf_crnn.synthesis.runs import LINE_END, RunIndex

_ATTEMPTS = 50
_COPIED_UNITS = 3


class Texts(Protocol):
    """A source of texts."""

    def draw(self, n_units: int, rng: np.random.Generator) -> str:
        """A run of about so many units, at least one, that begins where a word does."""


class MarkovTexts:
    """The next units are drawn from those that follow the last few ones somewhere in the labels.

    Where a word begins, fewer units decide, so that words come together that no label has together.

    Args:
        index: of the labels.
        spaces: the runs of one unit that part words.
        order: units that decide within a word.
        order_between: units that decide where a word begins, its space among them.
    """

    def __init__(
        self, index: RunIndex, spaces: Iterable[str], *, order: int = 5, order_between: int = 2
    ) -> None:
        """Nothing is drawn yet."""
        self.index = index
        self.spaces = frozenset(spaces)
        self.order = order
        self.order_between = order_between

    def draw(self, n_units: int, rng: np.random.Generator) -> str:
        """See `Texts.draw`."""
        text = self._begin(rng)
        while len(text) < n_units:
            text += self._next(text, rng)
        return text[:n_units]

    def _begin(self, rng: np.random.Generator) -> str:
        """The first units of some word, or any unit where no word is found."""
        labels = self.index.text
        for _ in range(_ATTEMPTS):
            place = int(rng.integers(len(labels) - 1))
            is_first = (
                not place or labels[place - 1] == LINE_END or labels[place - 1] in self.spaces
            )
            begins_unit = labels[place] != LINE_END and labels[place] not in self.spaces
            if begins_unit and (is_first or not self.spaces):
                return labels[place : place + self.order_between].partition(LINE_END)[0]
        return labels[0]

    def _next(self, text: str, rng: np.random.Generator) -> str:
        order = self.order_between if text[-1] in self.spaces else self.order
        labels = self.index.text
        for size in range(min(order, len(text)), 0, -1):
            places = self.index.places(text[-size:])
            for _ in range(min(places.number, 3)):
                start = self.index.draw(places, rng) + size
                if labels[start] != LINE_END:
                    return self._copy(start)
            if places.number and text[-1] not in self.spaces:
                break
        # What only ends lines is followed by a space, as if the next line stood behind it.
        return min(self.spaces) if self.spaces and text[-1] not in self.spaces else self._begin(rng)

    def _copy(self, start: int) -> str:
        """A few units of a label, at most to the end of a word: faster than one by one."""
        units = self.index.text[start : start + _COPIED_UNITS].partition(LINE_END)[0]
        ends = [place + 1 for place, unit in enumerate(units) if unit in self.spaces]
        return units[: ends[0]] if ends else units


class CorpusTexts:
    """Passages of some lines of text.

    Args:
        lines: runs, without line ends; empty ones are left out.
        spaces: the runs of one unit that part words.
    """

    def __init__(self, lines: Iterable[str], spaces: Iterable[str]) -> None:
        """Join the lines by spaces, where there are spaces."""
        self.spaces = frozenset(spaces)
        self.text = min(self.spaces, default="").join(line for line in lines if line)

    def draw(self, n_units: int, rng: np.random.Generator) -> str:
        """See `Texts.draw`; past the corpus' end it begins again."""
        place = int(rng.integers(len(self.text)))
        for step in range(len(self.text)):
            start = (place + step) % len(self.text)
            if self._begins_word(start):
                break
        else:
            start = place
        passage = self.text[start : start + n_units]
        while len(passage) < n_units:
            passage += min(self.spaces, default="") + self.text
        return passage[:n_units]

    def _begins_word(self, place: int) -> bool:
        is_first = not place or self.text[place - 1] in self.spaces or not self.spaces
        return is_first and self.text[place] not in self.spaces
