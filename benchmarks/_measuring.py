"""Time, processor time and peak memory of a program, on the processors that it is given.

The program is started by a process of its own that imports the standard library alone: a program
started by a large one would count that one's memory as its peak.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from _processes import busy_shares, session_mb, session_seconds

POLL_S = 0.2  # between two looks at the memory
LOOK_S = 0.5  # at what else the machine does
_LINE_END = re.compile(rb"[\r\n]+")


class Mark(NamedTuple):
    """When a program printed a certain line, and what it had used by then."""

    wall_s: float
    cpu_s: float


class Measured(NamedTuple):
    """What a program took.

    Attributes:
        wall_s: on the clock, from its start to its end.
        cpu_s: processor time of all its processes.
        peak_mb: memory of all its processes at once.
        code: its exit status; negative the signal that ended it.
        marks: the lines that were waited for.
        output: what it printed; errors too, if marks were waited for.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    code: int
    marks: list[Mark]
    output: str


class Stop(NamedTuple):
    """End a program once a pattern was printed `marks` times and, from the first on, `seconds`."""

    pattern: str
    marks: int = 2
    seconds: float = 0.0


def measure(
    command: Sequence[str],
    *,
    n_processors: int | None = None,
    stop: Stop | None = None,
    cwd: Path | None = None,
    log: Path | None = None,
) -> Measured:
    """Run a program to its end, or until `stop`.

    Args:
        command: program and arguments.
        n_processors: that it may use, and threads that OpenMP may make; all if None.
        stop: when to end it.
        cwd: its working folder.
        log: file for what it prints beside its result.
    """
    with tempfile.TemporaryDirectory() as folder:
        spec = {
            "command": list(command),
            "folder": folder,
            "log": str(log or Path(folder) / "log.txt"),
            "processors": idlest(n_processors),
            "stop": stop,
        }
        launcher = [sys.executable, "-E", "-s", "-S", __file__, json.dumps(spec)]
        env = _environment(n_processors) if n_processors else dict(os.environ)
        subprocess.run(launcher, cwd=cwd, env={**env, "PYTHONUNBUFFERED": "1"}, check=True)
        found = json.loads((Path(folder) / "measured.json").read_text())
        output = (Path(folder) / "output").read_text(encoding="utf-8", errors="replace")
    marks = [Mark(*mark) for mark in found.pop("marks")]
    return Measured(**found, marks=marks, output=output)


def others_share() -> float:
    """What share of all processors works now, for whatever else the machine does."""
    shares = busy_shares(LOOK_S).values()
    return round(sum(shares) / len(shares), 2)


def idlest(n_processors: int | None) -> list[int]:
    """So many of the processors that this process may use, those that others use least."""
    allowed = sorted(os.sched_getaffinity(0))
    if n_processors is None or n_processors >= len(allowed):
        return allowed
    shares = busy_shares(LOOK_S)
    return sorted(allowed, key=lambda processor: shares[processor])[:n_processors]


def _environment(n_threads: int) -> Mapping[str, str]:
    names = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(n_threads))}


def _launch(spec: Mapping[str, Any]) -> None:
    """Run the program of a spec and write what it took: the inner process of `measure`."""
    stop = Stop(*spec["stop"]) if spec["stop"] else None
    folder, seen = Path(spec["folder"]), _Seen(stop)
    reading_end, writing_end = os.pipe()
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        _become(spec, writing_end if stop else None)
    os.close(writing_end)
    watcher = threading.Thread(target=seen.watch, args=(pid,), daemon=True)
    watcher.start()
    if stop:
        seen.read(reading_end, folder / "output", pid, began)
    _, status, used = os.wait4(pid, 0)
    wall_s = time.perf_counter() - began
    seen.ended.set()
    watcher.join()
    found = {
        "wall_s": round(wall_s, 4),
        "cpu_s": round(used.ru_utime + used.ru_stime, 3),
        "peak_mb": round(max(used.ru_maxrss / 1024, seen.peak_mb), 1),
        "code": os.waitstatus_to_exitcode(status),
        "marks": seen.marks,
    }
    (folder / "measured.json").write_text(json.dumps(found))


def _become(spec: Mapping[str, Any], output: int | None) -> None:
    """Turn this process into the program."""
    os.setsid()
    os.sched_setaffinity(0, spec["processors"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    out = os.open(Path(spec["folder"]) / "output", flags) if output is None else output
    os.dup2(out, 1)
    os.dup2(os.open(spec["log"], flags) if output is None else out, 2)
    try:
        os.execvp(spec["command"][0], spec["command"])
    except OSError as error:
        os.write(2, f"{spec['command'][0]}: {error}\n".encode())
        os._exit(127)


class _Seen:
    """What was seen of a program while it ran."""

    def __init__(self, stop: Stop | None) -> None:
        self.stop = stop
        self.marks: list[Mark] = []
        self.peak_mb = 0.0
        self.ended = threading.Event()

    def watch(self, pid: int) -> None:
        """Look at the memory now and then, until the program has ended."""
        while not self.ended.wait(POLL_S):
            self.peak_mb = max(self.peak_mb, session_mb(pid))

    def read(self, source: int, copy: Path, pid: int, began: float) -> None:
        """Copy what the program prints, note its marks, and end it when there are enough."""
        stop = self.stop or Stop("")
        pattern, rest = re.compile(stop.pattern.encode()), b""
        with copy.open("wb") as stream:
            while chunk := os.read(source, 65536):
                stream.write(chunk)
                *rows, rest = _LINE_END.split(rest + chunk)
                for row in rows:
                    if pattern.search(row):
                        self.marks.append(Mark(time.perf_counter() - began, session_seconds(pid)))
                if self._has_enough(stop):
                    os.killpg(pid, signal.SIGKILL)
                    break

    def _has_enough(self, stop: Stop) -> bool:
        if len(self.marks) < stop.marks:
            return False
        return self.marks[-1].wall_s - self.marks[0].wall_s >= stop.seconds


if __name__ == "__main__":
    _launch(json.loads(sys.argv[1]))
