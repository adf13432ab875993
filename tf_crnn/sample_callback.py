"""Pictures of how the same validation lines are read as the training goes on."""

import logging
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tf_crnn.averages import averaged_weights
from tf_crnn.batches import Batch, LineBatches
from tf_crnn.config import Params
from tf_crnn.data_handler import labelled
from tf_crnn.decoding.greedy import greedy_readings
from tf_crnn.errors import LineImageError
from tf_crnn.images import as_line_image, prepare_line, stack_lines, standardise
from tf_crnn.line_index import Geometry
from tf_crnn.packs.lines import read_line_image
from tf_crnn.preprocessing import PreparedLine
from tf_crnn.reports.contact_sheet import ReadLine, draw_contact_sheet
from tf_crnn.reports.png import save_png
from tf_crnn.reports.wording import count_of

logger = logging.getLogger(__name__)

N_LINES = 12
SAMPLES_PNG = "samples_epoch_{:04d}.png"
Logs = MutableMapping[str, Any]


class SampleCallback(keras.callbacks.Callback):
    """Every so many epochs, and after the last, draws how some validation lines are read.

    They are the same lines each time, spread evenly over the CSV, also after a restart.

    Args:
        lines: for validation, labelled; only the lines drawn are read.
        params: alphabet and text rules of the model.
        folder: of the pictures, `samples_epoch_0005.png`; is made if need be.
        every: epochs; 0 for never.
        on_written: called with the path of each picture.
    """

    def __init__(
        self,
        lines: LineBatches,
        params: Params,
        folder: Path,
        *,
        every: int,
        on_written: Callable[[Path], Any],
    ) -> None:
        """Nothing is read yet."""
        super().__init__()
        self.lines = lines
        self.line_codes = params.line_codes
        self.text_rules = params.text_rules
        self.folder = folder
        self.every = every
        self.on_written = on_written
        self._epochs_done = self._drawn_after = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Draw if it is time."""
        self._epochs_done = epoch + 1
        if self.every and self._epochs_done % self.every == 0:
            self._draw()

    def on_train_end(self, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Draw what the last epoch came to."""
        if self.every and self._drawn_after != self._epochs_done:
            self._draw()

    def _draw(self) -> None:
        self._drawn_after = self._epochs_done
        chosen = self.lines.index.read(spread_evenly(self.lines.n_lines, N_LINES))
        read = [(line, _read(line.image_path, self.lines.geometry)) for line in chosen]
        lines = [line for line, picture in read if picture is not None]
        pictures = [picture for _, picture in read if picture is not None]
        if not lines:
            logger.warning("no sample of epoch %s: no image can be read", self._epochs_done)
            return
        batch = join_lines(lines, pictures, self.lines.geometry)
        with averaged_weights(self.model):
            outputs = self.model.predict_on_batch(labelled(batch)[0])
        readings = greedy_readings(outputs, batch.time_steps)
        drawn = [
            ReadLine(picture, self._text(line.codes), self._text(codes))
            for picture, line, codes in zip(pictures, lines, readings, strict=True)
        ]
        title = f"Epoch {self._epochs_done}: {len(drawn)} of "
        title += count_of(self.lines.n_lines, "validation line")
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / SAMPLES_PNG.format(self._epochs_done)
        save_png(draw_contact_sheet(drawn, title), path)
        self.on_written(path)

    def _text(self, codes: Sequence[int]) -> str:
        return self.text_rules.read_text(self.line_codes.decode(codes))


def spread_evenly(n_lines: int, n_chosen: int) -> NDArray[np.int64]:
    """Numbers of some of the lines, each from the middle of an equal share of all; in order."""
    n_chosen = min(n_lines, n_chosen)
    return (2 * np.arange(n_chosen) + 1) * n_lines // (2 * n_chosen)


def join_lines(
    lines: Sequence[PreparedLine], pictures: Sequence[NDArray[np.uint8]], geometry: Geometry
) -> Batch:
    """Lines side by side, as they come and not augmented.

    Args:
        lines: with their labels.
        pictures: (H, W, C) of each, straight if the geometry says so.
        geometry: of the network.
    """
    images = [
        standardise(
            prepare_line(
                as_line_image(picture, geometry.channels), geometry.input_shape, geometry.downscale
            )
        )
        for picture in pictures
    ]
    codes = np.zeros((len(lines), max(1, *(len(line.codes) for line in lines))), dtype=np.int32)
    for row, line in zip(codes, lines, strict=True):
        row[: len(line.codes)] = line.codes
    return Batch(
        images=stack_lines(images, geometry.downscale),
        time_steps=np.array([[i.shape[1] // geometry.downscale] for i in images], dtype=np.int32),
        label_codes=codes,
        label_lengths=np.array([[len(line.codes)] for line in lines], dtype=np.int32),
        paths=[str(line.image_path) for line in lines],
    )


def _read(path: Path, geometry: Geometry) -> NDArray[np.uint8] | None:
    # Validation has said already which images cannot be read.
    try:
        return read_line_image(path, straight=geometry.straight)
    except LineImageError:
        return None
