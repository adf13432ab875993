"""Where a run is recorded: Sacred observers, and a log that reaches the run's captured output."""

import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DEFAULT_RUNS_FOLDER = "runs"
_OBSERVER_OPTIONS = ("--file_storage", "--mongo_db", "--sql", "--tiny_db", "--s3", "--unobserved")


def wants_default_observer(options: Mapping[str, Any]) -> bool:
    """Whether a command line names no observer and does not refuse one.

    Args:
        options: of Sacred's command line, by their long flags.
    """
    return not any(options.get(flag) for flag in _OBSERVER_OPTIONS)


def has_git_commit(folder: Path) -> bool:
    """Whether Sacred can ask git about a folder: git is installed and there is a commit."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "HEAD"], cwd=folder, capture_output=True
        )
    except OSError:
        return False
    return found.returncode == 0


def keep_cer_as_result(observer: Any) -> None:
    """Let an observer whose table has room for one number as the result keep the CER.

    Args:
        observer: Sacred's SqlObserver; the whole result is in the run's `info`.
    """
    completed = observer.completed_event

    def completed_event(stop_time: Any, result: Any) -> None:
        completed(stop_time=stop_time, result=result["cer"] if isinstance(result, dict) else result)

    observer.completed_event = completed_event


class CurrentStderrHandler(logging.StreamHandler[Any]):
    """Writes to what `sys.stderr` is at each record, so that Sacred's capture sees the log."""

    def __init__(self) -> None:
        """Short lines: level and message."""
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.stream = sys.stderr
        super().emit(record)
