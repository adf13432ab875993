"""A trial in a process of its own: its lock, its end, its files, its share of the machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tf_crnn.errors import SweepError
from tf_crnn.stamped import write_stamped
from tf_crnn.sweep.trial_process import (
    TrialFiles,
    TrialProcess,
    end_left_over,
    is_alive,
    only_one,
    shared_environment,
    start_trial,
    training_arguments,
    was_interrupted,
)

# It says so when it has begun and when it was asked to end, and then takes a moment.
PATIENT = """
import signal, sys, time
def end(*_):
    time.sleep(0.3)
    print("saved", flush=True)
    sys.exit(130)
signal.signal(signal.SIGTERM, end)
print("begun", flush=True)
time.sleep(60)
"""
SWEEP = f"""
import os, pathlib, signal, sys, time
from tf_crnn.sweep.trial_process import TrialFiles, start_trial
files = TrialFiles(pathlib.Path("trial"), pathlib.Path("trial.log"))
print(start_trial([sys.executable, "-c", {PATIENT!r}], files, os.environ).pid, flush=True)
while "begun" not in files.log.read_text():
    time.sleep(0.05)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def files(tmp_path: Path) -> TrialFiles:
    return TrialFiles(tmp_path / "trial", tmp_path / "trial.log")


@pytest.fixture
def patient(files: TrialFiles) -> Iterator[TrialProcess]:
    """A process that waits to be asked to end."""
    process = start_trial([sys.executable, "-c", PATIENT], files, os.environ)
    wait_for("begun", files)
    yield process
    process.kill()
    process.wait()


def wait_for(word: str, files: TrialFiles) -> None:
    until = time.monotonic() + 20
    while word not in files.log.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)


def save(files: TrialFiles, **state: object) -> Path:
    def fill(folder: Path) -> None:
        (folder / "state.json").write_text(json.dumps(state))

    return write_stamped(files.model / "saving", fill)


def test_progress_is_that_of_the_newest_save(files: TrialFiles) -> None:
    nothing = files.progress()
    history = [
        {"epoch": 1, "val_cer": 0.5, "val_loss": 9.0},
        {"epoch": 2, "val_cer": 0.25, "val_loss": 8.0},
        {"epoch": 3, "val_cer": 0.25, "val_loss": 7.0},
    ]
    save(files, epoch=2, minutes=1.5, history=history[:2])
    save(files, epoch=3, minutes=2.5, history=history)

    progress = files.progress()

    assert (nothing.epochs, dict(nothing.history)) == (0, {})
    assert (progress.epochs, progress.minutes, progress.val_cer) == (3, 2.5, 0.25)
    assert progress.best_epoch == 3
    assert progress.up_to(2).best_epoch == 2
    assert progress.up_to(1).val_cer == 0.5


def test_a_training_has_finished_when_its_export_has_a_report(files: TrialFiles) -> None:
    save(files, epoch=1, history=[])
    export = write_stamped(files.model / "export", lambda _: None)
    (files.model / "reports" / "123").mkdir(parents=True)
    before = files.is_finished()

    (files.model / "reports" / export.name).mkdir()

    assert not before
    assert files.is_finished()


def test_room_is_made_but_a_record_that_is_not_sent_yet_stays(files: TrialFiles) -> None:
    for name in ("saving/1", "record/1"):
        (files.model / name).mkdir(parents=True)
    (files.model / "config.json").write_text("{}")
    files.log.write_text("said before")

    files.clear()

    assert [path.name for path in files.model.iterdir()] == ["record"]
    assert (files.model / "record/1").is_dir()
    assert files.log.read_text() == "said before"


def test_runs_and_last_words_are_found_in_the_log(files: TrialFiles) -> None:
    nothing = files.run_ids(), files.last_words()
    files.log.write_text(
        'INFO - crnn - Started run with ID "3"\nEpoch 1\n\n'
        'INFO - crnn - Started run with ID "12"\n  Error: no room  \n\n'
    )

    assert nothing == ([], [])
    assert files.run_ids() == ["3", "12"]
    assert files.last_words(2) == ['INFO - crnn - Started run with ID "12"', "  Error: no room"]


