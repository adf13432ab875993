"""Which runs a table shows, in which order and with which columns."""

from datetime import timedelta

import pytest
from support.runs import BEGAN, MemoryStore

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.table import Query, Table, make_table, split_names

FIELDS = ("id", "cer", "experiment")


@pytest.fixture
def store() -> MemoryStore:
    """Runs 2, 9, 10 ended, run 11 has not, run 12 failed at once."""
    store = MemoryStore()
    same = {"optimizer": "adam", "seed": 1}
    store.add(2, {**same, "rate": 0.1, "units": [64], "output_model_dir": "a"}, cer=0.3)
    store.add(9, {**same, "rate": 0.3, "units": [64, 8], "output_model_dir": "b"}, cer=0.1)
    store.add(
        10, {**same, "rate": 0.1, "units": [8], "output_model_dir": "c"}, cer=0.2, comment="x"
    )
    store.add(
        11, {**same, "rate": 0.2, "units": [64], "output_model_dir": "d"},
        metrics={"val_cer": [0.5, 0.15]}, started=BEGAN + timedelta(days=1),
    )  # fmt: skip
    store.add(12, {**same, "rate": 0.2, "output_model_dir": "e"}, status="FAILED")
    return store


def ids(table: Table) -> list[object]:
    return [summary.run_id for summary in table.summaries]


def names(table: Table) -> list[str]:
    return [key.name for key in table.keys]


def test_columns_are_the_fields_and_the_config_keys_that_differ(store: MemoryStore) -> None:
    table = make_table(store, Query(), FIELDS)

    assert names(table) == ["id", "cer", "rate", "units"]
    assert ids(table) == [2, 9, 10, 11, 12]
    assert table.rows()[1] == {"id": 9, "cer": 0.1, "rate": 0.3, "units": [64, 8]}
    assert table.n_runs == 5


def test_only_differences_between_the_runs_shown_count(store: MemoryStore) -> None:
    table = make_table(store, Query(where=("rate=0.1",)), FIELDS)

    assert names(table) == ["id", "cer", "units"]
    assert (ids(table), table.n_runs) == ([2, 10], 5)


def test_a_table_of_no_run_still_knows_how_many_there_are(store: MemoryStore) -> None:
    table = make_table(store, Query(where=("cer>1",)), FIELDS)

    assert (ids(table), table.n_runs) == ([], 5)


def test_experiments_are_named_where_they_differ(store: MemoryStore) -> None:
    store.add(13, {"rate": 0.1}, experiment="letters")

    assert "experiment" in names(make_table(store, Query(), FIELDS))


def test_named_columns_stand_alone_once_and_in_their_order(store: MemoryStore) -> None:
    table = make_table(store, Query(columns=("optimizer", "val_cer", "id", "optimizer")), FIELDS)

    assert names(table) == ["optimizer", "metric.val_cer", "id"]
    assert table.rows()[3] == {"optimizer": "adam", "metric.val_cer": 0.15, "id": 11}


def test_the_name_of_a_group_stands_for_all_its_values(store: MemoryStore) -> None:
    table = make_table(store, Query(columns=("id", "config", "result")), FIELDS)

    assert names(table) == [
        "id", "optimizer", "seed", "rate", "units", "output_model_dir", "result.cer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (("cer",), [9, 10, 2, 11, 12]),
        (("-cer",), [2, 10, 9, 11, 12]),
        (("-id",), [12, 11, 10, 9, 2]),
        (("-started", "-id"), [11, 12, 10, 9, 2]),
        (("rate", "cer"), [10, 2, 11, 12, 9]),
        (("rate", "-cer"), [2, 10, 11, 12, 9]),
        (("-rate", "cer"), [9, 11, 12, 10, 2]),
        (("units",), [10, 2, 11, 9, 12]),
        (("-units",), [9, 2, 11, 10, 12]),
        (("comment",), [10, 2, 9, 11, 12]),
        (("-comment",), [10, 2, 9, 11, 12]),
        (("best_val_cer",), [11, 2, 9, 10, 12]),
        (("status", "-id"), [10, 9, 2, 12, 11]),
    ],
)
def test_runs_are_sorted_and_those_without_the_value_come_last(
    store: MemoryStore, sort: tuple[str, ...], order: list[int]
) -> None:
    assert ids(make_table(store, Query(sort=sort), FIELDS)) == order


def test_runs_that_have_not_ended_follow_by_their_lowest_validation_cer(
    store: MemoryStore,
) -> None:
    store.add(13, metrics={"val_cer": [0.12]})

    table = make_table(store, Query(sort=("cer",)), FIELDS)

    assert ids(table) == [9, 10, 2, 13, 11, 12]


def test_a_list_reads_no_metrics_of_runs_that_have_ended(store: MemoryStore) -> None:
    make_table(store, Query(where=("cer>0",), sort=("cer", "rate")), FIELDS).rows()

    assert set(store.metrics_read_of) <= {"11", "12"}


def test_values_of_several_kinds_can_be_sorted(store: MemoryStore) -> None:
    for run_id, rate in ((13, "fast"), (14, [1]), (15, None), (16, True)):
        store.add(run_id, {"rate": rate})

    table = make_table(store, Query(sort=("rate",)), FIELDS)

    assert ids(table) == [2, 10, 11, 12, 9, 16, 14, 13, 15]


@pytest.mark.parametrize(
    ("query", "option"),
    [(Query(sort=("-ratte",)), "--sort -ratte"), (Query(columns=("id", "ratte")), "--columns")],
)
def test_an_unknown_name_is_refused(store: MemoryStore, query: Query, option: str) -> None:
    with pytest.raises(TrackingError, match=rf"{option}: no run has 'ratte'. Did you mean rate\?"):
        make_table(store, query, FIELDS)


def test_a_store_without_runs_gives_an_empty_table_whatever_is_asked() -> None:
    query = Query(where=("rate<1",), sort=("rate",), columns=("rate",))

    assert make_table(MemoryStore(), query, FIELDS) == Table((), (), 0)


def test_names_are_parted_at_commas() -> None:
    assert split_names("--sort", "cer, -started") == ("cer", "-started")


@pytest.mark.parametrize("text", ["", "a,", "a,,b", "-", " , "])
def test_an_empty_name_is_refused(text: str) -> None:
    with pytest.raises(TrackingError, match="--sort .* must be names, parted by commas"):
        split_names("--sort", text)
