"""What people write to name recorded runs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sacred.observers import FileStorageObserver, MongoObserver
from support.sacred_runs import CER, record_run

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.file_store import FileStore, run_folders
from tf_crnn.tracking.folder_observer import FolderObserver
from tf_crnn.tracking.mongo import MongoAddress, connect, parse_address
from tf_crnn.tracking.mongo_store import MongoStore
from tf_crnn.tracking.records import SILENCE, RunRecord, as_utc, settle
from tf_crnn.tracking.stores import default_source, find_run, open_store


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with `runs/1`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CRNN_MONGO_URL", raising=False)
    model = {"output_model_dir": "models/a"}
    record_run([FolderObserver("runs")], tmp_path / "work", config=model)
    return tmp_path


def check_record(run: RunRecord) -> None:
    """All that `record_run` records."""
    assert (run.experiment, run.status, run.result["cer"]) == ("crnn", "COMPLETED", 0.125)
    assert run.config["learning_rate"] == 0.01
    assert run.info["data"] == {"n_lines": 7}
    assert run.artifacts == ("lines.csv", "sample.png")
    assert run.artifact("lines.csv").startswith(b"csv;row;path")
    assert run.started is not None and run.stopped is not None
    assert timedelta(0) <= datetime.now(UTC) - run.started < timedelta(minutes=5)
    assert 0 <= run.minutes < 5
    metric = run.metrics()["val_cer"]
    assert (metric.steps, metric.values) == ((1, 2, 3), CER)
    assert all(0 <= minutes <= run.minutes + 0.1 for minutes in metric.minutes)


def test_a_run_reads_the_same_from_our_folder_and_from_sacreds(
    recorded: Path, tmp_path: Path
) -> None:
    record_run([FileStorageObserver(tmp_path / "theirs")], tmp_path / "work")

    check_record(FileStore(Path("runs")).run("1"))
    theirs = FileStore(tmp_path / "theirs").run("1")
    assert theirs.metrics()["val_cer"].values == CER
    assert theirs.label == str(tmp_path / "theirs/1")


def test_a_run_reads_the_same_from_mongodb(mongo: Any, tmp_path: Path) -> None:
    address = parse_address(mongo.database_url, {})
    sacreds = MongoObserver(url=mongo.url, db_name=mongo.database)
    record_run([sacreds], tmp_path / "work", config={"name": "x"})
    sacreds._client.close()

    run = MongoStore(address).run("1")

    assert run.metrics()["val_cer"].values == CER
    assert run.artifact("lines.csv") == (tmp_path / "work/lines.csv").read_bytes()
    assert run.label == f"{address.shown}#1"
    assert (run.status, run.config["name"], run.artifacts[0]) == ("COMPLETED", "x", "lines.csv")


@pytest.fixture
def three_in_mongo(mongo: Any) -> Iterator[MongoAddress]:
    address = parse_address(mongo.database_url, {})
    database = connect(address)
    with database.client:
        database["runs"].insert_many([{"_id": number} for number in (10, 9, 11)])
    yield address


def test_runs_of_mongodb_come_by_number_and_a_missing_one_is_named(
    three_in_mongo: MongoAddress,
) -> None:
    store = MongoStore(three_in_mongo)

    assert [run.run_id for run in store.runs()] == ["9", "10", "11"]
    with pytest.raises(TrackingError, match="has no run 12"):
        store.run("12")
    with pytest.raises(TrackingError, match="#9: has no artifact lines.csv"):
        store.artifact("9", "lines.csv")


def test_folders_of_runs_come_by_number_and_others_after(tmp_path: Path) -> None:
    for name in ("10", "9", "11", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    (tmp_path / "_sources").mkdir()

    assert [path.name for path in run_folders(tmp_path)] == ["9", "10", "11", "mine"]
    assert run_folders(tmp_path / "none") == []


def test_a_damaged_run_is_named_and_the_others_are_there(
    recorded: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record_run([FolderObserver("runs")], recorded / "work")
    Path("runs/1/run.json").write_text('{"status": ')
    caplog.set_level("WARNING", "tf_crnn")

    runs = list(open_store("runs").runs())

    assert [run.run_id for run in runs] == ["2"]
    assert "runs/1/run.json: is damaged" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [("[1]", "holds no JSON object"), ("{}", "is damaged"), ('{"experiment": 3}', "is damaged")],
)
def test_a_run_file_of_another_form_is_named(recorded: Path, content: str, message: str) -> None:
    Path("runs/1/run.json").write_text(content)

    with pytest.raises(TrackingError, match=f"run.json: .*{message}"):
        FileStore(Path("runs")).run("1")


def test_damaged_metrics_are_named(recorded: Path) -> None:
    Path("runs/1/metrics.json").write_text('{"cer": {"steps": [1]}}')

    with pytest.raises(TrackingError, match="metrics.json: is damaged"):
        FileStore(Path("runs")).metrics("1")


@pytest.mark.parametrize("name", ["none.csv", "../1/run.json", "..", ""])
def test_only_files_of_the_run_are_its_artifacts(recorded: Path, name: str) -> None:
    with pytest.raises(TrackingError, match="has no artifact"):
        FileStore(Path("runs")).artifact("1", name)


@pytest.mark.parametrize("reference", ["runs/1", "runs/1/", "1", "runs#1", "models/a"])
def test_every_way_to_name_a_run_finds_it(recorded: Path, reference: str) -> None:
    Path("models/a").mkdir(parents=True)

    check_record(find_run(reference))


def test_a_run_is_found_from_inside_its_folder(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("runs/1")

    check_record(find_run("."))


def test_the_last_run_of_a_model_folder_is_meant(recorded: Path) -> None:
    Path("models/a").mkdir(parents=True)
    record_run([FolderObserver("runs")], recorded / "w", config={"output_model_dir": "models/a"})

    assert find_run("models/a").run_id == "2"


def test_a_run_of_mongodb_is_named_by_url_and_id_or_by_the_environment(
    three_in_mongo: MongoAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CRNN_MONGO_URL", three_in_mongo.url)

    assert find_run(f"{three_in_mongo.url}#9").run_id == "9"
    assert find_run("10").run_id == "10"
    assert default_source() == three_in_mongo


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("7", "runs/7: is no recorded run"),
        ("nothing", "nothing: is no run. Give the folder of a run"),
        ("work", "work: is no recorded run, and no run in runs was trained into it"),
        ("runs#7", "runs/7: is no recorded run"),
    ],
)
def test_a_run_that_is_not_there_is_named(recorded: Path, reference: str, message: str) -> None:
    with pytest.raises(TrackingError, match=message):
        find_run(reference)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("runs/1", "runs/1: is one run. Give the folder above it: runs"),
        ("none", "none: there is no such folder"),
        ("work", "work: holds no recorded runs"),
    ],
)
def test_a_source_without_runs_is_named(recorded: Path, source: str, message: str) -> None:
    with pytest.raises(TrackingError, match=message):
        open_store(source)


def test_a_run_that_has_long_been_silent_is_dead() -> None:
    now = datetime.now(UTC)

    assert settle("RUNNING", now - SILENCE / 2, now) == "RUNNING"
    assert settle("RUNNING", now - SILENCE * 2, now) == "DIED"
    assert settle("COMPLETED", now - SILENCE * 2, now) == "COMPLETED"
    assert settle("QUEUED", None, now) == "QUEUED"


def test_times_are_utc_whether_they_say_so_or_not() -> None:
    expected = datetime(2026, 1, 2, 3, tzinfo=UTC)

    assert as_utc("2026-01-02T03:00:00") == as_utc("2026-01-02T05:00:00+02:00") == expected
    assert as_utc(datetime(2026, 1, 2, 3)) == expected
    assert as_utc(None) is None


def test_a_lone_number_as_result_is_the_cer(recorded: Path) -> None:
    run = json.loads(Path("runs/1/run.json").read_text())
    Path("runs/1/run.json").write_text(json.dumps(run | {"result": 0.25}))

    assert FileStore(Path("runs")).run("1").result == {"cer": 0.25}
