"""Training: lines a second, processor time and memory of each framework."""

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click
from _common import ROOT
from _measuring import Measured, Stop, measure
from _peers import PEERS, Task, calamari_training, kraken_training, pylaia_training
from _speed_networks import calamari_network, kraken_network, pylaia_network
from _speed_readers import versions
from _speed_work import WORK, Ledger, Lines, empty, lines_of, rotated, write_rows

N_VALIDATED = 8
SLOW = 0.15  # share of the lines for an arm of which an epoch would take minutes
MANY_EPOCHS = "1000"  # the training is ended from outside
DOCUMENTED = "_documented"
# What a training prints at the end of an epoch.
OURS_MARK = r" - val_cer: "
CALAMARI_MARK, KRAKEN_MARK, PYLAIA_MARK = "Results of epoch", r"stage \d+/", r"^Epoch \d+, "


class Job(NamedTuple):
    """What a training is given.

    Attributes:
        task: lines as `_peers` has them, and where to train.
        lines: how many there are to train on.
        config: of the documented network.
    """

    task: Task
    lines: int
    config: dict[str, Any]


class Trainer(NamedTuple):
    """A framework with a network.

    Attributes:
        command: that trains a job.
        mark: see above.
        program: without which it cannot be measured.
        share: of the lines that it trains on.
    """

    command: Callable[[Job], list[str]]
    mark: str
    program: str
    share: float = 1.0


class Setting(NamedTuple):
    """What is measured.

    Attributes:
        dataset: of `data/`.
        arms: of `TRAINERS`.
        rounds: in each of which every arm has its turn.
        lines: of an epoch.
        seconds: that the epochs behind the first take at least.
    """

    dataset: str
    arms: tuple[str, ...]
    rounds: int
    lines: int
    seconds: float


def training_command(config: str, out: Path, updates: dict[str, str]) -> list[str]:
    """Ours, not recorded."""
    values = {"output_model_dir": str(out / "model"), "n_epochs": MANY_EPOCHS, "max_minutes": "0"}
    pairs = [f"{key}={value}" for key, value in {**values, **updates}.items()]
    return [sys.executable, "training.py", "-u", "with", config, *pairs]


def _ours(suffix: str, job: Job) -> list[str]:
    name = job.task.name
    tables = {
        key: str(write_rows(name, part, n_lines, job.task.out / f"{part}.csv"))
        for key, part, n_lines in (
            ("csv_files_train", "train", job.lines),
            ("csv_files_eval", "val", N_VALIDATED),
        )
    }
    return training_command(f"benchmarks/configs/{name}{suffix}.json", job.task.out, tables)


def _calamari(job: Job) -> list[str]:
    return calamari_training(job.task, "--trainer.epochs", MANY_EPOCHS)


def _calamari_documented(job: Job) -> list[str]:
    height = ("--data.line_height", str(job.config["input_shape"][0]))
    network = ("--network", calamari_network(job.config))
    return [*_calamari(job), *network, *height]


def _kraken(job: Job) -> list[str]:
    return kraken_training(job.task, "-q", "fixed", "-N", MANY_EPOCHS)


def _kraken_documented(job: Job) -> list[str]:
    batch = ("-B", str(job.config["train_batch_size"]))
    return [*_kraken(job), "-s", kraken_network(job.config), *batch]


def _pylaia(job: Job) -> list[str]:
    return pylaia_training(job.task, options=("--trainer.max_epochs", MANY_EPOCHS))


def _pylaia_documented(job: Job) -> list[str]:
    batch = ("--data.batch_size", str(job.config["train_batch_size"]))
    return pylaia_training(
        job.task,
        network=pylaia_network(job.config),
        height_px=job.config["input_shape"][0],
        options=("--trainer.max_epochs", MANY_EPOCHS, *batch),
    )


def _program(peer: str, name: str) -> str:
    return str(PEERS / peer / "bin" / name)


