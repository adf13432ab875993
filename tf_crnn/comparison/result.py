"""What a comparison of runs holds."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from tf_crnn.comparison.confusion_changes import ConfusionChanges
from tf_crnn.comparison.rates import Pair, Rates


class ComparedRun(NamedTuple):
    """One of the runs.

    Attributes:
        name: short, unlike that of any other run of the comparison.
        label: the store and the id.
        status: as in `RunRecord`.
        started: ISO 8601, UTC; None where it is not known.
        minutes: duration.
        comment: of the user.
        n_lines: of its own evaluation; None for a run without one, which is left out of all that
            is said of lines.
        cer: over all lines of its own evaluation.
        rates: on the common lines.
    """

    name: str
    label: str
    status: str
    started: str | None
    minutes: float
    comment: str
    n_lines: int | None
    cer: float | None
    rates: Rates | None


class Common(NamedTuple):
    """The lines that all runs read.

    Attributes:
        n_lines: how many.
        n_documents: of these lines; None where documents are not known.
        n_all_right: lines that every run reads without an error.
        n_changed_truths: pictures that all runs read, but with other reference texts.
        is_all: whether no run was evaluated on any other line.
    """

    n_lines: int
    n_documents: int | None
    n_all_right: int
    n_changed_truths: int
    is_all: bool


class Parameter(NamedTuple):
    """A config key that is not the same in all runs; None where a run does not have it."""

    key: str
    values: tuple[Any, ...]


class Curve(NamedTuple):
    """A metric of a run."""

    run: int
    steps: tuple[int, ...]
    minutes: tuple[float, ...]
    values: tuple[float, ...]


class MetricCurves(NamedTuple):
    """A metric of all runs that have it."""

    name: str
    curves: tuple[Curve, ...]


class ComparedLine(NamedTuple):
    """A line that at least one run did not read right.

    Attributes:
        csv: name of the file it is listed in.
        row: in that file.
        paths: of its image, as the runs name it, each once.
        document: it belongs to, if that is known.
        truth: reference text.
        readings: of each run that was evaluated.
        edits: wrong characters of each reading.
    """

    csv: str
    row: int
    paths: tuple[str, ...]
    document: str | None
    truth: str
    readings: tuple[str, ...]
    edits: tuple[int, ...]


class Comparison(NamedTuple):
    """All that is known of some runs side by side.

    Attributes:
        summary: what it shows, in plain sentences; the first is the most important.
        runs: all runs, the baseline first unless it was not evaluated.
        evaluated: places of the runs that were evaluated.
        common: the lines these share.
        parameters: config keys that differ.
        metrics: over the epochs, those that at least two runs have.
        pairs: each two of the evaluated runs.
        confusions: of each evaluated run against the first of them.
        lines: common lines, without those that all runs read right.
    """

    summary: tuple[str, ...]
    runs: tuple[ComparedRun, ...]
    evaluated: tuple[int, ...]
    common: Common
    parameters: tuple[Parameter, ...]
    metrics: tuple[MetricCurves, ...]
    pairs: tuple[Pair, ...]
    confusions: tuple[ConfusionChanges, ...]
    lines: tuple[ComparedLine, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same, JSON-ready; what is not a finite number becomes None."""
        return dict(_as_json(self))


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _as_json(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): _as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
