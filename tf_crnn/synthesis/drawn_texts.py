"""What the lines of a drawn data set say: words, passages, chains or arithmetic, in some fonts."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_crnn.errors import DataError
from tf_crnn.samples import read_rows
from tf_crnn.synthesis.fonts import Font
from tf_crnn.synthesis.runs import RunIndex, as_codes, as_runs, join_lines
from tf_crnn.synthesis.texts import MarkovTexts
from tf_crnn.synthesis.words import (
    ARITHMETIC_CHARACTERS,
    DIGITS,
    PUNCTUATION,
    arithmetic_expression,
    random_words,
)
from tf_crnn.text import split_units

MAX_ATTEMPTS = 1000
_CHARACTERS_A_WORD = 9  # of a chain without spaces


class WordCount(NamedTuple):
    """Least and most words of a text."""

    least: int
    most: int

    def draw(self, rng: np.random.Generator) -> int:
        """A number of words."""
        return int(rng.integers(self.least, self.most + 1))


@dataclass(frozen=True)
class TextSource:
    """Texts that at least one font can draw.

    Attributes:
        propose: a text.
        characters: every character that a text may hold, sorted.
        fonts: of which one must draw it.
    """

    propose: Callable[[np.random.Generator], str]
    characters: Sequence[str]
    fonts: Sequence[Font]

    def draw(self, rng: np.random.Generator, *, avoid: Collection[str], within: str = "") -> str:
        """A text that is not among some and, if asked, holds certain characters only.

        Raises:
            DataError: none is found.
        """
        for _ in range(MAX_ATTEMPTS):
            text = self.propose(rng)
            is_wanted = text not in avoid and (not within or set(text) <= set(within))
            if is_wanted and any(not font.missing(text) for font in self.fonts):
                return text
        raise DataError(
            f"no new text was found in {MAX_ATTEMPTS:,} attempts that a font can draw. Ask for "
            "fewer lines in --n_val and --n_test or more in --n_train, take more words or a longer "
            "text, raise --max_words, or name other fonts."
        )


def of_words(words: Sequence[str], count: WordCount, fonts: Sequence[Font]) -> TextSource:
    """Random words of a list, with some capitals, numbers and punctuation.

    Raises:
        DataError: no font draws a word.
    """
    added = DIGITS + PUNCTUATION + " "
    characters = sorted(set(added).union(*(word + word[0].upper() for word in words)))
    propose = partial(random_words, words, min_words=count.least, max_words=count.most)
    refused = [word for word in words if all(font.missing(word) for font in fonts)]
    return _checked(TextSource(propose, characters, fonts), f"{len(words):,} words", refused)


def of_arithmetic(fonts: Sequence[Font]) -> TextSource:
    """Valid expressions.

    Raises:
        DataError: a character is in no font.
    """
    source = TextSource(arithmetic_expression, sorted(ARITHMETIC_CHARACTERS), fonts)
    return _checked(source, "0 words", ())


def of_corpus(path: Path, count: WordCount, fonts: Sequence[Font]) -> TextSource:
    """Passages of a UTF-8 text; those with characters that no font holds are passed over.

    Raises:
        DataError: the file cannot be read, or holds no word.
    """
    try:
        words = path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: no readable UTF-8 text ({error}). Check the file.") from error
    if not words:
        raise DataError(f"{path}: holds no word. Name a text in --corpus.")

    return TextSource(partial(_passage, words, count), sorted({*" ".join(words)}), fonts)


def of_labels(csv_path: Path, count: WordCount, fonts: Sequence[Font]) -> TextSource:
    """Texts of a Markov chain of a CSV's labels.

    Raises:
        DataError: the CSV cannot be read or holds no label, or a unit has several characters.
    """
    labels = list(_labels(csv_path))
    characters = sorted(set().union(*labels))
    codes = {character: code for code, character in enumerate(characters, start=1)}
    index = RunIndex(join_lines([codes[unit] for unit in label] for label in labels))
    spaces = [as_runs([codes[unit]]) for unit in characters if unit.isspace()]
    propose = partial(_chain, MarkovTexts(index, spaces), characters, count)
    return TextSource(propose, characters, fonts)


def _labels(csv_path: Path) -> Iterable[list[str]]:
    n_labels = 0
    for row in read_rows(csv_path):
        try:
            units = split_units(row.label or "")
        except ValueError as error:
            raise DataError(f"{csv_path}, row {row.number}: label {error}.") from error
        if several := [unit for unit in units if len(unit) > 1]:
            raise DataError(
                f"{csv_path}, row {row.number}: units of several characters, {several[:5]}, cannot "
                "be drawn as such. Mark each character as a unit of its own."
            )
        if units:
            n_labels += 1
            yield units
    if not n_labels:
        raise DataError(f"{csv_path}: holds no label. Name a training CSV in --markov.")


def _passage(words: Sequence[str], count: WordCount, rng: np.random.Generator) -> str:
    start = int(rng.integers(len(words)))
    return " ".join(words[start : start + count.draw(rng)])


def _chain(
    texts: MarkovTexts, characters: Sequence[str], count: WordCount, rng: np.random.Generator
) -> str:
    n_words = count.draw(rng)
    run = texts.draw(2 * _CHARACTERS_A_WORD * n_words, rng)
    text = "".join(characters[code - 1] for code in as_codes(run))
    if not texts.spaces:
        return text[: _CHARACTERS_A_WORD * n_words]
    # The last word may have been cut off.
    return " ".join(text.split()[:-1][:n_words]) or text.split()[0]


def _checked(source: TextSource, of_what: str, refused: Sequence[str]) -> TextSource:
    fonts = source.fonts
    held_by_none = [c for c in source.characters if all(font.missing(c) for font in fonts)]
    if held_by_none or refused:
        what = f"characters {held_by_none}" if held_by_none else "some words as a whole"
        raise DataError(
            f"no font draws {what}; {len(refused):,} of {of_what} fail: {refused[:5]}. "
            "Name a font that can in --fonts, or drop the words."
        )
    return source
