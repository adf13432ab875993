"""What is said of a run, and what the name of a value means."""

import math
from datetime import timedelta

import pytest
from support.runs import BEGAN, MemoryStore

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.summary import (
    Key,
    RunSummary,
    differing_keys,
    find_key,
    flatten,
    summarise,
)


def summary_of(**of_run: object) -> RunSummary:
    store = MemoryStore()
    store.add(1, **of_run)  # type: ignore[arg-type]
    return RunSummary(store.run("1"))


def test_an_ended_run_is_told_by_its_result_without_reading_its_metrics() -> None:
    store = MemoryStore()
    result = {"cer": 0.05, "cer_interval": [0.04, 0.07], "wer": 0.2, "epochs": 30}
    store.add(1, status="COMPLETED", result=result)
    [summary] = summarise(store)

    told = (summary.cer, summary.cer_interval, summary.rate("wer"), summary.epochs, summary.minutes)

    assert told == (0.05, (0.04, 0.07), 0.2, 30, 10.0)
    assert store.metrics_read_of == []


def test_a_run_that_has_not_ended_is_told_by_its_metrics_read_once() -> None:
    store = MemoryStore()
    store.add(1, metrics={"val_cer": [0.9, math.nan, 0.3, 0.4], "loss": [5, 4, 3, 2]})
    [summary] = summarise(store)

    told = (summary.cer, summary.best_val_cer, summary.epochs, summary.last("loss"))

    assert told == (None, 0.3, 4, 2)
    assert store.metrics_read_of == ["1"]


def test_a_run_that_failed_at_once_has_no_epoch_and_no_rate() -> None:
    summary = summary_of(status="FAILED", stopped=None)

    assert (summary.epochs, summary.best_val_cer, summary.minutes) == (0, None, None)


@pytest.mark.parametrize("interval", [None, "0.1", [0.1], [0.1, None], [0.1, math.nan], 7])
def test_an_interval_that_is_none_is_missing(interval: object) -> None:
    summary = summary_of(result={"cer": 0.1, "cer_interval": interval})

    assert summary.cer_interval is None


@pytest.mark.parametrize("cer", ["0.1", True, None, math.nan, {"py/object": "numpy"}])
def test_a_rate_that_is_no_number_is_missing(cer: object) -> None:
    assert summary_of(result={"cer": cer}).cer is None


def test_ids_are_numbers_where_they_are_counted() -> None:
    store = MemoryStore()
    for run_id in ("9", "10", "007", "5f2a"):
        store.add(run_id)

    assert [summary.run_id for summary in summarise(store)] == [9, 10, "007", "5f2a"]


def test_nested_keys_are_joined_by_dots() -> None:
    nested = {"a": 1, "b": {"c": {"d": [1, 2]}, "e": {}}}

    assert flatten(nested) == {"a": 1, "b.c.d": [1, 2], "b.e": {}}


def test_keys_differ_where_a_value_is_another_or_absent() -> None:
    store = MemoryStore()
    store.add(1, {"rate": 0.1, "units": [1, 2], "seed": 1, "net": {"depth": 3}})
    store.add(2, {"rate": 0.1, "units": [1, 2], "seed": 1, "net": {"depth": 4}})
    store.add(3, {"rate": 0.1, "units": [2, 1], "seed": 1, "net": {"depth": 3}, "new": None})

    assert differing_keys(summarise(store)) == ["units", "net.depth", "new"]
    assert differing_keys(summarise(store)[:1]) == differing_keys([]) == []


def test_a_name_means_the_field_first_then_config_result_and_metric() -> None:
    store = MemoryStore()
    config = {"status": "x", "wide": 1, "loss": 7, "net": {"depth": 3}}
    metrics = {"loss": [3.0], "val_loss": [5.0, 4.0]}
    store.add(1, config, result={"wide": 2, "n_lines": 9}, info={"data": {"n": 4}}, metrics=metrics)
    [summary] = summarise(store)
    names = (
        "status", "config.status", "wide", "result.wide", "n_lines", "net.depth", "info.data.n",
        "loss", "metric.loss", "val_loss",
    )  # fmt: skip

    values = [find_key(name, [summary], "--where").of(summary) for name in names]

    assert values == ["RUNNING", "x", 1, 2, 9, 3, 4, 7, 3.0, 4.0]


def test_the_name_of_a_key_leads_back_to_it() -> None:
    store = MemoryStore()
    store.add(1, {"status": 1, "wide": 2}, result={"n": 3}, metrics={"loss": [1.0]})
    keys = [
        Key("field", "status"), Key("config", "status"), Key("config", "wide"), Key("result", "n"),
        Key("metric", "loss"),
    ]  # fmt: skip

    found = [find_key(key.name, summarise(store), "--sort") for key in keys]

    assert found == keys


def test_a_value_that_one_run_lacks_is_missing_there_whatever_else_has_its_name() -> None:
    store = MemoryStore()
    store.add(1, {"loss": "ctc"})
    store.add(2, {}, metrics={"loss": [3.0]})
    summaries = summarise(store)

    key = find_key("loss", summaries, "--sort")

    assert [key.of(summary) for summary in summaries] == ["ctc", None]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lerning_rate", r"Did you mean learning_rate\?"),
        ("val_ceer", r"Did you mean (best_)?val_cer\?"),
        ("statsu", r"Did you mean status\?"),
        ("config.rate", r"Did you mean"),
        ("xyzzy", "`--columns config,result,metric` shows them all"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, hint: str) -> None:
    store = MemoryStore()
    store.add(1, {"learning_rate": 1}, metrics={"val_cer": [0.5]}, stopped=BEGAN + timedelta(1))

    with pytest.raises(TrackingError, match=f"--sort: no run has '{name}'. {hint}"):
        find_key(name, summarise(store), "--sort")
