"""A table of runs: which of them, in which order, with which of their values."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.records import RunStore
from tf_crnn.tracking.summary import (
    GROUPS,
    Key,
    RunSummary,
    differing_keys,
    find_key,
    names_in,
    summarise,
)
from tf_crnn.tracking.where import select

# Every run has its own.
_ALWAYS_DIFFERENT = {"output_model_dir"}


class Query(NamedTuple):
    """What somebody wants to see of the runs.

    Attributes:
        where: conditions, all of which a run must meet.
        sort: names of values, the most important first; `-` before one for descending order.
        columns: names of values, or of groups of them: `config`, `result`, `info`, `metric`; if
            empty, the usual fields and the config keys that differ.
    """

    where: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


class Table(NamedTuple):
    """Runs and the values to show of them.

    Attributes:
        keys: one for each column.
        summaries: one for each row.
        n_runs: in the store.
    """

    keys: tuple[Key, ...]
    summaries: tuple[RunSummary, ...]
    n_runs: int

    def rows(self) -> list[dict[str, Any]]:
        """The values by the names of the columns."""
        return [{key.name: key.of(summary) for key in self.keys} for summary in self.summaries]


def make_table(store: RunStore, query: Query, fields: Sequence[str]) -> Table:
    """Choose, sort and describe the runs of a store.

    Args:
        store: of the runs.
        query: what is wanted.
        fields: the columns before the config keys, where the query does not name all columns.

    Raises:
        TrackingError: the query names what no run has, or has the wrong form.
    """
    every = summarise(store)
    if not every:
        return Table((), (), 0)
    chosen = sort_runs(select(every, query.where), every, query.sort)
    if query.columns:
        keys = [key for name in query.columns for key in _named(name, every)]
    else:
        keys = [Key("field", name) for name in _telling_fields(fields, chosen)]
        keys += [Key("config", name) for name in _telling_keys(chosen)]
    return Table(tuple(dict.fromkeys(keys)), tuple(chosen), len(every))


def sort_runs(
    summaries: Sequence[RunSummary], every: Sequence[RunSummary], names: Sequence[str]
) -> list[RunSummary]:
    """Runs in the order of the named values; those without a value come last, either way.

    By `cer`, runs that have not ended follow those that have, in the order of their lowest
    validation CER.

    Args:
        summaries: to sort.
        every: all runs of the store, of which one at least must have each value.
        names: the most important first; `-` before one for descending order.

    Raises:
        TrackingError: no run has such a value.
    """
    ordered = list(summaries)
    for name in reversed(names):
        key = find_key(name.removeprefix("-"), every, f"--sort {name}")
        descending = name.startswith("-")
        ordered, absent = _sorted_by(key, ordered, descending)
        if key == Key("field", "cer"):
            # Of these runs only, since their metrics must be read for it.
            not_ended, neither = _sorted_by(Key("field", "best_val_cer"), absent, descending)
            absent = not_ended + neither
        ordered += absent
    return ordered


def split_names(option: str, text: str) -> tuple[str, ...]:
    """The names of an option's value, `a,b`.

    Raises:
        TrackingError: one of them is empty.
    """
    names = tuple(name.strip() for name in text.split(","))
    if not all(name.removeprefix("-") for name in names):
        raise TrackingError(f"{option} {text!r}: must be names, parted by commas, as in cer,id.")
    return names


def _sorted_by(
    key: Key, summaries: list[RunSummary], descending: bool
) -> tuple[list[RunSummary], list[RunSummary]]:
    """The runs with this value in its order, and those without it in theirs."""
    values = [(key.of(summary), summary) for summary in summaries]
    present = [(_rank(value), summary) for value, summary in values if not _is_absent(value)]
    absent = [summary for value, summary in values if _is_absent(value)]
    # `reverse` keeps the order of equals, as sorting by several names needs it.
    present.sort(key=lambda pair: pair[0], reverse=descending)
    return [summary for _, summary in present], absent


def _is_absent(value: Any) -> bool:
    return value is None or value == ""


def _rank(value: Any) -> tuple[Any, ...]:
    """Makes values of all kinds comparable: numbers, then lists, then the others as texts."""
    if isinstance(value, bool | int | float):
        return (0, value)
    if hasattr(value, "timestamp"):
        return (0, value.timestamp())
    if isinstance(value, list | tuple):
        return (1, tuple(_rank(entry) for entry in value))
    return (2, str(value))


def _named(name: str, every: Sequence[RunSummary]) -> list[Key]:
    if name in GROUPS:
        return [Key(name, path) for path in names_in(name, every)]
    return [find_key(name, every, "--columns")]


def _telling_keys(summaries: Sequence[RunSummary]) -> list[str]:
    return [key for key in differing_keys(summaries) if key not in _ALWAYS_DIFFERENT]


def _telling_fields(fields: Sequence[str], summaries: Sequence[RunSummary]) -> list[str]:
    """Without the experiment's name where all have the same."""
    several = len({summary.run.experiment for summary in summaries}) > 1
    return [field for field in fields if field != "experiment" or several]
