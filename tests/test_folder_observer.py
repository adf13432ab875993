"""Runs recorded into a folder."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from support.sacred_runs import CER, record_run

from tf_crnn.tracking.folder_observer import FolderObserver, plain


def test_a_run_is_recorded_with_metrics_files_and_plain_numbers(tmp_path: Path) -> None:
    record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")

    folder = tmp_path / "runs/1"
    run = json.loads((folder / "run.json").read_text())
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (run["status"], run["result"]) == ("COMPLETED", {"cer": 0.125})
    assert metrics["val_cer"]["steps"] == [1, 2, 3]
    assert metrics["val_cer"]["values"] == list(CER)
    assert json.loads((folder / "info.json").read_text()) == {"data": {"n_lines": 7}}
    assert (folder / "lines.csv").read_bytes() == (tmp_path / "work/lines.csv").read_bytes()


def test_runs_are_numbered_and_a_tenth_is_followed_by_an_eleventh(tmp_path: Path) -> None:
    for number in (2, 10):
        (tmp_path / "runs" / str(number)).mkdir(parents=True)

    run = record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")

    assert run._id == "11"


def test_two_folders_at_once_where_one_has_runs_already(tmp_path: Path) -> None:
    (tmp_path / "b/1").mkdir(parents=True)
    (tmp_path / "b/1/kept.txt").write_text("")

    record_run([FolderObserver(tmp_path / "a"), FolderObserver(tmp_path / "b")], tmp_path / "work")

    assert (tmp_path / "a/1/run.json").exists() and (tmp_path / "b/2/run.json").exists()
    assert [path.name for path in (tmp_path / "b/1").iterdir()] == ["kept.txt"]
    sources = json.loads((tmp_path / "b/2/run.json").read_text())["experiment"]["sources"]
    assert all((tmp_path / "b" / stored).exists() for _, stored in sources)


def test_a_file_keeps_its_old_content_when_the_disk_is_full(tmp_path: Path) -> None:
    observer = FolderObserver(tmp_path)
    observer.dir = str(tmp_path)
    observer.save_json({"a": 1}, "info.json")
    (tmp_path / ".info.json.unfinished").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        observer.save_json({"a": 2}, "info.json")

    assert json.loads((tmp_path / "info.json").read_text()) == {"a": 1}


def test_metrics_of_two_threads_are_all_kept_in_the_order_of_their_steps(tmp_path: Path) -> None:
    observer = FolderObserver(tmp_path)
    observer.dir = str(tmp_path)
    began = datetime(2026, 1, 1, tzinfo=UTC)

    def log(steps: range) -> None:
        for step in steps:
            when = [began + timedelta(seconds=step)]
            new = {"cer": {"steps": [step], "values": [step / 100], "timestamps": when}}
            observer.log_metrics(new, {})

    threads = [threading.Thread(target=log, args=(range(first, 40, 2),)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = json.loads((tmp_path / "metrics.json").read_text())["cer"]
    assert kept["steps"] == list(range(40))
    assert kept["values"] == [step / 100 for step in range(40)]
    assert kept["timestamps"] == sorted(kept["timestamps"])


def test_plain_values_are_those_of_json() -> None:
    value = {"a": np.float32(0.5), "b": (np.int64(3), Path("x")), "c": None}

    assert plain(value) == {"a": 0.5, "b": [3, "x"], "c": None}
    assert type(plain(value)["b"][0]) is int
