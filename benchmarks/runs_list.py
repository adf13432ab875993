"""Seconds and memory of `tf-crnn runs list` over many recorded runs.

python benchmarks/runs_list.py
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from _common import write_result

from tf_crnn.config import Params

BEGAN = datetime(2026, 1, 1, 8, tzinfo=UTC).replace(tzinfo=None)
METRICS = (
    "loss", "cer", "val_loss", "val_cer", "val_wer", "val_exact_match", "learning_rate", "seconds",
)  # fmt: skip
COMMANDS = {
    "text": (),
    "text, sorted and filtered": ("--where", "learning_rate<0.001", "--sort", "cer"),
    "csv": ("--format", "csv"),
    "json": ("--format", "json"),
}


@click.command()
@click.option("--n_runs", default=300, show_default=True)
@click.option("--n_epochs", default=100, show_default=True)
@click.option("--repeats", default=5, show_default=True)
def main(n_runs: int, n_epochs: int, repeats: int) -> None:
    """Measure, print and keep the medians; of the memory, the greatest."""
    with tempfile.TemporaryDirectory() as folder:
        for run_id in range(1, n_runs + 1):
            write_run(Path(folder) / str(run_id), run_id, n_epochs)
        measured = {name: measure(folder, options, repeats) for name, options in COMMANDS.items()}
    write_result("runs_list", {"n_runs": n_runs, "n_epochs": n_epochs, "commands": measured})


def measure(folder: str, options: tuple[str, ...], repeats: int) -> dict[str, float]:
    """Seconds from the start of the process to its end, those of a core, and greatest memory."""
    command = [str(Path(sys.executable).with_name("tf-crnn")), "runs", "list", folder, *options]
    seconds, cpu_seconds, kilobytes = [], [], []
    for _ in range(repeats):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(usage.ru_utime + usage.ru_stime)
        kilobytes.append(usage.ru_maxrss)
        if status:
            sys.exit(f"{command}: failed")
    return {
        "seconds": round(statistics.median(seconds), 3),
        "cpu_seconds": round(statistics.median(cpu_seconds), 3),
        "mb": round(max(kilobytes) / 1024, 1),
    }


def write_run(folder: Path, run_id: int, n_epochs: int) -> None:
    """A run as Sacred's observer for folders writes it; every tenth has not ended."""
    rng = random.Random(run_id)
    folder.mkdir()
    started = BEGAN + timedelta(hours=run_id)
    times = [(started + timedelta(minutes=n + 1)).isoformat() for n in range(n_epochs)]
    metrics = {
        name: {
            "steps": list(range(1, n_epochs + 1)),
            "values": [rng.random() / (n + 1) for n in range(n_epochs)],
            "timestamps": times,
        }
        for name in METRICS
    }
    config = Params.defaults() | {
        "learning_rate": rng.choice([0.003, 0.001, 0.0003]),
        "rnn_units": rng.choice([[128], [256, 256]]),
        "train_batch_size": rng.choice([16, 64]),
        "output_model_dir": f"models/{run_id}",
    }
    ended = run_id % 10 > 0
    cer = min(metrics["val_cer"]["values"])
    files = {
        "run.json": run_json(run_id, started, times[-1], cer if ended else None),
        "config.json": config,
        "metrics.json": metrics,
        "info.json": {"result": {"cer": cer}, "data": {"lines": 2000, "sha256": "0" * 64}},
    }
    for name, content in files.items():
        text = json.dumps(content, sort_keys=True, indent=2)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "cout.txt").write_text("Epoch 1/100\n" * n_epochs, encoding="utf-8")


def run_json(run_id: int, started: datetime, stopped: str, cer: float | None) -> dict[str, Any]:
    """`run.json`, with as many sources and packages as a real one."""
    ended = cer is not None
    result = {"cer": cer, "cer_interval": [0.9 * (cer or 0), 1.1 * (cer or 0)], "epochs": 100}
    sources = [[f"tf_crnn/module_{n}.py", f"_sources/module_{n}_{'0' * 32}.py"] for n in range(50)]
    return {
        "artifacts": ["report.json", "lines.csv", "report.html", "confusions.csv", "curves.png"],
        "command": "train",
        "experiment": {
            "name": "crnn",
            "mainfile": "training.py",
            "base_dir": "/home/user/tf-crnn",
            "sources": sources,
            "dependencies": [f"package_{n}==1.{n}" for n in range(10)],
            "repositories": [],
        },
        "heartbeat": stopped,
        "host": {"hostname": "machine", "os": ["Linux", "Linux-6.1"], "python_version": "3.11.9"},
        "meta": {"command": "train", "comment": f"trial {run_id}", "options": {}},
        "resources": [],
        "result": {**result, "wer": 0.2, "exact_match": 0.5, "n_lines": 5000} if ended else None,
        "start_time": started.isoformat(),
        "status": "COMPLETED" if ended else "INTERRUPTED",
        "stop_time": stopped,
    }


if __name__ == "__main__":
    main()
