"""A list of words, as a tree of units: which words of a reading are known."""

import logging
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tf_crnn.alphabet import Alphabet
from tf_crnn.decoding.tables import BOUNDARY, DIGIT, LETTER, WordTables
from tf_crnn.errors import DataError
from tf_crnn.text_rules import TextRules

logger = logging.getLogger(__name__)


def read_words(path: Path) -> list[str]:
    """The words of a text file in UTF-8, one a line; what stands behind a tab is passed over.

    Raises:
        DataError: the file cannot be read, or holds no word.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). lexicon names a text file with one word "
            "a line."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
    words = [word for line in lines if (word := line.split("\t")[0].strip())]
    if not words:
        raise DataError(f"{path}: holds no word. lexicon names a text file with one word a line.")
    return words


def word_tables(words: Iterable[str], alphabet: Alphabet, rules: TextRules) -> WordTables:
    """Tables of words for a search.

    A word is a run of letters: `aujourd'hui` is two. Each is known as it is written, with a
    capital in front, and in capitals. Words with units that the alphabet does not hold cannot be
    read; they are left out, and logged.

    Args:
        words: in reading order.
        alphabet: of the model.
        rules: of the model.
    """
    kinds = [BOUNDARY, *map(unit_kind, alphabet.alphabet_units)]
    spelt: set[tuple[int, ...]] = set()
    unknown = []
    for word in dict.fromkeys(words):
        forms = [rules.visual(rules.units(form)) for form in _forms(word)]
        known = [alphabet.encode(form) for form in forms if not alphabet.unknown_units(form)]
        if not known:
            unknown.append(word)
        spelt.update(run for codes in known for run in _letter_runs(codes, kinds))
    if unknown:
        logger.warning(
            "lexicon: %s words hold units that the model does not know, and cannot be read: %s",
            f"{len(unknown):,}", ", ".join(unknown[:5]),
        )  # fmt: skip
    return _tree(spelt, kinds)


def unit_kind(unit: str) -> int:
    """Whether a unit is of a word, of a number, or between them."""
    categories = {unicodedata.category(character)[0] for character in unit}
    if categories & {"Z", "P", "S", "C"}:
        return BOUNDARY
    return DIGIT if "N" in categories else LETTER


def _forms(word: str) -> list[str]:
    return list(dict.fromkeys([word, word[:1].upper() + word[1:], word.upper()]))


def _letter_runs(codes: Sequence[int], kinds: Sequence[int]) -> Iterable[tuple[int, ...]]:
    run: list[int] = []
    for code in (*codes, 0):
        if kinds[code] == LETTER:
            run.append(code)
        elif run:
            yield tuple(run)
            run = []


def _tree(words: Iterable[tuple[int, ...]], kinds: Sequence[int]) -> WordTables:
    words = set(words)
    prefixes = {word[:length] for word in words for length in range(len(word) + 1)} | {()}
    # By length and then by units: the children of each stand side by side, as those of n-grams do.
    nodes = sorted(prefixes, key=lambda prefix: (len(prefix), prefix))
    number = {prefix: node for node, prefix in enumerate(nodes)}
    parents = [number[prefix[:-1]] for prefix in nodes[1:]]
    first_child = 1 + np.searchsorted(parents, np.arange(len(nodes) + 1))
    return WordTables(
        first_child.astype(np.int32),
        np.array([prefix[-1] if prefix else 0 for prefix in nodes], dtype=np.int32),
        np.array([prefix in words for prefix in nodes]),
        np.array(kinds, dtype=np.int8),
    )
