"""Sacred's observer that records a run into a folder, without its faults."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sacred.observers import FileStorageObserver
from sacred.serializer import flatten

from tf_crnn.stamped import write_whole
from tf_crnn.tracking.file_store import METRICS_JSON


class FolderObserver(FileStorageObserver):
    """Records a run into `<folder>/<number>/`.

    Other than Sacred's own: a file is whole at any moment, also when the process is killed; two
    threads may report at once; numpy numbers stay numbers; with a second observer that has given
    the run an id, a folder of that name may exist already.

    Args:
        folder: of the runs, made if need be.
    """

    def __init__(self, folder: str | Path) -> None:
        """Nothing is written yet."""
        super().__init__(folder)
        self._lock = threading.RLock()

    def started_event(
        self,
        ex_info: Mapping[str, Any],
        command: str,
        host_info: Mapping[str, Any],
        start_time: Any,
        config: Mapping[str, Any],
        meta_info: Mapping[str, Any],
        _id: Any,
    ) -> Any:
        """Make the folder of the run; its name is `_id`, or the next number."""
        if _id is not None and (Path(self.basedir) / str(_id)).exists():
            _id = None
        # Sacred would write its own folder into what the next observer gets.
        return super().started_event(
            dict(ex_info), command, host_info, start_time, config, meta_info, _id
        )

    def save_json(self, obj: Any, filename: str) -> None:
        """Write a file, all of it or nothing."""
        with self._lock:
            text = json.dumps(flatten(plain(obj)), sort_keys=True, indent=2)
            write_whole(Path(self.dir) / filename, text)

    def log_metrics(self, metrics_by_name: Mapping[str, Any], info: dict[str, Any]) -> None:  # noqa: ARG002 - Sacred's signature
        """Add measurements to `metrics.json`, by step."""
        if not metrics_by_name:
            return
        with self._lock:
            path = Path(self.dir) / METRICS_JSON
            kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            for name, new in metrics_by_name.items():
                kept[name] = _merged(kept.get(name), new)
            self.save_json(kept, METRICS_JSON)

    def heartbeat_event(
        self, info: dict[str, Any], captured_out: str, beat_time: Any, result: Any
    ) -> None:
        """Write what is new."""
        with self._lock:
            super().heartbeat_event(info, captured_out, beat_time, result)

    def artifact_event(
        self,
        name: str,
        filename: str,
        metadata: Mapping[str, Any] | None = None,
        content_type: str | None = None,
    ) -> None:
        """Copy a file into the run's folder."""
        with self._lock:
            super().artifact_event(name, filename, metadata, content_type)

    def resource_event(self, filename: str) -> None:
        """Copy an input, unless its content is kept already."""
        with self._lock:
            super().resource_event(filename)


def plain(value: Any) -> Any:
    """A value whose numpy numbers and paths are those of Python."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, Path) else value


def _merged(kept: Mapping[str, list[Any]] | None, new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns with the new measurements, sorted: two threads may hand theirs over out of order."""
    columns = kept or {"steps": [], "values": [], "timestamps": []}
    rows = list(zip(columns["steps"], columns["values"], columns["timestamps"], strict=True))
    times = [moment.isoformat() for moment in new["timestamps"]]
    rows += zip(new["steps"], map(plain, new["values"]), times, strict=True)
    rows.sort(key=lambda row: row[0])
    steps, values, timestamps = (list(column) for column in zip(*rows, strict=True))
    return {"steps": steps, "values": values, "timestamps": timestamps}
