"""A run recorded into MongoDB that outlives the server.

Each event is written into a folder first, the way `-F` does, and a thread brings the database up to
what the folder holds. So the training never waits for the server, and what the server has not got
when the run ends can be sent later. Once all of it is sent, the folder is removed.
"""

import logging
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sacred.observers.base import RunObserver

from tf_crnn.checkpoints import RECORD
from tf_crnn.errors import TrackingError
from tf_crnn.tracking.file_store import run_folders
from tf_crnn.tracking.folder_observer import FolderObserver
from tf_crnn.tracking.mongo import MongoAddress
from tf_crnn.tracking.push import RunSender

_RETRY_S = 5.0
_LAST_TRIES = 3

logger = logging.getLogger(__name__)


class MongoRunObserver(RunObserver):
    """Sacred's Mongo observer, without its losses.

    Args:
        database: of `connect`.
        address: of the database.
        retry_s: seconds between two tries while the server does not answer.
    """

    priority = 30  # before a folder, so that the run's id is that of the database

    def __init__(self, database: Any, address: MongoAddress, retry_s: float = _RETRY_S) -> None:
        """Nothing is sent yet."""
        self.address = address
        self._database = database
        self._retry_s = retry_s
        self._folder: FolderObserver | None = None
        self._sender: RunSender | None = None
        self._news = threading.Event()
        self._ended = threading.Event()
        self._is_lost = False
        self._thread = threading.Thread(target=self._keep_sending, name="mongo", daemon=True)

    def started_event(self, **event: Any) -> Any:
        """Record the start, and send it.

        Returns:
            The id of the run in the database; None if the server, which answered a moment ago, does
            not.
        """
        folder = Path(event["config"].get("output_model_dir") or ".") / RECORD
        self._folder = FolderObserver(folder)
        self._folder.started_event(**{**event, "_id": None})
        self._sender = RunSender(Path(self._folder.dir), self._database)
        self._try_to_send()
        self._thread.start()
        return self._sender.run_id

    def heartbeat_event(self, **event: Any) -> None:
        """Record output, notes and result."""
        self._record("heartbeat_event", event)

    def log_metrics(self, metrics_by_name: Mapping[str, Any], info: dict[str, Any]) -> None:
        """Record measurements."""
        if metrics_by_name:
            self._record("log_metrics", {"metrics_by_name": metrics_by_name, "info": info})

    def resource_event(self, **event: Any) -> None:
        """Record an input."""
        self._record("resource_event", event)

    def artifact_event(self, **event: Any) -> None:
        """Record a file."""
        self._record("artifact_event", event)

    def completed_event(self, **event: Any) -> None:
        """Record the end."""
        self._record("completed_event", event)

    def interrupted_event(self, **event: Any) -> None:
        """Record the end by a signal."""
        self._record("interrupted_event", event)

    def failed_event(self, **event: Any) -> None:
        """Record the end by an error."""
        self._record("failed_event", event)

    def join(self) -> None:
        """Send what is left; say how to send later what cannot be sent now."""
        if self._sender is None:
            return
        self._ended.set()
        self._news.set()
        self._thread.join()
        try:
            self._finish(self._sender.folder)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the server."""
        self._database.client.close()

    def _finish(self, folder: Path) -> None:
        for tries_left in reversed(range(_LAST_TRIES)):
            if self._try_to_send():
                shutil.rmtree(folder)
                self._send_left_over(folder.parent)
                return
            time.sleep(min(1.0, self._retry_s) * bool(tries_left))
        logger.warning(
            "the run is not, or not wholly, in MongoDB at %s. It is kept in %s; when the server "
            "answers: tf-crnn runs push %s %s",
            self.address.shown, folder, folder, self.address.shown,
        )  # fmt: skip

    def _send_left_over(self, folder: Path) -> None:
        """Send runs that were trained into this folder before and could not be sent then."""
        for left_over in run_folders(folder):
            try:
                RunSender(left_over, self._database).send()
            except (TrackingError, OSError) as error:
                logger.warning("%s", error)
                return
            logger.info("sent %s, which was left from before", left_over)
            shutil.rmtree(left_over)
        with suppress(OSError):
            shutil.rmtree(folder)

    def _record(self, event_name: str, event: dict[str, Any]) -> None:
        getattr(self._folder, event_name)(**event)
        self._news.set()

    def _keep_sending(self) -> None:
        while not self._ended.is_set():
            self._news.wait()
            self._news.clear()
            if not self._ended.is_set() and not self._try_to_send():
                self._ended.wait(self._retry_s)
                self._news.set()

    def _try_to_send(self) -> bool:
        """Whether all could be sent; a failure is logged when it begins and when it ends."""
        if self._sender is None:
            return False
        try:
            self._sender.send()
        except (TrackingError, OSError) as error:
            if not self._is_lost:
                logger.warning(
                    "MongoDB at %s cannot be written to (%s). The training goes on; its record is "
                    "kept in %s and sent when the server answers.",
                    self.address.shown, type(error.__cause__ or error).__name__,
                    self._sender.folder,
                )  # fmt: skip
            self._is_lost = True
            return False
        if self._is_lost:
            logger.info("MongoDB at %s answers again", self.address.shown)
        self._is_lost = False
        return True
