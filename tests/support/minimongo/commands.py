"""The commands of the server, each a document in and a document out."""

import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
from bson import Int64, ObjectId

from support.minimongo.aggregation import Aggregation
from support.minimongo.paths import reached
from support.minimongo.projections import in_order, project
from support.minimongo.store import Store
from support.minimongo.updates import seed_of, updated
from support.minimongo.values import CommandError, Document, hashable

_FIRST_BATCH = 101
_LATER_BATCH = 1000
# A reply must stay below 16 MB; a document alone may reach that.
_BATCH_BYTES = 12_000_000
_HELLO = {
    "ismaster": True,
    "isWritablePrimary": True,
    "helloOk": True,
    "maxBsonObjectSize": 16 * 1024 * 1024,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "logicalSessionTimeoutMinutes": 30,
    "connectionId": 1,
    # As MongoDB 5.0 says: the last version whose protocol Omniboard's driver speaks in full.
    "minWireVersion": 0,
    "maxWireVersion": 13,
    "readOnly": False,
}


class Server:
    """Answers commands, one at a time."""

    def __init__(self, path: Path) -> None:
        self._store = Store(path)
        self._cursors: dict[int, tuple[str, list[Document]]] = {}
        self._last_cursor = 1000
        self._commands: Mapping[str, Callable[[Document, str], Document]] = {
            "hello": lambda command, database: {**_HELLO, "localTime": datetime.now(UTC)},
            "ismaster": lambda command, database: {**_HELLO, "localTime": datetime.now(UTC)},
            "ping": lambda command, database: {},
            "buildinfo": lambda command, database: {"version": "5.0.0"},
            "endsessions": lambda command, database: {},
            "createindexes": lambda command, database: {},
            "listindexes": self._list_indexes,
            "listdatabases": self._list_databases,
            "listcollections": self._list_collections,
            "drop": self._drop,
            "dropdatabase": self._drop_database,
            "getmore": self._get_more,
            "killcursors": self._kill_cursors,
            "find": self._find,
            "aggregate": self._aggregate,
            "count": self._count,
            "distinct": self._distinct,
            "insert": self._insert,
            "update": self._update,
            "delete": self._delete,
            "findandmodify": self._find_and_modify,
        }

    def answer(self, command: Document) -> Document:
        """The reply to a command: also for one that is wrong or not known."""
        name = next(iter(command))
        try:
            if name.lower() not in self._commands:
                raise CommandError(f"no such command: '{name}'", 59, "CommandNotFound")
            with self._store.lock:
                reply = self._commands[name.lower()](command, command.get("$db", "admin"))
        except CommandError as error:
            return _failure(str(error), error.code, error.name)
        # The client would take a fault of ours for a lost connection, which it may forgive.
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            return _failure(f"{type(error).__name__}: {error}", 8, "UnknownError")
        return {**reply, "ok": 1.0}

    def _list_databases(self, command: Document, database: str) -> Document:
        names = self._store.databases()
        return {"databases": [{"name": name, "sizeOnDisk": 0, "empty": False} for name in names]}

    def _list_collections(self, command: Document, database: str) -> Document:
        names = self._store.collections(database)
        found = [{"name": name, "type": "collection", "options": {}} for name in names]
        return self._cursor(f"{database}.$cmd.listCollections", found)

    def _list_indexes(self, command: Document, database: str) -> Document:
        index = {"v": 2, "key": {"_id": 1}, "name": "_id_"}
        return self._cursor(f"{database}.{command['listIndexes']}", [index])

    def _drop(self, command: Document, database: str) -> Document:
        self._store.drop(database, command["drop"])
        return {}

    def _drop_database(self, command: Document, database: str) -> Document:
        for name in self._store.collections(database):
            self._store.drop(database, name)
        return {"dropped": database}

    def _cursor(
        self, space: str, documents: list[Document], batch: int | None = None
    ) -> dict[str, Any]:
        count = _fitting(documents[: _FIRST_BATCH if batch is None else batch])
        number = 0
        if count < len(documents):
            self._last_cursor += 1
            number = self._last_cursor
            self._cursors[number] = (space, documents[count:])
        return {"cursor": {"id": Int64(number), "ns": space, "firstBatch": documents[:count]}}

    def _get_more(self, command: Document, database: str) -> Document:
        number = command["getMore"]
        if number not in self._cursors:
            raise CommandError(f"cursor id {number} not found", 43, "CursorNotFound")
        space, documents = self._cursors.pop(number)
        cursor = self._cursor(space, documents, command.get("batchSize") or _LATER_BATCH)["cursor"]
        return {"cursor": {**cursor, "nextBatch": cursor.pop("firstBatch")}}

    def _kill_cursors(self, command: Document, database: str) -> Document:
        for number in command["cursors"]:
            self._cursors.pop(number, None)
        return {"cursorsKilled": command["cursors"]}

    def _find(self, command: Document, database: str) -> Document:
        name = command["find"]
        found = self._store.collection(database, name).find(command.get("filter") or {})
        found = in_order(found, command.get("sort") or {})
        start, limit = int(command.get("skip") or 0), abs(int(command.get("limit") or 0))
        found = found[start : start + limit if limit else None]
        shown = [project(one, command.get("projection") or {}) for one in found]
        batch = len(shown) if command.get("singleBatch") else command.get("batchSize")
        return self._cursor(f"{database}.{name}", shown, batch)

    def _aggregate(self, command: Document, database: str) -> Document:
        name, pipeline = command["aggregate"], command["pipeline"]
        documents = self._store.collection(database, name).find({})
        if pipeline and "$collStats" in pipeline[0]:
            documents, pipeline = [{"count": len(documents)}], pipeline[1:]
        found = Aggregation(self._store, database).run(documents, pipeline)
        batch = (command.get("cursor") or {}).get("batchSize")
        return self._cursor(f"{database}.{name}", found, batch)

    def _count(self, command: Document, database: str) -> Document:
        found = self._store.collection(database, command["count"]).find(command.get("query") or {})
        limit = int(command.get("limit") or 0) or len(found)
        return {"n": min(max(0, len(found) - int(command.get("skip") or 0)), limit)}

    def _distinct(self, command: Document, database: str) -> Document:
        collection = self._store.collection(database, command["distinct"])
        values: dict[str, Any] = {}
        for document in collection.find(command.get("query") or {}):
            for value in reached(document, command["key"]):
                for element in value if isinstance(value, list) else [value]:
                    values.setdefault(hashable(element), element)
        return {"values": list(values.values())}

    def _insert(self, command: Document, database: str) -> Document:
        collection = self._store.collection(database, command["insert"])

        def insert(document: Document) -> Document:
            collection.insert(_with_id(document))
            return {"n": 1}

        return _one_by_one(command, command["documents"], insert)

    def _update(self, command: Document, database: str) -> Document:
        collection = self._store.collection(database, command["update"])

        def update(change: Document) -> Document:
            found = collection.find(change["q"])
            if not found and change.get("upsert"):
                new = self._upsert(collection, change["q"], change["u"])
                return {"n": 1, "_id": new["_id"]}
            found = found if change.get("multi") else found[:1]
            modified = 0
            for document in found:
                new = updated(document, change["u"])
                if bson.encode(new) != bson.encode(document):
                    collection.replace(new)
                    modified += 1
            return {"n": len(found), "nModified": modified}

        return {"nModified": 0, **_one_by_one(command, command["updates"], update)}

    def _delete(self, command: Document, database: str) -> Document:
        collection = self._store.collection(database, command["delete"])
        deleted = 0
        for deletion in command["deletes"]:
            for document in collection.find(deletion["q"])[: deletion.get("limit") or None]:
                collection.delete(document)
                deleted += 1
        return {"n": deleted}

    def _find_and_modify(self, command: Document, database: str) -> Document:
        collection = self._store.collection(database, command[next(iter(command))])
        query, fields = command.get("query") or {}, command.get("fields") or {}
        found = in_order(collection.find(query), command.get("sort") or {})[:1]
        if not found and command.get("upsert"):
            new = self._upsert(collection, query, command["update"])
            value = project(new, fields) if command.get("new") else None
            return _modified(value, {"n": 1, "updatedExisting": False, "upserted": new["_id"]})
        if not found:
            return _modified(None, {"n": 0, "updatedExisting": False})
        [document] = found
        if command.get("remove"):
            collection.delete(document)
            return _modified(project(document, fields), {"n": 1})
        new = updated(document, command["update"])
        collection.replace(new)
        value = project(new if command.get("new") else document, fields)
        return _modified(value, {"n": 1, "updatedExisting": True})

    def _upsert(self, collection: Any, query: Document, update: Document) -> Document:
        new = _with_id(updated(seed_of(query), update, inserting=True))
        collection.insert(new)
        return new


