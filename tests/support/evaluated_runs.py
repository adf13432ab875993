"""Runs that were evaluated, in files, without a training."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from support.runs import write_run
from tf_crnn.tracking.file_store import FileStore
from tf_crnn.tracking.records import RunRecord

COLUMNS = ("csv", "row", "path", "truth", "prediction", "edits", "cer", "score")


class Line(NamedTuple):
    """What a run says of a line; `document` becomes a column if any line has one."""

    path: str
    truth: str
    reading: str
    row: int = 1
    csv: str = "val.csv"
    document: str = ""


def evaluated_run(
    runs: Path,
    run_id: int,
    lines: Sequence[Line] | None,
    *,
    config: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Sequence[float]] | None = None,
    **of_run: Any,
) -> RunRecord:
    """Write the folder of a run and read it; without lines, it was not evaluated."""
    artifacts = ["lines.csv"] if lines is not None else []
    of_run = {"artifacts": artifacts, **of_run}
    folder = write_run(runs, run_id, config or {}, metrics=metrics, **of_run)
    if lines is not None:
        write_lines(folder / "lines.csv", lines)
    return FileStore(runs).run(str(run_id))


def read_as(truths: Sequence[str], readings: Sequence[str], folder: str = "/data") -> list[Line]:
    """Lines `0.png`, `1.png` ... of a folder."""
    return [
        Line(f"{folder}/{place}.png", truth, reading, row=place + 1)
        for place, (truth, reading) in enumerate(zip(truths, readings, strict=True))
    ]


def write_lines(path: Path, lines: Sequence[Line]) -> None:
    """As an evaluation writes them."""
    has_documents = any(line.document for line in lines)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow([*COLUMNS, "document"] if has_documents else COLUMNS)
        for line in lines:
            row = [line.csv, line.row, line.path, line.truth, line.reading, 0, "0.0", "-1.0"]
            writer.writerow([*row, line.document] if has_documents else row)
