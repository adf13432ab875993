"""Where a run is recorded."""

import io
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import PIL
import pytest

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.observers import (
    CurrentStderrHandler,
    check_mongo_answers,
    has_git_commit,
    installed_versions,
    keep_cer_as_result,
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


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_folder_has_a_git_commit_after_the_first_one(tmp_path: Path) -> None:
    before = has_git_commit(tmp_path)
    git(tmp_path, "init")
    empty = has_git_commit(tmp_path)
    git(tmp_path, "commit", "--allow-empty", "-m", "first")

    assert (before, empty, has_git_commit(tmp_path)) == (False, False, True)


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not has_git_commit(tmp_path)


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


def test_versions_are_those_of_the_imported_packages() -> None:
    versions = installed_versions()

    assert versions["numpy"] == np.__version__
    assert versions["pillow"] == PIL.__version__
    assert "opencv-python-headless" in versions or "opencv-python" in versions


def test_a_mongo_url_with_a_password_is_named_without_it() -> None:
    with pytest.raises(TrackingError, match="MongoDB at 127.0.0.1:9/db: does not answer") as caught:
        check_mongo_answers("mongodb://user:secret@127.0.0.1:9/db")

    assert "secret" not in str(caught.value)
