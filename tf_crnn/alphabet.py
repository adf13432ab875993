"""The alphabet: which units a model reads, and the integer code of each.

Codes are 1..N. Code 0 is padding in a label and the CTC blank in the logits, so that a model has
`n_classes` = N + 1 outputs. `blank_symbol` is only how a blank is shown; `$` in a text is an
ordinary unit.
"""

import json
import logging
import os
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tf_crnn.errors import AlphabetError
from tf_crnn.samples import as_paths, read_rows
from tf_crnn.text_rules import NO_RULES, TextRules

logger = logging.getLogger(__name__)

BLANK_CODE = 0
DEFAULT_UNITS = string.ascii_letters + string.digits


class Alphabet:
    """Units and their codes.

    Attributes:
        alphabet_units: the units in the order of their codes; a unit may be several characters.
        codes: 1..N.
        n_classes: N + 1, the number of a model's outputs; class 0 is the CTC blank.
        blank_code: always 0.
        path: the file that was read, or None.
    """

    def __init__(
        self,
        lookup_alphabet_file: str | os.PathLike[str] | Sequence[str] | None = None,
        blank_symbol: str = "$",
    ) -> None:
        """Read the lookup table.

        Args:
            lookup_alphabet_file: JSON `{"unit": code}`, or several of which later ones add to
                earlier ones.
            blank_symbol: how the blank is shown.

        Raises:
            AlphabetError: no file is given, or it is missing, malformed or empty.
        """
        if not lookup_alphabet_file:
            raise AlphabetError(
                "lookup_alphabet_file is missing. Give a JSON file {unit: code}; "
                "hlp/make_alphabet.py makes one from your CSVs."
            )
        files = as_paths(lookup_alphabet_file)
        self._fill(self.load_lookup_from_json(files), blank_symbol, path=files[0])

    @classmethod
    def from_units(cls, units: Iterable[str], blank_symbol: str = "$") -> "Alphabet":
        """An alphabet of these units, coded 1..N in the order of their first appearance.

        Raises:
            AlphabetError: no unit, or an empty one.
        """
        alphabet = cls.__new__(cls)
        alphabet._fill(
            cls.map_lookup({unit: code for code, unit in enumerate(dict.fromkeys(units))}),
            blank_symbol,
        )
        return alphabet

    def _fill(self, lookup: Mapping[str, int], blank_symbol: str, path: Path | None = None) -> None:
        if not lookup:
            raise AlphabetError(
                f"{path or 'alphabet'}: holds no unit. An alphabet needs at least one."
            )
        self.path = path
        self.blank_symbol = blank_symbol
        self.blank_code = BLANK_CODE
        self.lookup_str2int = dict(lookup)
        self.lookup_int2str = {code: unit for unit, code in lookup.items()}

    @property
    def alphabet_units(self) -> list[str]:
        """Units in the order of their codes."""
        return list(self.lookup_str2int)

    @property
    def codes(self) -> list[int]:
        """1..N."""
        return list(self.lookup_str2int.values())

    @property
    def n_classes(self) -> int:
        """Number of a model's outputs, one for each unit and one for the blank."""
        return len(self.lookup_str2int) + 1

    def unknown_units(self, units: Iterable[str]) -> list[str]:
        """The units that are not in the alphabet, each once, in order of appearance."""
        return list(dict.fromkeys(unit for unit in units if unit not in self.lookup_str2int))

    def encode(self, units: Iterable[str]) -> list[int]:
        """Codes of some units.

        Raises:
            AlphabetError: a unit is not in the alphabet.
        """
        units = list(units)
        unknown = self.unknown_units(units)
        if unknown:
            raise AlphabetError(
                f"units {unknown} are not in alphabet {self.path or self.alphabet_units}. "
                "Extend it with hlp/make_alphabet.py or correct the transcription."
            )
        return [self.lookup_str2int[unit] for unit in units]

    def decode(self, codes: Iterable[int]) -> list[str]:
        """Units of some codes; padding and blanks (0) are passed over."""
        return [self.lookup_int2str[int(code)] for code in codes if int(code) != BLANK_CODE]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the lookup table as JSON that `Alphabet(path)` reads back with the same codes."""
        text = json.dumps(self.lookup_str2int, ensure_ascii=False, indent=0)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def check_input_file_alphabet(
        self,
        csv_filenames: str | Iterable[str],
        discarded_chars: str = "",
        csv_delimiter: str = ";",
        string_split_delimiter: str = "|",
        *,
        text_rules: TextRules = NO_RULES,
    ) -> None:
        """Check that every unit of some CSVs is known.

        Args:
            csv_filenames: one path or several.
            discarded_chars: units that are not looked for.
            csv_delimiter: between path and label.
            string_split_delimiter: between two units.
            text_rules: of the training.

        Raises:
            AlphabetError: some are not; all are listed with their counts.
        """
        delimiters = (csv_delimiter, string_split_delimiter)
        counts = count_units(csv_filenames, *delimiters, text_rules=text_rules)
        unknown = {
            unit: counts[unit]
            for unit in self.unknown_units(counts)
            if unit not in set(discarded_chars)
        }
        if unknown:
            listed = ", ".join(f"{unit!r} ({count}x)" for unit, count in unknown.items())
            raise AlphabetError(
                f"{csv_filenames}: {len(unknown)} units are not in alphabet "
                f"{self.path or self.alphabet_units}: {listed}. "
                "Extend it with hlp/make_alphabet.py or correct the transcriptions."
            )

    @classmethod
    def create_lookup_from_labels(
        cls,
        csv_files: str | Iterable[str],
        export_lookup_filename: str | os.PathLike[str],
        original_lookup_filename: str | os.PathLike[str] | None = None,
        csv_delimiter: str = ";",
        string_split_delimiter: str = "|",
        *,
        text_rules: TextRules = NO_RULES,
    ) -> dict[str, int]:
        """Extend a lookup table by the units of some CSVs, and write it.

        Args:
            csv_files: one path or several.
            export_lookup_filename: the JSON to write.
            original_lookup_filename: the table to start from; letters and digits without one.
            csv_delimiter: between path and label.
            string_split_delimiter: between two units.
            text_rules: of the training.

        Returns:
            The lookup table; units of the original keep their codes.
        """
        lookup = (
            cls.load_lookup_from_json(original_lookup_filename)
            if original_lookup_filename
            else cls.make_json_lookup_alphabet(DEFAULT_UNITS)
        )
        delimiters = (csv_delimiter, string_split_delimiter)
        for unit in sorted(count_units(csv_files, *delimiters, text_rules=text_rules)):
            lookup.setdefault(unit, len(lookup) + 1)
        cls.from_units(lookup).save(export_lookup_filename)
        return lookup

    @classmethod
    def load_lookup_from_json(
        cls, json_filenames: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
    ) -> dict[str, int]:
        """The lookup table of one or several JSON files, renumbered 1..N.

        Raises:
            AlphabetError: a file is missing, or is not `{"unit": integer}`.
        """
        lookup: dict[str, int] = {}
        for path in as_paths(json_filenames):
            added = _read_lookup(path)
            _warn_of_shared_codes(path, added)
            lookup.update(added)
        return cls.map_lookup(lookup)

    @classmethod
    def make_json_lookup_alphabet(cls, string_chars: str | None = None) -> dict[str, int]:
        """A lookup table of the characters of a string, or of letters and digits."""
        units = dict.fromkeys(DEFAULT_UNITS if string_chars is None else string_chars)
        return {unit: code for code, unit in enumerate(units, start=1)}

    @classmethod
    def map_lookup(
        cls, lookup_table: Mapping[str, int], unique_entry: bool = True
    ) -> dict[str, int]:
        """Renumber a lookup table to 1..N, in the order of its codes and then of its units.

        Raises:
            AlphabetError: a unit is empty.
            NotImplementedError: `unique_entry` is false; a unit needs a code of its own.
        """
        if not unique_entry:
            raise NotImplementedError(
                "Two units cannot share one code: decoding could not tell them apart."
            )
        if "" in lookup_table:
            raise AlphabetError(
                "alphabet: the empty string is no unit. Remove it from the lookup table."
            )
        ordered = sorted(lookup_table, key=lambda unit: (lookup_table[unit], unit))
        return {unit: code for code, unit in enumerate(ordered, start=1)}


def count_units(
    csv_files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    csv_delimiter: str = ";",
    string_split_delimiter: str = "|",
    on_problem: Callable[[Path, int, str], None] | None = None,
    text_rules: TextRules = NO_RULES,
) -> Counter[str]:
    """How often each unit stands in the labels of some CSVs.

    Args:
        csv_files: one path or several.
        csv_delimiter: between path and label.
        string_split_delimiter: between two units.
        on_problem: called with CSV, row and reason for each row that counts nothing, since it has
            no label or a malformed one.
        text_rules: of the training; units are those of its images, with brackets as printed.
    """
    counts: Counter[str] = Counter()
    for path in as_paths(csv_files):
        for row in read_rows(path, csv_delimiter, string_split_delimiter):
            problem = row.problem or ("" if row.label is not None else "no label")
            try:
                units = text_rules.units(row.label or "", string_split_delimiter)
                counts.update(text_rules.visual(units))
            except ValueError as error:
                problem = f"label {row.label!r} {error}"
            if problem and on_problem is not None:
                on_problem(path, row.number, problem)
    return counts


def _read_lookup(path: Path) -> dict[str, int]:
    try:
        lookup = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise AlphabetError(
            f"{path}: cannot be read ({error.strerror}). Check lookup_alphabet_file, or make one "
            "with hlp/make_alphabet.py."
        ) from error
    except ValueError as error:
        raise AlphabetError(f"{path}: is not JSON in UTF-8 ({error}).") from error
    if not isinstance(lookup, dict) or not all(_is_code(code) for code in lookup.values()):
        raise AlphabetError(f'{path}: must hold one object {{"unit": integer, ...}}.')
    return lookup


def _warn_of_shared_codes(path: Path, lookup: Mapping[str, int]) -> None:
    counts = Counter(lookup.values())
    sharing = [unit for unit, code in lookup.items() if counts[code] > 1]
    if sharing:
        logger.warning(
            "%s: %s units share their codes with others and get codes of their own: %s",
            path, len(sharing), ", ".join(map(repr, sharing[:10])),
        )  # fmt: skip


def _is_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
