"""Seconds to preprocess 100,000 rows.

    python benchmarks/preprocessing.py data/fraktur19/train.csv data/fraktur19/alphabet.json

The CSV's rows are repeated until there are enough of them.
"""

import resource
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import click
from _common import ROOT, write_result

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.samples import format_row, read_rows
from tf_crnn.text import split_units


@click.command()
@click.argument("csv_file", type=click.Path(exists=True))
@click.argument("alphabet", type=click.Path(exists=True))
@click.option("--rows", default=100_000, show_default=True)
def main(csv_file: str, alphabet: str, rows: int) -> None:
    """Measure, print and keep the result."""
    values = import_params_from_json(
        json_filename=ROOT / "benchmarks/configs/fraktur19_tf_crnn.json"
    )
    params = Params(**{**values, "lookup_alphabet_file": alphabet})
    source = Path(csv_file).resolve()
    with tempfile.TemporaryDirectory() as folder:
        many = Path(folder) / "many.csv"
        with many.open("w", encoding="utf-8") as stream:
            for row in islice(cycle(list(read_rows(source))), rows):
                image = str(source.parent / row.image_path)
                stream.write(format_row(image, split_units(row.label or "")))
        memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        n_usable = preprocess_csv(str(many), params, Path(folder) / "updated.csv")
        seconds = time.perf_counter() - began
    write_result(
        "preprocessing",
        {
            "rows": rows,
            "usable": n_usable,
            "seconds": round(seconds, 1),
            "rows_per_second": round(rows / seconds),
            "memory_grown_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_before)
            // 1024,
        },
    )


if __name__ == "__main__":
    main()
