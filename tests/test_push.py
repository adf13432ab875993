"""Recorded runs sent to MongoDB."""

import json
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import bson
import gridfs
import pymongo
import pytest
from pymongo.collection import Collection
from sacred.observers import MongoObserver
from support.sacred_runs import CER, record_run

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.folder_observer import FolderObserver
from tf_crnn.tracking.mongo import connect, parse_address
from tf_crnn.tracking.push import RunSender, bson_safe, find_recorded, record_key


@pytest.fixture
def database(mongo: Any) -> Iterator[Any]:
    found = connect(parse_address(mongo.option, {}))
    with found.client:
        yield found


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")
    return tmp_path / "runs/1"


def counts(database: Any) -> tuple[int, ...]:
    names = ("runs", "metrics", "fs.files", "fs.chunks")
    return tuple(database[name].count_documents({}) for name in names)


def test_a_sent_run_has_the_form_of_sacreds_own_observer(database: Any, tmp_path: Path) -> None:
    record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")
    by_sacred = MongoObserver(client=database.client, db_name=f"{database.name}_sacred")
    record_run([by_sacred], tmp_path / "work")

    RunSender(tmp_path / "runs/1", database).send()

    ours, theirs = database["runs"].find_one(), by_sacred.runs.find_one()
    database.client.drop_database(f"{database.name}_sacred")
    assert ours.keys() - theirs.keys() == {"record_key"} and theirs.keys() <= ours.keys()
    for name in ("_id", "status", "format", "command", "config"):
        assert ours[name] == theirs[name]
    for name in ("start_time", "stop_time", "heartbeat"):
        assert type(ours[name]) is type(theirs[name]) is datetime
    assert [entry.keys() for entry in ours["artifacts"]] == [
        entry.keys() for entry in theirs["artifacts"]
    ]
    assert ours["resources"] == theirs["resources"]
    assert [name for name, _ in ours["experiment"]["sources"]] == [
        name for name, _ in theirs["experiment"]["sources"]
    ]


def test_metrics_arrive_under_the_ids_that_the_run_names(database: Any, recorded: Path) -> None:
    RunSender(recorded, database).send()

    run = database["runs"].find_one()
    named = {entry["name"]: bson.ObjectId(entry["id"]) for entry in run["info"]["metrics"]}
    metric = database["metrics"].find_one({"_id": named["val_cer"]})
    assert named.keys() == {"val_cer", "loss"}
    assert (metric["run_id"], metric["name"]) == (1, "val_cer")
    assert (metric["steps"], metric["values"]) == ([1, 2, 3], list(CER))
    assert all(isinstance(moment, datetime) for moment in metric["timestamps"])


def test_artifacts_arrive_whole_with_their_content_types(database: Any, recorded: Path) -> None:
    RunSender(recorded, database).send()

    files = {entry["name"]: entry["file_id"] for entry in database["runs"].find_one()["artifacts"]}
    stored = {name: gridfs.GridFS(database).get(file_id).read() for name, file_id in files.items()}
    kinds = {
        name: database["fs.files"].find_one({"_id": file_id})["contentType"]
        for name, file_id in files.items()
    }
    assert kinds == {"lines.csv": "text/csv", "sample.png": "image/png"}
    assert stored == {name: (recorded / name).read_bytes() for name in files}


def test_sending_again_from_anywhere_doubles_nothing(
    database: Any, recorded: Path, tmp_path: Path
) -> None:
    first = RunSender(recorded, database).send()
    before = counts(database)
    shutil.copytree(recorded.parent, tmp_path / "copy")

    again = RunSender(tmp_path / "copy/1", database).send()

    assert (first, again) == ((1, True), (1, False))
    assert counts(database) == before == (1, 2, before[2], before[3])


