"""Make the alphabet of some CSVs: a lookup table {unit: code}.

Example:
    python hlp/make_alphabet.py data/train.csv data/val.csv -o data/alphabet.json
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from tf_crnn.alphabet import Alphabet, count_units
from tf_crnn.config import Params, import_params_from_json
from tf_crnn.errors import CrnnError, DataError
from tf_crnn.fine_tuning import take_over
from tf_crnn.rule_options import change_rules
from tf_crnn.samples import read_rows
from tf_crnn.text_rules import NO_RULES, TextRules

RARE_COUNT = 5
ONE_FORM = (
    'Bring the labels to one form: "unicode_form": "NFC" in the configuration, --config here.'
)


class Reading(NamedTuple):
    """How labels are read: delimiters of the CSV and between units, and text rules."""

    csv_delimiter: str
    unit_delimiter: str
    rules: TextRules


def _one_character(_context: click.Context, option: click.Parameter, value: str) -> str:
    if len(value) != 1:
        raise click.BadParameter(f"{value!r} is not one character.", param=option)
    return value


@click.command(help=__doc__.splitlines()[0])
@click.argument("csv_files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The JSON.")
@click.option("--base", type=click.Path(path_type=Path), help="An alphabet whose codes are kept.")
@click.option("--config", type=click.Path(path_type=Path), help="JSON whose text rules are used.")
@click.option("--rule", "changes", multiple=True, metavar="KEY=VALUE", help="One text rule.")
@click.option("--csv_delimiter", default=";", show_default=True, callback=_one_character)
@click.option("--string_split_delimiter", default="|", show_default=True, callback=_one_character)
def main(
    csv_files: Sequence[Path],
    output: Path,
    base: Path | None,
    config: Path | None,
    changes: Sequence[str],
    **delimiters: str,
) -> None:
    """Count, write, then show the table and the warnings."""
    try:
        rules = change_rules(_rules_of(config) if config else NO_RULES, changes)
        reading = Reading(delimiters["csv_delimiter"], delimiters["string_split_delimiter"], rules)
        counts = count_all(csv_files, reading)
        alphabet = extend(base, counts)
        output.parent.mkdir(parents=True, exist_ok=True)
        alphabet.save(output)
        warnings = [*base_warnings(base, counts), *unit_warnings(counts)]
        warnings += twin_warnings(counts, count_decomposed(csv_files, reading))
    except (CrnnError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for unit in alphabet.alphabet_units:
        click.echo(f"{code_points(unit)} {shown(unit)} {counts[unit]}")
    click.echo(f"{output}: {len(alphabet.codes)} units")
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def _rules_of(config: Path) -> TextRules:
    """The text rules of a configuration, or of the model that it begins with."""
    return Params(**take_over(import_params_from_json(json_filename=config))).text_rules


def count_all(csv_files: Sequence[Path], reading: Reading) -> Counter[str]:
    """How often each unit stands in the labels of all CSVs.

    Args:
        csv_files: to read.
        reading: delimiters and rules.

    Raises:
        DataError: a CSV cannot be read, or has no label.
    """
    counts: Counter[str] = Counter()
    for csv_file in csv_files:
        found, problems = count_one(csv_file, reading)
        named = "; ".join(problems[:3]) + ("; ..." if len(problems) > 3 else "")
        if not found:
            raise DataError(
                f"{csv_file}: holds no label with {reading.csv_delimiter!r} between path and "
                f"label. Check the file and --csv_delimiter."
                f"{f' Rows not counted: {named}.' * bool(named)}"
            )
        if problems:
            click.echo(f"warning: {csv_file}: {len(problems)} rows not counted: {named}", err=True)
        counts += found
    return counts


def count_one(csv_file: Path, reading: Reading) -> tuple[Counter[str], list[str]]:
    """The units of one CSV, and why some of its rows count nothing."""
    problems: list[str] = []

    def note(_: Path, row: int, problem: str) -> None:
        problems.append(f"row {row}: {problem}")

    *delimiters, rules = reading
    return count_units(csv_file, *delimiters, on_problem=note, text_rules=rules), problems


def extend(base: Path | None, counts: Mapping[str, int]) -> Alphabet:
    """The units of `base` with their codes, then the new ones by code point.

    Raises:
        AlphabetError: `base` cannot be read.
    """
    kept = list(Alphabet.load_lookup_from_json(base)) if base else []
    return Alphabet.from_units([*kept, *sorted(set(counts).difference(kept))])


def count_decomposed(csv_files: Sequence[Path], reading: Reading) -> Counter[str]:
    """How often letters with a character of their own are written with combining marks (NFD)."""
    found: Counter[str] = Counter()
    for csv_file in csv_files:
        for row in read_rows(csv_file, reading.csv_delimiter, reading.unit_delimiter):
            try:
                text = "".join(reading.rules.units(row.label or "", reading.unit_delimiter))
            except ValueError:
                continue
            found.update(cluster for cluster in _clusters(text) if _nfc(cluster) != cluster)
    return found


def base_warnings(base: Path | None, counts: Mapping[str, int]) -> Iterator[str]:
    """What a user should know about the units of `base`."""
    if not base:
        return
    unused = [unit for unit in Alphabet(base).alphabet_units if not counts.get(unit)]
    if unused:
        yield f"{len(unused)} units of {base} are in no label: {listed(unused)}"


def unit_warnings(counts: Mapping[str, int]) -> Iterator[str]:
    """Units that are too rare to learn, and units that nobody can see."""
    rare = [unit for unit in sorted(counts) if counts[unit] < RARE_COUNT]
    if rare:
        share = f"{len(rare)} of {len(counts)} units occur less than {RARE_COUNT} times"
        yield f"{share}: {listed(rare)}. Slips of the pen? A model hardly learns them."
    unseen = [unit for unit in sorted(counts) if any(_is_unseen(char) for char in unit)]
    if unseen:
        yield f"control or invisible characters: {listed(unseen)}. Remove them from the labels."


def twin_warnings(counts: Mapping[str, int], decomposed: Mapping[str, int]) -> Iterator[str]:
    """Look-alikes: one letter that is written in two ways, or as base and combining mark."""
    ways: dict[str, dict[str, int]] = {}
    for written, count in sorted([*counts.items(), *decomposed.items()]):
        ways.setdefault(_nfc(written), {})[written] = count
    for letter, spellings in ways.items():
        if len(spellings) > 1:
            both = " and ".join(f"{code_points(way)} ({n}x)" for way, n in spellings.items())
            yield f"{letter} is written both as {both}. {ONE_FORM}"
    only_decomposed = [way for way in decomposed if len(ways[_nfc(way)]) == 1]
    if only_decomposed:
        yield (
            f"letters written with combining marks: {listed(sorted(only_decomposed))}. Unless "
            f"this is meant: {ONE_FORM}"
        )


def code_points(unit: str) -> str:
    """`U+00E9` for é; several are parted by +."""
    return "+".join(f"U+{ord(character):04X}" for character in unit)


def shown(unit: str) -> str:
    """The unit, as a Python literal if it is invisible and with ◌ if it is a combining mark."""
    if any(char == " " or _is_unseen(char) for char in unit):
        return ascii(unit)
    return f"◌{unit}" if unicodedata.combining(unit[0]) else unit


def listed(units: Sequence[str]) -> str:
    """Units with their code points, at most twenty."""
    named = ", ".join(f"{shown(unit)} ({code_points(unit)})" for unit in units[:20])
    return named + (f" and {len(units) - 20} more" if len(units) > 20 else "")


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or (category[0] == "Z" and character != " ")


def _clusters(text: str) -> Iterator[str]:
    marks = "".join(re.escape(char) for char in set(text) if unicodedata.combining(char))
    return iter(re.findall(f".[{marks}]+", text)) if marks else iter(())


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


if __name__ == "__main__":
    main()
