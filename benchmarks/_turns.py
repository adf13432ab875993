"""Trainings that share the processors fairly: each on one at a time, by turns.

An arm runs on one processor at a time, as many arms side by side as there are processors; after
each slice the arms that had least take their places. What counts is processor time, of all
processes of an arm.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
from _common import ROOT
from _processes import session_pids, session_seconds

SLICE_S = 60.0
POLL_S = 1.0


@dataclass
class Arm:
    """A training that is stopped and gone on with.

    Args:
        name: of the arm.
        command: makes the command line, when the arm begins.
        out: a folder, for its log too.
    """

    name: str
    command: Callable[[], list[str]]
    out: Path
    process: subprocess.Popen[bytes] | None = None
    used_s: float = field(default=0.0)
    ended: bool = False

    def go_on(self, processor: int) -> None:
        """Start, or go on, on one processor."""
        if self.process is None:
            self.out.mkdir(parents=True, exist_ok=True)
            log = (self.out / "log.txt").open("wb")
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=ROOT, start_new_session=True
            )
        self.pin_all(processor)
        self.send(signal.SIGCONT)

    def pin_all(self, processor: int) -> None:
        """All its processes, those that it started meanwhile too, to one processor."""
        if self.process and not self.ended:
            for pid in session_pids(self.process.pid):
                pin(pid, processor)

    def pause(self) -> None:
        """Stop all its processes until it goes on."""
        if self.process and not self.ended:
            self.send(signal.SIGSTOP)

    def send(self, number: signal.Signals) -> None:
        """A signal to all its processes."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def look(self, limit_s: float) -> None:
        """Count its processor time; end it at the limit."""
        if self.process is None:
            return
        self.used_s = max(self.used_s, session_seconds(self.process.pid))
        if self.process.poll() is not None:
            self.ended = True
        elif self.used_s >= limit_s:
            self.send(signal.SIGKILL)
            self.process.wait()
            self.ended = True


def take_turns(arms: Sequence[Arm], limit_s: float) -> None:
    """Run the arms until each has had its time, as many side by side as there are processors."""
    try:
        _take_turns(arms, limit_s)
    finally:
        for arm in arms:
            if not arm.ended:
                arm.send(signal.SIGKILL)


def _take_turns(arms: Sequence[Arm], limit_s: float) -> None:
    while waiting := [arm for arm in arms if not arm.ended]:
        waiting.sort(key=lambda arm: arm.used_s)
        running = waiting[: n_processors()]
        run_slice(running, limit_s)
        if len(waiting) > len(running):
            for arm in running:
                arm.pause()
        state = ", ".join(f"{arm.name} {arm.used_s / 60:.1f} min" for arm in arms)
        click.echo(state, err=True)


def run_slice(arms: Sequence[Arm], limit_s: float) -> None:
    """Let the arms run beside each other, each on a processor of its own."""
    for processor, arm in enumerate(arms):
        arm.go_on(processor)
    until = time.monotonic() + SLICE_S
    while time.monotonic() < until and not all(arm.ended for arm in arms):
        time.sleep(POLL_S)
        for processor, arm in enumerate(arms):
            arm.look(limit_s)
            arm.pin_all(processor)


def n_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def pin(pid: int, processor: int) -> None:
    """All threads of a process to one processor."""
    allowed = sorted(os.sched_getaffinity(0))
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            os.sched_setaffinity(int(task.name), {allowed[processor % len(allowed)]})
        except OSError:
            continue  # it has ended
