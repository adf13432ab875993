"""Lines a second of `tf-crnn data import`, and its peak memory.

    python benchmarks/import.py

A few hundred drawn lines are named again and again: by a CSV, of which the images stay where they
are, and in a compressed tar of pairs, of which they are written as files. Each is imported in a
process of its own.
"""

import io
import multiprocessing
import resource
import tarfile
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np
from _common import write_result
from PIL import Image

from tf_crnn.datasets.importing import Origin, import_dataset
from tf_crnn.synthesis import choose_font, load_fonts, load_words, random_words, render_line

DRAWN = 300


@click.command()
@click.option("--lines", default=200_000, show_default=True, help="Of the CSV.")
@click.option("--tar_lines", default=20_000, show_default=True, help="Of the tar.")
def main(lines: int, tar_lines: int) -> None:
    """Measure, print and keep the result."""
    drawn = draw_lines()
    with tempfile.TemporaryDirectory() as folder:
        csv = write_csv(Path(folder) / "csv", drawn, lines)
        tar = write_tar(Path(folder) / "pairs.tar.gz", drawn, tar_lines)
        result = {
            "csv": measure("csv", csv, Path(folder) / "from_csv"),
            "gt_pairs_tar_gz": measure("gt_pairs", tar, Path(folder) / "from_tar"),
        }
    write_result("import", result)


def draw_lines() -> list[tuple[bytes, str]]:
    """PNGs and their texts."""
    rng = np.random.default_rng(0)
    words, fonts, drawn = load_words(), load_fonts(), []
    for _ in range(DRAWN):
        text = random_words(words, rng)
        stream = io.BytesIO()
        image = render_line(text, choose_font(text, fonts, rng), height_px=48, rng=rng)
        Image.fromarray(image).save(stream, "PNG")
        drawn.append((stream.getvalue(), text))
    return drawn


def write_csv(folder: Path, drawn: list[tuple[bytes, str]], n_lines: int) -> Path:
    """`path;text`."""
    folder.mkdir()
    for number, (image, _) in enumerate(drawn):
        (folder / f"{number}.png").write_bytes(image)
    with (folder / "lines.csv").open("w", encoding="utf-8") as stream:
        for number in range(n_lines):
            stream.write(f"{number % DRAWN}.png;{drawn[number % DRAWN][1]}\n")
    return folder / "lines.csv"


def write_tar(path: Path, drawn: list[tuple[bytes, str]], n_lines: int) -> Path:
    """Pairs."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number in range(n_lines):
            image, text = drawn[number % DRAWN]
            for end, content in ((".png", image), (".gt.txt", text.encode())):
                member = tarfile.TarInfo(f"page{number // 30}/{number}{end}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path


def measure(form: str, source: Path, output_dir: Path) -> dict[str, Any]:
    """Import in a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(run, form, source, output_dir).result()


def run(form: str, source: Path, output_dir: Path) -> dict[str, Any]:
    """Lines a second and peak memory of this process."""
    began = time.perf_counter()
    imported = import_dataset(Origin(form, [source]), output_dir)
    seconds = time.perf_counter() - began
    n_lines = sum(written.n_lines for written in imported.splits.values())
    return {
        "lines": n_lines,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "lines_per_second": round(n_lines / seconds),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