def test_a_sender_goes_on_where_a_lost_connection_stopped_it(
    database: Any, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.loads((recorded / "run.json").read_text())
    update, calls = Collection.update_one, []

    def update_and_fail_once(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(self.name)
        if calls.count("fs.files") == 2:
            # The chunks of the second file are there, the file is not.
            calls.append("fs.files")
            raise pymongo.errors.AutoReconnect("lost")
        return update(self, *args, **options)

    monkeypatch.setattr(Collection, "update_one", update_and_fail_once)
    sender = RunSender(recorded, database)
    with pytest.raises(TrackingError, match=r"did not take the run \(AutoReconnect\)"):
        sender.send()
    interim = database["runs"].find_one()["status"]

    sent = sender.send()

    assert (interim, sent.run_id) == ("RUNNING", 1)
    assert database["runs"].find_one()["status"] == whole["status"] == "COMPLETED"
    check_files(database)


def check_files(database: Any) -> None:
    """Each file is whole, and there are no chunks beside theirs."""
    files = list(database["fs.files"].find())
    lengths = [len(gridfs.GridFS(database).get(stored["_id"]).read()) for stored in files]
    assert lengths == [stored["length"] for stored in files]
    n_chunks = sum(-(-stored["length"] // stored["chunkSize"]) for stored in files)
    assert database["fs.chunks"].count_documents({}) == n_chunks > 0


def test_runs_with_the_same_files_may_be_sent_at_the_same_time(
    database: Any, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    long = bytes(range(256)) * 4000
    for number in range(6):
        record_run(
            [FolderObserver(tmp_path / "runs")],
            tmp_path / "work",
            config={"number": number},
            act=lambda run: run.add_artifact(write(tmp_path / "work/long.bin", long)),
        )
    senders = [RunSender(folder, database) for folder in find_recorded(tmp_path / "runs")]

    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda sender: sender.send(), senders))

    assert sorted(run.run_id for run in sent) == [1, 2, 3, 4, 5, 6]
    check_files(database)
    assert database["fs.files"].count_documents({"filename": {"$regex": "input.csv$"}}) == 1


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def test_what_is_added_to_the_run_is_sent_next_time_and_tags_of_omniboard_stay(
    database: Any, tmp_path: Path
) -> None:
    senders = []

    def send_halfway(_: Any) -> None:
        senders.append(RunSender(tmp_path / "runs/1", database))
        senders[0].send()
        database["runs"].update_one({"_id": 1}, {"$set": {"omniboard": {"tags": ["good"]}}})

    record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work", act=send_halfway)
    running = database["runs"].find_one()
    senders[0].send()

    ended = database["runs"].find_one()
    assert (running["status"], running["artifacts"]) == ("RUNNING", [])
    assert (ended["status"], len(ended["artifacts"])) == ("COMPLETED", 2)
    assert ended["omniboard"] == {"tags": ["good"]}
    assert ended["result"] == {"cer": 0.125}


def test_ids_go_on_after_the_greatest_number_also_past_ten_and_past_named_runs(
    database: Any, tmp_path: Path
) -> None:
    database["runs"].insert_many([{"_id": 9}, {"_id": 10}, {"_id": "mine"}])
    record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")

    sent = RunSender(tmp_path / "runs/1", database).send()

    assert sent.run_id == 11


def test_the_same_input_of_two_runs_is_stored_once(database: Any, tmp_path: Path) -> None:
    for _ in range(2):
        record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")

    for number in (1, 2):
        RunSender(tmp_path / f"runs/{number}", database).send()

    inputs = database["fs.files"].count_documents({"filename": str(tmp_path / "work/input.csv")})
    assert (inputs, database["runs"].count_documents({})) == (1, 2)


def test_a_missing_input_is_named_and_its_digest_kept(
    database: Any, recorded: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [copied] = (recorded.parent / "_resources").iterdir()
    copied.unlink()
    caplog.set_level(logging.WARNING, "tf_crnn")

    RunSender(recorded, database).send()

    [[name, digest]] = database["runs"].find_one()["resources"]
    assert Path(name).name == "input.csv" and copied.stem.endswith(digest)
    assert "input.csv" in caplog.text and "only the digest is sent" in caplog.text


def test_very_long_output_loses_its_beginning_and_says_so(database: Any, recorded: Path) -> None:
    (recorded / "cout.txt").write_text("x" * 8_000_010 + "end")

    RunSender(recorded, database).send()

    text = database["runs"].find_one()["captured_out"]
    assert text.startswith("[the first 13 bytes are left out]\n") and text.endswith("xend")


def test_a_damaged_run_is_named(database: Any, recorded: Path) -> None:
    (recorded / "config.json").write_text('{"a": ')

    with pytest.raises(TrackingError, match="config.json: is damaged"):
        RunSender(recorded, database).send()


def test_runs_are_found_in_their_folder_above_it_and_in_a_model_folder(
    recorded: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(recorded.parent, model / "record")

    assert find_recorded(recorded) == [recorded]
    assert find_recorded(recorded.parent) == [recorded]
    assert find_recorded(model) == [model / "record/1"]
    with pytest.raises(TrackingError, match="holds no recorded run"):
        find_recorded(tmp_path / "work")


def test_runs_differ_in_their_keys_by_start_host_and_config() -> None:
    run = {"experiment": {"name": "crnn"}, "host": {"hostname": "a"}, "start_time": "2026"}
    others = [
        ({**run, "start_time": "2027"}, {"a": 1}),
        ({**run, "host": {"hostname": "b"}}, {"a": 1}),
        (run, {"a": 2}),
    ]

    keys = {record_key(*other) for other in [(run, {"a": 1}), *others]}

    assert len(keys) == 4
    assert record_key(dict(reversed(run.items())), {"a": 1}) in keys


def test_keys_and_numbers_that_mongodb_refuses_are_changed() -> None:
    value = {"a.b": {"$c": 2**70}, "d": [1, {"e.": -(2**63)}], "f": 2**63}

    safe = bson_safe(value)

    assert safe == {
        "a,b": {"@c": str(2**70)}, "d": [1, {"e,": -(2**63)}], "f": str(2**63),
    }  # fmt: skip
    assert bson.decode(bson.encode(safe)) == safe
