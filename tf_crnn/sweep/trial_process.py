"""A trial: a training in a process of its own, its folder, its log, and how far it has come."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.checkpoints import RECORD, read_state, validation_rank
from tf_crnn.errors import SweepError
from tf_crnn.run_folder import RunFolder
from tf_crnn.stamped import stamped_folders

# -P keeps the user's folder out of the module search path.
TRAINING = (sys.executable, "-P", "-m", "tf_crnn.experiment")
INTERRUPTED = 130
_INTERRUPTED = (INTERRUPTED, -signal.SIGTERM, -signal.SIGINT)
_STARTED = re.compile(r'Started run with ID "([^"]+)"')
_LOG_TAIL_BYTES = 100_000


class Progress(NamedTuple):
    """How far a training has come, by its newest save.

    Attributes:
        history: the metrics of each epoch that was validated, by its number from 1.
        minutes: of training.
        epochs: done; 0 where there is no save.
    """

    history: Mapping[int, Mapping[str, float]]
    minutes: float
    epochs: int

    def up_to(self, epoch: int) -> "Progress":
        """Without the epochs that come later."""
        return self._replace(history={e: m for e, m in self.history.items() if e <= epoch})

    @property
    def val_cer(self) -> float:
        """The lowest; there must be an epoch."""
        return min(float(metrics["val_cer"]) for metrics in self.history.values())

    @property
    def best_epoch(self) -> int:
        """That with the lowest validation CER, of equals that with the lowest loss."""
        return min(self.history, key=lambda epoch: validation_rank(dict(self.history[epoch])))


class TrialFiles(NamedTuple):
    """Where a trial writes."""

    model: Path
    log: Path

    def progress(self) -> Progress:
        """What the newest save says."""
        saves = stamped_folders(RunFolder(self.model).saving)
        try:
            state = read_state(saves[-1]) if saves else {}
        except FileNotFoundError:
            # It was removed at this very moment, since there is a newer one.
            return self.progress()
        measured = (metrics for metrics in state.get("history", ()) if "val_cer" in metrics)
        return Progress(
            {int(metrics["epoch"]): metrics for metrics in measured},
            float(state.get("minutes", 0.0)),
            int(state.get("epoch", 0)),
        )

    def is_finished(self) -> bool:
        """Whether the training has come to its end: then it has a report on an export.

        Reports that a user has made meanwhile have stamps of their own.
        """
        run = RunFolder(self.model)
        exports = {folder.name for folder in stamped_folders(run.export)}
        return any(report.name in exports for report in stamped_folders(run.reports))

    def clear(self) -> None:
        """Make room to start anew; a record that still has to be sent to a database stays."""
        for path in self.model.iterdir() if self.model.is_dir() else ():
            if path.name == RECORD:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def run_ids(self) -> list[str]:
        """The runs that Sacred has recorded of this trial; more than one if it was gone on with."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return list(dict.fromkeys(_STARTED.findall(text)))

    def last_words(self, n_lines: int = 8) -> list[str]:
        """The last lines of the log that are not empty."""
        if not self.log.exists():
            return []
        with self.log.open("rb") as stream:
            stream.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            text = stream.read().decode("utf-8", errors="replace")
        return [line.rstrip() for line in text.splitlines() if line.strip()][-n_lines:]


class TrialProcess:
    """A training that was started here.

    The process holds a lock on its log as long as it lives, so that it is known to live even by a
    sweep that did not start it.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Of `start_trial`."""
        self._process = process
        self.pid = process.pid

    def exit_code(self) -> int | None:
        """None while it runs; -N if signal N ended it."""
        return self._process.poll()

    def interrupt(self) -> None:
        """Ask it to save and end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it as it is."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for its end."""
        return self._process.wait()


def start_trial(
    command: Sequence[str], files: TrialFiles, environment: Mapping[str, str]
) -> TrialProcess:
    """Start a training whose output is added to the trial's log.

    Raises:
        SweepError: a process from before still writes to the log.
    """
    files.log.parent.mkdir(parents=True, exist_ok=True)
    with files.log.open("ab") as log:
        if not _lock(log.fileno()):
            raise SweepError(f"{files.log}: another process still writes to it. End it first.")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            # Ctrl-C in the terminal must reach the sweep alone, which then asks each trial once.
            start_new_session=True,
        )
    return TrialProcess(process)


def is_alive(files: TrialFiles) -> bool:
    """Whether a process, started by whichever sweep, still writes to the trial's log."""
    if not files.log.exists():
        return False
    with files.log.open("ab") as log:
        return not _lock(log.fileno())


def end_left_over(files: TrialFiles, pid: int | None, wait: Callable[[], bool]) -> bool:
    """End a training that has outlived its sweep, so that it saves, and wait for that.

    Args:
        files: of the trial.
        pid: of the process.
        wait: waits a moment; false to wait no longer.

    Returns:
        Whether it has ended.

    Raises:
        SweepError: it is not known which process it is.
    """
    if not is_alive(files):
        return True
    if pid is None:
        raise SweepError(f"{files.log}: a process still writes to it. End that process first.")
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    while is_alive(files):
        if not wait():
            return False
    return True


@contextmanager
def only_one(lock_file: Path) -> Iterator[None]:
    """Hold a lock file as long as the block lasts; a killed process lets go of it too.

    Raises:
        SweepError: another process holds it.
    """
    with lock_file.open("ab") as lock:
        if not _lock(lock.fileno()):
            raise SweepError(
                f"{lock_file.parent}: another sweep is at work there. Wait for its end, or give "
                "another --output_dir."
            )
        yield


def shared_environment(environment: Mapping[str, str], jobs: int, slot: int) -> dict[str, str]:
    """The environment of one of several trainings at once: its share of cores and GPUs.

    What the user has set stays; of the GPUs in CUDA_VISIBLE_DEVICES each slot gets the next one.

    Args:
        environment: of the sweep.
        jobs: trainings at once.
        slot: which of them, from 0.
    """
    own = {"PYTHONUNBUFFERED": "1", **environment}
    if jobs == 1:
        return own
    threads = str(max(1, _count_cores() // jobs))
    share = {
        "OMP_NUM_THREADS": threads,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    gpus = [gpu for gpu in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if gpu.strip()]
    if len(gpus) > 1:
        own["CUDA_VISIBLE_DEVICES"] = gpus[slot % len(gpus)]
    return {**share, **own}


def training_arguments(config_file: Path, values: Mapping[str, Any]) -> list[str]:
    """`with` and what follows it on a training's command line; Sacred reads values as Python."""
    return ["with", str(config_file), *(f"{key}={value!r}" for key, value in values.items())]


def was_interrupted(exit_code: int) -> bool:
    """Whether a training ended because it was asked to."""
    return exit_code in _INTERRUPTED


def _count_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _lock(descriptor: int) -> bool:
    """Take the lock of an open file, unless another has it; whoever inherits the file shares it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
