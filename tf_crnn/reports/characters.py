"""Errors of each character, and of each script."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from fontTools.unicodedata import script, script_name

from tf_crnn.metrics import as_rate
from tf_crnn.reports.confusion import ConfusionCounts

# By general category, for what belongs to no script of its own.
_KINDS = {"Nd": "digits", "P": "punctuation", "S": "symbols", "Z": "spaces", "M": "marks"}
_WITHOUT_SCRIPT = ("Zyyy", "Zinh", "Zzzz")


class CharacterErrors(NamedTuple):
    """How a character, or all of a script, were read.

    Attributes:
        name: the character, or the name of the script.
        written: how often it stands in the references.
        missed: how often something else was read there, or nothing.
        inserted: how often it was read where there is nothing.
        mistaken: how often it was read where another character is.
    """

    name: str
    written: int = 0
    missed: int = 0
    inserted: int = 0
    mistaken: int = 0

    @property
    def errors(self) -> int:
        """Edits: over all characters they add up to those of the CER."""
        return self.missed + self.inserted

    @property
    def rate(self) -> float:
        """Errors in proportion to `written`."""
        return as_rate(self.errors, self.written)

    def plus(self, other: "CharacterErrors") -> "CharacterErrors":
        """Sums of both, under the own name."""
        sums = (mine + theirs for mine, theirs in zip(self[1:], other[1:], strict=True))
        return CharacterErrors(self.name, *sums)


def count_characters(counts: ConfusionCounts) -> list[CharacterErrors]:
    """Every character that is written or was read, the most errors first."""
    right, missed, inserted, mistaken = counts.right, Counter[str](), Counter[str](), Counter[str]()
    for wrong in counts.wrong:
        if wrong.truth:
            missed[wrong.truth] += wrong.times
        if wrong.reading:
            (mistaken if wrong.truth else inserted)[wrong.reading] += wrong.times
    return _most_errors_first(
        CharacterErrors(
            character, right[character] + missed[character], missed[character],
            inserted[character], mistaken[character],
        )
        for character in {*right, *missed, *inserted, *mistaken}
    )  # fmt: skip


def count_scripts(characters: Iterable[CharacterErrors]) -> list[CharacterErrors]:
    """Sums over the characters of each script, the most errors first; see `script_of`."""
    sums: dict[str, CharacterErrors] = {}
    for errors in characters:
        name = script_of(errors.name)
        sums[name] = sums.get(name, CharacterErrors(name)).plus(errors)
    return _most_errors_first(sums.values())


def script_of(character: str) -> str:
    """The script as Unicode names it; digits, punctuation, ... for what all scripts share."""
    category = unicodedata.category(character)
    kind = _KINDS.get(category) or _KINDS.get(category[0])
    code = script(character)
    # Digits and punctuation are told apart from letters whatever their script.
    if category == "Nd" or category[0] == "P" or code in _WITHOUT_SCRIPT:
        return kind or "other"
    return str(script_name(code))


def write_characters_csv(characters: Iterable[CharacterErrors], path: Path) -> None:
    """All characters: `character;code_point;name;script;written;missed;inserted;mistaken;rate`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        fields = ("written", "missed", "inserted", "mistaken", "rate")
        writer.writerow(["character", "code_point", "name", "script", *fields])
        for errors in characters:
            code, name = f"U+{ord(errors.name):04X}", unicodedata.name(errors.name, "")
            about = errors.name, code, name, script_of(errors.name)
            writer.writerow([*about, *errors[1:], f"{errors.rate:.4f}"])


def _most_errors_first(found: Iterable[CharacterErrors]) -> list[CharacterErrors]:
    return sorted(found, key=lambda errors: (-errors.errors, -errors.written, errors.name))
