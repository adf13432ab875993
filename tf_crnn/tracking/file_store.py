"""Runs that were recorded into a folder, one folder `1`, `2`, ... each."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.records import Metric, RunRecord, as_mapping, as_metric, as_utc, settle

RUN_JSON = "run.json"
CONFIG_JSON = "config.json"
INFO_JSON = "info.json"
METRICS_JSON = "metrics.json"
CAPTURED_OUT = "cout.txt"

logger = logging.getLogger(__name__)


class FileStore:
    """A folder of runs.

    Args:
        folder: holds one folder for each run.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self.folder = folder

    def runs(self) -> Iterator[RunRecord]:
        """All runs by their ids; a run whose files are damaged is named in the log and left out."""
        for folder in run_folders(self.folder):
            try:
                yield self.run(folder.name)
            except TrackingError as error:
                logger.warning("%s", error)

    def run(self, run_id: str) -> RunRecord:
        """One run.

        Raises:
            TrackingError: there is none, or its files are damaged.
        """
        folder = self.folder / run_id
        if not (folder / RUN_JSON).is_file():
            raise TrackingError(f"{folder}: is no recorded run ({RUN_JSON} is missing).")
        run, config = read_object(folder / RUN_JSON), read_object(folder / CONFIG_JSON)
        info = read_object(folder / INFO_JSON) if (folder / INFO_JSON).exists() else {}
        try:
            return self._record(run_id, run, config, info)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise TrackingError(f"{folder / RUN_JSON}: is damaged ({error}).") from error

    def metrics(self, run_id: str) -> dict[str, Metric]:
        """The metrics of a run, by name.

        Raises:
            TrackingError: the file is damaged.
        """
        folder = self.folder / run_id
        path = folder / METRICS_JSON
        if not path.exists():
            return {}
        content, began = read_object(path), as_utc(read_object(folder / RUN_JSON)["start_time"])
        try:
            return {name: as_metric(columns, began) for name, columns in content.items()}
        except (ValueError, KeyError, TypeError) as error:
            raise TrackingError(f"{path}: is damaged ({error}).") from error

    def artifact(self, run_id: str, name: str) -> bytes:
        """The content of an artifact.

        Raises:
            TrackingError: the run has no such artifact.
        """
        path = self.folder / run_id / name
        # The name comes from a file that a stranger may have written.
        if Path(name).name != name or not path.is_file():
            raise TrackingError(f"{self.folder / run_id}: has no artifact {name}.")
        return path.read_bytes()

    def _record(
        self, run_id: str, run: dict[str, Any], config: dict[str, Any], info: dict[str, Any]
    ) -> RunRecord:
        heartbeat = as_utc(run.get("heartbeat"))
        return RunRecord(
            run_id=run_id,
            label=str(self.folder / run_id),
            experiment=str(run["experiment"]["name"]),
            status=settle(str(run["status"]), heartbeat, datetime.now(UTC)),
            started=as_utc(run.get("start_time")),
            stopped=as_utc(run.get("stop_time")) or heartbeat,
            config=config,
            result=as_mapping(run.get("result")),
            info=info,
            comment=str(run["meta"].get("comment") or ""),
            host=str(run["host"].get("hostname", "")),
            artifacts=tuple(dict.fromkeys(run.get("artifacts", ()))),
            store=self,
        )


def run_folders(folder: Path) -> list[Path]:
    """The folders of runs in a folder, by number."""
    if not folder.is_dir():
        return []
    found = [path.parent for path in folder.glob(f"*/{RUN_JSON}")]
    return sorted(found, key=lambda path: (not path.name.isdecimal(), len(path.name), path.name))


def read_object(path: Path) -> dict[str, Any]:
    """The object of a JSON file.

    Raises:
        TrackingError: it cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrackingError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise TrackingError(f"{path}: is damaged ({error}).") from error
    if not isinstance(content, dict):
        raise TrackingError(f"{path}: is damaged (it holds no JSON object).")
    return content
