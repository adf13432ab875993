"""Errors of characters and scripts."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from tf_crnn.reports.characters import (
    CharacterErrors,
    count_characters,
    count_scripts,
    script_of,
    write_characters_csv,
)
from tf_crnn.reports.confusion import count_confusions

PAIRS = [("abba", "abca"), ("a b", "ab"), ("\u05d0\u05d1", "\u05d0\u05d1."), ("12,", "1x,")]


def counted() -> list[CharacterErrors]:
    return count_characters(count_confusions(PAIRS))


def test_each_character_has_its_misses_insertions_and_mistakes() -> None:
    found = {errors.name: errors for errors in counted()}

    assert found["b"] == CharacterErrors("b", written=3, missed=1, inserted=0, mistaken=0)
    assert found["c"] == CharacterErrors("c", written=0, missed=0, inserted=0, mistaken=1)
    assert found["."] == CharacterErrors(".", written=0, missed=0, inserted=1, mistaken=0)
    assert found[" "] == CharacterErrors(" ", written=1, missed=1, inserted=0, mistaken=0)
    assert (found["b"].rate, found["."].rate, found["c"].rate) == (1 / 3, 1.0, 0.0)


def test_written_characters_and_errors_add_up_to_those_of_the_cer() -> None:
    written = Counter("".join(truth for truth, _ in PAIRS))

    found = counted()

    assert {e.name: e.written for e in found if e.written} == written
    assert sum(e.errors for e in found) == sum(Levenshtein.distance(*pair) for pair in PAIRS)


def test_the_most_errors_come_first() -> None:
    assert [errors.name for errors in counted()][:4] == ["b", " ", "2", "."]


def test_scripts_are_the_sums_of_their_characters() -> None:
    scripts = {errors.name: errors for errors in count_scripts(counted())}

    assert scripts["Latin"] == CharacterErrors("Latin", 6, 1, 0, 2)
    assert scripts["Hebrew"] == CharacterErrors("Hebrew", 2, 0, 0, 0)
    assert scripts["digits"] == CharacterErrors("digits", 2, 1, 0, 0)
    assert scripts["punctuation"] == CharacterErrors("punctuation", 1, 0, 1, 0)
    assert set(scripts) == {"Latin", "Hebrew", "digits", "punctuation", "spaces"}


@pytest.mark.parametrize(
    ("characters", "name"),
    [
        ("aſÄꝛª", "Latin"),
        ("αΩ", "Greek"),
        ("я", "Cyrillic"),
        ("字", "Han"),
        ("か", "Hiragana"),
        ("한", "Hangul"),
        ("\u0645", "Arabic"),
        ("\u0915\u093c", "Devanagari"),
        ("7\u0663", "digits"),
        (".\u060c\u2014", "punctuation"),
        ("+\u20ac", "symbols"),
        (" \u00a0", "spaces"),
        ("\u0301", "marks"),
        ("\ue000\u200b\u00bd", "other"),
    ],
)
def test_a_character_is_of_its_script_or_of_what_all_scripts_share(
    characters: str, name: str
) -> None:
    assert {script_of(character) for character in characters} == {name}


def test_the_table_is_read_back_by_the_csv_module(tmp_path: Path) -> None:
    write_characters_csv(counted(), tmp_path / "characters.csv")

    with (tmp_path / "characters.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["character"]: row for row in csv.DictReader(stream, delimiter=";")}
    assert rows["b"] == {
        "character": "b",
        "code_point": "U+0062",
        "name": "LATIN SMALL LETTER B",
        "script": "Latin",
        "written": "3",
        "missed": "1",
        "inserted": "0",
        "mistaken": "0",
        "rate": "0.3333",
    }
    assert set(rows) == {errors.name for errors in counted()}
