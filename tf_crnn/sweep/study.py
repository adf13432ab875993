"""The memory of a sweep: an Optuna study in SQLite, which outlives a killed process."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import optuna
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from tf_crnn.errors import SweepError
from tf_crnn.sweep.search_space import SearchSpace
from tf_crnn.sweep.suggestions import Suggestions

STUDY_DB = "sweep.db"
RUNNING, COMPLETE, PRUNED, FAILED = "running", "complete", "pruned", "failed"
_STUDY_NAME = "sweep"
_BEGUN_WITH = "begun_with"
_RETRIED = "retried"
_ABSENT = "not given"
_STATES = {
    TrialState.RUNNING: RUNNING,
    TrialState.COMPLETE: COMPLETE,
    TrialState.PRUNED: PRUNED,
    TrialState.FAIL: FAILED,
}
_SQLITE_PATIENCE_S = 60


class TrialRecord(NamedTuple):
    """What is known of a trial.

    Attributes:
        number: from 1.
        values: that it sets.
        state: running, complete, pruned or failed.
        val_cer: the lowest; None where no epoch was done.
        notes: what the sweep has noted of it.
    """

    number: int
    values: dict[str, Any]
    state: str
    val_cer: float | None
    notes: dict[str, Any]


class Pruning(NamedTuple):
    """When a trial is stopped whose CER is worse than the median of the complete ones.

    Attributes:
        startup_trials: complete trials before any is stopped.
        warmup_epochs: in which no trial is stopped.
    """

    startup_trials: int
    warmup_epochs: int


class OpenTrial:
    """A trial that has not ended.

    Attributes:
        number: from 1.
        values: that it sets.
    """

    def __init__(self, study: optuna.Study, trial: optuna.Trial, values: dict[str, Any]) -> None:
        """Of `SweepStudy`."""
        self.number = trial.number + 1
        self.values = values
        self._study = study
        self._trial = trial

    @property
    def notes(self) -> dict[str, Any]:
        """What has been noted."""
        return self._trial.user_attrs

    def note(self, **notes: Any) -> None:
        """Keep JSON-ready notes."""
        for name, value in notes.items():
            self._trial.set_user_attr(name, value)

    def report(self, epoch: int, val_cer: float) -> None:
        """Tell the lowest validation CER up to an epoch, unless that is known already."""
        if (
            epoch
            not in self._study.get_trials(deepcopy=False)[self._trial.number].intermediate_values
        ):
            self._trial.report(val_cer, epoch)

    def should_stop(self) -> bool:
        """Whether the epoch reported last is worse than the median of the others."""
        return self._trial.should_prune()

    def complete(self, val_cer: float) -> None:
        """It has come to its end."""
        self._study.tell(self._trial, val_cer)

    def prune(self) -> None:
        """It was stopped as one of the worse ones."""
        self._study.tell(self._trial, state=TrialState.PRUNED)

    def fail(self) -> None:
        """It has ended with an error."""
        self._study.tell(self._trial, state=TrialState.FAIL)


class SweepStudy:
    """All trials of a sweep.

    Args:
        folder: that holds `sweep.db`, made if need be.
        space: what is tried.
        config: the parameters that all trials share.
        seed: of the suggestions.
        pruning: None for never.

    Raises:
        SweepError: the folder holds a sweep of another space or config, or is damaged.
    """

    def __init__(
        self,
        folder: Path,
        space: SearchSpace,
        *,
        config: Mapping[str, Any],
        seed: int,
        pruning: Pruning | None,
    ) -> None:
        """Open the study, or begin it."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._suggestions = Suggestions(space, seed)
        self._storage = _open(folder / STUDY_DB)
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=_STUDY_NAME,
            # The suggestions choose; this one has nothing to do.
            sampler=optuna.samplers.RandomSampler(),
            pruner=_pruner(pruning),
            load_if_exists=True,
        )
        begun_with = {"config": dict(config), "space": space.describe()}
        attributes = self._study.user_attrs
        if _BEGUN_WITH not in attributes:
            self._study.set_user_attr(_BEGUN_WITH, begun_with)
        elif differences := _differences(attributes[_BEGUN_WITH], begun_with):
            listed = "\n".join(f"  - {difference}" for difference in differences)
            raise SweepError(
                f"{folder}: holds a sweep that was begun otherwise:\n{listed}\n"
                "Go on as it was begun, or give another --output_dir."
            )

    def __enter__(self) -> "SweepStudy":
        """The study itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        self._storage.remove_session()
        self._storage.engine.dispose()

    def records(self) -> list[TrialRecord]:
        """All trials, by number, but those that are tried again."""
        return [
            TrialRecord(
                trial.number + 1,
                self._suggestions.decode(trial.params),
                _STATES[trial.state],
                min(trial.intermediate_values.values(), default=None),
                dict(trial.user_attrs),
            )
            for trial in self._trials()
        ]

    def unfinished(self) -> list[OpenTrial]:
        """The trials that were begun and have not ended."""
        study_id = self._storage.get_study_id_from_name(_STUDY_NAME)
        trial_id = self._storage.get_trial_id_from_study_id_trial_number
        return [
            OpenTrial(
                self._study,
                optuna.Trial(self._study, trial_id(study_id, record.number - 1)),
                record.values,
            )
            for record in self.records()
            if record.state == RUNNING
        ]

    def retry_failed(self) -> None:
        """Forget the trials that failed, so that their values are tried again."""
        failed = [record.number for record in self.records() if record.state == FAILED]
        self._study.set_user_attr(_RETRIED, [*self._retried(), *failed])

    def last_number(self, n_trials: int) -> int:
        """The number of the last trial, where there are to be so many."""
        return n_trials + len(self._retried())

    def next_trial(self, n_trials: int) -> OpenTrial | None:
        """Begin another trial.

        Args:
            n_trials: of the whole sweep.

        Returns:
            None if there are enough trials, or every combination has been tried.
        """
        trials = self._trials()
        if len(trials) >= n_trials:
            return None
        # A sweep that was killed between the two steps below has left one waiting.
        if not self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            number = self.last_number(len(trials)) + 1
            values = self._suggestions.next_values(trials, n_trials=n_trials, number=number)
            if values is None:
                return None
            self._study.enqueue_trial(self._suggestions.encode(values))
        trial = self._study.ask(self._suggestions.distributions)
        return OpenTrial(self._study, trial, self._suggestions.decode(trial.params))

    def _trials(self) -> list[FrozenTrial]:
        retried = self._retried()
        return [
            trial
            for trial in self._study.get_trials(deepcopy=False)
            if trial.state != TrialState.WAITING and trial.number + 1 not in retried
        ]

    def _retried(self) -> list[int]:
        return list(self._study.user_attrs.get(_RETRIED, ()))


def _open(database: Path) -> optuna.storages.RDBStorage:
    url = URL.create("sqlite", database=str(database.resolve()))
    patience = {"connect_args": {"timeout": _SQLITE_PATIENCE_S}}
    try:
        return optuna.storages.RDBStorage(str(url), engine_kwargs=patience)
    except (DatabaseError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise SweepError(
            f"{database}: cannot be opened ({reason}). Give another --output_dir."
        ) from error


def _pruner(pruning: Pruning | None) -> optuna.pruners.BasePruner:
    if pruning is None:
        return optuna.pruners.NopPruner()
    # Optuna counts steps from 0; epochs are counted from 1.
    return optuna.pruners.MedianPruner(pruning.startup_trials, pruning.warmup_epochs + 1)


def _differences(begun: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A sentence for each key of the config and of the space that is not as it was."""
    as_written = [
        {key: _json(value) for key, value in part["config"].items()}
        | {f"--set {key}": text for key, text in part["space"].items()}
        for part in (begun, now)
    ]
    before, after = as_written
    return [
        f"{key} was {before.get(key, _ABSENT)}, now {after.get(key, _ABSENT)}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
