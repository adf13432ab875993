"""How texts are brought to one form before they are compared, and what counts as a unit.

The rules belong to a model: they are applied to labels before a training, to the truth of an
evaluation, and backwards, as far as they have a way back, to what the model reads.
"""

import dataclasses
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Literal, NamedTuple, cast

import regex

from tf_crnn.errors import ConfigError
from tf_crnn.reading_order import missing_library, to_logical, to_visual
from tf_crnn.text import is_marked, split_units

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
CHOICES: Mapping[str, tuple[str, ...]] = {
    "unicode_form": ("none", "NFC", "NFD", "NFKC", "NFKD"),
    "white_space": ("keep", "fold"),
    "letter_case": ("keep", "lower", "upper", "fold"),
    "text_units": ("marked", "code_points", "graphemes"),
    "bidi_reordering": ("none", "auto", "ltr", "rtl"),
}
REPLACEMENTS = "text_replacements"
_CHANGE_CASE: Mapping[str, Callable[[str], str]] = {
    "keep": str,
    "lower": str.lower,
    "upper": str.upper,
    "fold": str.casefold,
}
_PAIRS = '[["old", "new"], ...]'


class RuleDifference(NamedTuple):
    """A rule that two sets of rules do not share."""

    key: str
    own: Any
    other: Any

    def __str__(self) -> str:
        """For people."""
        return f"{self.key} {_shown(self.own)} instead of {_shown(self.other)}"


@dataclass(frozen=True)
class TextRules:
    """What is done to a text, in this order.

    Attributes:
        unicode_form: NFC, NFD, NFKC or NFKD; `none` leaves code points as they are.
        text_replacements: (old, new) pairs, applied in one pass from left to right, where several
            fit the longest; what was put in is not looked at again. `old` is taken in the Unicode
            form.
        letter_case: `lower`, `upper`, `fold` (as for comparing: ß becomes ss), or `keep`.
        white_space: `fold` makes one space of each run of white space, of whichever kind, and none
            at the ends.
        text_units: `marked` as the label marks them, code points where it does not; `code_points`;
            `graphemes`, what readers see as one character.
        bidi_reordering: direction of the line, `ltr`, `rtl` or `auto` (that of the first letter),
            for reordering units as they stand in the image; `none` for units that stand so.

    After `letter_case` the text is brought to the Unicode form again, which both steps before may
    have left.

    Raises:
        ConfigError: an unknown value, or a rule that needs a library that is missing.
    """

    unicode_form: str = "none"
    white_space: str = "keep"
    letter_case: str = "keep"
    text_replacements: tuple[tuple[str, str], ...] = ()
    text_units: str = "marked"
    bidi_reordering: str = "none"

    def __post_init__(self) -> None:
        """Check the rules."""
        object.__setattr__(self, REPLACEMENTS, as_pairs(self.text_replacements))
        if found := rule_problems(self.__dict__):
            raise ConfigError("\n".join(f"  - {problem}" for problem in found))

    def clean(self, text: str) -> str:
        """A text by the rules, in reading order."""
        changed = self._changed(text)
        return self.normalised(" ".join(changed.split()) if self.white_space == "fold" else changed)

    def normalised(self, text: str) -> str:
        """A text in the Unicode form, otherwise unchanged."""
        if self.unicode_form == "none":
            return text
        return unicodedata.normalize(cast("Form", self.unicode_form), text)

    def units(self, label: str | Sequence[str], unit_delimiter: str = "|") -> list[str]:
        """Units of a label by the rules, in reading order.

        Where marked units are kept, the rules act on each for itself: one that becomes empty is
        dropped, and `white_space` folds runs of units that are nothing but white space.

        Args:
            label: as it stands in a CSV, or its units.
            unit_delimiter: one character.

        Raises:
            ValueError: see `tf_crnn.text.split_units`.
        """
        is_text = isinstance(label, str) and not is_marked(label, unit_delimiter)
        given = split_units(label, unit_delimiter) if isinstance(label, str) else list(label)
        if is_text or self.text_units != "marked":
            return self._split(self.clean("".join(given)))
        units = [unit for old in given if (unit := self._folded(self._changed(old)))]
        return units if self.white_space == "keep" else list(_without_repeated_spaces(units))

    def visual(self, units: Sequence[str]) -> list[str]:
        """Units as they stand in the image from left to right; see `reading_order.to_visual`."""
        if self.bidi_reordering == "none":
            return list(units)
        return to_visual(units, self.bidi_reordering)

    def logical(self, units: Sequence[str]) -> list[str]:
        """Units of an image in reading order; see `reading_order.to_logical`."""
        if self.bidi_reordering == "none":
            return list(units)
        return to_logical(units, self.bidi_reordering)

    def read_text(self, units: Sequence[str]) -> str:
        """The text of units that a model has read, in reading order and in the Unicode form."""
        return self.normalised("".join(self.logical(units)))

    def never_units(self, units: Iterable[str]) -> list[str]:
        """Those of some units that no label can have by these rules."""
        put_in = [self._changed(new) for _, new in self.text_replacements]
        return [
            unit
            for unit in units
            if len(self._split_again(unit)) > 1
            or (
                self._folded(self._changed(unit)) != unit and not any(unit in new for new in put_in)
            )
        ]

    def differences(self, other: "TextRules") -> list[RuleDifference]:
        """Every rule that is not the other's."""
        theirs = other.to_dict()
        return [
            RuleDifference(key, own, theirs[key])
            for key, own in self.to_dict().items()
            if own != theirs[key]
        ]

    def to_dict(self) -> dict[str, Any]:
        """The rules, JSON-ready."""
        return {
            **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)},
            REPLACEMENTS: [list(pair) for pair in self.text_replacements],
        }

    def _changed(self, text: str) -> str:
        change_case = _CHANGE_CASE[self.letter_case]
        return self.normalised(change_case(self._replaced(self.normalised(text))))

    def _replaced(self, text: str) -> str:
        if not self._table:
            return text
        return self._pattern.sub(lambda match: self._table[match[0]], text)

    @cached_property
    def _table(self) -> dict[str, str]:
        return {self.normalised(old): new for old, new in self.text_replacements}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._table, key=lambda old: (-len(old), old))
        return re.compile("|".join(map(re.escape, longest_first)))

    def _split(self, text: str) -> list[str]:
        return regex.findall(r"\X", text) if self.text_units == "graphemes" else list(text)

    def _split_again(self, unit: str) -> list[str]:
        return [unit] if self.text_units == "marked" else self._split(unit)

    def _folded(self, unit: str) -> str:
        return unit if self.white_space == "keep" else re.sub(r"\s+", " ", unit)


