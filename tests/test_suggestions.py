"""What is tried next: every combination once, or a search that learns."""

import math
from collections.abc import Mapping
from typing import Any

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from tf_crnn.sweep.search_space import Choices, Range, SearchSpace
from tf_crnn.sweep.suggestions import Suggestions

RATES = Range(1e-5, 1e-1, is_log=True, is_whole=False)
UNITS = Choices(([64], [128], [64, 64]))
SEEDS = Choices((1, 2))


def run(
    suggestions: Suggestions, n_trials: int, value_of: Any, begun: int | None = None
) -> list[FrozenTrial]:
    """So many trials, one after the other, each told its value."""
    trials: list[FrozenTrial] = []
    while len(trials) < (begun or n_trials):
        values = suggestions.next_values(trials, n_trials=n_trials, number=len(trials) + 1)
        if values is None:
            break
        trials.append(ended(suggestions, values, value_of(values)))
    return trials


def ended(suggestions: Suggestions, values: Mapping[str, Any], value: float | None) -> FrozenTrial:
    return create_trial(
        state=TrialState.FAIL if value is None else TrialState.COMPLETE,
        value=value,
        params=suggestions.encode(values),
        distributions=suggestions.distributions,
    )


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def test_with_trials_enough_every_combination_comes_in_turn() -> None:
    space = SearchSpace({"rnn_units": UNITS, "seed": SEEDS})
    suggestions = Suggestions(space, seed=1)

    trials = run(suggestions, 6, lambda _: 0.5)

    decoded = [suggestions.decode(trial.params) for trial in trials]
    assert decoded == [space.combination(index) for index in range(6)]
    assert suggestions.next_values(trials, n_trials=7, number=7) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_search_repeats_no_combination_though_the_best_one_attracts(seed: int) -> None:
    batch = Range(1, 4, is_log=False, is_whole=True)
    space = SearchSpace({"rnn_units": UNITS, "train_batch_size": batch, "seed": SEEDS})
    suggestions = Suggestions(space, seed)

    trials = run(suggestions, 23, lambda values: float(values["rnn_units"] != [128]))

    tried = {str(suggestions.decode(trial.params)) for trial in trials}
    possible = {str(space.combination(index)) for index in range(24)}
    assert len(trials) == len(tried) == 23
    assert tried < possible


def test_a_search_learns_where_the_good_values_are() -> None:
    space = SearchSpace({"learning_rate": RATES, "rnn_units": UNITS})

    def cer(values: Mapping[str, Any]) -> float:
        return abs(math.log10(values["learning_rate"]) + 3) + (values["rnn_units"] != [128])

    cers = [[t.value or 0.0 for t in run(Suggestions(space, seed), 40, cer)] for seed in range(4)]

    at_random, learnt = (sum(sum(c[part]) for c in cers) for part in (slice(10), slice(-10, None)))
    assert learnt < 0.7 * at_random
    assert max(map(min, cers)) < 0.2


def test_suggestions_follow_from_the_seed_and_the_trials_before_alone() -> None:
    space = SearchSpace({"learning_rate": RATES, "rnn_units": UNITS})

    def cer(values: Mapping[str, Any]) -> float:
        return float(values["learning_rate"])

    in_one_go = run(Suggestions(space, seed=3), 14, cer)
    before = run(Suggestions(space, seed=3), 14, cer, begun=12)
    gone_on = Suggestions(space, seed=3).next_values(before, n_trials=14, number=13)
    other = run(Suggestions(space, seed=4), 14, cer)

    assert [t.params for t in before] == [t.params for t in in_one_go[:12]]
    assert gone_on == Suggestions(space, 3).decode(in_one_go[12].params)
    assert [t.params for t in other] != [t.params for t in in_one_go]


def test_values_that_failed_are_kept_away_from() -> None:
    space = SearchSpace({"learning_rate": RATES})

    def cer(values: Mapping[str, Any]) -> float | None:
        return None if values["learning_rate"] > 1e-3 else values["learning_rate"]

    trials = run(Suggestions(space, seed=5), 40, cer)

    failed = [trial.state == TrialState.FAIL for trial in trials]
    assert sum(failed[:10]) >= 3
    assert sum(failed[-20:]) <= 4


def test_numbers_lie_in_their_range_and_choices_keep_their_type() -> None:
    batch = Range(4, 64, is_log=True, is_whole=True)
    space = SearchSpace({"learning_rate": RATES, "train_batch_size": batch, "rnn_units": UNITS})
    suggestions = Suggestions(space, seed=0)

    trials = run(suggestions, 30, lambda values: values["learning_rate"])

    decoded = [suggestions.decode(trial.params) for trial in trials]
    assert all(1e-5 <= values["learning_rate"] <= 1e-1 for values in decoded)
    assert all(float(f"{v['learning_rate']:.4g}") == v["learning_rate"] for v in decoded)
    assert {type(values["train_batch_size"]) for values in decoded} == {int}
    assert all(4 <= values["train_batch_size"] <= 64 for values in decoded)
    assert all(values["rnn_units"] in UNITS.values for values in decoded)
