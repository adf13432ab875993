"""Runs recorded into MongoDB while the server comes and goes."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.sacred_runs import CER, record_run
from support.servers import mongo_server

from tf_crnn.tracking.folder_observer import FolderObserver
from tf_crnn.tracking.mongo import connect, parse_address
from tf_crnn.tracking.mongo_observer import MongoRunObserver
from tf_crnn.tracking.push import RunSender


@contextmanager
def database_of(server: Any) -> Iterator[Any]:
    database = connect(parse_address(server.database_url, {}))
    with database.client:
        yield database


def observe(server: Any, **options: Any) -> MongoRunObserver:
    address = parse_address(server.database_url, {})
    return MongoRunObserver(connect(address), address, **options)


@pytest.fixture
def mortal(tmp_path: Path) -> Any:
    """A server for this test alone."""
    with mongo_server(tmp_path / "server") as server:
        yield server


def test_a_run_is_in_the_database_and_nowhere_else(mongo: Any, tmp_path: Path) -> None:
    observer = observe(mongo)

    run = record_run([observer], tmp_path / "work", config={"output_model_dir": str(tmp_path)})

    with database_of(mongo) as database:
        document = database["runs"].find_one()
        metric = database["metrics"].find_one({"name": "val_cer"})
    assert (run._id, document["_id"], document["status"]) == (1, 1, "COMPLETED")
    assert document["result"] == {"cer": 0.125}
    assert metric["values"] == list(CER)
    assert not (tmp_path / "record").exists()


def test_a_running_run_is_seen_with_its_metrics(mongo: Any, tmp_path: Path) -> None:
    seen: list[Any] = []

    def look(_: Any) -> None:
        deadline = time.monotonic() + 20
        with database_of(mongo) as database:
            while not seen and time.monotonic() < deadline:
                seen.extend(database["metrics"].find({"name": "val_cer", "steps": 3}))

    record_run(
        [observe(mongo)], tmp_path / "w", config={"output_model_dir": str(tmp_path)}, act=look
    )

    assert [metric["values"] for metric in seen] == [list(CER)]


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("no"), "FAILED"), (KeyboardInterrupt(), "INTERRUPTED")]
)
def test_a_run_that_ends_badly_shows_as_such(
    mongo: Any, tmp_path: Path, error: BaseException, status: str
) -> None:
    def end(_: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        record_run(
            [observe(mongo)], tmp_path / "w", config={"output_model_dir": str(tmp_path)}, act=end
        )

    with database_of(mongo) as database:
        document = database["runs"].find_one()
    assert document["status"] == status
    assert not (tmp_path / "record").exists()


def test_a_server_that_comes_back_gets_all_and_the_loss_is_logged_once(
    mortal: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tf_crnn")

    def lose_it(run: Any) -> None:
        mortal.kill()
        for epoch in (4, 5, 6):
            run.log_scalar("val_cer", 1 / epoch, epoch)
            run._emit_heartbeat()
            wait_for(lambda: "cannot be written to" in caplog.text)
            time.sleep(0.3)
        mortal.start()

    record_run(
        [observe(mortal, retry_s=0.1)],
        tmp_path / "w",
        config={"output_model_dir": str(tmp_path)},
        act=lose_it,
    )

    with database_of(mortal) as database:
        metric = database["metrics"].find_one({"name": "val_cer"})
    assert metric["steps"] == [1, 2, 3, 4, 5, 6]
    assert caplog.text.count("cannot be written to") == 1
    assert caplog.text.count("answers again") == 1
    assert not (tmp_path / "record").exists()


def test_what_a_dead_server_did_not_get_is_kept_named_and_sent_later(
    mortal: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tf_crnn")
    record_run(
        [observe(mortal, retry_s=0.1)],
        tmp_path / "w",
        config={"output_model_dir": str(tmp_path)},
        act=lambda _: mortal.kill(),
    )
    kept = tmp_path / "record/1"
    mortal.start()
    with database_of(mortal) as database:
        before = database["runs"].find_one()["status"]

        sent = RunSender(kept, database).send()

        runs = list(database["runs"].find())
        values = database["metrics"].find_one({"name": "val_cer"})["values"]
    assert f"tf-crnn runs push {kept} {mortal.database_url}" in caplog.text
    assert (before, sent) == ("RUNNING", (1, False))
    assert [run["status"] for run in runs] == ["COMPLETED"]
    assert values == list(CER)


def test_what_was_left_over_is_sent_with_the_next_run(mongo: Any, tmp_path: Path) -> None:
    into_here = {"output_model_dir": str(tmp_path)}
    record_run([FolderObserver(tmp_path / "record")], tmp_path / "w", config=into_here)

    run = record_run([observe(mongo)], tmp_path / "w", config=into_here)

    with database_of(mongo) as database:
        statuses = {found["_id"]: found["status"] for found in database["runs"].find()}
    assert run._id == 1
    assert statuses == {1: "COMPLETED", 2: "COMPLETED"}
    assert not (tmp_path / "record").exists()


def test_no_event_waits_for_a_dead_server(mortal: Any, tmp_path: Path) -> None:
    waits = []

    def work_on(run: Any) -> None:
        mortal.kill()
        for epoch in range(4, 24):
            began = time.monotonic()
            run.log_scalar("loss", 0.1, epoch)
            run._emit_heartbeat()
            waits.append(time.monotonic() - began)

    record_run(
        [observe(mortal, retry_s=0.1)],
        tmp_path / "w",
        config={"output_model_dir": str(tmp_path)},
        act=work_on,
    )

    assert len(waits) == 20 and max(waits) < 1


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
