"""`tf-crnn runs compare` and `tf-crnn runs push`, as a user starts them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner, Result
from support.evaluated_runs import evaluated_run, read_as
from support.sacred_runs import record_run

from tf_crnn.cli import main
from tf_crnn.tracking.folder_observer import FolderObserver

TRUTHS = ("ab", "bc", "cd", "de", "ef", "fg")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; of the runs 1 and 2 in `runs` the second reads every line right."""
    better = read_as(TRUTHS, TRUTHS)
    worse = read_as(TRUTHS, ("ax", "bx", "cx", "de", "ef", "fg"))
    evaluated_run(tmp_path / "runs", 1, worse)
    evaluated_run(tmp_path / "runs", 2, better)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CRNN_MONGO_URL", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["runs", *arguments])


def test_two_runs_are_compared_in_a_sentence_a_page_and_as_json(folder: Path) -> None:
    result = run("compare", "1", "runs/2", "-o", "pages/out.html", "--json", "out.json")

    assert result.exit_code == 0, result.output
    assert "CER 0.0 %" in result.output and "25.0 %" in result.output
    assert "page: pages/out.html" in result.output
    assert Path("pages/out.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    numbers = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert [run["rates"]["cer"]["value"] for run in numbers["runs"]] == [0.25, 0.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1"], "a comparison needs two runs"),
        (["1", "7"], "runs/7: is no recorded run"),
        (["1", "2", "--documents", "("], "document"),
    ],
)
def test_a_mistake_is_one_message_and_writes_no_page(
    folder: Path, arguments: list[str], message: str
) -> None:
    result = run("compare", *arguments)

    assert result.exit_code == 1
    assert message in result.output and "Traceback" not in result.output
    assert not Path("compare.html").exists()


def test_a_comparison_loads_no_tensorflow(folder: Path) -> None:
    code = (
        "import sys; from tf_crnn.cli import main\n"
        "try: main(['runs', 'compare', '1', '2'])\n"
        "finally: print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ)
    )

    assert done.stdout.endswith("[]\n"), done.stderr


def test_a_folder_of_runs_is_pushed_once_however_often(
    mongo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        record_run([FolderObserver(tmp_path / "runs")], tmp_path / "work")
    monkeypatch.setenv("TF_CRNN_MONGO_URL", mongo.database_url)

    first = run("push", str(tmp_path / "runs"))
    again = run("push", str(tmp_path / "runs/2"), mongo.database_url)

    assert first.exit_code == again.exit_code == 0, first.output
    assert first.output.count("sent as run") == 2
    assert "was there already, brought up to date: run 2" in again.output
    with pymongo.MongoClient[dict[str, Any]](mongo.url) as client:
        assert client[mongo.database]["runs"].count_documents({}) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs/1"], "Where to? Give mongodb://HOST:PORT/DB"),
        (["none", "127.0.0.1:9:db"], "none: holds no recorded run"),
        (["runs/1", "127.0.0.1:9:db"], "MongoDB at mongodb://127.0.0.1:9/db: does not answer"),
    ],
)
def test_a_push_that_cannot_be_is_one_message(
    folder: Path, arguments: list[str], message: str
) -> None:
    result = run("push", *arguments)

    assert result.exit_code == 1
    assert message in result.output and "Traceback" not in result.output
