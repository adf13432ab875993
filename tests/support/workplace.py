"""A folder from which `training.py` is started as a user does: lines, an alphabet, a config."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ("a bone", "ocean 12", "bad code", "no decade 30", "bacon and bean", "a cocoa bean 2")


class Workplace(NamedTuple):
    """A folder with lines, an alphabet and a config for them."""

    folder: Path
    config: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "training.py"), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=self.folder, capture_output=True, text=True, timeout=300
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A job in a shell's background ignores SIGINT, and its children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def recorded(self, run_id: int = 1, runs: str = "runs") -> dict[str, Any]:
        return json.loads((self.folder / runs / str(run_id) / "run.json").read_text())


def make_workplace(
    folder: Path, draw_line: Callable[..., Any], write_csv: Any, tiny_params: Any
) -> Workplace:
    rows = []
    (folder / "images").mkdir()
    for number in range(24):
        text = TEXTS[number % len(TEXTS)]
        Image.fromarray(draw_line(text)[:, :, 0]).save(folder / f"images/{number}.png")
        rows.append((f"images/{number}.png", text))
    write_csv(folder / "train.csv", [*rows, ("images/none.png", "a")])
    write_csv(folder / "val.csv", rows[:7])
    values = tiny_params(folder).to_dict() | {
        "csv_files_train": "train.csv",
        "csv_files_eval": ["val.csv"],
        "lookup_alphabet_file": "alphabet.json",
        "output_model_dir": "model",
        "train_batch_size": 5,
        "learning_rate": 0.01,
        "evaluate_every_epoch": 2,
    }
    config = folder / "config.json"
    config.write_text(json.dumps(values))
    return Workplace(folder, config)


def wait_for_epoch(process: subprocess.Popen[str], model_folder: Path, epoch: int) -> None:
    """Until a save of this epoch is complete."""
    while process.poll() is None:
        states = (model_folder / "saving").glob("[0-9]*/state.json")
        if any(json.loads(state.read_text())["epoch"] >= epoch for state in states):
            return
        time.sleep(0.02)
    raise RuntimeError(f"ended early: {process.communicate()[0]}")
