"""Train this project and its peers for equal processor time, and compare what they read.

    python benchmarks/peers.py install                  the peers, each in its own environment
    python benchmarks/peers.py run hw_peraire           all of them, 60 minutes of one processor
    python benchmarks/peers.py run fraktur19 --arms tf_crnn,calamari

Each training is an arm. An arm runs on one processor at a time, as many arms side by side as there
are processors; after each slice the arms that had least take their places, so that all share the
machine with all. An arm is stopped when it has used up its minutes, start-up, preparation and
validations included, and reads the validation lines with the best weights that it had kept until
then. CER is counted by this project's metrics for all of them. Nothing reads test lines.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
from _common import ROOT, write_result
from _peers import INSTALLS, OURS, PEER_OF, Peer, Task, install_peer

from tf_crnn.metrics import compare_lines
from tf_crnn.samples import read_rows, resolve_image_path

WORK = ROOT / "runs" / "peers"
SLICE_S = 60.0
POLL_S = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Arm:
    """A training that is stopped and gone on with."""

    name: str
    peer: Peer
    task: Task
    process: subprocess.Popen[bytes] | None = None
    used_s: float = field(default=0.0)
    ended: bool = False

    def go_on(self, processor: int) -> None:
        """Start, or go on, on one processor."""
        if self.process is None:
            self.task.out.mkdir(parents=True, exist_ok=True)
            log = (self.task.out / "log.txt").open("wb")
            self.process = subprocess.Popen(
                self.peer.train(self.task), stdout=log, stderr=log, cwd=ROOT, start_new_session=True
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


@click.group()
def main() -> None:
    """Peers at equal cost."""


@main.command()
@click.argument("names", nargs=-1)
def install(names: tuple[str, ...]) -> None:
    """Install the peers into `peers/<name>`."""
    for name in names or INSTALLS:
        install_peer(name)


@main.command()
@click.argument("dataset")
@click.option("--arms", default=",".join(PEER_OF), show_default=True)
@click.option("--minutes", default=60.0, show_default=True, help="Of processor time, each.")
@click.option("--seed", default=1, show_default=True)
def run(dataset: str, arms: str, minutes: float, seed: int) -> None:
    """Train on DATASET of `data/`, read its validation lines, keep the result."""
    folder = WORK / dataset
    shutil.rmtree(folder, ignore_errors=True)
    truth = write_pairs(dataset, folder / "data")
    names = arms.split(",")
    share = min(len(names), n_processors()) / len(names)  # of the time on the clock
    trainings = [
        Arm(
            name,
            peer := PEER_OF[name],
            Task(dataset, folder / "data", folder / name, minutes / (share if peer is OURS else 1)),
        )
        for name in names
    ]
    os.environ["BENCHMARK_SEED"] = str(seed)
    take_turns(trainings, minutes * 60)
    results = {}
    for arm in trainings:
        texts = arm.peer.read(arm.task)
        counts = compare_lines((truth[stem], texts.get(stem, "")) for stem in sorted(truth))
        results[arm.name] = {
            "cer": round(counts.cer, 5),
            "wer": round(counts.wer, 5),
            "exact_match": round(counts.exact_match, 4),
            "read": len(texts),
            "processor_minutes": round(arm.used_s / 60, 1),
        }
    kept = {"lines": len(truth), "minutes": minutes, "seed": seed, "arms": results}
    write_result(f"peers_{dataset}", kept)


def take_turns(arms: Sequence[Arm], limit_s: float) -> None:
    """Run the arms until each has had its time."""
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


def write_pairs(dataset: str, folder: Path) -> dict[str, str]:
    """Link images and write texts under numbers; the validation texts by their stems."""
    truth = dict[str, str]()
    for part in ("train", "val"):
        csv_path = ROOT / "data" / dataset / f"{part}.csv"
        target = folder / part
        target.mkdir(parents=True)
        for number, row in enumerate(read_rows(csv_path)):
            image = resolve_image_path(row.image_path, csv_path.resolve().parent)
            text = "".join((row.label or "").strip("|").split("|"))
            stem = f"{number:06d}"
            (target / f"{stem}.png").symlink_to(image.resolve())
            (target / f"{stem}.gt.txt").write_text(text, encoding="utf-8")
            if part == "val":
                truth[stem] = text
    return truth


def n_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def session_pids(session: int) -> list[int]:
    """Processes of a session."""
    return [pid for pid, fields in _processes() if int(fields[3]) == session]


def session_seconds(session: int) -> float:
    """Processor time of a session's processes, and of those they have waited for."""
    ticks = sum(
        sum(map(int, fields[11:15])) for _, fields in _processes() if int(fields[3]) == session
    )
    return ticks / _TICKS


def _processes() -> list[tuple[int, list[str]]]:
    """Number and fields, from the state on, of each process (proc(5), /proc/PID/stat)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text()
        except OSError:
            continue  # it has ended
        found.append((int(path.parent.name), stat.rpartition(")")[2].split()))
    return found


def pin(pid: int, processor: int) -> None:
    """All threads of a process to one processor."""
    allowed = sorted(os.sched_getaffinity(0))
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            os.sched_setaffinity(int(task.name), {allowed[processor % len(allowed)]})
        except OSError:
            continue  # it has ended


if __name__ == "__main__":
    main()
