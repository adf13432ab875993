"""Omniboard from npm. What is missing is a skip on a user's machine and a failure in CI."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from support.missing import skip_or_fail
from support.servers import free_port
from support.workplace import ROOT

PACKAGE = Path(__file__).parent / "omniboard"
LOOPBACK = ROOT / "hlp/omniboard_loopback.js"
_PROGRAM = PACKAGE / "node_modules/omniboard"
# npm writes it when everything is there.
_COMPLETE = PACKAGE / "node_modules/.package-lock.json"
_INSTALL_TIMEOUT_S = 600
_START_TIMEOUT_S = 60


def unavailable(what: str) -> NoReturn:
    """Skip the test and say what is missing; CI must have everything."""
    skip_or_fail(f"needs {what}", f"CI lacks {what}")


def program(name: str) -> str:
    """The path of a program that the test needs."""
    return shutil.which(name) or unavailable(f"{name} on the PATH")


def output_folder(name: str) -> Path:
    """Where a test leaves pictures to be looked at: tests/output, or `TF_CRNN_TEST_OUTPUT`."""
    parent = Path(os.environ.get("TF_CRNN_TEST_OUTPUT") or ROOT / "tests/output")
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def install_omniboard() -> None:
    """Install the version of package.json, unless it is there."""
    if _COMPLETE.exists() and _version(_PROGRAM / "package.json") == _wanted_version():
        return
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    process = subprocess.run(
        [program("npm"), "install", "--loglevel=error", *options],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        timeout=_INSTALL_TIMEOUT_S,
    )
    if process.returncode:
        unavailable(f"Omniboard, which npm could not install: {process.stderr.strip()[-500:]}")


@contextmanager
def omniboard(database_url: str, folder: Path) -> Iterator[str]:
    """Omniboard over one database, on loopback.

    Args:
        folder: for its log.

    Yields:
        Its address.
    """
    node, log = program("node"), folder / "omniboard.log"
    install_omniboard()
    # In the environment a password would not be seen in the list of processes.
    environment = {**os.environ, "MONGO_URI": database_url, "PORT": str(free_port())}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [node, "--require", str(LOOPBACK), str(_PROGRAM / "dist/start.js")],
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        # It takes the next port where one is in use.
        yield f"http://127.0.0.1:{_port(process, log)}"
    finally:
        process.kill()
        process.wait()


def _port(process: subprocess.Popen[Any], log: Path) -> int:
    began = time.monotonic()
    while process.poll() is None and time.monotonic() - began < _START_TIMEOUT_S:
        text = log.read_text()
        listening = re.search(r"listening on port (\d+)", text)
        if listening and "established successfully" in text:
            return int(listening[1])
        time.sleep(0.1)
    raise RuntimeError(f"Omniboard did not start: {log.read_text()}")


def _version(package: Path) -> str | None:
    return json.loads(package.read_text())["version"] if package.exists() else None


def _wanted_version() -> str:
    return json.loads((PACKAGE / "package.json").read_text())["dependencies"]["omniboard"]
