"""Conditions on runs: which runs they choose, and how a wrong one is refused."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from support.runs import MemoryStore

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.summary import RunSummary, summarise
from tf_crnn.tracking.where import as_text, parse_condition, parse_value, select


@pytest.fixture
def in_berlin() -> Iterator[None]:
    """Local time is one hour ahead of UTC, in winter."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def summaries() -> list[RunSummary]:
    store = MemoryStore()
    store.add(
        1,
        {"learning_rate": 0.001, "rnn_units": [256, 256], "optimizer": "adam", "aug": True},
        cer=0.05, comment="taller lines", started=datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    store.add(
        2,
        {"learning_rate": 0.0003, "rnn_units": [128], "optimizer": "rms", "aug": False},
        cer=0.2, comment="7", started=datetime(2026, 1, 2, 12, tzinfo=UTC),
    )  # fmt: skip
    store.add(
        10,
        {"learning_rate": 1, "rnn_units": [256], "aug": 1, "net": {"depth": 3}},
        metrics={"val_cer": [0.4, 0.1]}, started=datetime(2026, 2, 1, tzinfo=UTC),
    )  # fmt: skip
    return summarise(store)


def chosen(summaries: list[RunSummary], *conditions: str) -> list[Any]:
    return [summary.run_id for summary in select(summaries, conditions)]


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        # numbers
        ("learning_rate<0.001", [2]),
        ("learning_rate<=1e-3", [1, 2]),
        ("learning_rate > .0003", [1, 10]),
        ("learning_rate>=0.001", [1, 10]),
        ("learning_rate=1.0", [10]),
        ("learning_rate==0.0010", [1]),
        ("learning_rate!=0.001", [2, 10]),
        # texts
        ("optimizer=adam", [1]),
        ('optimizer="adam"', [1]),
        ("optimizer='adam'", [1]),
        ("optimizer<b", [1]),
        ("comment=7", [2]),
        ('comment="7"', [2]),
        ('comment=""', [10]),
        ('comment!=""', [1, 2]),
        ("comment=taller lines", [1]),
        # lists, truth values
        ("rnn_units=[256,256]", [1]),
        ("rnn_units = [256.0, 256]", [1]),
        ("rnn_units!=[128]", [1, 10]),
        ("aug=true", [1]),
        ("aug=True", [1]),
        ("aug=false", [2]),
        ("aug=1", [10]),
        # patterns
        ("optimizer~^a", [1]),
        ("comment~lines", [1]),
        ("comment~'r l'", [1]),
        (r"rnn_units~\[256,", [1]),
        # nested, fields, metrics
        ("net.depth>=3", [10]),
        ("config.net.depth=3", [10]),
        ("cer<0.1", [1]),
        ("cer<10%", [1]),
        ("result.cer>5.1 %", [2]),
        ("best_val_cer<=0.1", [10]),
        ("val_cer<0.2", [10]),
        ("minutes=10", [1, 2, 10]),
        ("epochs>0", [10]),
        ("status=COMPLETED", [1, 2]),
        ('comment~"^ta"', [1]),
        ("status=running", [10]),
        ("status!=completed", [10]),
        ("id>2", [10]),
        ("id=10", [10]),
        ("id~1", [1, 10]),
        # what a run lacks
        ("optimizer=null", [10]),
        ("optimizer!=null", [1, 2]),
        ("optimizer!=rms", [1, 10]),
        ("cer=None", [10]),
    ],
)
def test_a_condition_chooses_runs(
    summaries: list[RunSummary], condition: str, runs: list[int]
) -> None:
    assert chosen(summaries, condition) == runs


def test_all_conditions_must_be_met_and_none_chooses_all(summaries: list[RunSummary]) -> None:
    assert chosen(summaries) == [1, 2, 10]
    assert chosen(summaries, "cer>0", "learning_rate<0.001") == [2]
    assert chosen(summaries, "cer>0", "id=10") == []


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("started>2026-01-02", [1, 2, 10]),
        ("started>2026-01-02T00:45", [2, 10]),
        ("started<2026-01-02T12:30+00:00", [1, 2]),
        ("started=2026-01-02", [1, 2]),
        ("started!=2026-01-02", [10]),
        ("started=2026-01-02T13:00", [2]),
        ("started<=2026-02-01T01:00", [1, 2, 10]),
        ("started~^2026-01-02 00:30", [1]),
        ("started!=null", [1, 2, 10]),
    ],
)
def test_times_are_local_unless_they_say_otherwise(
    summaries: list[RunSummary], in_berlin: None, condition: str, runs: list[int]
) -> None:
    assert chosen(summaries, condition) == runs


@pytest.mark.parametrize(
    "condition",
    [
        "learning_rate",
        "learning_rate<",
        "<3",
        "",
        "learning rate<3",
        "a => ",
        "a = > 3",
        "a =~ b",
        "a <> 3",
    ],
)
def test_a_condition_of_another_form_is_refused(condition: str) -> None:
    with pytest.raises(TrackingError, match="must be a name, one of = != < <= > >= ~ and a value"):
        parse_condition(condition)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("lerning_rate<1", r"no run has 'lerning_rate'. Did you mean learning_rate\?"),
        ("learning_rate<small", "learning_rate holds values such as 0.001, of which none is less"),
        ("rnn_units>[1]", r"rnn_units holds values such as \[256,256\], of which none"),
        ("aug<2%%", "aug holds values such as"),
        ("started>yesterday", "'yesterday' is no time. Write it as 2026-01-31"),
        ("started=2026-13-01", "'2026-13-01' is no time"),
        ("rnn_units~[256", r"'\[256' is no regular expression .* Put a backslash"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(
    summaries: list[RunSummary], condition: str, message: str
) -> None:
    with pytest.raises(TrackingError, match=message) as caught:
        select(summaries, ["id=1000", condition])

    assert str(caught.value).startswith(f"--where {condition!r}: ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("1e-4", 1e-4), (".5", 0.5), ("12.5%", 0.125), ("[1, [2]]", [1, [2]]),
        ("true", True), ("None", None), ("null", None), ('"3"', "3"), ("'a b'", "a b"), ("a", "a"),
        ("[a", "[a"), ("2026-01-01", "2026-01-01"), ("__import__('os')", "__import__('os')"),
        ("1+1", "1+1"),
    ],
)  # fmt: skip
def test_values_are_read_as_json_and_otherwise_as_text(text: str, value: Any) -> None:
    read = parse_value(text)

    assert read == value and type(read) is type(value)


def test_values_are_shown_in_one_line(in_berlin: None) -> None:
    moment = datetime(2026, 1, 1, 23, 30, 1, tzinfo=UTC)

    shown = [as_text(value) for value in ("ü", [1, [0.5, "ü"]], None, True, moment)]

    assert shown == ["ü", '[1,[0.5,"ü"]]', "null", "true", "2026-01-02 00:30:01"]
