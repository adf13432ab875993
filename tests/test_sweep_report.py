"""What a sweep says of its trials."""

import csv
import io

import pytest

from tf_crnn.sweep.report import as_csv, as_table, best_first, summarise_trial
from tf_crnn.sweep.search_space import Choices, SearchSpace
from tf_crnn.sweep.study import TrialRecord

SPACE = SearchSpace(
    {
        "learning_rate": Choices((0.001, 0.0003)),
        "rnn_units": Choices(([128], [256, 256])),
        "n_epochs": Choices((9,)),
    }
)
DONE = {"best_epoch": 9, "epochs": 12, "minutes": 3.42, "runs": ["3", "12"]}


def record(number: int, state: str, val_cer: float | None, **notes: object) -> TrialRecord:
    values = {"learning_rate": 0.001, "rnn_units": [128], "n_epochs": 9}
    return TrialRecord(number, values, state, val_cer, dict(notes))


@pytest.mark.parametrize(
    ("trial", "ending"),
    [
        (record(3, "complete", 0.0412, **DONE), "CER 4.12 % (epoch 9, 3.4 min)"),
        (record(3, "pruned", 0.4, epochs=4), "pruned after epoch 4, CER 40.00 % (0.0 min)"),
        (record(3, "failed", None, exit_code=1, minutes=0.2), "FAILED, exit code 1 (0.2 min)"),
        (record(3, "failed", 0.5, exit_code=-9, minutes=0.2), "FAILED, signal 9 (0.2 min)"),
        (record(3, "failed", None, exit_code=0), "FAILED, no validation CER (0.0 min)"),
        (record(3, "running", 0.4, epochs=2, minutes=0.6), "interrupted after epoch 2 (0.6 min)"),
    ],
)  # fmt: skip
def test_a_trial_is_one_line_with_the_values_that_vary(trial: TrialRecord, ending: str) -> None:
    line = summarise_trial(trial, 8, SPACE)

    assert line == f"trial 3 of 8: {ending} learning_rate=0.001 rnn_units=[128]"


def test_the_best_stands_first_and_what_has_no_result_last() -> None:
    records = [
        record(1, "failed", 0.1),
        record(2, "pruned", 0.2),
        record(3, "complete", 0.4),
        record(4, "running", None),
        record(5, "complete", 0.3),
        record(6, "complete", 0.3),
    ]

    ordered = [r.number for r in best_first(records)]

    assert ordered == [5, 6, 3, 2, 1, 4]


def test_the_table_has_a_row_for_each_trial_and_leaves_out_what_never_changes() -> None:
    records = [record(1, "failed", None, minutes=0.5), record(2, "complete", 0.0412, **DONE)]

    heading, *rows = as_table(records, SPACE, 120).split("\n")

    assert heading.split() == [
        "trial", "run", "state", "CER", "%", "epoch", "minutes", "learning_rate", "rnn_units",
    ]  # fmt: skip
    assert rows[0].split() == ["2", "3", "12", "complete", "4.12", "9", "3.4", "0.001", "[128]"]
    assert rows[1].split() == ["1", "failed", "0.5", "0.001", "[128]"]


def test_the_csv_has_all_values_in_full() -> None:
    records = [
        record(1, "complete", 0.04123456789, **DONE),
        record(2, "failed", None, minutes=0.5),
    ]

    first, second = csv.DictReader(io.StringIO(as_csv(records, SPACE)), delimiter=";")

    assert first == {
        "trial": "1", "runs": "3 12", "state": "complete", "val_cer": "0.04123456789",
        "best_epoch": "9", "epochs": "12", "minutes": "3.42",
        "learning_rate": "0.001", "rnn_units": "[128]", "n_epochs": "9",
    }  # fmt: skip
    assert (second["val_cer"], second["runs"], second["epochs"]) == ("", "", "")
