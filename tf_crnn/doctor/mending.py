"""Labels mended where there is no doubt: control characters, spaces, composed letters."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tf_crnn.doctor.labels import JUNK, LINE_BREAKS


class Step(NamedTuple):
    """One way in which labels are mended."""

    what: str
    mend: Callable[[Sequence[str]], list[str]]


class Mended(NamedTuple):
    """One step that changed a label: what it did, and the units before and after."""

    what: str
    before: list[str]
    after: list[str]


def without_control_characters(units: Sequence[str]) -> list[str]:
    """Line breaks and tabs as spaces, other control characters and zero-width junk removed."""
    return [mended for unit in units if (mended := "".join(map(_seen, unit)))]


def without_spare_spaces(units: Sequence[str]) -> list[str]:
    """No space at the ends, none behind another; of several the first stays."""
    kept: list[str] = []
    for unit in units:
        if not (unit.isspace() and (not kept or kept[-1].isspace())):
            kept.append(unit)
    while kept and kept[-1].isspace():
        kept.pop()
    return kept


def composed(units: Sequence[str]) -> list[str]:
    """Letters in their composed form (NFC), where units are single characters or clusters."""
    if all(len(unit) == 1 for unit in units):
        return list(unicodedata.normalize("NFC", "".join(units)))
    kept: list[str] = []
    for unit in units:
        mended = unicodedata.normalize("NFC", unit)
        joined = unicodedata.normalize("NFC", kept[-1] + mended) if kept else ""
        if kept and unicodedata.combining(mended[0]) and joined != kept[-1] + mended:
            kept[-1] = joined
        else:
            kept.append(mended)
    return kept


STEPS: Sequence[Step] = (
    Step("control characters", without_control_characters),
    Step("composed letters (NFC)", composed),
    Step("spaces", without_spare_spaces),
)


def mend(units: Sequence[str]) -> list[Mended]:
    """The steps that change a label, in order; none of them leaves nothing of it."""
    found: list[Mended] = []
    current = list(units)
    for step in STEPS:
        after = step.mend(current)
        if after and after != current:
            found.append(Mended(step.what, current, after))
            current = after
    return found


def _seen(character: str) -> str:
    if character in LINE_BREAKS:
        return " "
    return "" if unicodedata.category(character) == "Cc" or character in JUNK else character
