"""A run that was recorded into a folder, sent to a MongoDB as Sacred's own observer writes it.

Sending twice, or going on after the connection was lost, doubles nothing: each run has a key, and
each file and each metric an id, which follow from what they hold.
"""

import hashlib
import json
import logging
import mimetypes
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pymongo.errors
from bson import ObjectId
from bson.errors import BSONError

from tf_crnn.checkpoints import RECORD
from tf_crnn.errors import TrackingError
from tf_crnn.tracking.file_store import (
    CAPTURED_OUT,
    CONFIG_JSON,
    INFO_JSON,
    METRICS_JSON,
    RUN_JSON,
    read_object,
    run_folders,
)

RECORD_KEY = "record_key"
_FORMAT = "MongoObserver-0.7.0"
_MOST_OUTPUT_BYTES = 8_000_000  # a document may hold 16 MB
_TIMES = ("start_time", "stop_time", "heartbeat")
_RESOURCES = "_resources"
_CHUNK_BYTES = 255 * 1024  # as GridFS has it

logger = logging.getLogger(__name__)


class Sent(NamedTuple):
    """A run in the database.

    Attributes:
        run_id: there.
        is_new: whether the database did not know the run before.
    """

    run_id: int
    is_new: bool


class RunSender:
    """Brings the record of one run in a database up to what its folder holds.

    Args:
        folder: of the run.
        database: of `connect`.

    Attributes:
        run_id: in the database; None before the first call of `send`.
    """

    def __init__(self, folder: Path, database: Any) -> None:
        """Nothing is sent yet."""
        self.folder = folder
        self._database = database
        self._sent: dict[tuple[str, int, int], ObjectId] = {}
        self._metric_lengths: dict[str, int] = {}
        self.run_id: int | None = None

    def send(self) -> Sent:
        """Send what is new since the last call, or all of it.

        Raises:
            TrackingError: a file of the run is damaged, or the server does not take the run;
                calling again goes on.
            OSError: a file of the run cannot be read.
        """
        try:
            return self._send()
        except (pymongo.errors.PyMongoError, BSONError) as error:
            raise TrackingError(
                f"{self.folder}: the database {self._database.name} did not take the run "
                f"({type(error).__name__}). Send it again when the server answers; what is there "
                "already is not doubled."
            ) from error

    def _send(self) -> Sent:
        run = read_object(self.folder / RUN_JSON)
        config = read_object(self.folder / CONFIG_JSON)
        key = record_key(run, config)
        is_new = False
        if self.run_id is None:
            self.run_id, is_new = self._find_or_insert(key)
        document = self._document(run, self.run_id)
        document["config"] = bson_safe(config)
        document["info"] = self._info(key, self.run_id)
        self._database["runs"].update_one({"_id": self.run_id}, {"$set": document})
        return Sent(self.run_id, is_new)

    def _find_or_insert(self, key: str) -> tuple[int, bool]:
        runs = self._database["runs"]
        while True:
            if found := runs.find_one({RECORD_KEY: key}, {"_id": 1}):
                return found["_id"], False
            last = runs.find_one({"_id": {"$type": "number"}}, {"_id": 1}, sort=[("_id", -1)])
            run_id = int(last["_id"]) + 1 if last else 1
            try:
                runs.insert_one({"_id": run_id, RECORD_KEY: key, "status": "RUNNING"})
            except pymongo.errors.DuplicateKeyError:
                # Another run was given this id a moment ago.
                continue
            return run_id, True

    def _document(self, run: Mapping[str, Any], run_id: int) -> dict[str, Any]:
        document: dict[str, Any] = bson_safe(run)
        document["format"] = _FORMAT
        for name in _TIMES:
            if document.get(name):
                document[name] = datetime.fromisoformat(document[name])
        experiment = run["experiment"]
        document["experiment"]["sources"] = [
            [name, self._put(self._stored(stored), str(Path(experiment["base_dir"]) / name))]
            for name, stored in experiment["sources"]
        ]
        document["resources"] = [
            [original, self._put_resource(original, stored)]
            for original, stored in run.get("resources", ())
        ]
        document["artifacts"] = [
            {"name": name, "file_id": self._put(self.folder / name, _artifact_name(run_id, name))}
            for name in dict.fromkeys(run.get("artifacts", ()))
        ]
        document["captured_out"] = self._captured_out()
        return document

    def _info(self, key: str, run_id: int) -> dict[str, Any]:
        path = self.folder / INFO_JSON
        info: dict[str, Any] = bson_safe(read_object(path)) if path.exists() else {}
        path = self.folder / METRICS_JSON
        metrics = read_object(path) if path.exists() else {}
        ids = {name: _object_id(key, "metric", name) for name in metrics}
        for name, columns in metrics.items():
            if self._metric_lengths.get(name) == len(columns["steps"]):
                continue
            times = [datetime.fromisoformat(moment) for moment in columns["timestamps"]]
            document = {"run_id": run_id, "name": name, **columns, "timestamps": times}
            self._database["metrics"].replace_one({"_id": ids[name]}, document, upsert=True)
            self._metric_lengths[name] = len(columns["steps"])
        if metrics:
            info["metrics"] = [{"name": name, "id": str(ids[name])} for name in sorted(ids)]
        return info

    def _captured_out(self) -> str:
        path = self.folder / CAPTURED_OUT
        if not path.exists():
            return ""
        content = path.read_bytes()
        if len(content) <= _MOST_OUTPUT_BYTES:
            return content.decode("utf-8", errors="replace")
        end = content[-_MOST_OUTPUT_BYTES:].decode("utf-8", errors="replace")
        return f"[the first {len(content) - _MOST_OUTPUT_BYTES:,} bytes are left out]\n{end}"

    def _stored(self, path: str) -> Path:
        """A path as Sacred notes it: relative to the folder of the runs, or to where it ran."""
        below = self.folder.parent / path
        return below if below.exists() else Path(path)

    def _put_resource(self, original: str, stored: str) -> str:
        """Send an input; Sacred notes its MD5, which is in the stored file's name too."""
        copied = self.folder.parent / _RESOURCES / Path(stored).name
        path = copied if copied.exists() else Path(stored)
        digest = Path(stored).stem.rpartition("_")[2]
        if path.exists():
            self._put(path, original)
        else:
            logger.warning("%s: is missing; of %s only the digest is sent", path, original)
        return digest

    def _put(self, path: Path, name: str) -> ObjectId:
        """Store a file under its name, unless this content is there already."""
        state = path.stat()
        version = (name, state.st_size, state.st_mtime_ns)
        if version in self._sent:
            return self._sent[version]
        content = path.read_bytes()
        file_id = _object_id(name, hashlib.sha256(content).hexdigest())
        if not self._database["fs.files"].find_one({"_id": file_id}, {"_id": 1}):
            self._store(file_id, name, content)
        self._sent[version] = file_id
        return file_id

    def _store(self, file_id: ObjectId, name: str, content: bytes) -> None:
        """Write a file into GridFS; two processes may do so with the same file at once."""
        chunks, files = self._database["fs.chunks"], self._database["fs.files"]
        if not files.find_one({}, {"_id": 1}):
            chunks.create_index([("files_id", 1), ("n", 1)], unique=True)
            files.create_index([("filename", 1), ("uploadDate", 1)])
        for n, start in enumerate(range(0, len(content), _CHUNK_BYTES)):
            data = content[start : start + _CHUNK_BYTES]
            chunk_id = _object_id(str(file_id), str(n))
            _insert(chunks, {"_id": chunk_id, "files_id": file_id, "n": n, "data": data})
        described = {
            "length": len(content),
            "chunkSize": _CHUNK_BYTES,
            "uploadDate": datetime.now(UTC),
            "filename": name,
            "contentType": mimetypes.guess_type(name)[0] or "application/octet-stream",
        }
        # Last, since what has it is taken for whole.
        _insert(files, {"_id": file_id, **described})


