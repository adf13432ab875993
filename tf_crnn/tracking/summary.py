"""What a list of runs says of each: numbers of the run, and any value that it holds, by name."""

import difflib
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.records import Metric, RunRecord, RunStore

VALIDATION_CER = "val_cer"

logger = logging.getLogger(__name__)


class RunSummary:
    """A run, its nested values under dotted names; metrics are read when they are first needed.

    Attributes:
        run: as it was recorded.
    """

    def __init__(self, run: RunRecord) -> None:
        """Args: run: as it was recorded."""
        self.run = run

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """By name; none, and a word in the log, if they are damaged."""
        try:
            return self.run.metrics()
        except TrackingError as error:
            logger.warning("%s", error)
            return {}

    @cached_property
    def groups(self) -> Mapping[str, Mapping[str, Any]]:
        """Config, result and info, each flat."""
        run = self.run
        sources = {"config": run.config, "result": run.result, "info": run.info}
        return {group: flatten(values) for group, values in sources.items()}

    @property
    def config(self) -> Mapping[str, Any]:
        """Parameters by their dotted names."""
        return self.groups["config"]

    @property
    def run_id(self) -> int | str:
        """The id; a number where it is one, so that 11 comes after 10."""
        run_id = self.run.run_id
        return int(run_id) if run_id.isdecimal() and str(int(run_id)) == run_id else run_id

    @property
    def minutes(self) -> float | None:
        """Duration, if it is known."""
        return as_number(self.run.minutes)

    @property
    def epochs(self) -> int:
        """Epochs done."""
        told = as_number(self.run.result.get("epochs"))
        if told is not None:
            return int(told)
        return max((step for metric in self.metrics.values() for step in metric.steps), default=0)

    @property
    def cer(self) -> float | None:
        """Of the best model, measured when the training had ended."""
        return self.rate("cer")

    @property
    def cer_interval(self) -> tuple[float, float] | None:
        """Bounds of the 95 % interval of `cer`; older runs have none."""
        bounds = self.run.result.get("cer_interval")
        if not isinstance(bounds, Sequence) or len(bounds) != 2:
            return None
        low, high = (as_number(bound) for bound in bounds)
        return None if low is None or high is None else (low, high)

    @property
    def best_val_cer(self) -> float | None:
        """The lowest of the validations after the epochs."""
        if VALIDATION_CER not in self.metrics:
            return None
        values = self.metrics[VALIDATION_CER].values
        return min((value for value in values if math.isfinite(value)), default=None)

    def rate(self, name: str) -> float | None:
        """A number of the result, if the run has ended with one."""
        return as_number(self.run.result.get(name))

    def last(self, metric: str) -> float | None:
        """The last value of a metric."""
        values = self.metrics[metric].values if metric in self.metrics else ()
        return as_number(values[-1]) if values else None


FIELDS: Mapping[str, Callable[[RunSummary], Any]] = {
    "id": lambda summary: summary.run_id,
    "status": lambda summary: summary.run.status,
    "started": lambda summary: summary.run.started,
    "minutes": lambda summary: summary.minutes,
    "epochs": lambda summary: summary.epochs,
    "cer": lambda summary: summary.cer,
    "cer_interval": lambda summary: summary.cer_interval,
    "cer_low": lambda summary: (summary.cer_interval or (None, None))[0],
    "cer_high": lambda summary: (summary.cer_interval or (None, None))[1],
    "wer": lambda summary: summary.rate("wer"),
    "exact_match": lambda summary: summary.rate("exact_match"),
    "best_val_cer": lambda summary: summary.best_val_cer,
    "comment": lambda summary: summary.run.comment,
    "experiment": lambda summary: summary.run.experiment,
    "host": lambda summary: summary.run.host,
}
_METRIC = "metric"
GROUPS = ("config", "result", "info", _METRIC)
_WITHOUT_PREFIX = ("config", "result", _METRIC)


class Key(NamedTuple):
    """A value that runs have.

    Attributes:
        group: `field` (of `FIELDS`), `config`, `result`, `info` or `metric`.
        path: within it.
    """

    group: str
    path: str

    @property
    def name(self) -> str:
        """As a user writes it."""
        plain = self.group == "field" or (self.group == "config" and self.path not in FIELDS)
        return self.path if plain else f"{self.group}.{self.path}"

    def of(self, summary: RunSummary) -> Any:
        """The value of a run; None where it has none."""
        if self.group == "field":
            return FIELDS[self.path](summary)
        if self.group == _METRIC:
            return summary.last(self.path)
        return summary.groups[self.group].get(self.path)


def summarise(store: RunStore) -> list[RunSummary]:
    """All runs of a store, by their ids."""
    return [RunSummary(run) for run in store.runs()]


def find_key(name: str, summaries: Sequence[RunSummary], wanted_by: str) -> Key:
    """What a name means: a field, a config key, a key of the result, a metric's last value.

    Args:
        name: as a user wrote it; `config.`, `result.`, `info.` or `metric.` before it says which.
        summaries: runs, of which one at least must have it.
        wanted_by: the option, for the message.

    Raises:
        TrackingError: no run has it; the message names the nearest that there is.
    """
    if name in FIELDS:
        return Key("field", name)
    group, _, path = name.partition(".")
    if group in GROUPS and path in names_in(group, summaries):
        return Key(group, path)
    for group in _WITHOUT_PREFIX:
        if name in names_in(group, summaries):
            return Key(group, name)
    known = [*FIELDS, *(known for group in _WITHOUT_PREFIX for known in names_in(group, summaries))]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = (
        f"Did you mean {near[0]}?" if near else "`--columns config,result,metric` shows them all."
    )
    raise TrackingError(f"{wanted_by}: no run has {name!r}. {hint}")


def differing_keys(summaries: Sequence[RunSummary]) -> list[str]:
    """The config keys that not all of these runs have with the same value."""
    if not summaries:
        return []
    configs = [summary.config for summary in summaries]
    absent = object()
    return [
        key
        for key in names_in("config", summaries)
        if any(c.get(key, absent) != configs[0].get(key, absent) for c in configs[1:])
    ]


def names_in(group: str, summaries: Iterable[RunSummary]) -> list[str]:
    """The values of a group that any of these runs has."""
    found: dict[str, None] = {}
    for summary in summaries:
        found |= dict.fromkeys(summary.metrics if group == _METRIC else summary.groups[group])
    return list(found)


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, the keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def as_number(value: Any) -> float | None:
    """A finite number as it is; None for all else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None