RULE_KEYS = tuple(field.name for field in dataclasses.fields(TextRules))


def as_pairs(value: Any) -> Any:
    """A replacement table as (old, new) pairs; what is no table is given back as it is."""
    if isinstance(value, Mapping):
        return tuple(value.items())
    if isinstance(value, list | tuple):
        return tuple(tuple(pair) if isinstance(pair, list | tuple) else pair for pair in value)
    return value


def rule_problems(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each rule that cannot be used; `values` holds every key of `TextRules`."""
    found = []
    for key, choices in CHOICES.items():
        if values[key] not in choices:
            hint = _nearest(str(values[key]), choices)
            found.append(f"{key}: must be one of {', '.join(choices)}, not {values[key]!r}.{hint}")
    if values["bidi_reordering"] not in (None, "none") and missing_library():
        found.append(f"bidi_reordering {values['bidi_reordering']}: {missing_library()}")
    return found + _wrong_replacements(values[REPLACEMENTS])


def _nearest(value: str, choices: Sequence[str]) -> str:
    by_lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(value.lower(), by_lower, n=1, cutoff=0.3)
    return f" Did you mean {by_lower[near[0]]}?" if near else ""


def _wrong_replacements(table: Any) -> list[str]:
    if not isinstance(table, tuple) or not all(_is_pair(pair) for pair in table):
        return [f"{REPLACEMENTS}: must be pairs of strings, {_PAIRS}, not {table!r}."]
    olds = [old for old, _ in table]
    found = [f"{REPLACEMENTS}: nothing can be put in place of the empty string."] * ("" in olds)
    twice = [old for old in dict.fromkeys(olds) if olds.count(old) > 1]
    return found + [f"{REPLACEMENTS}: {old!r} stands there more than once." for old in twice]


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, str) for v in value)


def _without_repeated_spaces(units: Sequence[str]) -> Iterator[str]:
    runs = [(unit == " ", list(run)) for unit, run in groupby(units, key=lambda unit: unit)]
    for position, (is_space, run) in enumerate(runs):
        if not is_space:
            yield from run
        elif 0 < position < len(runs) - 1:
            yield " "


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


NO_RULES = TextRules()
