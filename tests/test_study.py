"""The memory of a sweep: what it keeps when a process goes, and whom it stops."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import optuna
import pytest

from tf_crnn.errors import SweepError
from tf_crnn.sweep.search_space import Choices, SearchSpace
from tf_crnn.sweep.study import Pruning, SweepStudy

SPACE = SearchSpace({"rnn_units": Choices(([64], [128])), "seed": Choices((1, 2, 3))})
CONFIG = {"n_epochs": 9, "csv_files_eval": ["ä.csv"]}
OpenStudy = Callable[..., SweepStudy]


@pytest.fixture
def open_study(tmp_path: Path) -> Iterator[OpenStudy]:
    """`open_study(**changes)`: the study in the test's folder, as another process would."""
    with ExitStack() as stack:

        def open_it(**changes: Any) -> SweepStudy:
            known = {"space": SPACE, "config": CONFIG, "seed": 1, "pruning": None} | changes
            return stack.enter_context(SweepStudy(tmp_path, known.pop("space"), **known))

        yield open_it


def test_another_process_finds_what_was_done_and_goes_on_with_the_rest(
    open_study: OpenStudy,
) -> None:
    before = open_study()
    done, begun = before.next_trial(6), before.next_trial(6)
    assert done and begun
    done.note(best_epoch=2)
    done.report(1, 0.5)
    done.report(2, 0.25)
    done.complete(0.25)
    begun.note(pid=77)
    begun.report(1, 0.75)

    after = open_study()

    [unfinished] = after.unfinished()
    assert (unfinished.number, unfinished.values) == (2, {"rnn_units": [64], "seed": 2})
    assert unfinished.notes == {"pid": 77}
    unfinished.report(1, 0.75)
    unfinished.report(2, 0.5)
    unfinished.complete(0.5)
    rest = [after.next_trial(6) for _ in range(5)]
    assert [trial and trial.values for trial in rest] == [
        {"rnn_units": [64], "seed": 3},
        {"rnn_units": [128], "seed": 1},
        {"rnn_units": [128], "seed": 2},
        {"rnn_units": [128], "seed": 3},
        None,
    ]
    first, second, *others = after.records()
    assert (first.number, first.state, first.val_cer) == (1, "complete", 0.25)
    assert (second.number, second.state, second.val_cer) == (2, "complete", 0.5)
    assert first.notes == {"best_epoch": 2}
    assert [(r.number, r.state, r.val_cer) for r in others] == [
        (number, "running", None) for number in (3, 4, 5, 6)
    ]


def test_a_trial_that_was_only_queued_when_the_process_was_killed_is_begun(
    open_study: OpenStudy, tmp_path: Path
) -> None:
    open_study()
    study = optuna.load_study(study_name="sweep", storage=f"sqlite:///{tmp_path}/sweep.db")
    study.enqueue_trial({"rnn_units": "[64]", "seed": "1"})

    after = open_study()
    trials = [after.next_trial(6) for _ in range(7)]

    values = [str(trial.values) for trial in trials if trial]
    assert len(values) == len(set(values)) == 6


def test_a_sweep_of_another_space_or_config_is_refused_with_the_differences(
    open_study: OpenStudy,
) -> None:
    open_study()
    space = SearchSpace({"rnn_units": Choices(([64], [128])), "optimizer": Choices(("rms",))})

    with pytest.raises(SweepError, match="was begun otherwise") as caught:
        open_study(space=space, config=CONFIG | {"n_epochs": 10})

    differences = str(caught.value).split("\n")[1:-1]
    assert differences == [
        "  - n_epochs was 9, now 10",
        "  - --set seed was 1,2,3, now not given",
        '  - --set optimizer was not given, now "rms"',
    ]
    assert "another --output_dir" in str(caught.value)


def test_seed_pruning_and_number_of_trials_may_change(open_study: OpenStudy) -> None:
    open_study().next_trial(1)

    study = open_study(seed=2, pruning=Pruning(1, 1))

    assert study.next_trial(1) is None
    assert study.next_trial(2) is not None


def test_failed_trials_are_tried_again_under_new_numbers_if_asked(open_study: OpenStudy) -> None:
    study = open_study()
    trials = [study.next_trial(6) for _ in range(6)]
    for trial in trials:
        assert trial
        trial.fail() if trial.number in (2, 5) else trial.complete(0.5)
    assert study.next_trial(6) is None

    study.retry_failed()

    again = [study.next_trial(6) for _ in range(3)]
    assert [(t.number, t.values) for t in again if t] == [
        (7, {"rnn_units": [64], "seed": 2}),
        (8, {"rnn_units": [128], "seed": 2}),
    ]
    assert study.last_number(6) == 8
    assert [record.number for record in study.records()] == [1, 3, 4, 6, 7, 8]


@pytest.mark.parametrize(
    ("pruning", "epoch", "val_cer", "stops"),
    [
        (Pruning(2, 1), 2, 0.6, True),
        (Pruning(2, 1), 2, 0.4, False),
        (Pruning(2, 1), 1, 0.9, False),
        (Pruning(2, 2), 2, 0.6, False),
        (Pruning(3, 1), 2, 0.6, False),
        (None, 2, 0.6, False),
    ],
    ids=["worse", "better", "in the warm-up", "longer warm-up", "too few before", "never"],
)
def test_a_trial_is_stopped_that_is_worse_than_the_median_after_the_warm_up(
    pruning: Pruning | None, epoch: int, val_cer: float, stops: bool, open_study: OpenStudy
) -> None:
    study = open_study(pruning=pruning)
    for val_cers in ((0.7, 0.5), (0.6, 0.45)):
        trial = study.next_trial(6)
        assert trial
        for number, known in enumerate(val_cers, start=1):
            trial.report(number, known)
        trial.complete(val_cers[-1])

    third = study.next_trial(6)
    assert third
    third.report(epoch, val_cer)

    assert third.should_stop() == stops


def test_a_pruned_trial_keeps_its_cer(open_study: OpenStudy) -> None:
    study = open_study()
    trial = study.next_trial(6)
    assert trial
    trial.report(1, 0.75)

    trial.prune()

    [record] = open_study().records()
    assert (record.state, record.val_cer) == ("pruned", 0.75)


def test_a_file_that_is_no_database_is_named(open_study: OpenStudy, tmp_path: Path) -> None:
    (tmp_path / "sweep.db").write_text("no database" * 500)

    with pytest.raises(SweepError, match=r"sweep.db: cannot be opened .*not a database"):
        open_study()


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c%20{d}#e"
    folder.mkdir()

    with SweepStudy(folder, SPACE, config=CONFIG, seed=1, pruning=None) as study:
        study.next_trial(6)

    assert [path.name for path in folder.iterdir()] == ["sweep.db"]
