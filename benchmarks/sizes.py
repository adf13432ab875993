"""Parameters, speed and error rate of the presets `tiny`, `small` and `base`.

    python benchmarks/sizes.py                         all of them on both sets
    python benchmarks/sizes.py --sizes base            one anew; the others stay as they were kept

Each preset is trained with the recipe of `configs/<set>.json` for the same minutes, on one
processor, and its best model reads the validation lines. Training is counted in lines that a
second of the training's own clock took, validations left out; reading in processor time, by the
best path.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

import click
from _common import RESULTS, ROOT, write_result
from _tables import write_table

from tf_crnn.checkpoints import list_saves
from tf_crnn.config import Params
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_network
from tf_crnn.samples import as_paths, read_rows, resolve_image_path

RUNS = ROOT / "runs" / "sizes"


@click.command()
@click.option("--sizes", default="tiny,small,base", show_default=True)
@click.option("--datasets", default="fraktur19,hw_peraire", show_default=True)
@click.option("--minutes", default=20.0, show_default=True, help="Of each training.")
def main(sizes: str, datasets: str, minutes: float) -> None:
    """Train, measure, keep the result and write the README's table."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    path = RESULTS / "sizes.json"
    kept: dict[str, Any] = json.loads(path.read_text())["sizes"] if path.is_file() else {}
    for size in sizes.split(","):
        measured = {name: train(size, name, minutes) for name in datasets.split(",")}
        first = next(iter(measured.values()))
        kept[size] = {
            "parameters": first["parameters"],
            "trained_per_second": first["trained_per_second"],
            "read_per_second": first["read_per_second"],
            "cer": measured,
        }
    order = [size for size in ("tiny", "small", "base") if size in kept]
    write_result("sizes", {"minutes": minutes, "sizes": {size: kept[size] for size in order}})
    write_table()


def train(size: str, dataset: str, minutes: float) -> dict[str, Any]:
    """Train a preset on a set; what it gave."""
    out = RUNS / f"{size}_{dataset}"
    shutil.rmtree(out, ignore_errors=True)
    config = f"benchmarks/configs/{dataset}.json"
    updates = [f"output_model_dir={out}", f"max_minutes={minutes}"]
    command = [sys.executable, "training.py", "with", config, size, *updates]
    subprocess.run(command, cwd=ROOT, check=True)
    save = list_saves(out / "saving")[-1]
    history = save.state["history"]
    report = json.loads(next((out / "reports").rglob("report.json")).read_text())
    model = PredictionModel(out, decoding={"decoding": "greedy"})
    params = model.params
    n_lines = sum(len(list(read_rows(path))) for path in as_paths(params.csv_files_train or ()))
    return {
        "cer": report["rates"]["cer"]["value"],
        "epochs": len(history),
        "parameters": int(get_network(params).count_params()),
        "trained_per_second": round(n_lines / min(epoch["seconds"] for epoch in history), 1),
        "read_per_second": round(reading_rate(model, params), 1),
    }


def reading_rate(model: PredictionModel, params: Params) -> float:
    """Validation lines that are read in a second of processor time."""
    [csv_file] = as_paths(params.csv_files_eval or ())
    folder = csv_file.resolve().parent
    paths = [resolve_image_path(row.image_path, folder) for row in read_rows(csv_file)]
    list(model.transcribe(paths[:32]))  # compiles and traces
    started = time.process_time()
    list(model.transcribe(paths))
    return len(paths) / (time.process_time() - started)


if __name__ == "__main__":
    main()
