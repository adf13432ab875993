"""Where a run is recorded."""

import io
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.folder_observer import FolderObserver
from tf_crnn.tracking.mongo_observer import MongoRunObserver
from tf_crnn.tracking.observers import (
    CurrentStderrHandler,
    keep_cer_as_result,
    take_observers,
    wants_default_observer,
)


@pytest.mark.parametrize(
    "flag", ["--file_storage", "--mongo_db", "--sql", "--tiny_db", "--s3", "--unobserved"]
)
def test_a_run_that_names_or_refuses_an_observer_gets_no_other(flag: str) -> None:
    assert not wants_default_observer({"--help": False, flag: "runs"})


@pytest.mark.parametrize(
    "options", [{}, {"--mongo_db": None, "--unobserved": False, "--name": "x"}]
)
def test_a_run_without_an_observer_gets_the_default_one(options: dict[str, object]) -> None:
    assert wants_default_observer(options)


@pytest.mark.parametrize(
    ("result", "kept"), [({"cer": 0.25, "wer": 0.5}, 0.25), (0.75, 0.75), (None, None)]
)
def test_an_observer_with_room_for_one_number_keeps_the_cer(result: object, kept: object) -> None:
    received = []
    observer = SimpleNamespace(
        completed_event=lambda stop_time, result: received.append((stop_time, result))
    )

    keep_cer_as_result(observer)
    observer.completed_event(stop_time="now", result=result)

    assert received == [("now", kept)]


def test_the_log_goes_to_what_stderr_is_at_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.Logger("test")
    logger.addHandler(CurrentStderrHandler())
    first, second = io.StringIO(), io.StringIO()

    for stream, text in ((first, "one"), (second, "two")):
        monkeypatch.setattr(sys, "stderr", stream)
        logger.warning("said %s", text)

    assert first.getvalue() == "WARNING said one\n"
    assert second.getvalue() == "WARNING said two\n"


def test_the_default_is_the_folder_of_runs() -> None:
    [observer] = take_observers({}, {}, is_recorded=True)

    assert isinstance(observer, FolderObserver) and observer.basedir == "runs"


def test_a_command_that_is_not_recorded_gets_no_observer() -> None:
    assert take_observers({"--file_storage": "x"}, {}, is_recorded=False) == []


def test_the_mongodb_of_the_environment_takes_the_place_of_the_folder(mongo: Any) -> None:
    environment = {"TF_CRNN_MONGO_URL": mongo.url, "TF_CRNN_MONGO_DB": mongo.database}

    [observer] = take_observers({}, environment, is_recorded=True)
    named = take_observers({"--file_storage": "elsewhere"}, environment, is_recorded=True)

    assert isinstance(observer, MongoRunObserver)
    assert observer.address.database == mongo.database
    assert [type(other) for other in named] == [FolderObserver]
    observer.close()


def test_options_are_emptied_so_that_no_password_is_kept_with_the_run(mongo: Any) -> None:
    options = {"--mongo_db": mongo.option, "--file_storage": "runs", "--comment": "a try"}

    observers = take_observers(options, {}, is_recorded=True)

    assert [type(observer) for observer in observers] == [MongoRunObserver, FolderObserver]
    assert options == {"--mongo_db": None, "--file_storage": None, "--comment": "a try"}
    observers[0].close()


def test_a_file_cannot_be_the_folder_of_runs(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")

    with pytest.raises(TrackingError, match=r"-F .*: .*runs is a file"):
        take_observers({"--file_storage": str(tmp_path / "runs/a")}, {}, is_recorded=True)


def test_a_server_that_does_not_answer_is_refused_before_anything_is_recorded() -> None:
    with pytest.raises(TrackingError, match="MongoDB at mongodb://127.0.0.1:9/db: does not answer"):
        take_observers({"--mongo_db": "127.0.0.1:9:db"}, {}, is_recorded=True)


def test_a_run_cannot_be_queued() -> None:
    with pytest.raises(TrackingError, match="--queue: nothing here starts a queued run"):
        take_observers({"--queue": True}, {}, is_recorded=True)
