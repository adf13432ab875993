"""A table of runs as text for a terminal, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from tf_crnn.tracking.summary import FIELDS, Key, RunSummary
from tf_crnn.tracking.table import Table
from tf_crnn.tracking.text_table import Column, layout
from tf_crnn.tracking.where import as_text

TEXT_FIELDS = (
    "id", "status", "started", "minutes", "epochs", "cer", "cer_interval", "experiment", "comment",
)  # fmt: skip
DATA_FIELDS = (
    "id", "status", "started", "minutes", "epochs", "cer", "cer_low", "cer_high", "wer",
    "exact_match", "best_val_cer", "experiment", "comment",
)  # fmt: skip
CSV_DELIMITER = ";"
_NOT_FINAL = "~"
_RATES = ("cer", "cer_low", "cer_high", "wer", "exact_match", "best_val_cer")
_HEADINGS = {"minutes": "duration", "cer_interval": "95 % interval"} | {
    name: f"{name.replace('cer', 'CER')} %" for name in _RATES
}
_TO_THE_LEFT = ("id", "status", "started", "cer_interval", "comment", "experiment", "host")
_LEFT_OUT_IF_EMPTY = ("cer_interval", "comment")


def as_text_table(table: Table, width: int | None) -> str:
    """Aligned columns, with what needs explaining below them.

    Args:
        table: of runs.
        width: of the terminal, in characters; None for no limit.
    """
    if not table.summaries:
        return _count(table)
    columns = [_column(key, table) for key in table.keys]
    columns = [
        column
        for key, column in zip(table.keys, columns, strict=True)
        if key.path not in _LEFT_OUT_IF_EMPTY or any(column.cells)
    ]
    notes = [_count(table)]
    if any(cell.startswith(_NOT_FINAL) for column in columns for cell in column.cells):
        notes.append(f"{_NOT_FINAL} lowest validation CER so far; the run has no final result")
    return "\n".join([*layout(columns, width), "", *notes])


def as_csv(table: Table) -> str:
    """A header and one row for each run, `;` between the values; lists and the like are JSON."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=CSV_DELIMITER, lineterminator="\n")
    writer.writerow(key.name for key in table.keys)
    for row in table.rows():
        writer.writerow("" if value is None else _csv_cell(value) for value in row.values())
    return stream.getvalue().removesuffix("\n")


def as_json(table: Table) -> str:
    """A list of one object for each run, each in a line of its own; what is no number is null."""
    lines = [json.dumps(_finite(row), ensure_ascii=False, default=_plain) for row in table.rows()]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def _csv_cell(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else as_text(value)


def _finite(value: Any) -> Any:
    """JSON has no word for infinity and for what is not a number."""
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _count(table: Table) -> str:
    shown, n_runs = len(table.summaries), table.n_runs
    of_all = f"{shown:,} of " if shown != n_runs else ""
    return f"{of_all}{n_runs:,} run{'' if n_runs == 1 else 's'}"


def _column(key: Key, table: Table) -> Column:
    if key.group == "field":
        show = _FIELD_TEXTS.get(key.path) or _field_text(key.path)
        cells = tuple(show(summary) for summary in table.summaries)
        is_detail = key.path in ("comment", "experiment", "host")
        right = key.path not in _TO_THE_LEFT
        return Column(_HEADINGS.get(key.path, key.path), cells, right, is_detail)
    values = [key.of(summary) for summary in table.summaries]
    right = all(isinstance(value, int | float) or value is None for value in values)
    return Column(key.name, tuple(map(_cell, values)), right, is_detail=True)


def _cell(value: Any) -> str:
    return "" if value is None else as_text(_rounded(value))


def _rounded(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    # `%g` leaves off the `.0` of whole numbers; what has an exponent stays a number for JSON.
    return json.loads(f"{value:.6g}") if isinstance(value, float) and isfinite(value) else value


def _final_or_best_cer(summary: RunSummary) -> str:
    if summary.cer is not None:
        return _percent(summary.cer)
    best = summary.best_val_cer
    return "" if best is None else f"{_NOT_FINAL}{_percent(best)}"


def _interval(summary: RunSummary) -> str:
    if summary.cer_interval is None:
        return ""
    return "–".join(_percent(bound) for bound in summary.cer_interval)


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:.2f}"


def _started(summary: RunSummary) -> str:
    started = summary.run.started
    return "" if started is None else started.astimezone().strftime("%Y-%m-%d %H:%M")


def _duration(summary: RunSummary) -> str:
    """Hours, minutes, seconds."""
    if summary.minutes is None:
        return ""
    minutes, seconds = divmod(round(summary.minutes * 60), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _field_text(name: str) -> Callable[[RunSummary], str]:
    return lambda summary: _cell(FIELDS[name](summary))


def _rate_text(name: str) -> Callable[[RunSummary], str]:
    return lambda summary: _percent(FIELDS[name](summary))


_FIELD_TEXTS: Mapping[str, Callable[[RunSummary], str]] = {
    **{name: _rate_text(name) for name in _RATES},
    "cer": _final_or_best_cer,
    "cer_interval": _interval,
    "started": _started,
    "minutes": _duration,
}
