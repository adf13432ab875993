"""Sweeps from the first trial to the table, with small trainings that are processes of their own.

The CER of a small training's epoch N is `learning_rate / N`, and seed 13 fails; see its module.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.small_sweep import PROGRAM

from tf_crnn.errors import ConfigError, SweepError, TrackingError
from tf_crnn.sweep.runner import SweepOptions, run_sweep

SMALL_SWEEP = Path(__file__).parent / "support" / "small_sweep.py"
PAUSE = 0.05


def obey_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Place:
    """A folder with a config, in which sweeps are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def configure(self, **values: Any) -> None:
        inputs = {"csv_files_train": "lines.csv", "csv_files_eval": "lines.csv"}
        read = {"learning_rate": 0.0001, "max_minutes": 0, "n_epochs": 3, "seed": 1}
        config = {**inputs, "lookup_alphabet_file": "alphabet.json", **read}
        (self.folder / "config.json").write_text(json.dumps(config | values))

    def sweep(self, *assignments: str, **options: Any) -> int:
        known = {"output_dir": Path("sweep"), "program": PROGRAM} | options
        return run_sweep(
            SweepOptions(Path("config.json"), assignments, **known), self.said.append, 200
        )

    def start(self, jobs: int, *assignments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(SMALL_SWEEP), "sweep", str(jobs), *assignments]
        return subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            # A job in the background ignores SIGINT, one of nohup SIGHUP; children inherit that.
            preexec_fn=obey_signals,
        )  # fmt: skip

    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def rows(self) -> list[dict[str, str]]:
        with (self.folder / "sweep/sweep.csv").open(newline="") as stream:
            return list(csv.DictReader(stream, delimiter=";"))

    def epochs(self, number: int) -> list[int]:
        saves = (self.folder / f"sweep/trial_{number:04d}/saving").glob("*/state.json")
        newest = max(saves, key=lambda path: int(path.parent.name))
        return [int(entry["epoch"]) for entry in json.loads(newest.read_text())["history"]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CRNN_MONGO_URL", raising=False)
    (tmp_path / "lines.csv").write_text("0.png;|a|\n")
    (tmp_path / "alphabet.json").write_text(json.dumps({"a": 1}))
    made = Place(tmp_path)
    made.configure()
    return made


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(PAUSE)


def test_a_grid_trains_each_combination_once_and_names_the_best(place: Place) -> None:
    code = place.sweep("learning_rate=0.9,0.3", "rnn_units=[8],[8,8]", runs_folder="elsewhere")

    trained = [(c["values"]["learning_rate"], c["values"]["rnn_units"]) for c in place.calls()]
    assert code == 0
    assert trained == [(0.9, [8]), (0.9, [8, 8]), (0.3, [8]), (0.3, [8, 8])]
    assert [call["comment"] for call in place.calls()] == [
        f"sweep sweep, trial {number}" for number in (1, 2, 3, 4)
    ]
    assert all(call["arguments"][:2] == ["-F", "elsewhere"] for call in place.calls())
    rows = place.rows()
    assert [row["trial"] + row["runs"] + row["state"] for row in rows] == [
        "11complete", "22complete", "33complete", "44complete",
    ]  # fmt: skip
    assert [float(row["val_cer"]) for row in rows] == pytest.approx([0.3, 0.3, 0.1, 0.1])
    assert {(row["best_epoch"], row["epochs"], row["minutes"]) for row in rows} == {
        ("3", "3", "1.5")
    }
    assert rows[3]["rnn_units"] == "[8, 8]"
    assert place.said[3] == (
        "trial 3 of 4: CER 10.00 % (epoch 3, 1.5 min) learning_rate=0.3 rnn_units=[8]"
    )
    table = next(text for text in place.said if "CER %" in text).split("\n")
    assert [line.split()[:4] for line in table[2:6]] == [
        ["3", "3", "complete", "10.00"],
        ["4", "4", "complete", "10.00"],
        ["1", "1", "complete", "30.00"],
        ["2", "2", "complete", "30.00"],
    ]
    best = json.loads((place.folder / "sweep/best_config.json").read_text())
    assert (best["learning_rate"], best["rnn_units"]) == (0.3, [8])
    assert (best["n_epochs"], best["output_model_dir"]) == (3, "sweep/best")
    assert "tf-crnn predict sweep/trial_0003 IMAGES" in place.said[-2]
    assert "with sweep/best_config.json" in place.said[-1]


def test_a_finished_sweep_trains_nothing_more_until_more_trials_are_asked_for(place: Place) -> None:
    place.sweep("seed=1,2,3,4", n_trials=2)

    again = place.sweep("seed=1,2,3,4", n_trials=2)
    n_again = len(place.calls())
    place.sweep("seed=1,2,3,4")

    assert (again, n_again) == (0, 2)
    assert sorted(call["values"]["seed"] for call in place.calls()) == [1, 2, 3, 4]


def test_a_range_is_searched_by_so_many_trials(place: Place) -> None:
    with pytest.raises(ConfigError, match=r"learning_rate: a range .* --trials N"):
        place.sweep("learning_rate=1e-3..1e-1")

    place.sweep("learning_rate=1e-3..1e-1", n_trials=3)

    rates = [call["values"]["learning_rate"] for call in place.calls()]
    assert len(set(rates)) == 3
    assert all(1e-3 <= rate <= 1e-1 for rate in rates)


def test_two_trials_are_trained_at_once_and_share_the_cores(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    place.configure(max_minutes=0.01)

    place.sweep("seed=1,2,3", jobs=2)

    began = [call["began"] for call in place.calls()]
    n_cores = len(os.sched_getaffinity(0))
    assert began[1] - began[0] < 1.5 < began[2] - began[0]
    assert {call["threads"] for call in place.calls()} == {str(max(1, n_cores // 2))}


def test_a_failed_trial_is_named_and_the_others_go_on(place: Place) -> None:
    code = place.sweep("seed=13,2")

    assert code == 0
    assert place.said[1].startswith("trial 1 of 2: FAILED, exit code 1 (")
    assert "  Error: the seed is unlucky." in place.said[2]
    assert "sweep/trial_0001.log" in place.said[2]
    assert [row["state"] for row in place.rows()] == ["failed", "complete"]
    assert "--retry_failed" in place.said[-1]


def test_failed_trials_are_tried_again_only_if_asked(place: Place) -> None:
    place.sweep("seed=13,2")
    place.sweep("seed=13,2")
    n_without = len(place.calls())

    place.sweep("seed=13,2", retry_failed=True)

    assert n_without == 2
    assert [call["values"]["seed"] for call in place.calls()] == [13, 2, 13]
    assert [row["trial"] for row in place.rows()] == ["2", "3"]
    assert "trial 3 of 3: FAILED" in "\n".join(place.said)


def test_a_sweep_whose_first_three_trials_fail_ends_with_the_error(place: Place) -> None:
    place.configure(seed=13)

    with pytest.raises(SweepError, match="the seed is unlucky") as caught:
        place.sweep("learning_rate=1,2,3,4")

    assert len(place.calls()) == 3
    assert "trial_0003.log" in str(caught.value)


def test_a_sweep_whose_trials_have_all_failed_ends_with_the_error_each_time(place: Place) -> None:
    for _ in range(2):
        with pytest.raises(SweepError, match="the seed is unlucky"):
            place.sweep("seed=13")

    assert len(place.calls()) == 1


def test_a_worse_trial_is_interrupted_and_its_epochs_are_fewer(place: Place) -> None:
    place.configure(n_epochs=5, max_minutes=0.01)

    code = place.sweep("learning_rate=0.1,0.9", startup_trials=1, warmup_epochs=1)

    _, worse = place.rows()
    assert code == 0
    assert worse["state"] == "pruned"
    assert float(worse["val_cer"]) == pytest.approx(0.45)
    assert len(place.epochs(2)) == int(worse["epochs"]) < 5
    assert f"trial 2 of 2: pruned after epoch {worse['epochs']}, CER 45.00 %" in place.said[2]


def test_a_trial_that_has_lost_the_interrupt_is_asked_again(place: Place) -> None:
    place.configure(n_epochs=9, max_minutes=0.01, seed=7)

    place.sweep("learning_rate=0.1,0.9", startup_trials=1, warmup_epochs=1)

    _, worse = place.rows()
    assert worse["state"] == "pruned"
    assert 4 <= int(worse["epochs"]) < 9


def test_without_pruning_the_worst_trial_is_trained_to_its_end(place: Place) -> None:
    place.configure(max_minutes=0.01)

    place.sweep("learning_rate=0.1,0.9", startup_trials=1, warmup_epochs=0, prunes=False)

    assert [row["epochs"] for row in place.rows()] == ["3", "3"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_the_trials_save_and_the_same_command_goes_on(
    number: signal.Signals, place: Place
) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(2, "seed=1,2,3")
    wait_until(lambda: len(list(place.folder.glob("sweep/trial_*/saving/*"))) >= 2)

    os.kill(process.pid, number)
    output, _ = process.communicate(timeout=30)
    began = len(place.calls())
    code = place.sweep("seed=1,2,3")

    assert process.returncode == 130, output
    assert "The same command goes on" in output
    assert "trial 1 of 3: interrupted after epoch" in output
    assert began == 2
    assert code == 0
    assert [place.epochs(n) for n in (1, 2, 3)] == [[1, 2, 3]] * 3
    restored = [call for call in place.calls() if call["values"].get("restore_model")]
    assert [call["comment"] for call in restored] == [
        "sweep sweep, trial 1, gone on with", "sweep sweep, trial 2, gone on with",
    ]  # fmt: skip
    assert [row["state"] for row in place.rows()] == ["complete"] * 3


@pytest.mark.slow
def test_a_second_signal_kills_trials_that_do_not_end(place: Place) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    script = (
        "import sys; from pathlib import Path; from tf_crnn.sweep.runner import *\n"
        "options = SweepOptions(Path('config.json'), ('seed=1',), Path('sweep'),"
        f" program=(sys.executable, '-c', {stubborn!r}))\n"
        "sys.exit(run_sweep(options, print))"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    wait_until(lambda: (place.folder / "sweep/trial_0001.log").exists())
    time.sleep(1)

    process.terminate()
    time.sleep(1)
    still_there = process.poll() is None
    process.terminate()
    process.communicate(timeout=30)

    assert still_there
    assert process.returncode == 130


@pytest.mark.slow
def test_after_a_kill_each_combination_is_trained_once_and_to_its_end(place: Place) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(1, "seed=1,2", "learning_rate=0.5,0.4")
    wait_until(lambda: bool(list(place.folder.glob("sweep/trial_0002/saving/*"))))
    process.kill()
    process.communicate()

    code = place.sweep("seed=1,2", "learning_rate=0.5,0.4")

    begun = [c["values"] for c in place.calls() if not c["values"].get("restore_model")]
    assert code == 0
    assert sorted((v["seed"], v["learning_rate"]) for v in begun) == [
        (1, 0.4), (1, 0.5), (2, 0.4), (2, 0.5),
    ]  # fmt: skip
    assert len(place.calls()) == 5
    assert [place.epochs(number) for number in (1, 2, 3, 4)] == [[1, 2, 3]] * 4
    assert [row["state"] for row in place.rows()] == ["complete"] * 4
    assert place.rows()[1]["runs"] == "2 3"


@pytest.mark.slow
def test_a_trial_that_ended_after_its_sweep_was_killed_is_not_trained_again(place: Place) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(1, "seed=1,2")
    wait_until(lambda: bool(list(place.folder.glob("sweep/trial_0001/saving/*"))))
    process.kill()
    process.communicate()
    wait_until(lambda: bool(list(place.folder.glob("sweep/trial_0001/reports/*"))))

    place.sweep("seed=1,2")

    assert [call["values"]["seed"] for call in place.calls()] == [1, 2]
    assert [row["state"] for row in place.rows()] == ["complete", "complete"]
    assert float(place.rows()[0]["val_cer"]) == pytest.approx(0.0001 / 3)


@pytest.mark.slow
def test_a_trial_without_a_save_is_begun_anew(place: Place) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(1, "seed=1")
    wait_until(lambda: bool(place.calls()))
    process.kill()
    process.communicate()
    left = place.folder / "sweep/trial_0001"
    left.mkdir()
    (left / "config.json").write_text("{}")

    code = place.sweep("seed=1")

    assert code == 0
    assert [call["values"].get("restore_model") for call in place.calls()] == [None, None]
    assert place.epochs(1) == [1, 2, 3]


@pytest.mark.slow
def test_a_trial_that_somebody_ends_is_left_for_the_next_time(place: Place) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(1, "seed=1,2")
    wait_until(lambda: bool(list(place.folder.glob("sweep/trial_0001/saving/*"))))
    [pid] = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
    ).stdout.split()

    os.kill(int(pid), signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    states = [row["state"] for row in place.rows()]
    code = place.sweep("seed=1,2")

    assert process.returncode == 130, output
    assert states == ["running", "complete"]
    assert code == 0
    assert [place.epochs(number) for number in (1, 2)] == [[1, 2, 3]] * 2


@pytest.mark.slow
def test_a_change_of_the_config_does_not_reach_the_sweep_that_runs(place: Place) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(1, "seed=1,2")
    wait_until(lambda: bool(place.calls()))

    place.configure(max_minutes=0.01, rnn_dropout=0.25)
    process.communicate(timeout=30)

    assert process.returncode == 0
    assert [call["values"].get("rnn_dropout") for call in place.calls()] == [None, None]
    with pytest.raises(SweepError, match="rnn_dropout was not given, now 0.25"):
        place.sweep("seed=1,2")


@pytest.mark.slow
def test_two_sweeps_in_one_folder_are_refused(place: Place) -> None:
    place.configure(max_minutes=0.01)
    process = place.start(1, "seed=1")
    wait_until(lambda: bool(place.calls()))

    with pytest.raises(SweepError, match="another sweep is at work"):
        place.sweep("seed=1")

    process.communicate(timeout=30)
    assert len(place.calls()) == 1


def test_a_folder_with_other_things_is_refused(place: Place) -> None:
    (place.folder / "mine").mkdir()
    (place.folder / "mine/notes.txt").write_text("mine")

    with pytest.raises(SweepError, match="mine: holds other things than a sweep"):
        place.sweep("seed=1", output_dir=Path("mine"))
    with pytest.raises(SweepError, match="must be without the sign ="):
        place.sweep("seed=1", output_dir=Path("rate=1"))

    assert [path.name for path in (place.folder / "mine").iterdir()] == ["notes.txt"]


def test_the_address_of_a_mongodb_is_on_no_command_line(
    place: Place, mongo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CRNN_MONGO_DB", "another")

    place.sweep("learning_rate=0.3", mongo=mongo.database_url)

    [call] = place.calls()
    assert call["mongo"] == [mongo.database_url, mongo.database]
    assert "mongodb" not in " ".join(call["arguments"]) and "-m" not in call["arguments"]


def test_two_places_for_the_runs_are_refused(place: Place) -> None:
    with pytest.raises(SweepError, match="-F and -m: a sweep records its runs in one place"):
        place.sweep("seed=1", mongo="h:1:db", runs_folder="runs")


def test_a_server_that_does_not_answer_is_named_before_anything_starts(place: Place) -> None:
    with pytest.raises(TrackingError, match=r"127.0.0.1:9/crnn: does not answer"):
        place.sweep("seed=1", mongo="127.0.0.1:9:crnn")

    assert not (place.folder / "sweep").exists()
    assert place.calls() == []
