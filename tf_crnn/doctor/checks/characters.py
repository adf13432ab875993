"""Characters and units: rare ones, look-alikes, and what one split has and the other lacks."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tf_crnn.doctor.confusables import LOOK_ALIKES, SCRIPTS, VARIANTS, described, script_of
from tf_crnn.doctor.findings import CharacterRow, Finding
from tf_crnn.doctor.measure import UnitUse
from tf_crnn.doctor.setting import TRAIN, VAL
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

RARE_COUNT = 5
# Above this share, long units are the way of the data set.
_USUAL_SHARE = 0.05


def find_only_in_val(survey: Survey) -> Iterator[Finding]:
    """Units of the validation that no training line has."""
    train, val = survey.units(TRAIN), survey.units(VAL)
    if train and val:
        missing = {unit: use for unit, use in val.items() if unit not in train}
        yield from _of_units(
            "units_only_in_val",
            f"{len(missing)} of {len(val)} units of the validation are in no training line",
            "The model cannot learn them: each is an error of the validation. Slips, or too small "
            "a training set?",
            _rows(missing),
            len(val),
        )


def find_rare(survey: Survey) -> Iterator[Finding]:
    """Units that the training lines hardly have."""
    train = survey.units(TRAIN)
    rare = {unit: use for unit, use in train.items() if use.times < RARE_COUNT}
    yield from _of_units(
        "rare_units",
        f"{len(rare)} of {len(train)} units are in the training lines less than {RARE_COUNT} times",
        "Slips of the pen? A model hardly learns them.",
        _rows(rare),
        len(train),
    )


def find_unused(survey: Survey) -> Iterator[Finding]:
    """Units of the alphabet that no training line has."""
    if not survey.setting.has_config:
        return
    units, train = survey.setting.params.alphabet.alphabet_units, survey.units(TRAIN)
    unused = {unit: UnitUse(0, 0, ()) for unit in units if unit not in train}
    yield from _of_units(
        "unused_units",
        f"{len(unused)} of {len(units)} units of the alphabet are in no training line",
        "Harmless, if they are meant for other data.",
        _rows(unused),
        len(units),
        Severity.INFORMATION,
    )


def find_long_units(survey: Survey) -> Iterator[Finding]:
    """Units of several letters that are rare: a delimiter may have been forgotten."""
    units = survey.all_units
    long = {unit: use for unit, use in units.items() if _n_letters(unit) > 1}
    total = sum(use.times for use in units.values())
    if sum(use.times for use in long.values()) > _USUAL_SHARE * total:
        return
    rare = {unit: use for unit, use in long.items() if use.times < RARE_COUNT}
    yield from _of_units(
        "long_units",
        f"{len(rare)} of {len(units)} units are of several characters and rare",
        "Was a delimiter between two units forgotten?",
        _rows(rare),
        len(units),
        Severity.LIKELY_WRONG,
    )


def find_foreign_letters(survey: Survey) -> Iterator[Finding]:
    """Letters of a script of which the labels have nothing but look-alikes of another one."""
    by_script: dict[str, dict[str, UnitUse]] = defaultdict(dict)
    for character, use in survey.characters.items():
        if script := script_of(character):
            by_script[script][character] = use
    if len(by_script) < 2:
        return
    main = max(sorted(by_script), key=lambda script: _total(by_script[script]))
    for script in SCRIPTS:
        letters = by_script.get(script, {})
        if script == main or not letters or not all(letter in LOOK_ALIKES for letter in letters):
            continue
        says = f"{len(letters)} characters are {script.capitalize()} and look like "
        rows = [
            row._replace(remark=f"looks like {described(LOOK_ALIKES[row.unit])}")
            for row in _rows(letters)
        ]
        yield from _of_units(
            f"look_alikes_{script.lower()}",
            f"{says}{main.capitalize()} ones; no other {script.capitalize()} letter is used",
            "Typed with the wrong keyboard? To the model they are other letters.",
            rows,
            len(survey.characters),
            Severity.LIKELY_WRONG,
        )


def find_variants(survey: Survey) -> Iterator[Finding]:
    """Dashes, apostrophes, quotes and spaces of one look, used side by side."""
    for name, variants in VARIANTS:
        used = {c: use for c, use in survey.characters.items() if c in variants}
        if len(used) > 1:
            counts = ", ".join(f"{described(c)} {use.times:,} times" for c, use in used.items())
            yield Finding(
                f"variants_{name.replace(' ', '_').replace(',', '')}",
                Severity.WORTH_A_LOOK,
                f"{len(used)} characters that look alike are used side by side ({name}): {counts}",
                "If the difference is not meant, use one of them: text_replacements does it for "
                "training and evaluation.",
                len(used),
                len(survey.characters),
                characters=_rows(used),
            )


def _of_units(
    key: str,
    says: str,
    advice: str,
    rows: Sequence[CharacterRow],
    total: int,
    severity: Severity = Severity.WORTH_A_LOOK,
) -> Iterator[Finding]:
    if rows:
        yield Finding(key, severity, says, advice, len(rows), total, characters=rows)


def _rows(units: Mapping[str, UnitUse]) -> list[CharacterRow]:
    """Rarest first."""
    ordered = sorted(units.items(), key=lambda item: (item[1].times, item[0]))
    return [CharacterRow(unit, use.times, "", use.first) for unit, use in ordered]


def _total(units: Mapping[str, UnitUse]) -> int:
    return sum(use.times for use in units.values())


def _n_letters(unit: str) -> int:
    """Characters without combining marks and what joins them."""
    return sum(
        unicodedata.category(character) not in ("Mn", "Me", "Mc", "Cf") for character in unit
    )
