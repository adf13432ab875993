"""`tf-crnn sweep` as a user starts it, with real trainings."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.workplace import Workplace, make_workplace

COMMAND = [sys.executable, "-c", "from tf_crnn.cli import main; main()", "sweep", "config.json"]
# Learnt by heart within some epochs.
EASY = {"data_augmentation": False, "rnn_dropout": 0.0, "early_stopping_patience": 99}


@pytest.fixture
def place(
    tmp_path: Path, draw_line: Any, write_csv: Any, tiny_params: Any, monkeypatch: Any
) -> Workplace:
    monkeypatch.delenv("TF_CRNN_MONGO_URL", raising=False)
    return make_workplace(tmp_path, draw_line, write_csv, tiny_params)


def configure(place: Workplace, **values: Any) -> None:
    place.config.write_text(json.dumps(json.loads(place.config.read_text()) | values))


def sweep(place: Workplace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=place.folder, capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def start(place: Workplace) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start(*arguments)`: a sweep that goes on meanwhile."""
    started = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=place.folder, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.terminate()
        process.communicate()


def recorded(place: Workplace) -> list[dict[str, Any]]:
    """The runs by number, each with its config."""
    files = sorted(place.folder.glob("runs/[0-9]*/run.json"), key=lambda path: int(path.parts[-2]))
    return [
        json.loads(path.read_text())
        | {"config": json.loads((path.parent / "config.json").read_text())}
        for path in files
    ]


def test_all_mistakes_come_in_one_message_before_anything_is_written(place: Workplace) -> None:
    configure(place, n_epochs=0)
    before = sorted(place.folder.iterdir())

    process = sweep(place, "--set", "lerning_rate=1e-3,1e-4", "--set", "optimizer=adam,adm")

    assert process.returncode == 1
    assert process.stderr.startswith("Error: the sweep cannot begin:")
    assert "Did you mean learning_rate?" in process.stderr
    assert "not 'adm'" in process.stderr
    assert "n_epochs: must be a whole number" in process.stderr
    assert "Traceback" not in process.stderr
    assert sorted(place.folder.iterdir()) == before


def test_without_optuna_the_extra_is_named(place: Workplace) -> None:
    script = "import sys; sys.modules['optuna'] = None; from tf_crnn.cli import main; main()"
    command = [sys.executable, "-c", script, "sweep", "config.json", "--set", "seed=1"]

    process = subprocess.run(command, cwd=place.folder, capture_output=True, text=True)

    assert process.returncode == 1
    assert process.stderr == "Error: tf-crnn sweep needs Optuna: pip install 'tf_crnn[sweep]'\n"


def test_the_command_line_loads_optuna_only_for_a_sweep() -> None:
    code = "import sys, tf_crnn.cli; print({'optuna', 'tensorflow', 'sacred'} & set(sys.modules))"

    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert process.stdout == "set()\n"


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_interrupts_the_worse_trial(
    place: Workplace, start: Callable[..., subprocess.Popen[str]]
) -> None:
    configure(place, n_epochs=40, evaluate_every_epoch=40, sample_every_epoch=0, **EASY)
    options = ("--set", "learning_rate=0.02,1e-8", "--startup_trials", "1", "--warmup_epochs", "15")
    killed = start(*options)
    saving = place.folder / "sweeps/config/trial_0002/saving"
    until = time.monotonic() + 240
    while not list(saving.glob("[0-9]*")):
        assert time.monotonic() < until and killed.poll() is None
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()

    process = sweep(place, *options)

    assert process.returncode == 0, process.stdout + process.stderr
    good, *worse = recorded(place)
    assert good["status"] == "COMPLETED"
    assert [run["status"] for run in worse] == ["INTERRUPTED", "INTERRUPTED"]
    assert [run["config"]["restore_model"] for run in worse] == [False, True]
    assert [run["config"]["learning_rate"] for run in (good, *worse)] == [0.02, 1e-8, 1e-8]
    assert [run["meta"]["comment"] for run in (good, *worse)] == [
        "sweep config, trial 1", "sweep config, trial 2", "sweep config, trial 2, gone on with",
    ]  # fmt: skip
    epochs = [entry["epoch"] for entry in newest_state(saving)["history"]]
    assert epochs == list(range(1, len(epochs) + 1))
    assert 15 < len(epochs) < 40
    assert f"trial 2 of 2: pruned after epoch {len(epochs)}" in process.stdout
    assert f"best: trial 1, CER {100 * good['result']['cer']:.2f} %" in process.stdout
    best = json.loads((place.folder / "sweeps/config/best_config.json").read_text())
    assert best["learning_rate"] == 0.02
    hint = next(line for line in process.stdout.splitlines() if "tf-crnn predict" in line)
    assert (place.folder / hint.split()[-2] / "export").is_dir()
    again = sweep(place, *options)
    assert (again.returncode, len(recorded(place))) == (0, 3)


def newest_state(saving: Path) -> dict[str, Any]:
    newest = max(saving.glob("[0-9]*"), key=lambda path: int(path.name))
    return json.loads((newest / "state.json").read_text())
