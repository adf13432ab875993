"""Small data sets for the doctor: drawn lines, CSVs, and what is found in them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tf_crnn.doctor.examination import Examination
from tf_crnn.doctor.examine import examine
from tf_crnn.doctor.findings import Finding
from tf_crnn.doctor.setting import make_setting
from tf_crnn.documents import document_expression

WORDS = (
    "morning harbour", "seven old letters", "the river is high", "no answer came",
    "a quiet winter", "bread and salt", "under the bridge", "late in October",
    "my dear brother", "two loaves of rye", "from the north gate", "snow since Friday",
    "the clerk was ill", "ask for Mr Weber", "paid in full", "three horses sold",
    "of the same year", "we begin at dawn", "her second voyage", "candles and soap",
    "a map of the coast", "keep this secret", "rain on the roof", "all is forgiven",
)  # fmt: skip


def draw(text: str, *, height_px: int = 32, ink: int = 0, paper: int = 255) -> np.ndarray:
    """A line (H, W) uint8."""
    font = ImageFont.load_default(size=height_px * 0.7)
    width_px = round(font.getlength(text)) + 16
    picture = Image.new("L", (width_px, height_px), paper)
    ImageDraw.Draw(picture).text((8, 2), text, fill=ink, font=font)
    return np.asarray(picture)


def save(picture: np.ndarray, path: Path, **options: object) -> Path:
    """Write a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **options)
    return path


def write_rows(path: Path, rows: Iterable[tuple[str, str]]) -> Path:
    """A CSV of paths and labels, these as they stand in the file."""
    text = "".join(f"{name};{label}\n" for name, label in rows)
    path.write_bytes(text.encode("utf-8"))
    return path


def marked(text: str) -> str:
    """A text with one unit for each character."""
    return f"|{'|'.join(text)}|"


def write_lines(folder: Path, texts: Sequence[str] = WORDS, name: str = "train") -> Path:
    """Lines that are drawn as they read; returns the CSV."""
    rows = []
    for number, text in enumerate(texts):
        save(draw(text), folder / f"{name}_{number}.png")
        rows.append((f"{name}_{number}.png", marked(text)))
    return write_rows(folder / f"{name}.csv", rows)


def look(
    train: Path | str = "", val: Path | str = "", *, config: str = "", documents: str = ""
) -> Examination:
    """What the doctor finds, read by this process."""
    pattern = document_expression(documents) if documents else None
    setting = make_setting(
        [str(train)] if train else [],
        [str(val)] if val else [],
        [config] if config else [],
        pattern,
    )
    return examine(setting)


def keys(examination: Examination) -> set[str]:
    """Keys of all findings."""
    return {finding.key for finding in examination.findings}


def finding(examination: Examination, key: str) -> Finding:
    """The finding of a key."""
    [found] = [found for found in examination.findings if found.key == key]
    return found


def paths(examination: Examination, key: str) -> list[str]:
    """Paths of the lines of a finding, in its order."""
    return [line.path for line in examination.shown(finding(examination, key), 1000)]
