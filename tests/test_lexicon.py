"""Word lists: which words a search knows."""

from pathlib import Path

import pytest

from tf_crnn.alphabet import Alphabet
from tf_crnn.decoding.beam_language import word_step
from tf_crnn.decoding.lexicon import read_words, word_tables
from tf_crnn.decoding.tables import WordTables
from tf_crnn.errors import DataError
from tf_crnn.text_rules import NO_RULES, TextRules

LETTERS = Alphabet.from_units("abcdABCD' 12é")


def non_words(text: str, tables: WordTables, alphabet: Alphabet = LETTERS) -> int:
    """Words of a text that are not in the tables, the line's end closing the last."""
    state = total = 0
    for code in alphabet.encode(text):
        added, state = word_step(tables, state, code)
        total += added
    return total + int(state > 0 and not tables.is_word[state])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("abc", 0),
        ("Abc ABC", 0),
        ("aBc", 1),
        ("ab", 1),
        ("abcd", 1),
        ("ab abc dd", 2),
        ("b'abc", 0),
        ("c'abc", 1),
        ("12 abc", 0),
        ("dd1", 0),
        ("1dd abc", 0),
        ("dé", 0),
        ("  abc  ", 0),
    ],
)
def test_non_words_of_a_text_are_counted(text: str, expected: int) -> None:
    tables = word_tables(["abc", "b", "dé"], LETTERS, NO_RULES)

    assert non_words(text, tables) == expected


def test_a_word_with_an_apostrophe_is_two() -> None:
    tables = word_tables(["d'abc"], LETTERS, NO_RULES)

    assert [non_words(text, tables) for text in ("d", "abc", "D'ABC", "dabc")] == [0, 0, 0, 1]


def test_words_that_cannot_be_read_are_named(caplog: pytest.LogCaptureFixture) -> None:
    tables = word_tables(["abc", "xyz", "ax"], LETTERS, NO_RULES)

    assert "lexicon: 2 words hold units that the model does not know" in caplog.text
    assert "xyz, ax" in caplog.text
    assert non_words("abc", tables) == 0


def test_words_stand_in_the_order_of_the_image() -> None:
    hebrew = Alphabet.from_units("אבג ")
    tables = word_tables(["אבג"], hebrew, TextRules(bidi_reordering="rtl"))

    assert non_words("גבא", tables, hebrew) == 0
    assert non_words("אבג", tables, hebrew) == 1


def test_a_word_list_has_one_word_a_line(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeffabc\t17\n\n d \r\n", encoding="utf-8")

    assert read_words(path) == ["abc", "d"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"\n \n", "holds no word"),
        (b"a\n\xff\n", "is not UTF-8 at byte 2"),
    ],
)
def test_a_word_list_that_cannot_be_used_is_named(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DataError, match=rf"words\.txt: {reason}"):
        read_words(path)
