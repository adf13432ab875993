"""The lines with the most errors: a table, and a picture of each."""

import csv
from collections.abc import Sequence
from pathlib import Path

from tf_crnn.errors import LineImageError
from tf_crnn.evaluation import LineResult
from tf_crnn.packs.lines import read_line_image
from tf_crnn.reports.contact_sheet import ReadLine, draw_line
from tf_crnn.reports.files import WORST_LINES_CSV
from tf_crnn.reports.png import save_png

N_WORST = 20
_PICTURE = "worst_line_{:02d}.png"
_MAX_BYTES = 200_000


def write_worst_lines(folder: Path, lines: Sequence[LineResult], n_worst: int = N_WORST) -> None:
    """Write `worst_lines.csv` and `worst_line_01.png`, ... into a folder.

    A line whose image cannot be read any more has no picture. Pictures of an earlier report in the
    folder are removed.

    Args:
        folder: exists.
        lines: worst first.
        n_worst: most lines; those without an error are left out.
    """
    for outdated in folder.glob(_PICTURE.replace("{:02d}", "*")):
        outdated.unlink()
    worst = [line for line in lines[:n_worst] if line.counts.char_edits]
    with (folder / WORST_LINES_CSV).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(
            ["rank", "csv", "row", "path", "truth", "prediction", "edits", "cer", "picture"]
        )
        for rank, result in enumerate(worst, start=1):
            line, counts = result.line, result.counts
            picture = _draw(result, folder / _PICTURE.format(rank))
            texts = line.csv_path, line.row, line.image_path, line.text, result.prediction
            writer.writerow([rank, *texts, counts.char_edits, f"{counts.cer:.4f}", picture])


def _draw(result: LineResult, path: Path) -> str:
    """Name of the picture; empty if the line's image cannot be read."""
    try:
        image = read_line_image(result.line.image_path)
    except LineImageError:
        return ""
    save_png(draw_line(ReadLine(image, result.line.text, result.prediction)), path, _MAX_BYTES)
    return path.name
