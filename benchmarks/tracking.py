"""What recording a training costs: the sample training with and without it, by turns.

Processor time is kept beside the time on the clock, which says little on a busy machine.

python benchmarks/tracking.py

Without: no observer, no contact sheets, and at the end `report.json` and `lines.csv` alone.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import click
from _common import ROOT, write_result

UNRECORDED = """
import sys
from tf_crnn import experiment, trainer
from tf_crnn.evaluation import write_report

def write_numbers_alone(folder, result, *, history, config, about):
    write_report(folder, result, **about)

trainer.write_full_report = write_numbers_alone
sys.argv = ["training.py", "-u", *sys.argv[1:], "sample_every_epoch=0"]
experiment.main()
"""


class Seconds(NamedTuple):
    """On the clock, and of all processors."""

    clock: float
    processors: float


@click.command()
@click.option("--epochs", default=8, show_default=True, help="The sample config trains for 16.")
@click.option("--repeats", default=3, show_default=True)
def main(epochs: int, repeats: int) -> None:
    """Measure, print and keep the medians."""
    seconds: dict[str, list[Seconds]] = {"recorded": [], "unrecorded": []}
    for turn in range(repeats):
        # Whoever comes first finds a colder machine.
        order = sorted(seconds, reverse=bool(turn % 2))
        for kind in order:
            seconds[kind].append(train(epochs, is_recorded=kind == "recorded"))
            print(f"{kind}: {seconds[kind][-1]}", flush=True)
    result: dict[str, Any] = {"epochs": epochs, "repeats": repeats}
    for name in Seconds._fields:
        medians = {
            kind: round(statistics.median(getattr(took, name) for took in times), 1)
            for kind, times in seconds.items()
        }
        overhead = medians["recorded"] / medians["unrecorded"] - 1
        result[name] = {**medians, "overhead": round(overhead, 4)}
    write_result("tracking", result)


def train(epochs: int, *, is_recorded: bool) -> Seconds:
    """How long one training takes, start and end included."""
    with tempfile.TemporaryDirectory() as temporary:
        start = ["training.py", "-F", f"{temporary}/runs"] if is_recorded else ["-c", UNRECORDED]
        settings = [f"n_epochs={epochs}", "max_minutes=0", f"output_model_dir={temporary}/model"]
        command = [sys.executable, *start, "with", "config.json", *settings]
        began, busy_before = time.perf_counter(), processor_seconds()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return Seconds(time.perf_counter() - began, processor_seconds() - busy_before)


def processor_seconds() -> float:
    """Of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if not Path(ROOT / "data/sample/train.csv").exists():
        sys.exit("data/sample is missing: run `make data/sample/train.csv` first.")
    main()
