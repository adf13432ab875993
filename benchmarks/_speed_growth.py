"""Seconds of an epoch and peak memory, as the lines of a training become more.

Short lines, drawn once, stand in the CSVs as often as it takes; every one of them is read, prepared
and trained on in every epoch, with a small network, so that 100,000 take minutes.
"""

import json
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from _common import ROOT
from _measuring import Stop, measure
from _speed_training import OURS_MARK, epochs_of, training_command
from _speed_work import WORK, Ledger, empty, taken

from tf_crnn.samples import escape_path, read_rows

CONFIG = "benchmarks/configs/growth.json"
FOLDER = WORK / "growth"
N_DRAWN, N_VALIDATED = 2000, 64
SECONDS = 10.0  # of epochs behind the first, at least
SOURCES = ("files", "pack")


class Setting(NamedTuple):
    """What is measured: trainings on so many lines of such `SOURCES`, each so often."""

    counts: tuple[int, ...]
    sources: tuple[str, ...]
    rounds: int


def measure_growth(setting: Setting) -> dict[str, Any]:
    """Trainings on ever more lines, from files and from a pack."""
    draw_lines()
    ledger = Ledger("growth", json.loads(json.dumps(setting._asdict())))
    packed = setting.counts if "pack" in setting.sources else ()
    packs = {n: ledger.once(f"pack {n}", lambda n=n: make_pack(n)) for n in packed}
    found: dict[str, dict[str, list[Any]]] = {source: {} for source in setting.sources}
    for turn in range(setting.rounds):
        for n_lines in setting.counts:
            for source in setting.sources:
                key = f"{turn} {source} {n_lines}"
                kept = ledger.once(key, lambda n=n_lines, s=source: train(n, s))
                found[source].setdefault(str(n_lines), []).append(kept)
    return {
        "drawn": N_DRAWN,
        "rounds": setting.rounds,
        "packing": {str(n_lines): kept for n_lines, kept in packs.items()},
        "sources": found,
        "fits": {source: fit(found[source]) for source in setting.sources},
        "busy_before": ledger.close(),
    }


def draw_lines() -> None:
    """Draw the lines, unless they are there."""
    lines = FOLDER / "lines"
    if not (lines / "val.csv").is_file():
        counts = ("--n_train", str(N_DRAWN), "--n_val", str(N_VALIDATED))
        script = [sys.executable, "hlp/generate_synthetic.py", "--output_dir", str(lines)]
        empty(lines).rmdir()
        subprocess.run([*script, *counts, "--max_words", "1"], cwd=ROOT, check=True)


def csv_of_lines(n_lines: int) -> Path:
    """A CSV of so many rows."""
    source, path = FOLDER / "lines" / "train.csv", FOLDER / f"{n_lines}.csv"
    with path.open("w", encoding="utf-8") as stream:
        for row in islice(cycle(list(read_rows(source))), n_lines):
            image = escape_path(str(source.parent / row.image_path))
            stream.write(f"{image};{row.label}\n")
    return path


def pack_of_lines(n_lines: int) -> Path:
    """Where their pack is."""
    return FOLDER / f"pack_{n_lines}"


def make_pack(n_lines: int) -> dict[str, Any]:
    """Pack so many lines; what that took."""
    program = str(Path(sys.executable).with_name("tf-crnn"))
    pack = empty(pack_of_lines(n_lines))
    command = [program, "data", "pack", str(csv_of_lines(n_lines)), "--config", CONFIG]
    measured = measure([*command, "-o", str(pack)], cwd=ROOT)
    if measured.code:
        raise click.ClickException(f"packing {n_lines} lines ended with {measured.code}.")
    return taken(measured)


def train(n_lines: int, source: str) -> dict[str, Any]:
    """Train on so many lines, until an epoch behind the first has ended."""
    lines = csv_of_lines(n_lines) if source == "files" else pack_of_lines(n_lines)
    out = empty(FOLDER / f"train_{source}_{n_lines}")
    command = training_command(CONFIG, out, {"csv_files_train": str(lines)})
    measured = measure(command, stop=Stop(OURS_MARK, seconds=SECONDS), cwd=ROOT)
    (out / "log.txt").write_text(measured.output, encoding="utf-8")
    if len(measured.marks) < 2:
        raise click.ClickException(f"{out / 'log.txt'}: the training ended before two epochs did.")
    return epochs_of(measured)


def epoch_seconds(kept: list[dict[str, Any]]) -> float:
    """The median of all epochs of a number of lines."""
    return float(np.median([seconds for once in kept for seconds in once["epoch_s"]]))


def fit(found: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Least squares: seconds = fixed_s + s_a_line * lines, each residual relative to its seconds.

    The exponent is the slope of the logarithms: 1 where twice the lines take twice as long.
    """
    counts = np.array([float(n_lines) for n_lines in found])
    seconds = np.array([epoch_seconds(kept) for kept in found.values()])
    terms = np.stack([np.ones_like(counts), counts], axis=1) / seconds[:, None]
    (fixed, slope), *_ = np.linalg.lstsq(terms, np.ones_like(seconds), rcond=None)
    off = np.abs(fixed + slope * counts - seconds) / seconds
    exponent = np.polyfit(np.log(counts[-2:]), np.log(seconds[-2:]), 1)[0]
    return {
        "fixed_s": round(float(fixed), 4),
        "s_a_line": float(slope),
        "largest_deviation": round(float(off.max()), 4),
        "exponent_of_the_last_two": round(float(exponent), 4),
    }
