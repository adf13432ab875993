"""With hlp/omniboard_lost.js, Node ends when MongoDB's driver gives up."""

import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")
LOST = Path(__file__).resolve().parents[1] / "hlp/omniboard_lost.js"

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node on the PATH")


def run_after_event(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A program that emits an event to one listener, then goes on."""
    script = f"""
        const emitter = new (require("node:events"))();
        emitter.on("close", (reason) => console.log("heard", reason));
        emitter.emit("{name}", "why");
        console.log("goes on");
    """
    return subprocess.run(
        [str(NODE), *options, "-e", script], capture_output=True, text=True, timeout=60
    )


def test_the_process_ends_when_the_driver_gives_up() -> None:
    without = run_after_event("reconnectFailed")
    ended = run_after_event("reconnectFailed", "--require", str(LOST))

    assert (without.returncode, without.stdout) == (0, "goes on\n")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "MongoDB is gone" in ended.stderr


def test_other_events_reach_their_listeners() -> None:
    process = run_after_event("close", "--require", str(LOST))

    assert (process.returncode, process.stdout) == (0, "heard why\ngoes on\n")
