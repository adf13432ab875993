"""MongoDB servers for tests: one that is given, MongoDB itself, or our stand-in for it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pymongo.errors
import pytest

GIVEN_URL = "TF_CRNN_TEST_MONGO_URL"
_TESTS = Path(__file__).resolve().parents[1]
_START_TIMEOUT_S = 30
_ANSWER_TIMEOUT_MS = 500


def free_port() -> int:
    """A port of this machine that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MongoServer:
    """A server of its own, on loopback, that keeps its data over `kill` and `start`.

    Attributes:
        url: `mongodb://127.0.0.1:PORT`.
        host: 127.0.0.1.
        port: the same after every start.
        database: a name that no other test uses.
    """

    def __init__(self, folder: Path, port: int | None = None, *, mongod: str | None = None) -> None:
        """Nothing starts yet.

        Args:
            folder: for its data and its log; made where missing.
            port: to listen on; a free one without it.
            mongod: MongoDB's program; without it, the stand-in is started.
        """
        self._mongod = mongod
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self.url = f"mongodb://{self.host}:{self.port}"
        self.database = new_database_name()
        self._folder = folder.resolve()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def option(self) -> str:
        """What Sacred's option -m takes: HOST:PORT:DB."""
        return f"{self.host}:{self.port}:{self.database}"

    @property
    def database_url(self) -> str:
        """`mongodb://HOST:PORT/DB`."""
        return f"{self.url}/{self.database}"

    def start(self) -> None:
        """Start it, with the data it had before; returns when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command(), cwd=_TESTS, stdout=log, stderr=log)
        began = time.monotonic()
        while not answers(self.url):
            if self._process.poll() is not None or time.monotonic() - began > _START_TIMEOUT_S:
                self.kill()
                raise RuntimeError(f"no MongoDB server at {self.url}: {self._log.read_text()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power failure would (SIGKILL)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def remove_database(self) -> None:
        """Nothing to do: the data goes with the folder."""

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"

    def _command(self) -> list[str]:
        if self._mongod:
            data = self._folder / "mongod"
            data.mkdir(exist_ok=True)
            options = ["--dbpath", str(data), "--bind_ip", self.host, "--port", str(self.port)]
            return [self._mongod, *options]
        data = self._folder / "documents.sqlite"
        module = [sys.executable, "-m", "support.minimongo"]
        return [*module, "--port", str(self.port), "--file", str(data)]


class GivenServer:
    """The server of `TF_CRNN_TEST_MONGO_URL`; tests that must kill it are skipped."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.username and "authSource" not in parts.query:
            # The name of a database in a URL is else where the user is looked for.
            query = "&".join(filter(None, [parts.query, "authSource=admin"]))
            url = parts._replace(path=parts.path or "/", query=query).geturl()
        self.url = url
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 27017
        self.database = new_database_name()

    @property
    def option(self) -> str:
        """What the option -m takes: a URL, as it may need a password."""
        return self.database_url

    @property
    def database_url(self) -> str:
        """The URL with the name of the database in it."""
        return urlsplit(self.url)._replace(path=f"/{self.database}").geturl()

    def start(self) -> None:
        """It runs already."""

    def kill(self) -> None:
        """Skip the test: the server of `TF_CRNN_TEST_MONGO_URL` is not ours to kill."""
        pytest.skip(f"kills its MongoDB server, which {GIVEN_URL} forbids")

    def remove_database(self) -> None:
        """Leave nothing behind."""
        with pymongo.MongoClient[dict[str, Any]](self.url) as client:
            client.drop_database(self.database)


@contextmanager
def mongo_server(folder: Path, port: int | None = None) -> Iterator[MongoServer | GivenServer]:
    """A MongoDB server that runs.

    Args:
        folder: for its data and its log; made where missing.
        port: to listen on; a free one without it.
    """
    if url := os.environ.get(GIVEN_URL):
        given = GivenServer(url)
        try:
            yield given
        finally:
            given.remove_database()
        return
    server = MongoServer(folder, port, mongod=shutil.which("mongod"))
    server.start()
    try:
        yield server
    finally:
        server.kill()


def new_database_name() -> str:
    return f"crnn_{uuid.uuid4().hex[:12]}"


def answers(url: str) -> bool:
    """Whether a MongoDB server answers there at once."""
    options: dict[str, Any] = {"serverSelectionTimeoutMS": _ANSWER_TIMEOUT_MS}
    try:
        with pymongo.MongoClient[dict[str, Any]](url, **options) as client:
            client.admin.command("ping")
    except pymongo.errors.PyMongoError:
        return False
    return True
