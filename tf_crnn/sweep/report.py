"""What a sweep says: a line for each trial, a table, as text and as CSV."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tf_crnn.sweep.search_space import SearchSpace, as_text
from tf_crnn.sweep.study import COMPLETE, FAILED, PRUNED, TrialRecord
from tf_crnn.tracking.text_table import Column, layout

CSV_DELIMITER = ";"
_NOTED = ("best_epoch", "epochs", "minutes")
_ORDER = (COMPLETE, PRUNED)


def summarise_trial(record: TrialRecord, last_number: int, space: SearchSpace) -> str:
    """One line: how a trial ended, and what it was a trial of."""
    notes = record.notes
    minutes = f"{notes.get('minutes', 0.0):.1f} min"
    cer = f"CER {as_percent(record)} %"
    if record.state == COMPLETE:
        ending = f"{cer} (epoch {notes['best_epoch']}, {minutes})"
    elif record.state == PRUNED:
        ending = f"pruned after epoch {notes['epochs']}, {cer} ({minutes})"
    elif record.state == FAILED:
        ending = f"FAILED, {_why(notes.get('exit_code'))} ({minutes})"
    else:
        ending = f"interrupted after epoch {notes.get('epochs', 0)} ({minutes})"
    values = [f"{key}={as_text(record.values[key])}" for key in space.varying]
    return " ".join([f"trial {record.number} of {last_number}: {ending}", *values])


def best_first(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Complete trials by their CER, then pruned ones, then the others by number."""
    return sorted(records, key=_rank)


def as_table(records: Sequence[TrialRecord], space: SearchSpace, width: int | None) -> str:
    """The trials, best first.

    Args:
        records: of the trials, one at least.
        space: of the sweep.
        width: of the terminal, in characters; None for no limit.
    """
    ordered = best_first(records)
    columns = [
        Column("trial", tuple(str(r.number) for r in ordered), True, False),
        Column("run", tuple(_runs(r) for r in ordered), True, False),
        Column("state", tuple(r.state for r in ordered), False, False),
        Column("CER %", tuple(as_percent(r) for r in ordered), True, False),
        Column("epoch", tuple(str(r.notes.get("best_epoch", "")) for r in ordered), True, False),
        Column("minutes", tuple(_minutes(r) for r in ordered), True, False),
    ]
    columns += [
        Column(key, tuple(as_text(r.values[key]) for r in ordered), True, True)
        for key in space.varying
    ]
    return "\n".join(layout(columns, width))


def as_csv(records: Sequence[TrialRecord], space: SearchSpace) -> str:
    """The trials by number, `;` between the values; lists and the like are JSON."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=CSV_DELIMITER, lineterminator="\n")
    writer.writerow(["trial", "runs", "state", "val_cer", *_NOTED, *space.axes])
    for record in records:
        noted = [record.notes.get(name, "") for name in _NOTED]
        values = [as_text(record.values[key]) for key in space.axes]
        val_cer = "" if record.val_cer is None else record.val_cer
        writer.writerow([record.number, _runs(record), record.state, val_cer, *noted, *values])
    return stream.getvalue()


def as_json(values: Mapping[str, Any]) -> str:
    """A config file."""
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def as_percent(record: TrialRecord) -> str:
    """The CER of a trial; empty if there is none."""
    return "" if record.val_cer is None else f"{100 * record.val_cer:.2f}"


def _rank(record: TrialRecord) -> tuple[int, float, int]:
    order = _ORDER.index(record.state) if record.state in _ORDER else len(_ORDER)
    cer = float("inf") if record.val_cer is None else record.val_cer
    return order, cer, record.number


def _why(exit_code: int | None) -> str:
    if exit_code is None or exit_code == 0:
        return "no validation CER"
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"


def _runs(record: TrialRecord) -> str:
    return " ".join(record.notes.get("runs", ()))


def _minutes(record: TrialRecord) -> str:
    return f"{record.notes['minutes']:.1f}" if "minutes" in record.notes else ""