def _insert(collection: Any, document: Mapping[str, Any]) -> None:
    """Insert a document unless it is there, or just being inserted by another process."""
    rest = {key: value for key, value in document.items() if key != "_id"}
    with suppress(pymongo.errors.DuplicateKeyError):
        collection.update_one({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True)


def find_recorded(folder: Path) -> list[Path]:
    """The runs that a folder means, by their ids.

    Args:
        folder: of one run; of several; or an `output_model_dir` with runs that could not be sent.

    Raises:
        TrackingError: there are none.
    """
    if (folder / RUN_JSON).is_file():
        return [folder]
    found = run_folders(folder) or run_folders(folder / RECORD)
    if not found:
        raise TrackingError(
            f"{folder}: holds no recorded run. Give the folder of a run, such as runs/3, or the "
            "folder above several."
        )
    return found


def record_key(run: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """What tells a run from every other: when, where and with which configuration it began."""
    host = run["host"].get("hostname", "")
    about = [run["experiment"]["name"], host, run.get("start_time"), config]
    text = json.dumps(about, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def bson_safe(value: Any) -> Any:
    """A JSON value with keys and numbers that MongoDB takes, as Sacred changes them."""
    if isinstance(value, Mapping):
        return {_safe_key(str(key)): bson_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [bson_safe(item) for item in value]
    too_large = isinstance(value, int) and not -(2**63) <= value < 2**63
    return str(value) if too_large else value


def _safe_key(key: str) -> str:
    key = f"@{key[1:]}" if key.startswith("$") else key
    return key.replace(".", ",").replace("\0", "")


def _artifact_name(run_id: int, name: str) -> str:
    return f"artifact://runs/{run_id}/{name}"


def _object_id(*parts: str) -> ObjectId:
    """An id that follows from the parts."""
    joined: Iterable[bytes] = (part.encode() for part in parts)
    return ObjectId(hashlib.sha256(b"\0".join(joined)).digest()[:12])