def _failure(message: str, code: int, name: str) -> Document:
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": name}


def _modified(value: Document | None, details: Document) -> Document:
    return {"value": value, "lastErrorObject": details}


def _with_id(document: Document) -> Document:
    return document if "_id" in document else {"_id": ObjectId(), **document}


def _fitting(documents: list[Document]) -> int:
    """How many of the documents go into one reply: at least one."""
    size = 0
    for count, document in enumerate(documents):
        size += len(bson.encode(document))
        if size > _BATCH_BYTES and count:
            return count
    return len(documents)


def _one_by_one(
    command: Document, writes: list[Document], write: Callable[[Document], Document]
) -> Document:
    """Do several writes; after an error only go on where the client does not mind the order."""
    reply: Document = {"n": 0}
    for index, one in enumerate(writes):
        try:
            done = write(one)
        except CommandError as error:
            failure = {"index": index, "code": error.code, "errmsg": str(error)}
            reply.setdefault("writeErrors", []).append(failure)
            if command.get("ordered", True):
                break
            continue
        reply["n"] += done["n"]
        reply["nModified"] = reply.get("nModified", 0) + done.get("nModified", 0)
        if "_id" in done:
            reply.setdefault("upserted", []).append({"index": index, "_id": done["_id"]})
    return reply
