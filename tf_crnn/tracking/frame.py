"""Recorded runs as pandas tables, for a notebook."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tf_crnn.tracking.mongo import MongoAddress
from tf_crnn.tracking.records import Metric
from tf_crnn.tracking.stores import DEFAULT_RUNS_FOLDER, open_store
from tf_crnn.tracking.summary import FIELDS, RunSummary, names_in, summarise

_FLOATS = (
    "minutes", "cer", "cer_low", "cer_high", "wer", "exact_match", "best_val_cer",
)  # fmt: skip
_COLUMNS = (
    "status", "started", "minutes", "epochs", "cer", "cer_low", "cer_high", "wer", "exact_match",
    "best_val_cer",
)  # fmt: skip


def runs(source: str | Path | MongoAddress = DEFAULT_RUNS_FOLDER) -> pd.DataFrame:
    """One row for each recorded run.

    Args:
        source: a folder as `-F` writes it, or `mongodb://HOST:PORT/DB`.

    Returns:
        A table with the id of each run as index and the columns `status`, `started` (UTC),
        `minutes`, `epochs`, `cer`, `cer_low` and `cer_high` (its 95 % interval), `wer`,
        `exact_match`, `best_val_cer`, one column `config.<key>` for each parameter, and `comment`.
        Rates are fractions; what a run has not is missing. Lists of the config are tuples, so that
        runs can be grouped by them.

    Raises:
        TrackingError: there are no runs, or the server does not answer.
    """
    summaries = summarise(open_store(source))
    columns = {name: [FIELDS[name](summary) for summary in summaries] for name in _COLUMNS}
    configs = {
        f"config.{key}": [_hashable(summary.config.get(key)) for summary in summaries]
        for key in names_in("config", summaries)
    }
    comments = [summary.run.comment for summary in summaries]
    index = pd.Index([summary.run_id for summary in summaries], name="id")
    table = pd.DataFrame({**columns, **configs, "comment": comments}, index=index)
    table["started"] = pd.to_datetime(table["started"], utc=True)
    return table.astype({**dict.fromkeys(_FLOATS, "float64"), "epochs": "int64"})


def metrics(
    source: str | Path | MongoAddress = DEFAULT_RUNS_FOLDER,
    run_ids: Iterable[int | str] | None = None,
) -> pd.DataFrame:
    """One row for each value of each metric.

    Args:
        source: a folder as `-F` writes it, or `mongodb://HOST:PORT/DB`.
        run_ids: of the runs wanted; all if None.

    Returns:
        A table with the columns `run`, `name`, `epoch`, `minutes` (since the start of the run) and
        `value`.

    Raises:
        TrackingError: there are no runs, or not these, or the server does not answer.
    """
    store = open_store(source)
    summaries = (
        summarise(store)
        if run_ids is None
        else [RunSummary(store.run(str(run_id))) for run_id in run_ids]
    )
    rows = [row for summary in summaries for row in _rows(summary.run_id, summary.metrics)]
    table = pd.DataFrame(rows, columns=["run", "name", "epoch", "minutes", "value"])
    return table.astype({"epoch": "int64", "minutes": "float64", "value": "float64"})


def _rows(run_id: int | str, named: Mapping[str, Metric]) -> Iterable[tuple[Any, ...]]:
    for name, metric in named.items():
        for step, minutes, value in zip(metric.steps, metric.minutes, metric.values, strict=True):
            yield run_id, name, step, minutes, value


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = tuple(value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value
