"""Recorded runs without a training: in memory, and as files like those of Sacred's observer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.records import Metric, RunRecord

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class MemoryStore:
    """Runs, their metrics and artifacts in memory; it counts how often metrics are read."""

    def __init__(self) -> None:
        self.records: list[RunRecord] = []
        self.values: dict[str, Mapping[str, Sequence[float]]] = {}
        self.files: dict[str, Mapping[str, bytes]] = {}
        self.metrics_read_of: list[str] = []

    def runs(self) -> Iterator[RunRecord]:
        return iter(self.records)

    def run(self, run_id: str) -> RunRecord:
        for record in self.records:
            if record.run_id == run_id:
                return record
        raise TrackingError(f"no run {run_id}")

    def metrics(self, run_id: str) -> dict[str, Metric]:
        self.metrics_read_of.append(run_id)
        return {
            name: Metric(
                tuple(range(1, len(values) + 1)),
                tuple(values),
                tuple(map(float, range(len(values)))),
            )
            for name, values in self.values[run_id].items()
        }

    def artifact(self, run_id: str, name: str) -> bytes:
        return self.files[run_id][name]

    def add(
        self,
        run_id: int | str,
        config: Mapping[str, Any] | None = None,
        *,
        metrics: Mapping[str, Sequence[float]] | None = None,
        files: Mapping[str, bytes] | None = None,
        **of_run: Any,
    ) -> None:
        """Add a run; `cer` among `of_run` ends it with this result, other names are fields."""
        cer, started = of_run.pop("cer", None), of_run.get("started", BEGAN)
        fields: dict[str, Any] = {
            "run_id": str(run_id),
            "label": f"memory/{run_id}",
            "experiment": "crnn",
            "status": "RUNNING" if cer is None else "COMPLETED",
            "started": started,
            "stopped": started and started + timedelta(minutes=10),
            "config": dict(config or {}),
            "result": {} if cer is None else {"cer": cer},
            "info": {},
            "comment": "",
            "host": "here",
            "artifacts": tuple(files or ()),
            "store": self,
        }
        self.records.append(RunRecord(**{**fields, **of_run}))
        self.values[str(run_id)] = metrics or {}
        self.files[str(run_id)] = files or {}


def write_run(
    folder: Path,
    run_id: int,
    config: Mapping[str, Any],
    *,
    metrics: Mapping[str, Sequence[float]] | None = None,
    **of_run: Any,
) -> Path:
    """Write a run into `<folder>/<run_id>/`, a metric each minute; `of_run` is in `run.json`."""
    path = folder / str(run_id)
    path.mkdir(parents=True)
    began = BEGAN.replace(tzinfo=None) + timedelta(hours=run_id)
    run = {
        "artifacts": [],
        "command": "train",
        "experiment": {"name": "crnn", "sources": [], "dependencies": [], "repositories": []},
        "heartbeat": (began + timedelta(minutes=10)).isoformat(),
        "host": {"hostname": "here"},
        "meta": {"command": "train", "options": {}, "comment": ""},
        "resources": [],
        "result": None,
        "start_time": began.isoformat(),
        "status": "COMPLETED",
        "stop_time": (began + timedelta(minutes=10)).isoformat(),
    }
    columns = {
        name: {
            "steps": list(range(1, len(values) + 1)),
            "values": list(values),
            "timestamps": [
                (began + timedelta(minutes=n + 1)).isoformat() for n in range(len(values))
            ],
        }
        for name, values in (metrics or {}).items()
    }
    files = {"run.json": run | of_run, "config.json": dict(config), "metrics.json": columns}
    for name, content in files.items():
        (path / name).write_text(json.dumps(content, sort_keys=True, indent=2), encoding="utf-8")
    return path