_CALAMARI = _program("calamari", "calamari-train")
_KRAKEN, _PYLAIA = _program("kraken", "ketos"), _program("pylaia", "pylaia-htr-train-ctc")
TRAINERS: dict[str, Trainer] = {
    "tf_crnn": Trainer(partial(_ours, ""), OURS_MARK, sys.executable),
    f"tf_crnn{DOCUMENTED}": Trainer(partial(_ours, "_tf_crnn"), OURS_MARK, sys.executable),
    "calamari": Trainer(_calamari, CALAMARI_MARK, _CALAMARI),
    f"calamari{DOCUMENTED}": Trainer(_calamari_documented, CALAMARI_MARK, _CALAMARI),
    "kraken": Trainer(_kraken, KRAKEN_MARK, _KRAKEN, SLOW),
    f"kraken{DOCUMENTED}": Trainer(_kraken_documented, KRAKEN_MARK, _KRAKEN, SLOW),
    "pylaia": Trainer(_pylaia, PYLAIA_MARK, _PYLAIA, SLOW),
    f"pylaia{DOCUMENTED}": Trainer(_pylaia_documented, PYLAIA_MARK, _PYLAIA, SLOW),
}


def measure_training(setting: Setting) -> dict[str, Any]:
    """Rounds of all arms on all processors."""
    os.environ["BENCHMARK_SEED"] = "1"
    lines, found = lines_of(setting.dataset), dict[str, list[Any]]()
    ledger = Ledger("training", {**setting._asdict(), "arms": list(setting.arms)})
    skipped = {
        name: f"{Path(TRAINERS[name].program).name} is not installed"
        for name in setting.arms
        if not Path(TRAINERS[name].program).exists()
    }
    for turn in range(setting.rounds):
        for name in rotated([name for name in setting.arms if name not in skipped], turn):
            kept = ledger.once(f"{turn} {name}", lambda n=name: train(n, setting, lines))
            found.setdefault(name, []).append(kept)
            if kept["code"] > 0:
                skipped[name] = f"ended with status {kept['code']}"
    for name, reason in skipped.items():
        click.echo(f"{name} is left out: {reason}", err=True)
    return {
        **setting._asdict(),
        "trainers": {name: found[name] for name in found if name not in skipped},
        "versions": versions(),
        "skipped": skipped,
        "busy_before": ledger.close(),
    }


def train(name: str, setting: Setting, lines: Lines) -> dict[str, Any]:
    """Have an arm train until its epochs behind the first have taken their seconds."""
    trainer = TRAINERS[name]
    folder = empty(WORK / setting.dataset / "train" / name)
    n_lines = link_some(lines, max(1, round(setting.lines * trainer.share)), folder / "data")
    out = empty(folder / "out")
    path = ROOT / "benchmarks" / "configs" / f"{setting.dataset}_tf_crnn.json"
    task = Task(setting.dataset, folder / "data", out, 0.0)
    job = Job(task, n_lines, json.loads(path.read_text()))
    stop = Stop(trainer.mark, seconds=setting.seconds)
    measured = measure(trainer.command(job), stop=stop, cwd=ROOT)
    (folder / "log.txt").write_text(measured.output, encoding="utf-8")
    return {"lines": n_lines, "code": measured.code, **epochs_of(measured)}


def epochs_of(measured: Measured) -> dict[str, Any]:
    """Wall and processor seconds of each epoch behind the first, and the memory."""
    pairs = list(zip(measured.marks, measured.marks[1:], strict=False))
    return {
        "first_s": measured.marks[0].wall_s if measured.marks else None,
        "epoch_s": [round(later.wall_s - sooner.wall_s, 3) for sooner, later in pairs],
        "epoch_cpu_s": [round(later.cpu_s - sooner.cpu_s, 2) for sooner, later in pairs],
        "peak_mb": measured.peak_mb,
    }


def link_some(lines: Lines, n_lines: int, folder: Path) -> int:
    """Link some lines of train/ and val/ into a folder; how many there are in train/."""
    counts = {}
    for part, wanted in (("train", n_lines), ("val", N_VALIDATED)):
        target = empty(folder / part)
        chosen = lines.some(part, wanted)
        for image in chosen:
            text = image.with_suffix(".gt.txt")
            (target / image.name).symlink_to(image.resolve())
            (target / text.name).write_text(text.read_text(encoding="utf-8"), encoding="utf-8")
        counts[part] = len(chosen)
    return counts["train"]
