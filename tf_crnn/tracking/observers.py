"""Where a run is recorded: Sacred observers, and a log that reaches the run's captured output."""

import logging
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pymongo
import pymongo.errors

from tf_crnn.errors import TrackingError

DEFAULT_RUNS_FOLDER = "runs"
_PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "pandas",
    "opencv-python-headless",
    "opencv-python",
    "pillow",
    "rapidfuzz",
    "sacred",
)
_MONGO_PATIENCE_MS = 3000
_OBSERVER_OPTIONS = ("--file_storage", "--mongo_db", "--sql", "--tiny_db", "--s3", "--unobserved")


def wants_default_observer(options: Mapping[str, Any]) -> bool:
    """Whether a command line names no observer and does not refuse one.

    Args:
        options: of Sacred's command line, by their long flags.
    """
    return not any(options.get(flag) for flag in _OBSERVER_OPTIONS)


def check_mongo_answers(url: str) -> None:
    """Check that a MongoDB server answers; without this, Sacred waits for it a minute and fails.

    Args:
        url: `mongodb://...`, or HOST:PORT.

    Raises:
        TrackingError: it does not, within a few seconds.
    """
    try:
        client: Any = pymongo.MongoClient(url, serverSelectionTimeoutMS=_MONGO_PATIENCE_MS)
        with client:
            client.admin.command("ping")
    except pymongo.errors.PyMongoError as error:
        # What stands before the last @ may hold a password.
        address = url.rpartition("@")[2].removeprefix("mongodb://")
        raise TrackingError(
            f"MongoDB at {address}: does not answer ({type(error).__name__}). Start the server, or "
            "correct -m HOST:PORT:DB, or leave -m out to record the run in a folder."
        ) from error


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


def installed_versions() -> dict[str, str]:
    """Versions of the packages that a result depends on, of those that are installed."""
    names = {distribution.name.lower() for distribution in metadata.distributions()}
    return {name: metadata.version(name) for name in _PACKAGES if name in names}


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
