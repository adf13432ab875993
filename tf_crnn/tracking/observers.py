"""Which observers a command line of Sacred asks for, and a log that reaches the captured output."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.folder_observer import FolderObserver
from tf_crnn.tracking.mongo import connect, environment_address, parse_address
from tf_crnn.tracking.mongo_observer import MongoRunObserver
from tf_crnn.tracking.stores import DEFAULT_RUNS_FOLDER

FILE_OPTION = "--file_storage"
MONGO_OPTION = "--mongo_db"
_OBSERVER_OPTIONS = (FILE_OPTION, MONGO_OPTION, "--sql", "--tiny_db", "--s3", "--unobserved")


def take_observers(
    options: MutableMapping[str, Any], environment: Mapping[str, str], *, is_recorded: bool
) -> list[Any]:
    """The observers of a command line; Sacred is left those that it makes itself.

    The options -F and -m are emptied: ours stand in for Sacred's, and Sacred would keep a password
    in the URL behind -m with the run.

    Args:
        options: of Sacred's command line, by their long flags.
        environment: whose TF_CRNN_MONGO_URL counts where no option names an observer.
        is_recorded: whether the command is one that is recorded; otherwise there is no default.

    Returns:
        Without any option, the MongoDB of the environment, or the folder `runs`.

    Raises:
        TrackingError: the server does not answer, the folder cannot be one, or the run should only
            be queued.
    """
    if options.get("--queue"):
        raise TrackingError("--queue: nothing here starts a queued run. Leave it out.")
    names_none = wants_default_observer(options)
    folder, mongo = options.get(FILE_OPTION), options.get(MONGO_OPTION)
    options[FILE_OPTION] = options[MONGO_OPTION] = None
    if not is_recorded:
        return []
    address = parse_address(mongo, environment) if mongo else None
    if names_none:
        address = environment_address(environment)
        folder = None if address else DEFAULT_RUNS_FOLDER
    observers: list[Any] = [MongoRunObserver(connect(address), address)] if address else []
    if folder:
        observers.append(FolderObserver(_checked_folder(folder)))
    return observers


def wants_default_observer(options: Mapping[str, Any]) -> bool:
    """Whether a command line names no observer and does not refuse one.

    Args:
        options: of Sacred's command line, by their long flags.
    """
    return not any(options.get(flag) for flag in _OBSERVER_OPTIONS)


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


def _checked_folder(folder: str) -> Path:
    path = Path(folder)
    above = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not above.is_dir():
        raise TrackingError(f"-F {folder}: {above} is a file. Give a folder to record runs in.")
    return path
