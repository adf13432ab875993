"""Confusions that one run makes and another does not."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tf_crnn.differences import confusions

MOST_SHOWN = 20


class Confusion(NamedTuple):
    """A character read as another, and how often by the baseline and by the other run.

    Attributes:
        truth: what is written; empty for a character too many.
        reading: what was read; empty for a character left out.
        before: times in the baseline.
        after: times in the other run.
    """

    truth: str
    reading: str
    before: int
    after: int


class ConfusionChanges(NamedTuple):
    """What a run confuses more and less often than the baseline does.

    Attributes:
        run: place of the run in the comparison.
        appeared: those it makes more often, the greatest change first; at most 20.
        vanished: those it makes less often, likewise.
        n_appeared: how many there are, also of those not listed.
        n_vanished: likewise.
    """

    run: int
    appeared: tuple[Confusion, ...]
    vanished: tuple[Confusion, ...]
    n_appeared: int
    n_vanished: int


def count_confusions(pairs: Sequence[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Wrong characters alone, over (truth, reading) pairs."""
    counts = confusions(pair for pair in pairs if pair[0] != pair[1])
    return Counter({pair: count for pair, count in counts.items() if pair[0] != pair[1]})


def confusion_changes(
    run: int, before: Counter[tuple[str, str]], after: Counter[tuple[str, str]]
) -> ConfusionChanges:
    """How the confusions of a run differ from those of the baseline."""
    changed = [
        Confusion(*pair, before[pair], after[pair])
        for pair in before | after
        if before[pair] != after[pair]
    ]
    # Equal changes in the order of the characters, so that the page does not hang on chance.
    changed.sort(key=lambda c: (-abs(c.after - c.before), c.truth, c.reading))
    appeared = [c for c in changed if c.after > c.before]
    vanished = [c for c in changed if c.after < c.before]
    return ConfusionChanges(
        run,
        tuple(appeared[:MOST_SHOWN]),
        tuple(vanished[:MOST_SHOWN]),
        len(appeared),
        len(vanished),
    )
