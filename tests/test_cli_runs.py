"""`tf-crnn runs`: which runs it takes, what it prints and how it refuses."""

import csv
import json
import os
import pty
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner, Result
from support.runs import write_run
from support.servers import GivenServer, MongoServer

from tf_crnn.cli import main

COMMAND = [sys.executable, "-c", "from tf_crnn.cli import main; main()"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with three runs in `runs`."""
    for run_id, rate in ((1, 0.01), (2, 0.001), (10, 0.0001)):
        result = {"cer": rate * 2, "cer_interval": [rate, rate * 3], "epochs": 5}
        write_run(tmp_path / "runs", run_id, {"learning_rate": rate, "seed": 1}, result=result)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CRNN_MONGO_URL", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["runs", "list", *arguments])


def test_the_runs_of_the_folder_runs_are_listed(folder: Path) -> None:
    result = run()

    assert result.exit_code == 0, result.output
    heading, *rows = result.stdout.splitlines()[:4]
    assert heading.split()[:3] == ["id", "status", "started"] and "learning_rate" in heading
    assert [row.split()[0] for row in rows] == ["1", "2", "10"]
    assert "2.00  1.00–3.00" in rows[0] and rows[0].endswith("0.01")
    assert "seed" not in heading


def test_another_folder_can_be_named(folder: Path) -> None:
    (folder / "runs").rename(folder / "old")

    assert run("old").stdout == run(str(folder / "old")).stdout
    assert "3 runs" in run("old").stdout


def test_runs_are_chosen_sorted_and_shown_as_asked(folder: Path) -> None:
    result = run(
        "--where", "learning_rate<0.01", "--where", "cer>0", "--sort", "-started",
        "--columns", "id,learning_rate,cer", "--format", "json",
    )  # fmt: skip

    assert json.loads(result.stdout) == [
        {"id": 10, "learning_rate": 0.0001, "cer": 0.0002},
        {"id": 2, "learning_rate": 0.001, "cer": 0.002},
    ]


def test_runs_of_a_database_are_listed_by_its_url_and_by_the_environment(
    folder: Path, mongo: MongoServer | GivenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = datetime(2026, 3, 1, 12)
    with pymongo.MongoClient[dict[str, Any]](mongo.url) as client:
        database = client[mongo.database]
        for run_id, rate in ((10, 0.5), (9, 0.25)):
            database["runs"].insert_one(
                {"_id": run_id, "status": "COMPLETED", "start_time": began, "stop_time": began,
                 "config": {"rate": rate}, "result": {"cer": rate / 2, "epochs": 1}}
            )  # fmt: skip
        run_11 = {"_id": 11, "status": "FAILED", "start_time": began, "config": {"rate": 1}}
        database["runs"].insert_one(run_11)
        times = [began, began]
        columns = {"steps": [1, 2], "values": [0.75, 0.875], "timestamps": times}
        database["metrics"].insert_one({"run_id": 11, "name": "val_cer", **columns})

    named = run(mongo.database_url)
    monkeypatch.setenv("TF_CRNN_MONGO_URL", mongo.database_url)
    by_environment = run()

    assert named.exit_code == 0, named.output
    rows = [row.split() for row in named.stdout.splitlines()[1:4]]
    assert [(row[0], row[1], *row[-2:]) for row in rows] == [
        ("9", "COMPLETED", "12.50", "0.25"),
        ("10", "COMPLETED", "25.00", "0.5"),
        ("11", "FAILED", "~75.00", "1"),
    ]
    assert by_environment.stdout == named.stdout


def test_csv_holds_both_bounds(folder: Path) -> None:
    rows = list(csv.DictReader(run("--format", "csv").stdout.splitlines(), delimiter=";"))

    assert [(row["cer_low"], row["cer_high"]) for row in rows][0] == ("0.01", "0.03")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "Error: nowhere: there is no such folder."),
        (["runs/1"], "Error: runs/1: is one run. Give the folder above it: runs."),
        (["--where", "lerning_rate<1"], "Did you mean learning_rate?"),
        (["--where", "cer"], "Error: --where 'cer': must be a name"),
        (["--sort", "cer,"], "Error: --sort 'cer,': must be names"),
        (["--sort", ""], "Error: --sort '': must be names"),
        (["--columns", "xyzzy"], "Error: --columns: no run has 'xyzzy'."),
    ],
)
def test_a_mistake_is_one_message(folder: Path, arguments: list[str], message: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 1
    assert message in result.stderr and result.stdout == ""


def test_a_format_that_does_not_exist_is_refused(folder: Path) -> None:
    result = run("--format", "xml")

    assert result.exit_code == 2 and "'xml' is not one of 'text', 'csv', 'json'" in result.stderr


def test_the_table_fits_the_terminal_and_has_no_limit_in_a_pipe(folder: Path) -> None:
    long_path = "data/" + "x" * 60 + ".csv"
    write_run(folder / "runs", 11, {"learning_rate": 1, "csv_files_train": long_path})
    command = [*COMMAND, "runs", "list", "--columns", "id,host,status,started,csv_files_train"]

    # The readline library, which pytest loads, sets COLUMNS for children behind Python's back.
    environment = dict(os.environ)

    in_pipe = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    ).stdout
    in_terminal = output_in_terminal(command, n_columns=60)

    assert max(map(len, in_pipe.splitlines())) > 80
    assert max(map(len, in_terminal.splitlines())) <= 60
    assert "csv_files_train" in in_terminal


def output_in_terminal(command: list[str], n_columns: int) -> str:
    """What a command prints into a terminal of this width."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(["stty", "columns", str(n_columns)], stdin=theirs)
    process.wait()
    process = subprocess.Popen(command, stdout=theirs, stdin=theirs, env=dict(os.environ))
    os.close(theirs)
    output = b""
    while process.poll() is None or output[-1:] != b"\n":
        try:
            output += os.read(ours, 4096)
        except OSError:  # Linux' way of telling that the other side is closed
            break
    process.wait()
    os.close(ours)
    return output.decode()


def test_a_list_loads_neither_tensorflow_nor_pandas(folder: Path) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from tf_crnn.cli import main\n"
        "output = CliRunner().invoke(main, ['runs', 'list', '--sort', 'cer']).output\n"
        "print('3 runs' in output, {'tensorflow', 'keras', 'pandas'} & set(sys.modules))"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout == "True set()\n"
