"""Tiny real data: drawn line images, their CSV, an alphabet and a small network's parameters."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tf_crnn.alphabet import Alphabet
from tf_crnn.config import Params

UNITS = "abcdeno 0123"
TEXTS = (
    "a bone",
    "ocean 12",
    "bad code",
    "no decade 30",
    "bacon and bean",
    "a cocoa bean 2",
    "once a decade 01",
    "dance on a bond 23",
)


@pytest.fixture
def alphabet() -> Alphabet:
    """Some letters and digits, and the space."""
    return Alphabet.from_units(UNITS)


@pytest.fixture
def draw_line() -> Callable[..., np.ndarray]:
    """`draw_line(text, height_px=32)`: black text on white, (H, W, 1) uint8."""
    return _draw_line


@pytest.fixture
def write_csv() -> Callable[..., Path]:
    """`write_csv(path, rows)`: rows of (path, text), one unit a character; returns the path."""
    return _write_csv


@pytest.fixture
def line_csv(tmp_path: Path) -> Path:
    """A CSV of eight drawn lines of 6 to 18 characters, the images beside it."""
    folder = tmp_path / "lines"
    folder.mkdir()
    for number, text in enumerate(TEXTS):
        Image.fromarray(_draw_line(text)[:, :, 0]).save(folder / f"{number}.png")
    return _write_csv(
        folder / "lines.csv", [(f"{number}.png", text) for number, text in enumerate(TEXTS)]
    )


@pytest.fixture
def tiny_params() -> Callable[..., Params]:
    """`tiny_params(folder, **overrides)`: two blocks, one BiLSTM, 4 pixels a time step."""
    return _tiny_params


def _draw_line(text: str, height_px: int = 32) -> np.ndarray:
    font = ImageFont.load_default(size=height_px * 0.7)
    width_px = round(font.getlength(text)) + 16
    picture = Image.new("L", (width_px, height_px), "white")
    ImageDraw.Draw(picture).text((8, 2), text, fill="black", font=font)
    return np.asarray(picture)[:, :, None]


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerows((image_path, f"|{'|'.join(text)}|") for image_path, text in rows)
    return path


def _tiny_params(folder: Path, **overrides: object) -> Params:
    lookup = folder / "alphabet.json"
    lookup.write_text(json.dumps({unit: code for code, unit in enumerate(UNITS, start=1)}))
    values = {
        "input_shape": (32, 320),
        "cnn_features_list": [8, 16],
        "cnn_kernel_size": [3, 3],
        "cnn_stride_size": [(2, 2), (1, 1)],
        "cnn_pool_size": [(1, 1), (2, 2)],
        "cnn_batch_norm": [False, False],
        "rnn_units": [16],
        "max_chars_per_string": 20,
        "lookup_alphabet_file": str(lookup),
        "output_model_dir": str(folder / "run"),
    }
    return Params(**{**values, **overrides})
