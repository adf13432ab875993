"""A bank of pieces from labelled lines and a model that has read them."""

import csv
import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tf_crnn.alphabet import Alphabet
from tf_crnn.config import Params
from tf_crnn.decoding.alignment import log_probability
from tf_crnn.errors import LineImageError
from tf_crnn.images import as_line_image, resize, resized_width_px
from tf_crnn.line_index import Geometry, LineIndex, parse_prepared
from tf_crnn.packs.lines import read_line_image
from tf_crnn.preprocessing import PreparedLine, preprocess_csv
from tf_crnn.synthesis.bank import CutLine, write_bank
from tf_crnn.synthesis.cutting import Label, cut_line

logger = logging.getLogger(__name__)

LEFT_OUT_CSV = "left_out.csv"
_LINES_AT_A_TIME = 256


class ReadingModel(Protocol):
    """What is needed of a `PredictionModel`."""

    params: Params
    alphabet: Alphabet

    def probabilities(
        self, sources: Iterable[Any]
    ) -> Iterator[NDArray[np.float32] | LineImageError]:
        """(T, K) for each line image, or why it cannot be read."""


class BankCounts(NamedTuple):
    """What became of the usable lines of the CSVs.

    Attributes:
        n_cut: in the bank.
        n_left_out: their label is improbable, or their image is damaged.
    """

    n_cut: int
    n_left_out: int


def make_bank(
    model: ReadingModel,
    csv_files: Any,
    folder: Path,
    *,
    min_log_prob: float,
    height_px: int | None = None,
) -> BankCounts:
    """Cut labelled lines into their units, and write them as a bank.

    Lines that no training with the model's parameters could use are in `rejected.csv` of the
    folder; lines that the model does not believe, in `left_out.csv` with the reason.

    Args:
        model: reads the lines.
        csv_files: one path or several.
        folder: exists and is empty.
        min_log_prob: a line is left out where log P(label) / units is lower, in nats.
        height_px: of the pieces; that of the model's own lines if None.

    Raises:
        DataError: no line is left.
    """
    params = model.params
    usable = folder / "usable.csv"
    preprocess_csv(csv_files, params, usable)
    geometry = Geometry.of(params)
    index = LineIndex(usable, geometry, parse_prepared)
    left_out = _LeftOut(folder / LEFT_OUT_CSV)
    with left_out:
        height = height_px or params.input_shape[0]
        lines = _cut_lines(model, index, left_out, min_log_prob=min_log_prob, height_px=height)
        n_cut = write_bank(folder, lines, model.alphabet.alphabet_units)
    usable.unlink()
    if left_out.count:
        logger.warning(
            "left out %s of %s lines that the model does not believe or cannot read, listed in %s",
            f"{left_out.count:,}", f"{n_cut + left_out.count:,}", LEFT_OUT_CSV,
        )  # fmt: skip
    return BankCounts(n_cut, left_out.count)


class _LeftOut:
    """`path;reason` of the lines that are left out."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream, delimiter=";", lineterminator="\n")
        self._writer.writerow(["path", "reason"])

    def __enter__(self) -> "_LeftOut":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def add(self, path: Path, reason: str) -> None:
        self.count += 1
        self._writer.writerow([path, reason])


def _cut_lines(
    model: ReadingModel,
    index: LineIndex,
    left_out: _LeftOut,
    *,
    min_log_prob: float,
    height_px: int,
) -> Iterator[CutLine]:
    units = model.alphabet.alphabet_units
    for line, probs in _read(model, index):
        if isinstance(probs, LineImageError):
            left_out.add(line.image_path, str(probs))
            continue
        log_prob = log_probability(probs, line.codes) / len(line.codes)
        if log_prob < min_log_prob:
            left_out.add(line.image_path, f"log probability {log_prob:.2f} for each unit")
            continue
        label = Label(line.codes, [units[code - 1].isspace() for code in line.codes])
        image = read_line_image(line.image_path, straight=model.params.straighten_lines)
        image = as_line_image(image, model.params.input_channels)
        yield cut_line(_at_height(image, height_px), label, probs)


def _read(
    model: ReadingModel, index: LineIndex
) -> Iterator[tuple[PreparedLine, NDArray[np.float32] | LineImageError]]:
    numbers = iter(range(len(index)))
    while chunk := list(islice(numbers, _LINES_AT_A_TIME)):
        lines = index.read(np.array(chunk))
        paths = [line.image_path for line in lines]
        yield from zip(lines, model.probabilities(paths), strict=True)


def _at_height(image: NDArray[np.uint8], height_px: int) -> NDArray[np.uint8]:
    """The line at the training's height, in its own proportions, however long it is."""
    size = (image.shape[0], image.shape[1])
    return resize(image, height_px, resized_width_px(size, height_px, 1))
