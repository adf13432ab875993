"""Recorded runs as pandas tables."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from support.runs import write_run

import tf_crnn.tracking
from tf_crnn.errors import TrackingError
from tf_crnn.tracking.frame import metrics, runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Run 2 ended with an interval; run 10 was interrupted; run 11 failed before an epoch."""
    result = {
        "cer": 0.1, "cer_interval": [0.05, 0.2], "wer": 0.3, "exact_match": 0.4, "epochs": 3,
    }  # fmt: skip
    config = {"rate": 1, "units": [64, [2, 3]], "net": {"depth": 3}, "optimizer": "adam"}
    write_run(
        tmp_path, 2, config, metrics={"val_cer": [0.5, 0.1, 0.2]}, result=result,
        meta={"comment": "taller"},
    )  # fmt: skip
    write_run(
        tmp_path, 10, {**config, "rate": 0.5, "units": [32]}, status="INTERRUPTED",
        metrics={"val_cer": [0.9, 0.8], "loss": [7.0, 5.5]},
    )  # fmt: skip
    write_run(tmp_path, 11, {"rate": 0.5}, status="FAILED")
    return tmp_path


def test_each_run_is_a_row_with_its_numbers(folder: Path) -> None:
    table = runs(folder)

    assert list(table.index) == [2, 10, 11] and table.index.name == "id"
    assert list(table.columns) == [
        "status", "started", "minutes", "epochs", "cer", "cer_low", "cer_high", "wer",
        "exact_match", "best_val_cer", "config.net.depth", "config.optimizer", "config.rate",
        "config.units", "comment",
    ]  # fmt: skip
    numbers = table.loc[2, ["cer", "cer_low", "cer_high", "wer", "exact_match", "best_val_cer"]]
    assert list(numbers) == [0.1, 0.05, 0.2, 0.3, 0.4, 0.1]
    assert table.loc[10, "best_val_cer"] == 0.8
    assert table.loc[[10, 11], ["cer", "cer_low", "wer"]].isna().all(axis=None)
    assert list(table["epochs"]) == [3, 2, 0]
    assert list(table["status"]) == ["COMPLETED", "INTERRUPTED", "FAILED"]
    assert list(table["comment"]) == ["taller", "", ""]


def test_columns_have_the_types_of_their_values(folder: Path) -> None:
    table = runs(folder)

    assert table.loc[2, "started"] == pd.Timestamp(datetime(2026, 3, 1, 14, tzinfo=UTC))
    assert str(table["started"].dt.tz) == "UTC"
    assert (table.dtypes[["minutes", "cer", "best_val_cer", "config.rate"]] == "float64").all()
    assert table["epochs"].dtype == "int64"
    assert list(table["minutes"]) == [10.0, 10.0, 10.0]


def test_runs_can_be_grouped_by_a_list_of_their_config(folder: Path) -> None:
    best = runs(folder).groupby("config.units")["best_val_cer"].min()

    assert best.to_dict() == {(64, (2, 3)): 0.1, (32,): 0.8}


def test_a_folder_without_an_ended_run_has_the_same_types(tmp_path: Path) -> None:
    write_run(tmp_path, 1, {"rate": 1}, status="FAILED", start_time=None, stop_time=None)

    table = runs(tmp_path)

    assert table["cer"].dtype == "float64" and table["started"].isna().all()
    assert str(table["started"].dt.tz) == "UTC"


def test_metrics_are_one_row_for_each_value(folder: Path) -> None:
    table = metrics(folder)

    assert list(table.columns) == ["run", "name", "epoch", "minutes", "value"]
    loss = table[table["name"] == "loss"]
    assert loss.values.tolist() == [[10, "loss", 1, 1.0, 7.0], [10, "loss", 2, 2.0, 5.5]]
    assert len(table) == 3 + 2 + 2


def test_metrics_of_the_named_runs_only(folder: Path) -> None:
    assert set(metrics(folder, [2, "11"])["run"]) == {2}
    assert metrics(folder, []).empty
    with pytest.raises(TrackingError, match="3: is no recorded run"):
        metrics(folder, [3])


def test_a_source_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="holds no recorded runs"):
        runs(tmp_path)


def test_the_package_gives_both_and_loads_pandas_only_then() -> None:
    code = (
        "import sys, tf_crnn.tracking.stores; before = 'pandas' in sys.modules\n"
        "from tf_crnn.tracking import metrics, runs\n"
        "print(before, 'pandas' in sys.modules, 'tensorflow' in sys.modules, runs.__name__)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == ["False", "True", "False", "runs"]
    assert tf_crnn.tracking.metrics is metrics


def test_the_package_has_no_other_name() -> None:
    with pytest.raises(AttributeError, match="'tf_crnn.tracking' has no attribute 'compare'"):
        _ = tf_crnn.tracking.compare
