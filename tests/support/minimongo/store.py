"""Documents in one SQLite file."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import bson
from bson import Int64, Regex
from bson.codec_options import CodecOptions

from support.minimongo.filters import matches
from support.minimongo.values import CommandError, Document

CODEC: CodecOptions[Document] = CodecOptions(document_class=dict)
_MOST_BYTES = 16 * 1024 * 1024
_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS documents(
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    database TEXT, collection TEXT, id BLOB, file BLOB, bson BLOB,
    UNIQUE(database, collection, id));
CREATE INDEX IF NOT EXISTS by_file ON documents(database, collection, file);
"""


class Collection:
    """The documents of one collection, in the order in which they came, also kept in memory."""

    def __init__(self, store: "Store", database: str, name: str) -> None:
        self._store = store
        self._place = (database, name)
        rows = store.rows("WHERE database=? AND collection=?", self._place)
        self._documents = {bytes(key): bson.decode(data, CODEC) for key, data in rows}

    def find(self, conditions: Document) -> list[Document]:
        """The documents that fulfil a filter."""
        wanted = conditions.get("_id")
        if wanted is None or isinstance(wanted, dict | Regex):
            return [one for one in self._documents.values() if matches(one, conditions)]
        found = self._documents.get(key_of(wanted))
        return [found] if found is not None and matches(found, conditions) else []

    def insert(self, document: Document) -> None:
        """Add a document, whose id must be new."""
        self._store.insert(self._place, document)
        self._documents[key_of(document["_id"])] = document

    def replace(self, document: Document) -> None:
        """Put a document in the place of the one with its id."""
        data = encoded(document)
        self._store.execute(
            "UPDATE documents SET bson=? WHERE database=? AND collection=? AND id=?",
            (data, *self._place, key_of(document["_id"])),
        )
        self._documents[key_of(document["_id"])] = document

    def delete(self, document: Document) -> None:
        self._store.delete(self._place, document)
        self._documents.pop(key_of(document["_id"]), None)


class Chunks:
    """The collection of the pieces of GridFS files: they stay on the disk until they are read."""

    def __init__(self, store: "Store", database: str, name: str) -> None:
        self._store = store
        self._place = (database, name)

    def find(self, conditions: Document) -> list[Document]:
        where, values = "WHERE database=? AND collection=?", list(self._place)
        files = _files_of(conditions)
        if files is not None:
            where += f" AND file IN ({','.join('?' * len(files))})"
            values += [key_of(file) for file in files]
        chunks = (bson.decode(data, CODEC) for _, data in self._store.rows(where, tuple(values)))
        return [chunk for chunk in chunks if matches(chunk, conditions)]

    def insert(self, document: Document) -> None:
        self._store.insert(self._place, document, key_of(document["files_id"]))

    def replace(self, document: Document) -> None:
        raise CommandError("chunks of files are never changed")

    def delete(self, document: Document) -> None:
        self._store.delete(self._place, document)


class Store:
    """All databases of the server; the lock is held by whoever uses it."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._collections: dict[tuple[str, str], Collection | Chunks] = {}

    def collection(self, database: str, name: str) -> Collection | Chunks:
        """A collection, read from the disk once; every name is one."""
        if (database, name) not in self._collections:
            kind = Chunks if name.endswith(".chunks") else Collection
            self._collections[database, name] = kind(self, database, name)
        return self._collections[database, name]

    def drop(self, database: str, name: str) -> int:
        """Remove a collection; returns how many documents it had."""
        self._collections.pop((database, name), None)
        where = "DELETE FROM documents WHERE database=? AND collection=?"
        return self.execute(where, (database, name)).rowcount

    def collections(self, database: str) -> list[str]:
        query = "SELECT DISTINCT collection FROM documents WHERE database=? ORDER BY 1"
        return [name for (name,) in self.execute(query, (database,))]

    def databases(self) -> list[str]:
        return [name for (name,) in self.execute("SELECT DISTINCT database FROM documents", ())]

    def insert(self, place: tuple[str, str], document: Document, file: bytes | None = None) -> None:
        values = (*place, key_of(document["_id"]), file, encoded(document))
        try:
            self.execute(
                "INSERT INTO documents(database, collection, id, file, bson) VALUES(?,?,?,?,?)",
                values,
            )
        except sqlite3.IntegrityError as error:
            message = f"E11000 duplicate key error collection: {'.'.join(place)} index: _id_"
            raise CommandError(
                f"{message} dup key: {{ _id: {document['_id']!r} }}", 11000, "DuplicateKey"
            ) from error

    def delete(self, place: tuple[str, str], document: Document) -> None:
        where = "DELETE FROM documents WHERE database=? AND collection=? AND id=?"
        self.execute(where, (*place, key_of(document["_id"])))

    def rows(self, where: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        return self.execute(f"SELECT id, bson FROM documents {where} ORDER BY place", values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)


def key_of(identity: Any) -> bytes:
    """The id of a document as bytes: the same for 1, 1.0 and a long 1."""
    if isinstance(identity, float) and identity.is_integer():
        identity = int(identity)
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = Int64(identity)
    return bson.encode({"": identity})


def encoded(document: Document) -> bytes:
    data = bson.encode(document)
    if len(data) > _MOST_BYTES:
        raise CommandError("object to insert too large", 10334, "BSONObjectTooLarge")
    return data


def _files_of(conditions: Document) -> list[Any] | None:
    """The files that a filter of chunks names, or None where it names none."""
    if "files_id" not in conditions:
        alternatives = [_files_of(inner) for inner in conditions.get("$or", [])]
        if alternatives and None not in alternatives:
            return [file for files in alternatives for file in files or []]
        inside = (_files_of(inner) for inner in conditions.get("$and", []))
        return next((files for files in inside if files is not None), None)
    wanted = conditions["files_id"]
    if not isinstance(wanted, dict):
        return [wanted]
    return wanted.get("$in")
