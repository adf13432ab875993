"""Error rate and speed of the decodings of a trained model.

    python benchmarks/decoding.py MODEL TRAIN_CSV VALIDATION_CSV

The n-grams are learnt from the labels of the training CSV into a copy of the model, and their
weight is fitted on the lines that are then read, as a training does it; `fitted_on_other_half` is
the error rate where each half of the lines is read with the weights of the other. Speed is counted
in processor time, network included, so that what else the machine does matters less.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from _common import write_result

from tf_crnn.checkpoints import find_model, load_params
from tf_crnn.config import Params
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.ensemble import Ensemble
from tf_crnn.language_learning import learn_language_model, put_language_model
from tf_crnn.loader import PredictionModel
from tf_crnn.metrics import compare_lines
from tf_crnn.samples import read_rows, resolve_image_path

NO_MODEL = {"language_model_weight": 0.0, "length_bonus": 0.0}
DECODINGS: dict[str, dict[str, Any]] = {
    "greedy": {"decoding": "greedy"},
    "beam of 10": {"decoding": "beam", "beam_width": 10, **NO_MODEL},
    "beam of 100": {"decoding": "beam", **NO_MODEL},
    "beam of 20 with language model": {"decoding": "beam", "beam_width": 20},
    "beam of 100 with language model": {"decoding": "beam"},
    "beam with 4 copies": {"decoding": "beam", "test_time_augmentation": 4, **NO_MODEL},
    "beam with language model and 4 copies": {"decoding": "beam", "test_time_augmentation": 4},
}
Lines = list[tuple[Path, str]]


@click.command()
@click.argument("model")
@click.argument("train_csv")
@click.argument("csv_file")
@click.option("--with", "others", multiple=True, help="More models, for the ensemble.")
@click.option("--order", default=6, show_default=True)
def main(model: str, train_csv: str, csv_file: str, others: tuple[str, ...], order: int) -> None:
    """Measure, print and keep the result."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(find_model(model).folder, Path(temporary) / "model"))
        params = Params(**{**load_params(folder).to_dict(), "language_model_order": order})
        started = time.process_time()
        ngrams = learn_language_model(params, train_csv)
        learnt = time.process_time()
        fitted = put_language_model(folder, ngrams, csv_file)
        fitting_s = time.process_time() - learnt
        lines = list(labelled(params, Path(csv_file)))
        readings = {
            name: measured(PredictionModel(folder, decoding=keys), lines)
            for name, keys in DECODINGS.items()
        }
        if others:
            for name in ("greedy", "beam of 100 with language model"):
                ensemble = Ensemble([folder, *others], decoding=DECODINGS[name])
                readings[f"ensemble of {1 + len(others)}, each {name}"] = measured(ensemble, lines)
        result = {
            "lines": len(lines),
            "model": Path(model).name,
            "language_model": {
                "order": order, "n_grams": len(ngrams.tables.unit), **fitted._asdict(),
                "learning_s": round(learnt - started, 1), "fitting_s": round(fitting_s, 1),
                "fitted_on_other_half": crossed(folder, ngrams, Path(csv_file), lines),
            },
            "decodings": readings,
        }  # fmt: skip
    write_result("decoding", result)


def labelled(params: Params, csv_path: Path) -> Lines:
    """Image and text of each row."""
    delimiters = params.csv_delimiter, params.string_split_delimiter
    return [
        (
            resolve_image_path(row.image_path, csv_path.resolve().parent),
            "".join(params.text_rules.units(row.label or "", delimiters[1])),
        )
        for row in read_rows(csv_path, *delimiters)
    ]


def measured(reader: PredictionModel | Ensemble, lines: Lines) -> dict[str, float]:
    """CER and lines read in a second of one core."""
    list(reader.transcribe([path for path, _ in lines[:16]]))  # compiles and traces
    started = time.process_time()
    texts = read(reader, lines)
    seconds = time.process_time() - started
    counts = compare_lines(zip([truth for _, truth in lines], texts, strict=True))
    rate = len(lines) / seconds
    return {"cer": round(counts.cer, 5), "lines_per_core_second": round(rate, 1)}


def read(reader: PredictionModel | Ensemble, lines: Lines) -> list[str]:
    """The texts of all lines."""
    found = reader.transcribe([path for path, _ in lines])
    return [line.text if isinstance(line, Transcription) else "" for line in found]


def crossed(folder: Path, ngrams: Any, csv_path: Path, lines: Lines) -> float:
    """CER where no line is read with weights that were fitted on it."""
    rows = csv_path.read_bytes().splitlines(keepends=True)
    pairs = []
    for half in (0, 1):
        other = folder / f"half_{half}.csv"
        named = [row for number, row in enumerate(rows) if number % 2 == half]
        other.write_bytes(b"".join(named))
        for row in read_rows(other):
            target = folder / row.image_path
            target.parent.mkdir(parents=True, exist_ok=True)
            source = resolve_image_path(row.image_path, csv_path.resolve().parent)
            if not target.exists():
                target.symlink_to(source.resolve())
        put_language_model(folder, ngrams, other)
        unseen = [line for number, line in enumerate(lines) if number % 2 != half]
        texts = read(PredictionModel(folder, decoding={"decoding": "beam"}), unseen)
        pairs += list(zip([truth for _, truth in unseen], texts, strict=True))
    return round(compare_lines(pairs).cer, 5)


if __name__ == "__main__":
    main()
