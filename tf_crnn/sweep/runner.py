"""A sweep from its options to its table."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.errors import ConfigError, SweepError
from tf_crnn.stamped import write_whole
from tf_crnn.sweep.report import (
    as_csv,
    as_json,
    as_percent,
    as_table,
    best_first,
    summarise_trial,
)
from tf_crnn.sweep.scheduler import Plan, Scheduler
from tf_crnn.sweep.search_space import (
    SET_BY_SWEEP,
    SearchSpace,
    as_text,
    parse_search_space,
)
from tf_crnn.sweep.study import (
    COMPLETE,
    FAILED,
    RUNNING,
    STUDY_DB,
    Pruning,
    SweepStudy,
    TrialRecord,
)
from tf_crnn.sweep.trial_process import INTERRUPTED, TRAINING, only_one
from tf_crnn.tracking.mongo import (
    MONGO_DB,
    MONGO_URL,
    connect,
    environment_address,
    parse_address,
)

CONFIG_JSON = "config.json"
SWEEP_CSV = "sweep.csv"
BEST_CONFIG = "best_config.json"
BEST = "best"
_WARMUP_SHARE = 5
_FEW_LINES = 3
_LOCK = "sweep.lock"
_LEFT_BY_A_FAILED_START = {_LOCK, CONFIG_JSON}


@dataclass(frozen=True)
class SweepOptions:
    """What `tf-crnn sweep` is told.

    Attributes:
        config_file: shared by all trials.
        assignments: `key=a,b` or `key=low..high`.
        output_dir: of the sweep.
        n_trials: None for every combination.
        jobs: trials at once.
        seed: of the suggestions.
        prunes: whether to stop trials that are worse than the median.
        startup_trials: complete ones before that.
        warmup_epochs: without that; None for a fifth of the epochs.
        retry_failed: whether to try again what has failed before.
        runs_folder: to record the runs in.
        mongo: address of a MongoDB to record them in; without both, as `training.py` does.
        program: of each trial.
    """

    config_file: Path
    assignments: tuple[str, ...]
    output_dir: Path
    n_trials: int | None = None
    jobs: int = 1
    seed: int = 42
    prunes: bool = True
    startup_trials: int = 5
    warmup_epochs: int | None = None
    retry_failed: bool = False
    runs_folder: str | None = None
    mongo: str | None = None
    program: tuple[str, ...] = TRAINING


def run_sweep(options: SweepOptions, say: Callable[[str], None], width: int | None = None) -> int:
    """Train the trials of a sweep, or those that are left.

    Args:
        options: of the sweep.
        say: is given each line for the user.
        width: of the terminal, in characters; None for no limit.

    Returns:
        The exit code: 130 if there is something to go on with.

    Raises:
        ConfigError: the config or the search space cannot be used.
        TrackingError: the MongoDB does not answer.
        SweepError: the folder is another sweep's or in use, or the trials fail.
    """
    config = _read_config(options.config_file)
    space = parse_search_space(options.assignments, config)
    n_trials = _count_trials(space, options.n_trials)
    observers, environment = _observers(options, os.environ)
    _make_folder(options.output_dir)
    with ExitStack() as stack:
        stack.enter_context(only_one(options.output_dir / _LOCK))
        study = stack.enter_context(
            SweepStudy(
                options.output_dir,
                space,
                config=config,
                seed=options.seed,
                pruning=_pruning(options, space, config),
            )
        )
        if options.retry_failed:
            study.retry_failed()
        # A copy: the user's file may change while the sweep goes on.
        write_whole(options.output_dir / CONFIG_JSON, as_json(config))
        plan = Plan(
            folder=options.output_dir,
            config_file=options.output_dir / CONFIG_JSON,
            n_epochs=_n_epochs(config),
            n_trials=n_trials,
            jobs=options.jobs,
            program=(*options.program, *observers),
            environment=environment,
        )
        return _Sweep(study, space, config, plan, say).run(width)


@dataclass(frozen=True)
class _Sweep:
    """What is needed from the first trial to the table."""

    study: SweepStudy
    space: SearchSpace
    config: Mapping[str, Any]
    plan: Plan
    say: Callable[[str], None]

    def run(self, width: int | None) -> int:
        """Train, and say what came of it."""
        self._announce()
        scheduler = Scheduler(self.study, self.plan, self._tell_end)
        scheduler.run()
        records = self.study.records()
        self._write_files(records)
        states = Counter(record.state for record in records)
        if not scheduler.is_stopped and (scheduler.gives_up or {*states} == {FAILED}):
            raise SweepError(self._why_given_up(records))
        if records:
            self.say(f"\n{as_table(records, self.space, width)}\n")
        if best := _best(records):
            self._praise(best)
        if states[FAILED]:
            self.say(f"{states[FAILED]} failed; the same command with --retry_failed tries again.")
        if scheduler.is_stopped or scheduler.interrupted:
            self.say("The sweep was interrupted. The same command goes on with it.")
            return INTERRUPTED
        if len(records) < self.plan.n_trials:
            self.say(f"No more than {len(records)} different combinations were found.")
        return 0

    def _announce(self) -> None:
        plan = self.plan
        parallel = f", {plan.jobs} at once" if plan.jobs > 1 else ""
        self.say(f"{plan.n_trials} trials{parallel}; what they print: {plan.files(1).log}, ...")
        begun = Counter(record.state for record in self.study.records())
        if begun:
            n_ended = begun.total() - begun[RUNNING]
            self.say(f"going on: {n_ended} have ended, {begun[RUNNING]} were interrupted")

    def _tell_end(self, number: int) -> None:
        records = self.study.records()
        [record] = [record for record in records if record.number == number]
        self.say(summarise_trial(record, self.study.last_number(self.plan.n_trials), self.space))
        if record.state == FAILED:
            files = self.plan.files(number)
            self.say("\n".join(f"  {line}" for line in [*files.last_words(), f"({files.log})"]))
        self._write_files(records)

    def _write_files(self, records: Sequence[TrialRecord]) -> None:
        folder = self.plan.folder
        write_whole(folder / SWEEP_CSV, as_csv(records, self.space))
        if best := _best(records):
            values = {**self.config, **best.values, "output_model_dir": str(folder / BEST)}
            write_whole(folder / BEST_CONFIG, as_json(values))

    def _praise(self, best: TrialRecord) -> None:
        folder = self.plan.folder
        values = " ".join(f"{key}={as_text(best.values[key])}" for key in self.space.varying)
        self.say(f"best: trial {best.number}, CER {as_percent(best)} %, {values}")
        self.say(
            f"read with it:            tf-crnn predict {self.plan.files(best.number).model} IMAGES"
        )
        self.say(f"train with these values: python training.py with {folder / BEST_CONFIG}")

    def _why_given_up(self, records: Sequence[TrialRecord]) -> str:
        files = self.plan.files(max(r.number for r in records if r.state == FAILED))
        return "\n".join(
            [
                f"the trials fail. The end of {files.log}:",
                *(f"  {line}" for line in files.last_words(_FEW_LINES)),
                "Mend the cause; the same command with --retry_failed then goes on.",
            ]
        )


def _best(records: Sequence[TrialRecord]) -> TrialRecord | None:
    return next((record for record in best_first(records) if record.state == COMPLETE), None)


def _read_config(path: Path) -> dict[str, Any]:
    values = import_params_from_json(json_filename=path)
    return {key: value for key, value in values.items() if key not in SET_BY_SWEEP}


def _count_trials(space: SearchSpace, n_trials: int | None) -> int:
    if n_trials is None:
        if space.ranges or space.size is None:
            raise ConfigError(
                f"{', '.join(space.ranges)}: a range has no end of values. Say how many trials "
                "there shall be: --trials N."
            )
        return space.size
    return n_trials if space.size is None else min(n_trials, space.size)


def _observers(
    options: SweepOptions, environment: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Options and environment of the trainings, after a look whether the server is there.

    The address of a MongoDB is on no command line, which others can see: it may hold a password.
    """
    if options.mongo and options.runs_folder:
        raise SweepError("-F and -m: a sweep records its runs in one place. Give one of them.")
    if options.runs_folder:
        return ["-F", options.runs_folder], dict(environment)
    named = parse_address(options.mongo, environment) if options.mongo else None
    address = named or environment_address(environment)
    if address is None:
        return [], dict(environment)
    connect(address).client.close()
    return [], {**environment, MONGO_URL: address.url, MONGO_DB: address.database}


def _pruning(
    options: SweepOptions, space: SearchSpace, config: Mapping[str, Any]
) -> Pruning | None:
    if not options.prunes:
        return None
    least = space.least("n_epochs", _n_epochs(config))
    share = max(1, least // _WARMUP_SHARE)
    warmup = share if options.warmup_epochs is None else options.warmup_epochs
    return Pruning(options.startup_trials, warmup)


def _n_epochs(config: Mapping[str, Any]) -> int:
    return int(config.get("n_epochs", Params.defaults()["n_epochs"]))


def _make_folder(folder: Path) -> None:
    if "=" in str(folder):
        # On the command line of a trial it would be taken for key=value.
        raise SweepError(f"{folder}: must be without the sign =. Give another --output_dir.")
    folder.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in folder.iterdir()}
    if STUDY_DB not in names and not names <= _LEFT_BY_A_FAILED_START:
        raise SweepError(
            f"{folder}: holds other things than a sweep. Give another --output_dir, which is made."
        )
