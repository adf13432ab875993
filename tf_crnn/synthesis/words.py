"""Texts to draw: words of a list, and arithmetic."""

import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from tf_crnn.errors import DataError

DIGITS = "0123456789"
PUNCTUATION = ",."
ARITHMETIC_CHARACTERS = DIGITS + "+-*()"


def load_words(path: Path | None = None) -> list[str]:
    """The words of a UTF-8 text, one a line, each once and in NFC; without a path, English ones.

    Raises:
        DataError: the file cannot be read, or holds no word.
    """
    source = path or files("tf_crnn") / "resources" / "words_en.txt"
    try:
        text = source.read_text(encoding="utf-8").removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: no readable UTF-8 text ({error}). Check the file.") from error
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    words = [word for word in dict.fromkeys(lines) if word]
    if not words:
        raise DataError(f"{path}: holds no word. Write one word on each line.")
    return words


def random_words(
    word_list: Sequence[str], rng: np.random.Generator, *, min_words: int = 1, max_words: int = 4
) -> str:
    """Some words, parted by spaces, with a few capitals, numbers, commas and full stops."""
    capital_shares = [0.35] + [0.1] * int(rng.integers(min_words - 1, max_words))
    words = [_random_word(word_list, rng, capital_share=share) for share in capital_shares]
    spaced = [word + ("," if rng.random() < 0.1 else "") for word in words[:-1]]
    return " ".join([*spaced, words[-1] + ("." if rng.random() < 0.2 else "")])


def arithmetic_expression(rng: np.random.Generator, *, max_operands: int = 4) -> str:
    """A valid expression such as `(1+4)*2`: two digits or more, joined by + - * and parentheses."""
    return _expression(int(rng.integers(2, max_operands + 1)), rng)


def _random_word(
    word_list: Sequence[str], rng: np.random.Generator, *, capital_share: float
) -> str:
    if rng.random() < 0.08:
        return str(rng.integers(10 ** int(rng.integers(1, 5))))
    word = word_list[int(rng.integers(len(word_list)))]
    return word[0].upper() + word[1:] if rng.random() < capital_share else word


def _expression(n_operands: int, rng: np.random.Generator) -> str:
    if n_operands == 1:
        return DIGITS[int(rng.integers(10))]
    n_left = int(rng.integers(1, n_operands))
    sides = [_expression(n, rng) for n in (n_left, n_operands - n_left)]
    left, right = (f"({s})" if len(s) > 1 and rng.random() < 0.5 else s for s in sides)
    return left + "+-*"[int(rng.integers(3))] + right
