"""Seconds, bytes and memory of comparing runs, and until Chromium shows the page.

python benchmarks/compare.py
"""

import csv
import io
import math
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from _common import write_result
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import sync_playwright

from tf_crnn.comparison.compare import compare_runs
from tf_crnn.comparison.page import write_json, write_page
from tf_crnn.errors import TrackingError
from tf_crnn.tracking.records import Metric, RunRecord

WORDS = (
    "der", "die", "das", "und", "ein", "nicht", "sich", "wurde", "seine", "Stadt", "Wasser",
    "früher", "gegangen", "Buchhandel", "über",
)  # fmt: skip
LINE_PX = (1000, 60)
N_EPOCHS = 100
METRICS = ("loss", "cer", "val_loss", "val_cer", "val_wer", "val_exact_match", "learning_rate")
BEGAN = datetime(2026, 1, 1, 8, tzinfo=UTC)


class MadeRun:
    """A store of one run that was never trained."""

    def __init__(self, lines: bytes, seed: int) -> None:
        """Its `lines.csv`, and a seed for its metrics."""
        self.lines, self.seed = lines, seed

    def runs(self) -> Iterator[RunRecord]:
        """The one run."""
        yield self.run(str(self.seed))

    def run(self, run_id: str) -> RunRecord:
        """The one run."""
        return RunRecord(
            run_id=run_id,
            label=f"runs/{run_id}",
            experiment="crnn",
            status="COMPLETED",
            started=BEGAN,
            stopped=BEGAN + timedelta(minutes=N_EPOCHS),
            config={"learning_rate": 0.001 / self.seed, "rnn_units": [256, 256]},
            result={},
            info={},
            comment="",
            host="",
            artifacts=("lines.csv",),
            store=self,
        )

    def metrics(self, run_id: str) -> dict[str, Metric]:
        """As many metrics as a training has."""
        rng = random.Random(run_id)
        steps = tuple(range(1, N_EPOCHS + 1))
        return {
            name: Metric(
                steps,
                tuple(math.exp(-step / 20) + 0.02 * rng.random() for step in steps),
                tuple(step + rng.random() / 10 for step in steps),
            )
            for name in METRICS
        }

    def artifact(self, run_id: str, name: str) -> bytes:
        """The one artifact."""
        if name != "lines.csv":
            raise TrackingError(f"{run_id}: has no artifact {name}.")
        return self.lines


@click.command()
@click.option("--n_runs", default=10, show_default=True)
@click.option("--n_lines", default=5000, show_default=True)
@click.option("--repeats", default=3, show_default=True)
def main(n_runs: int, n_lines: int, repeats: int) -> None:
    """Measure, print and keep the medians; lines are drawn once and not measured."""
    with tempfile.TemporaryDirectory() as folder:
        texts = draw_lines(Path(folder), n_lines)
        page = Path(folder) / "compare.html"
        records = [
            MadeRun(read_badly(Path(folder), texts, 0.01 + 0.004 * n, seed=n), n).run(str(n))
            for n in range(1, n_runs + 1)
        ]
        measured = [compare(records, page) for _ in range(repeats)]
        medians = {
            name: round(statistics.median(m[name] for m in measured), 2) for name in measured[0]
        }
        loading = load(page, repeats)
        result = {
            "n_runs": n_runs,
            "n_lines": n_lines,
            "seconds": medians,
            "page_mb": round(page.stat().st_size / 1e6, 2),
            "page_pictures": page.read_text(encoding="utf-8").count("data:image/webp"),
            "chromium_seconds": loading,
            "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    write_result("compare", result)


def compare(records: list[RunRecord], page: Path) -> dict[str, float]:
    """Seconds of each step."""
    times = [time.perf_counter()]
    comparison = compare_runs(records)
    times.append(time.perf_counter())
    write_page(comparison, page)
    times.append(time.perf_counter())
    write_json(comparison, page.with_suffix(".json"))
    times.append(time.perf_counter())
    steps = [after - before for before, after in zip(times, times[1:], strict=False)]
    return {**dict(zip(("compare", "page", "json"), steps, strict=True)), "all": sum(steps)}


def load(page: Path, repeats: int) -> dict[str, float]:
    """Seconds until Chromium has the page loaded, and until the first lines can be seen."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium on the PATH")
    loaded, seen = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(repeats):
            tab = browser.new_page(viewport={"width": 1400, "height": 900})
            began = time.perf_counter()
            tab.goto(page.resolve().as_uri())
            loaded.append(time.perf_counter() - began)
            tab.wait_for_selector("#line-table tbody tr img")
            seen.append(time.perf_counter() - began)
            tab.close()
        browser.close()
    return {
        "loaded": round(statistics.median(loaded), 2),
        "lines_seen": round(statistics.median(seen), 2),
    }


def draw_lines(folder: Path, n_lines: int) -> list[str]:
    """Grey pictures of text with some noise, as a scanner makes them; returns the texts."""
    rng = random.Random(0)
    font = ImageFont.load_default(size=36)
    noise = Image.effect_noise(LINE_PX, 24)
    texts = []
    for number in range(n_lines):
        text = " ".join(rng.choices(WORDS, k=rng.randint(5, 9)))
        picture = Image.new("L", LINE_PX, 225)
        ImageDraw.Draw(picture).text((10, 6), text, fill=40, font=font)
        Image.blend(picture, noise, 0.2).save(folder / f"{number:05}.png", compress_level=1)
        texts.append(text)
    return texts


def read_badly(folder: Path, texts: list[str], error_rate: float, seed: int) -> bytes:
    """A `lines.csv` with errors at random; some lines are harder than others, for every run."""
    rng, hardness = random.Random(seed), random.Random(0)
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(["csv", "row", "path", "truth", "prediction", "edits", "cer", "score"])
    for number, text in enumerate(texts):
        share = error_rate * hardness.choice((0, 0.5, 1, 3))
        reading = "".join(
            rng.choice(("", "e", "nn", "r")) if rng.random() < share else character
            for character in text
        )
        path = folder / f"{number:05}.png"
        writer.writerow(["val.csv", number + 1, path, text, reading, 0, "0", "0"])
    return stream.getvalue().encode()


if __name__ == "__main__":
    main()
