"""`training.py -m` as a user starts it, with a server that comes and goes."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner
from support.servers import mongo_server
from support.workplace import Workplace, make_workplace, wait_for_epoch

from tf_crnn.cli import main

pytestmark = pytest.mark.slow

LONG = ("n_epochs=40", "early_stopping_patience=100", "evaluate_every_epoch=100")
METRICS = {
    "loss", "cer", "val_loss", "val_cer", "val_wer", "val_exact_match", "learning_rate", "seconds",
}  # fmt: skip


@pytest.fixture
def workplace(tmp_path: Path, draw_line: Any, write_csv: Any, tiny_params: Any) -> Workplace:
    return make_workplace(tmp_path, draw_line, write_csv, tiny_params)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    with mongo_server(tmp_path / "server") as started:
        yield started


@contextmanager
def database_of(server: Any) -> Iterator[Any]:
    with pymongo.MongoClient(server.url) as client:
        yield client[server.database]


def wait_for_loss(process: subprocess.Popen[str]) -> str:
    """What a training prints until it has noticed that the server is gone."""
    printed = ""
    for line in process.stdout or ():
        printed += line
        if "cannot be written to" in line:
            return printed
    raise RuntimeError(f"ended without noticing: {printed}")


def test_a_server_killed_in_mid_training_and_back_again_has_every_metric(
    workplace: Workplace, server: Any
) -> None:
    process = workplace.start("-m", server.option, "with", "config.json", *LONG)
    wait_for_epoch(process, workplace.folder / "model", 2)
    server.kill()
    printed = wait_for_loss(process)
    server.start()

    rest, _ = process.communicate(timeout=200)

    assert process.returncode == 0, rest
    with database_of(server) as database:
        [run] = database["runs"].find()
        metrics = {metric["name"]: metric for metric in database["metrics"].find()}
    assert (run["status"], run["_id"]) == ("COMPLETED", 1)
    assert metrics.keys() == METRICS
    assert all(metric["steps"] == list(range(1, 41)) for metric in metrics.values())
    assert (printed + rest).count("cannot be written to") == 1
    assert "report.json" in {entry["name"] for entry in run["artifacts"]}
    assert not (workplace.folder / "model/record").exists()


def test_a_server_that_stays_dead_costs_nothing_and_gets_the_run_afterwards(
    workplace: Workplace, server: Any
) -> None:
    process = workplace.start("-m", server.option, "with", "config.json", *LONG)
    wait_for_epoch(process, workplace.folder / "model", 2)
    server.kill()

    printed, _ = process.communicate(timeout=200)
    server.start()
    pushed = [
        CliRunner().invoke(main, ["runs", "push", str(workplace.folder / "model"), server.option])
        for _ in range(2)
    ]

    assert process.returncode == 0, printed
    assert "tf-crnn runs push model/record/1" in printed
    assert [result.exit_code for result in pushed] == [0, 0], pushed[0].output
    kept = json.loads((workplace.folder / "model/record/1/metrics.json").read_text())
    with database_of(server) as database:
        [run] = database["runs"].find()
        metrics = {metric["name"]: metric["values"] for metric in database["metrics"].find()}
    assert run["status"] == "COMPLETED"
    assert metrics == {name: metric["values"] for name, metric in kept.items()}
    assert {len(values) for values in metrics.values()} == {40}


def test_a_password_reaches_neither_log_nor_run(
    workplace: Workplace, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stand-in asks for no password; a wrong one for a given server would be refused.
    monkeypatch.setenv("TF_CRNN_MONGO_URL", f"{server.url}/?appName=top%2Dsecret")
    monkeypatch.setenv("TF_CRNN_MONGO_DB", server.database)

    process = workplace.run("with", "config.json", "n_epochs=1")

    assert process.returncode == 0, process.stderr
    with database_of(server) as database:
        [run] = database["runs"].find()
    assert run["status"] == "COMPLETED"
    assert "secret" not in repr(run) + process.stdout + process.stderr
    files = list((workplace.folder / "model").rglob("*.json"))
    assert not any("secret" in path.read_text() for path in files)


def test_a_wrong_address_is_refused_at_once_without_repeating_its_password(
    workplace: Workplace,
) -> None:
    began = time.monotonic()

    process = workplace.run("-m", "mongodb://me:top-secret@127.0.0.1:9/crnn", "with", "config.json")

    assert process.returncode == 1
    assert "MongoDB at mongodb://127.0.0.1:9/crnn: does not answer" in process.stderr
    assert "top-secret" not in process.stdout + process.stderr
    assert "Traceback" not in process.stderr
    assert time.monotonic() - began < 15
    assert not (workplace.folder / "model").exists()
