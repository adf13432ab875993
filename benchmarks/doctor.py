"""Seconds and memory of `tf-crnn data doctor` on 50,000 lines.

    python benchmarks/doctor.py data/fraktur19/train.csv data/fraktur19/alphabet.json

Each line of the CSV is cut at ever other places until there are enough different ones; they are
then read, checked and shown as page, text and JSON.
"""

import json
import resource
import tempfile
import time
from itertools import count, islice
from pathlib import Path

import click
import numpy as np
from _common import ROOT, write_result
from PIL import Image

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.doctor.examine import examine
from tf_crnn.doctor.page import write_page
from tf_crnn.doctor.reading import n_cores
from tf_crnn.doctor.setting import make_setting
from tf_crnn.doctor.text_report import format_text
from tf_crnn.samples import format_row, read_rows
from tf_crnn.text import split_units

_LEAST_SHARE = 0.6


@click.command()
@click.argument("csv_file", type=click.Path(exists=True))
@click.argument("alphabet", type=click.Path(exists=True))
@click.option("--lines", "n_lines", default=50_000, show_default=True)
@click.option("--jobs", default=n_cores(), show_default=True)
def main(csv_file: str, alphabet: str, n_lines: int, jobs: int) -> None:
    """Measure, print and keep the result."""
    values = import_params_from_json(
        json_filename=ROOT / "benchmarks/configs/fraktur19_tf_crnn.json"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        Params(**{**values, "lookup_alphabet_file": alphabet}).save(folder / "config.json")
        train, val = cut_lines(Path(csv_file), folder, n_lines)
        setting = make_setting([str(train)], [str(val)], [str(folder / "config.json")])
        used = processor_seconds()
        began = time.perf_counter()
        examination = examine(setting, jobs)
        seconds = time.perf_counter() - began
        used = processor_seconds() - used
        format_text(examination)
        write_page(examination, folder / "doctor.html")
        text = json.dumps(examination.to_dict(), ensure_ascii=False)
        told = time.perf_counter() - began - seconds
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    write_result(
        "doctor",
        {
            "lines": len(examination.survey),
            "jobs": jobs,
            "seconds": round(seconds, 1),
            "lines_per_second": round(len(examination.survey) / seconds),
            "processor_seconds": round(used, 1),
            "seconds_of_text_page_and_json": round(told, 1),
            "json_mb": round(len(text.encode()) / 1e6, 1),
            "peak_memory_mb": usage[0].ru_maxrss // 1024,
            "peak_memory_of_a_worker_mb": usage[1].ru_maxrss // 1024,
            "record_bytes_a_line": examination.survey.records.itemsize,
            "findings": {finding.key: finding.count for finding in examination.findings},
        },
    )


def processor_seconds() -> float:
    """Of this process and of those that it started and that ended."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


def cut_lines(source: Path, folder: Path, n_lines: int) -> tuple[Path, Path]:
    """Different lines, cut out of those of a CSV, and two CSVs of them."""
    rng = np.random.default_rng(0)
    rows = [row for row in read_rows(source) if row.label]
    (folder / "images").mkdir()
    texts: list[str] = []
    for number in islice(count(), n_lines):
        row = rows[number % len(rows)]
        with Image.open(source.parent / row.image_path) as picture:
            share = rng.uniform(_LEAST_SHARE, 1)
            end = max(1, round(picture.width * share))
            left = int(rng.integers(0, picture.width - end + 1))
            name = f"images/{number}.png"
            picture.crop((left, 0, left + end, picture.height)).save(folder / name)
        units = split_units(row.label or "")
        first = round(left / picture.width * len(units))
        texts.append(format_row(name, units[first : first + max(1, round(share * len(units)))]))
    n_val = n_lines // 10
    for name, part in (("train.csv", texts[n_val:]), ("val.csv", texts[:n_val])):
        (folder / name).write_text("".join(part), encoding="utf-8")
    return folder / "train.csv", folder / "val.csv"


if __name__ == "__main__":
    main()
