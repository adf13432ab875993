"""Trials of a sweep side by side: begun, watched, pruned, ended."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tf_crnn.sweep.stop_requests import StopRequests
from tf_crnn.sweep.study import OpenTrial, SweepStudy
from tf_crnn.sweep.trial_process import (
    INTERRUPTED,
    Progress,
    TrialFiles,
    TrialProcess,
    end_left_over,
    shared_environment,
    start_trial,
    training_arguments,
    was_interrupted,
)

MOST_FIRST_FAILURES = 3
_PAUSE_S = 0.5


@dataclass(frozen=True)
class Plan:
    """How the trials of a sweep are trained.

    Attributes:
        folder: of the sweep.
        config_file: shared by all trials.
        n_epochs: of a trial whose values do not say otherwise.
        n_trials: of the whole sweep.
        jobs: trials at once.
        program: the training, and Sacred's options for it.
        environment: of the trainings.
    """

    folder: Path
    config_file: Path
    n_epochs: int
    n_trials: int
    jobs: int
    program: Sequence[str]
    environment: Mapping[str, str]

    def files(self, number: int) -> TrialFiles:
        """Where a trial writes."""
        name = f"trial_{number:04d}"
        return TrialFiles(self.folder / name, self.folder / f"{name}.log")


@dataclass
class _Attempt:
    """A trial that is begun or gone on with.

    Attributes:
        n_epochs: of the trial, those before a restart included.
        reported: the last epoch that the study knows.
        asked_at: epochs done when the process was asked to end; None if it was not.
        is_pruned: whether that was because the trial is one of the worse.
    """

    trial: OpenTrial
    files: TrialFiles
    n_epochs: int
    started: float = field(default_factory=time.monotonic)
    reported: int = 0
    asked_at: int | None = None
    is_pruned: bool = False

    def progress(self) -> Progress:
        """How far it has come; an epoch more is done if a process was killed after the last."""
        return self.files.progress().up_to(self.n_epochs)


class Scheduler:
    """Runs the trials of a study until there are enough.

    Args:
        study: says what to try, and keeps what came of it.
        plan: of the sweep.
        on_end: called with the number of each trial that has ended.

    Attributes:
        failed: numbers of the trials that have failed since the start.
        interrupted: numbers of the trials that can be gone on with.
    """

    def __init__(self, study: SweepStudy, plan: Plan, on_end: Callable[[int], None]) -> None:
        """Nothing is started yet."""
        self.failed: list[int] = []
        self.interrupted: list[int] = []
        self._study = study
        self._plan = plan
        self._on_end = on_end
        self._left = deque(study.unfinished())
        self._running: dict[int, tuple[TrialProcess, _Attempt]] = {}
        self._n_good = 0
        self._stops = StopRequests()

    @property
    def is_stopped(self) -> bool:
        """Whether a signal asked for the end."""
        return self._stops.count > 0

    @property
    def gives_up(self) -> bool:
        """Whether the first trials have all failed."""
        return len(self.failed) >= MOST_FIRST_FAILURES and not self._n_good

    def run(self) -> None:
        """Return when there are enough trials, or the first have failed, or a signal came.

        At a first signal the trials save and end; at a second they are killed.
        """
        with self._stops:
            try:
                self._fill()
                while self._running:
                    self._pass_signals_on()
                    time.sleep(_PAUSE_S)
                    for slot in list(self._running):
                        self._attend(slot)
                    self._fill()
            finally:
                # None are left, unless an error is on its way up.
                for process, attempt in self._running.values():
                    _ask(process, attempt)
                for process, _ in self._running.values():
                    process.wait()

    def _fill(self) -> None:
        while len(self._running) < self._plan.jobs and not (self.is_stopped or self.gives_up):
            trial = self._left.popleft() if self._left else None
            trial = trial or self._study.next_trial(self._plan.n_trials)
            if trial is None:
                return
            self._begin(trial)

    def _begin(self, trial: OpenTrial) -> None:
        """Start a trial, or go on with it, or see that it ended after its sweep was killed."""
        files = self._plan.files(trial.number)
        n_epochs = int(trial.values.get("n_epochs", self._plan.n_epochs))
        attempt = _Attempt(trial, files, n_epochs)
        if not end_left_over(files, trial.notes.get("pid"), self._wait):
            return
        progress = attempt.progress()
        is_worse = self._report(attempt, progress)
        if files.is_finished():
            self._end(attempt, progress, 0)
        elif is_worse or trial.notes.get("pruned"):
            attempt.is_pruned = True
            self._end(attempt, progress, INTERRUPTED)
        else:
            self._start(attempt, progress)

    def _start(self, attempt: _Attempt, progress: Progress) -> None:
        plan, trial = self._plan, attempt.trial
        comment = f"sweep {plan.folder.resolve().name}, trial {trial.number}"
        values = {**trial.values, "output_model_dir": str(attempt.files.model)}
        if progress.epochs:
            comment += ", gone on with"
            left = max(1, attempt.n_epochs - progress.epochs)
            values |= {"restore_model": True, "n_epochs": left}
        else:
            attempt.files.clear()
        slot = min(set(range(plan.jobs)) - set(self._running))
        process = start_trial(
            [*plan.program, "-c", comment, *training_arguments(plan.config_file, values)],
            attempt.files,
            shared_environment(plan.environment, plan.jobs, slot),
        )
        self._running[slot] = process, attempt
        trial.note(pid=process.pid)

    def _wait(self) -> bool:
        time.sleep(_PAUSE_S)
        return not self.is_stopped

    def _pass_signals_on(self) -> None:
        for process, attempt in self._running.values():
            if self._stops.count > 1:
                process.kill()
            elif self.is_stopped:
                _ask(process, attempt)

    def _attend(self, slot: int) -> None:
        process, attempt = self._running[slot]
        # Asked before the progress is read, which then is the last.
        exit_code = process.exit_code()
        progress = attempt.progress()
        is_worse = self._report(attempt, progress)
        if exit_code is not None:
            del self._running[slot]
            self._end(attempt, progress, exit_code)
        elif is_worse:
            attempt.is_pruned = True
            attempt.trial.note(pruned=True)
            _ask(process, attempt)
        elif attempt.asked_at is not None and progress.epochs > attempt.asked_at + 1:
            # It goes on as if nothing was: Python has dropped the interrupt.
            _ask(process, attempt, again=True)

    def _report(self, attempt: _Attempt, progress: Progress) -> bool:
        """Tell the study of new epochs; whether the trial is to be stopped after one of them."""
        if attempt.is_pruned:
            return False
        for epoch in sorted(epoch for epoch in progress.history if epoch > attempt.reported):
            attempt.trial.report(epoch, progress.up_to(epoch).val_cer)
            attempt.reported = epoch
            may_stop = epoch < attempt.n_epochs and attempt.asked_at is None
            if may_stop and attempt.trial.should_stop():
                return True
        return False

    def _end(self, attempt: _Attempt, progress: Progress, exit_code: int) -> None:
        trial = attempt.trial
        minutes = progress.minutes or (time.monotonic() - attempt.started) / 60
        trial.note(
            runs=attempt.files.run_ids(),
            minutes=round(minutes, 3),
            epochs=progress.epochs,
            exit_code=exit_code,
        )
        if progress.history:
            trial.note(best_epoch=progress.best_epoch)
        if exit_code == 0 and progress.history:
            trial.complete(progress.val_cer)
            self._n_good += 1
        elif attempt.is_pruned:
            trial.prune()
            self._n_good += 1
        elif self.is_stopped or was_interrupted(exit_code):
            self.interrupted.append(trial.number)
        else:
            trial.fail()
            self.failed.append(trial.number)
        self._on_end(trial.number)


def _ask(process: TrialProcess, attempt: _Attempt, *, again: bool = False) -> None:
    """Ask a process to end, once: a second signal could disturb its save."""
    if attempt.asked_at is None or again:
        attempt.asked_at = attempt.files.progress().epochs
        process.interrupt()
