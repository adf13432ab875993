"""Runs that were recorded into a MongoDB database."""

import weakref
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import gridfs
import pymongo.errors

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.mongo import MongoAddress, connect
from tf_crnn.tracking.records import Metric, RunRecord, as_mapping, as_metric, as_utc, settle

_LONG_FIELDS = {"captured_out": 0, "experiment.sources": 0, "resources": 0}


class MongoStore:
    """The runs of a database.

    Args:
        address: of the database.

    Raises:
        TrackingError: the server does not answer.
    """

    def __init__(self, address: MongoAddress) -> None:
        """Connect."""
        self.address = address
        self._database = connect(address)
        weakref.finalize(self, self._database.client.close)

    def runs(self) -> Iterator[RunRecord]:
        """All runs by their ids."""
        try:
            documents = list(self._database["runs"].find({}, _LONG_FIELDS).sort("_id", 1))
        except pymongo.errors.PyMongoError as error:
            raise self._lost(error) from error
        return map(self._record, documents)

    def run(self, run_id: str) -> RunRecord:
        """One run.

        Raises:
            TrackingError: there is none.
        """
        try:
            document = self._database["runs"].find_one({"_id": _as_id(run_id)}, _LONG_FIELDS)
        except pymongo.errors.PyMongoError as error:
            raise self._lost(error) from error
        if document is None:
            raise TrackingError(f"{self.address.shown}: has no run {run_id}.")
        return self._record(document)

    def metrics(self, run_id: str) -> dict[str, Metric]:
        """The metrics of a run, by name."""
        began = self.run(run_id).started
        try:
            documents = list(self._database["metrics"].find({"run_id": _as_id(run_id)}))
        except pymongo.errors.PyMongoError as error:
            raise self._lost(error) from error
        return {document["name"]: as_metric(document, began) for document in documents}

    def artifact(self, run_id: str, name: str) -> bytes:
        """The content of an artifact.

        Raises:
            TrackingError: the run has no such artifact.
        """
        try:
            document = self._database["runs"].find_one({"_id": _as_id(run_id)}, {"artifacts": 1})
            entries = (document or {}).get("artifacts", ())
            found = [entry["file_id"] for entry in entries if entry["name"] == name]
            if not found:
                raise TrackingError(f"{self.address.shown}#{run_id}: has no artifact {name}.")
            return bytes(gridfs.GridFS(self._database).get(found[-1]).read())
        except gridfs.errors.NoFile as error:
            raise TrackingError(
                f"{self.address.shown}#{run_id}: the file of artifact {name} is missing."
            ) from error
        except pymongo.errors.PyMongoError as error:
            raise self._lost(error) from error

    def _record(self, document: Mapping[str, Any]) -> RunRecord:
        heartbeat = as_utc(document.get("heartbeat"))
        names = (entry["name"] for entry in document.get("artifacts", ()))
        return RunRecord(
            run_id=str(document["_id"]),
            label=f"{self.address.shown}#{document['_id']}",
            experiment=str(document.get("experiment", {}).get("name", "")),
            status=settle(str(document.get("status", "")), heartbeat, datetime.now(UTC)),
            started=as_utc(document.get("start_time")),
            stopped=as_utc(document.get("stop_time")) or heartbeat,
            config=document.get("config") or {},
            result=as_mapping(document.get("result")),
            info=document.get("info") or {},
            comment=str(document.get("meta", {}).get("comment") or ""),
            host=str(document.get("host", {}).get("hostname", "")),
            artifacts=tuple(dict.fromkeys(names)),
            store=self,
        )

    def _lost(self, error: pymongo.errors.PyMongoError) -> TrackingError:
        return TrackingError(
            f"MongoDB at {self.address.shown}: the connection was lost ({type(error).__name__}). "
            "Try again when the server answers."
        )


def _as_id(run_id: str) -> int | str:
    """Sacred counts runs with integers."""
    return int(run_id) if run_id.isdecimal() else run_id
