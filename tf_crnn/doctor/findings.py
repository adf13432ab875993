"""What a check found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.severity import Severity


class CharacterRow(NamedTuple):
    """A character or unit in a finding.

    Attributes:
        unit: itself.
        times: how often it is written.
        remark: what is to be said of it.
        first: places of the first lines that have it.
    """

    unit: str
    times: int
    remark: str
    first: tuple[int, ...]


def no_remark(_: int) -> str:
    """Nothing."""
    return ""


@dataclass(frozen=True)
class Finding:
    """One kind of thing that was found.

    Attributes:
        key: names it in the JSON.
        severity: how much it matters.
        says: the sentence, with count and denominator.
        advice: what to do; may be empty.
        count: of what was found: lines, groups, or characters.
        total: of what there is of them.
        lines: places of the lines, those first that matter most; those of a group together.
        groups: (len(lines),) equal for the lines of one group; None where there are no groups.
        characters: rows of a table of characters; `lines` is empty then.
        remark: what is to be said of a line.
        readings: what a model reads instead, by place.
    """

    key: str
    severity: Severity
    says: str
    advice: str
    count: int
    total: int
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    groups: NDArray[np.int64] | None = None
    characters: Sequence[CharacterRow] = ()
    remark: Callable[[int], str] = no_remark
    readings: Mapping[int, str] = field(default_factory=dict)


def of_lines(number: int, total: int, says: str) -> str:
    """As `3 of 2,000 lines begin with a space`, in the singular too."""
    return f"{number:,} of {total:,} line{'' if total == 1 else 's'} {says}"
