"""Does stitching shorten the way? Two trainings side by side, with stitched lines and without.

    python benchmarks/stitching.py models/first data/hw_peraire --seeds 1,2,3 --seconds 750

MODEL cuts the training lines into pieces. For each seed two trainings of benchmarks/configs/
hw_peraire.json, with lines 48 px high, begin at the same time, each on one core, and end with the
epoch in which they have had `--seconds` of processor time. Compared is the validation CER at the
greatest processor time that both have reached, read off the straight line between two epochs.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from _common import ROOT, write_result

WORK = ROOT / "models" / "stitching"
ARMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "stitched": {
        "synthetic_ratio": 0.5,
        "stitch_pieces": str(WORK / "pieces"),
        "synthetic_short_epochs": 3,
    },
}
SHARED = {
    "input_shape": [48, 1320],
    "max_minutes": 0,
    "sample_every_epoch": 0,
    "evaluate_every_epoch": 1000,
    "early_stopping_patience": 100,
}
_TICKS = os.sysconf("SC_CLK_TCK")


class Arm(NamedTuple):
    """A training and its curve: (seconds of processor time, validation CER) of each epoch."""

    process: subprocess.Popen[bytes]
    log: Path
    curve: list[tuple[float, float]]


@click.command(help=__doc__.splitlines()[0])
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seeds", default="1,2,3", show_default=True)
@click.option("--seconds", default=750.0, show_default=True, help="Of processor time, each.")
def main(model: Path, data: Path, seeds: str, seconds: float) -> None:
    """Make the pieces, train, compare."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    command = [sys.executable, "hlp/generate_synthetic.py", "--from-model", model.resolve()]
    command += ["--csv", data.resolve() / "train.csv", "--output_dir", WORK / "pieces"]
    subprocess.run([*command, "--height", str(SHARED["input_shape"][0])], cwd=ROOT, check=True)
    curves = {seed: train_both(data.resolve(), seed, seconds) for seed in seeds.split(",")}
    write_result("stitching", {"seeds": {seed: compare(both) for seed, both in curves.items()}})


def train_both(data: Path, seed: str, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """The curves of both arms."""
    arms = {
        name: start(data, name, int(seed), core=(number + int(seed)) % (os.cpu_count() or 1))
        for number, name in enumerate(ARMS)
    }
    training = set(arms)
    while training:
        time.sleep(2)
        for name in sorted(training):
            if follow(arms[name], seconds):
                training.remove(name)
    return {name: arm.curve for name, arm in arms.items()}


def start(data: Path, name: str, seed: int, *, core: int) -> Arm:
    """Begin a training on one core."""
    values = json.loads((ROOT / "benchmarks/configs/hw_peraire_tf_crnn.json").read_text())
    values |= SHARED | ARMS[name] | {"seed": seed, "output_model_dir": str(WORK / f"{name}_{seed}")}
    for key in ("csv_files_train", "csv_files_eval", "lookup_alphabet_file"):
        values[key] = str(data / Path(values[key]).name)
    config, log = WORK / f"{name}_{seed}.json", WORK / f"{name}_{seed}.log"
    config.write_text(json.dumps(values))
    threads = dict.fromkeys(
        ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1"
    )
    command = ["taskset", "-c", str(core), sys.executable, "training.py", "-u", "with", config]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **threads}, stdout=stream, stderr=stream
        )
    return Arm(process, log, [])


def follow(arm: Arm, seconds: float) -> bool:
    """Note the epochs that have ended; whether the training has ended, or is made to."""
    if arm.process.poll() is not None:
        raise click.ClickException(f"{arm.log}: the training ended by itself.")
    used = processor_seconds(arm.process.pid)
    cers = re.findall(r"val_cer: ([0-9.e+-]+)", arm.log.read_text())
    arm.curve.extend((round(used, 1), float(cer)) for cer in cers[len(arm.curve) :])
    if not arm.curve or arm.curve[-1][0] < seconds:
        return False
    arm.process.send_signal(signal.SIGTERM)
    arm.process.wait()
    return True


def processor_seconds(pid: int) -> float:
    """User and system time of a process and its threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def compare(curves: dict[str, list[tuple[float, float]]]) -> dict[str, Any]:
    """CERs at the greatest time that both curves reach."""
    at = min(curve[-1][0] for curve in curves.values())
    cers = {name: float(np.interp(at, *zip(*curve, strict=True))) for name, curve in curves.items()}
    return {
        "processor_seconds": at,
        **{f"cer_{name}": round(cer, 4) for name, cer in cers.items()},
        "relative": round(cers["stitched"] / cers["plain"] - 1, 4),
        "curves": curves,
    }


if __name__ == "__main__":
    main()
