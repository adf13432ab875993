"""Which combination a sweep tries next."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from tf_crnn.sweep.search_space import Choices, Range, SearchSpace

_MOST_RANDOM_TRIALS = 10
_TRIES = 50


class Suggestions:
    """Combinations of a search space, one after the other and none twice.

    All of them in turn where there are trials enough; otherwise those of Optuna's tree-structured
    Parzen estimator (Bergstra et al., 2011), after a first half, at most ten, at random. Each
    follows from the seed and the trials before alone, whether or not the sweep was interrupted.

    Args:
        space: what is tried.
        seed: of what is random.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        """Nothing is drawn yet."""
        self.distributions = {key: _distribution(axis) for key, axis in space.axes.items()}
        self._space = space
        self._seed = seed

    def encode(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as Optuna keeps them: choices as JSON."""
        is_choice = {key: isinstance(axis, Choices) for key, axis in self._space.axes.items()}
        return {k: _json(values[k]) if is_choice[k] else values[k] for k in is_choice}

    def decode(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Values from what Optuna keeps; numbers from a range are made tidy."""
        return {
            key: json.loads(params[key]) if isinstance(axis, Choices) else axis.tidy(params[key])
            for key, axis in self._space.axes.items()
        }

    def next_values(
        self, trials: Sequence[FrozenTrial], *, n_trials: int, number: int
    ) -> dict[str, Any] | None:
        """An untried combination; None if there is none.

        Args:
            trials: that have been begun.
            n_trials: of the whole sweep.
            number: of the next trial.
        """
        size = self._space.size
        tried = {_json(self.decode(trial.params)) for trial in trials}
        random = np.random.default_rng([self._seed, number])
        is_sample = size is None or n_trials < size
        if is_sample:
            sampling = _sampling(trials, n_trials, int(random.integers(2**31)))
            for _ in range(_TRIES):
                values = self.decode(sampling.ask(self.distributions).params)
                if _json(values) not in tried:
                    return values
        if size is None:
            return None
        first = int(random.integers(size)) if is_sample else 0
        combinations = (self._space.combination(i % size) for i in range(first, first + size))
        return next((values for values in combinations if _json(values) not in tried), None)


def _sampling(trials: Sequence[FrozenTrial], n_trials: int, seed: int) -> optuna.Study:
    """A study in memory that knows the trials and may be asked without leaving a trace.

    Trials that still run or have failed count as bad as the worst: trials side by side differ
    then, and failures are kept away from.
    """
    n_random = min(_MOST_RANDOM_TRIALS, max(1, n_trials // 2))
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=n_random)
    study = optuna.create_study(sampler=sampler)
    cers = [t.value for t in trials if t.state == TrialState.COMPLETE and t.value is not None]
    for trial in trials:
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
            study.add_trial(trial)
        elif cers:
            study.add_trial(
                create_trial(
                    params=trial.params, distributions=trial.distributions, value=max(cers)
                )
            )
    return study


def _distribution(axis: Choices | Range) -> BaseDistribution:
    if isinstance(axis, Choices):
        # Optuna keeps no lists.
        return CategoricalDistribution([_json(value) for value in axis.values])
    if axis.is_whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.is_log)
    return FloatDistribution(axis.low, axis.high, log=axis.is_log)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
