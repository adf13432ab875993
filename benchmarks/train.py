"""Lines per second of a training epoch: batches of similar width against all at the widest.

    python benchmarks/train.py data/fraktur19/train.csv data/fraktur19/alphabet.json

Both train the same network on the same lines in one process, in turns; medians are compared.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from _common import ROOT, write_result

from tf_crnn.batches import Batch, LineBatches
from tf_crnn.config import Params, import_params_from_json
from tf_crnn.data_handler import batches_for, labelled
from tf_crnn.images import pad_width
from tf_crnn.model import TrainingModel, get_model_train
from tf_crnn.preprocessing import preprocess_csv


@click.command()
@click.argument("csv_file", type=click.Path(exists=True))
@click.argument("alphabet", type=click.Path(exists=True))
@click.option("--lines", default=2000, show_default=True, help="How many of the lines.")
@click.option("--repeats", default=3, show_default=True, help="Epochs of each kind.")
def main(csv_file: str, alphabet: str, lines: int, repeats: int) -> None:
    """Measure, print and keep the result."""
    values = import_params_from_json(
        json_filename=ROOT / "benchmarks/configs/fraktur19_tf_crnn.json"
    )
    params = Params(**{**values, "lookup_alphabet_file": alphabet, "data_augmentation": False})
    with tempfile.TemporaryDirectory() as folder:
        batches = batches_for(
            first_lines(csv_file, params, lines, Path(folder)),
            params,
            batch_size=params.train_batch_size,
            augment=False,
            shuffle=True,
        )
        seconds = measure(get_model_train(params), batches, repeats)
    widths = batches.index.widths
    medians = {kind: statistics.median(times) for kind, times in seconds.items()}
    write_result(
        "train",
        {
            "lines": batches.n_lines,
            "mean_width_px": float(widths.mean()),
            "widest_px": int(widths.max()),
            "lines_per_second": {kind: batches.n_lines / s for kind, s in medians.items()},
            "seconds": seconds,
            "times_as_fast": medians["all_at_widest"] / medians["similar_width"],
        },
    )


def first_lines(csv_file: str, params: Params, lines: int, folder: Path) -> str:
    """A preprocessed CSV of every n-th line, about `lines` of them."""
    whole = folder / "whole.csv"
    count = preprocess_csv(csv_file, params, whole)
    rows = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    chosen = np.linspace(0, count - 1, min(lines, count)).astype(int)
    part = folder / "part.csv"
    part.write_text("".join(rows[row] for row in chosen), encoding="utf-8")
    return str(part)


def measure(model: TrainingModel, batches: LineBatches, repeats: int) -> dict[str, list[float]]:
    """Seconds of each epoch; the first of each kind only warms up."""
    seconds: dict[str, list[float]] = {"similar_width": [], "all_at_widest": []}
    widest = int(batches.index.widths.max())
    for repeat in range(repeats + 1):
        for kind in seconds:
            epoch = batches.epoch(repeat)
            began = time.perf_counter()
            train(model, epoch if kind == "similar_width" else padded(epoch, widest))
            if repeat:
                seconds[kind].append(time.perf_counter() - began)
            if not repeat:
                continue
            print(f"{kind}: {seconds[kind][-1]:.1f} s", flush=True)
    return seconds


def train(model: TrainingModel, epoch: Iterator[Batch]) -> None:
    """One epoch."""
    for batch in epoch:
        model.train_on_batch(*labelled(batch))


def padded(epoch: Iterator[Batch], width_px: int) -> Iterator[Batch]:
    """Every batch at one width, as a fixed input size asks for.

    All columns count as time steps, since the original does not mask its recurrent layers.
    """
    for batch in epoch:
        missing = max(width_px, batch.images.shape[2])
        images = np.stack([pad_width(image, missing) for image in batch.images])
        yield batch._replace(images=images)


if __name__ == "__main__":
    main()
