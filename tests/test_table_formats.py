"""A table of runs as text, CSV and JSON."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.runs import MemoryStore

from tf_crnn.tracking.table import Query, make_table
from tf_crnn.tracking.table_formats import (
    DATA_FIELDS,
    TEXT_FIELDS,
    as_csv,
    as_json,
    as_text_table,
)

PATHS = ["data/letters/volume_1/train.csv", "data/letters/volume_2/train.csv"]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    # Noon, so that the day is the same in most time zones; local time is shown.
    started = datetime(2026, 1, 31, 12, 0, 59, tzinfo=UTC)
    store.add(
        9, {"rate": 0.001, "csv_files_train": PATHS}, comment="größer; breiter",
        result={"cer": 0.04567, "cer_interval": [0.04, 0.0512], "epochs": 20, "wer": 0.25},
        status="COMPLETED", started=started, stopped=started + timedelta(hours=26, seconds=65),
    )  # fmt: skip
    store.add(
        10, {"rate": 3e-05, "csv_files_train": PATHS[0]}, started=started,
        stopped=started + timedelta(seconds=42), metrics={"val_cer": [1.5, 0.9]},
    )  # fmt: skip
    store.add(11, {"rate": 1.0}, status="QUEUED", started=None, stopped=None)
    return store


def as_text(store: MemoryStore, query: Query | None = None, width: int | None = None) -> list[str]:
    table = make_table(store, query or Query(), TEXT_FIELDS)
    return as_text_table(table, width).splitlines()


def test_text_shows_local_times_durations_percentages_and_what_is_not_final(
    store: MemoryStore,
) -> None:
    columns = ("id", "status", "started", "minutes", "epochs", "cer", "cer_interval", "rate")
    local = datetime(2026, 1, 31, 12, tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M")

    lines = as_text(store, Query(columns=columns))

    assert lines == [
        "id  status     started           duration  epochs   CER %  95 % interval   rate",
        f"9   COMPLETED  {local}  26:01:05      20    4.57  4.00–5.12      0.001",
        f"10  RUNNING    {local}   0:00:42       2  ~90.00                 3e-05",
        "11  QUEUED                                      0                             1",
        "",
        "3 runs",
        "~ lowest validation CER so far; the run has no final result",
    ]


def test_the_table_of_the_documentation_is_what_is_printed() -> None:
    store = MemoryStore()
    for run_id, status, started, seconds, units, of_run in (
        (9, "COMPLETED", (1, 18, 20), 4360, [128],
         {"result": {"cer": 0.0457, "cer_interval": [0.0421, 0.0493], "epochs": 50}}),
        (10, "COMPLETED", (2, 9, 2), 7391, [256, 256],
         {"result": {"cer": 0.0412, "cer_interval": [0.0379, 0.0446], "epochs": 50}}),
        (11, "RUNNING", (2, 11, 47), 1865, [256], {"metrics": {"val_cer": [0.119] * 12}}),
    ):  # fmt: skip
        began = datetime(2026, 3, *started).astimezone()
        config = {"learning_rate": 0.001, "rnn_units": units}
        stopped = began + timedelta(seconds=seconds)
        store.add(run_id, config, status=status, started=began, stopped=stopped, **of_run)
    page = (Path(__file__).parents[1] / "docs" / "runs.md").read_text(encoding="utf-8")

    assert as_text(store) == page.split("```text\n")[1].split("```")[0].splitlines()


def test_text_leaves_out_empty_columns_and_notes_that_explain_nothing(store: MemoryStore) -> None:
    [heading, _, _, count] = as_text(store, Query(where=("status=QUEUED",)))
    with_all = as_text(store)

    assert heading.split() == ["id", "status", "started", "duration", "epochs", "CER", "%"]
    assert count == "1 of 3 runs"
    assert "comment" in with_all[0] and "interval" in with_all[0]
    assert as_text(store, Query(where=("id>100",))) == ["0 of 3 runs"]


def test_long_values_are_shortened_in_text_only(store: MemoryStore) -> None:
    table = make_table(store, Query(columns=("id", "csv_files_train")), TEXT_FIELDS)
    in_full = json.dumps(PATHS, separators=(",", ":"))

    assert "…" in as_text_table(table, None) and in_full not in as_text_table(table, None)
    assert in_full in [row[1] for row in csv.reader(as_csv(table).splitlines(), delimiter=";")]
    assert json.loads(as_json(table))[0]["csv_files_train"] == PATHS


def test_text_fits_into_terminals(store: MemoryStore) -> None:
    assert max(map(len, as_text(store, width=80))) <= 80
    assert max(map(len, as_text(store, width=160))) <= 160
    assert max(map(len, as_text(store))) > 100


def test_csv_can_be_read_back(store: MemoryStore) -> None:
    text = as_csv(make_table(store, Query(), DATA_FIELDS))

    first, second, third = csv.DictReader(text.splitlines(), delimiter=";")

    assert list(first) == [name for name in DATA_FIELDS if name != "experiment"] + [
        "rate", "csv_files_train",
    ]  # fmt: skip
    assert first["comment"] == "größer; breiter"
    assert (first["started"], first["minutes"]) == (
        "2026-01-31T12:00:59+00:00",
        str(26 * 60 + 65 / 60),
    )
    assert (float(first["cer"]), float(first["cer_high"]), first["wer"]) == (
        0.04567,
        0.0512,
        "0.25",
    )
    assert (second["cer"], second["best_val_cer"]) == ("", "0.9")
    assert (third["id"], third["started"], third["rate"]) == ("11", "", "1.0")


def test_json_holds_every_value_with_its_type(store: MemoryStore) -> None:
    text = as_json(make_table(store, Query(), DATA_FIELDS))

    first, second, third = json.loads(text)

    assert first["cer"] == 0.04567 and first["cer_low"] == 0.04 and first["id"] == 9
    assert datetime.fromisoformat(first["started"]) == datetime(2026, 1, 31, 12, 0, 59, tzinfo=UTC)
    assert second["best_val_cer"] == 0.9 and second["cer"] is None
    assert third["started"] is None and third["csv_files_train"] is None
    assert len(text.splitlines()) == 5


def test_no_run_is_an_empty_list_and_a_lone_header(store: MemoryStore) -> None:
    table = make_table(store, Query(where=("id>100",), columns=("id", "rate")), DATA_FIELDS)

    assert (as_json(table), as_csv(table)) == ("[]", "id;rate")


def test_numbers_inside_lists_are_rounded_in_text(store: MemoryStore) -> None:
    store.add(12, {"rate": [1 / 3, 2.0]})

    lines = as_text(store, Query(where=("id=12",), columns=("rate",)))

    assert lines[1] == "[0.333333,2]"


def test_json_has_null_for_what_it_cannot_write(store: MemoryStore) -> None:
    store.add(12, {"rate": float("inf"), "units": [float("nan"), 1.5]})

    table = make_table(store, Query(where=("id=12",), columns=("rate", "units")), DATA_FIELDS)

    assert json.loads(as_json(table), parse_constant=str) == [{"rate": None, "units": [None, 1.5]}]