def test_output_goes_to_the_log_and_the_exit_code_is_kept(files: TrialFiles) -> None:
    files.log.write_text("before\n")
    script = "import sys; print(sys.stdin.read() + 'out', flush=True); sys.exit('no room')"

    process = start_trial([sys.executable, "-c", script], files, os.environ)
    code = process.wait()

    assert (code, process.exit_code()) == (1, 1)
    assert files.log.read_text() == "before\nout\nno room\n"
    assert not was_interrupted(code)


def test_a_running_trial_is_known_by_its_log_and_cannot_be_started_twice(
    files: TrialFiles, patient: TrialProcess
) -> None:
    with pytest.raises(SweepError, match=r"trial.log: another process still writes"):
        start_trial([sys.executable, "-c", "pass"], files, os.environ)
    alive = is_alive(files)

    patient.interrupt()
    code = patient.wait()

    assert alive
    assert not is_alive(files)
    assert code == 130
    assert was_interrupted(code)


def test_ctrl_c_in_the_terminal_does_not_reach_a_trial(patient: TrialProcess) -> None:
    assert os.getpgid(patient.pid) != os.getpgid(0)


def test_a_trial_that_outlived_its_sweep_is_ended_and_saves(
    tmp_path: Path, files: TrialFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    killed = subprocess.run([sys.executable, "-c", SWEEP], capture_output=True, text=True)
    pid = int(killed.stdout)
    alive = is_alive(files)

    patience = iter([True] * 400)
    ended = end_left_over(files, pid, lambda: (time.sleep(0.02), next(patience))[1])

    assert killed.returncode == -signal.SIGKILL
    assert alive
    assert ended
    assert files.log.read_text() == "begun\nsaved\n"
    assert end_left_over(files, pid, lambda: False)


def test_a_left_over_whose_process_is_not_known_is_named(
    files: TrialFiles, patient: TrialProcess
) -> None:
    with pytest.raises(SweepError, match="End that process first"):
        end_left_over(files, None, lambda: True)


def test_waiting_for_a_left_over_can_be_given_up(files: TrialFiles, patient: TrialProcess) -> None:
    assert not end_left_over(files, patient.pid, lambda: False)


def test_only_one_sweep_works_in_a_folder(tmp_path: Path) -> None:
    lock = tmp_path / "sweep.lock"

    with (
        only_one(lock),
        pytest.raises(SweepError, match="another sweep is at work"),
        only_one(lock),
    ):
        pass

    with only_one(lock):
        assert lock.exists()


def test_trials_side_by_side_share_cores_and_gpus() -> None:
    n_cores = len(os.sched_getaffinity(0))
    environment = {"PATH": "x", "CUDA_VISIBLE_DEVICES": "4,6"}

    alone, *others = (shared_environment(environment, j, s) for j, s in ((1, 0), (3, 1), (3, 2)))

    assert alone == {"PYTHONUNBUFFERED": "1", **environment}
    assert [other["CUDA_VISIBLE_DEVICES"] for other in others] == ["6", "4"]
    assert {other["OMP_NUM_THREADS"] for other in others} == {str(max(1, n_cores // 3))}
    assert {other["TF_NUM_INTRAOP_THREADS"] for other in others} == {str(max(1, n_cores // 3))}
    assert {other["TF_FORCE_GPU_ALLOW_GROWTH"] for other in others} == {"true"}


def test_what_the_user_has_set_stays() -> None:
    environment = {"OMP_NUM_THREADS": "7", "CUDA_VISIBLE_DEVICES": "5"}

    shared = shared_environment(environment, 2, 1)

    assert shared["OMP_NUM_THREADS"] == "7"
    assert shared["CUDA_VISIBLE_DEVICES"] == "5"


def test_sacred_reads_the_values_as_they_are() -> None:
    from sacred.arg_parser import get_config_updates

    values = {
        "learning_rate": 1e-05,
        "cnn_batch_norm": [True, False],
        "csv_files_eval": None,
        "optimizer": "adam",
        "output_model_dir": 'sweeps/it\'s a "b"/trial_0001',
        "csv_delimiter": ";",
    }

    _with, *arguments = training_arguments(Path("sweeps/a b/config.json"), values)
    updates, files = get_config_updates(arguments)

    assert _with == "with"
    assert files == ["sweeps/a b/config.json"]
    assert updates == values
