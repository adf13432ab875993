"""Batches of lines of similar width, from CSVs of any length, in an order that the seed decides.

Only each row's place in its file and its width stay in memory (14 bytes a line), and as many
prepared images as the cache may hold.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count, repeat, starmap
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from tf_crnn.augmentation.line import Doses, Sizes, augment_line, draw_sizes
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import (
    as_line_image,
    prepare_line,
    resize,
    stack_lines,
    standardise,
)
from tf_crnn.line_index import Geometry, LineIndex, RowParser, parse_prepared
from tf_crnn.packs.lines import read_line_image
from tf_crnn.preprocessing import PreparedLine, needed_time_steps
from tf_crnn.synthesis.share import PlannedBatch, SyntheticShare

logger = logging.getLogger(__name__)

# Shuffled lines are sorted by width inside pools of so many batches: wide enough for little
# padding, narrow enough that a batch's company changes from epoch to epoch.
POOL_BATCHES = 64
_THREADS = 4


class Batch(NamedTuple):
    """Lines side by side.

    Attributes:
        images: (B, H, W, C) float32, standardised, zero beyond each line's end.
        time_steps: (B, 1) int32.
        label_codes: (B, L) int32, 0 beyond each label's end.
        label_lengths: (B, 1) int32.
        paths: of the images.
    """

    images: NDArray[np.float32]
    time_steps: NDArray[np.int32]
    label_codes: NDArray[np.int32]
    label_lengths: NDArray[np.int32]
    paths: Sequence[str]


class _LoadedLine(NamedTuple):
    image: NDArray[np.float32]
    codes: Sequence[int]
    path: str


def plan_batches(
    widths: NDArray[Any], batch_size: int, rng: np.random.Generator | None
) -> list[NDArray[Any]]:
    """Which lines go together: every line once, all batches full but the last.

    Args:
        widths: (n,) pixels.
        batch_size: lines in a batch.
        rng: shuffles lines and batches; without it, lines are sorted by width.

    Returns:
        ceil(n / batch_size) arrays of line numbers.
    """
    if rng is None:
        return _cut(np.argsort(widths, kind="stable"), batch_size)
    order = rng.permutation(len(widths))
    batches: list[NDArray[Any]] = []
    for pool in _cut(order, batch_size * POOL_BATCHES):
        batches += _cut(pool[np.argsort(widths[pool], kind="stable")], batch_size)
    return [batches[position] for position in rng.permutation(len(batches))]


class LineBatches:
    """Batches of the lines of some CSVs, epoch by epoch.

    Args:
        csv_files: one path or several.
        geometry: of all lines.
        parse: the form of the rows; as `preprocess_csv` writes them.
        batch_size: lines in a batch; the last of an epoch may hold fewer.
        shuffle: a new order each epoch, from `seed`; otherwise sorted by width.
        doses: of each augmentation, None for none of them.
        seed: of order and augmentation.
        cache_mb: memory for prepared images.
        synthetic: new lines to put among them.
    """

    def __init__(
        self,
        csv_files: Any,
        geometry: Geometry,
        *,
        parse: RowParser = parse_prepared,
        batch_size: int,
        shuffle: bool = False,
        doses: Doses | None = None,
        seed: int = 0,
        cache_mb: float = 0,
        synthetic: SyntheticShare | None = None,
    ) -> None:
        """Index the rows."""
        self.index = LineIndex(csv_files, geometry, parse)
        self.geometry = geometry
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.doses = doses or {}
        self.seed = seed
        self.synthetic = synthetic
        self.unreadable: dict[str, str] = {}
        self._cache = _ImageCache(cache_mb)

    @property
    def n_lines(self) -> int:
        """Lines of an epoch, without synthetic ones."""
        return len(self.index)

    @property
    def n_batches(self) -> int:
        """Batches of an epoch."""
        n_synthetic = self.synthetic.per_batch(self.batch_size) if self.synthetic else 0
        return -(-self.n_lines // (self.batch_size - n_synthetic))

    def plan(self, epoch: int) -> list[PlannedBatch]:
        """What each batch of an epoch holds."""
        rng = np.random.default_rng((self.seed, epoch)) if self.shuffle else None
        widths = self.index.widths * self.sizes(epoch).prod(axis=1)
        share, size = self.synthetic, self.batch_size
        if share is None:
            return [PlannedBatch(numbers) for numbers in plan_batches(widths, size, rng)]
        if epoch < share.short_epochs:
            real = plan_batches(widths, size, rng)
            return share.add_short(real, self.n_batches, size, rng if epoch else None)
        real = plan_batches(widths, size - share.per_batch(size), rng)
        return share.fill(real, widths, size, (self.seed, epoch, self.n_lines, 1))

    def sizes(self, epoch: int) -> NDArray[np.float64]:
        """Stretch and scale of each line in an epoch, (n, 2) as `draw_sizes` has them.

        All are drawn before the lines are put together: a batch then holds lines that are of one
        width after these changes, and other ones in each epoch.
        """
        rng = np.random.default_rng((self.seed, epoch, self.n_lines))
        return draw_sizes(self.doses, self.n_lines, rng)

    def paths_of(self, epoch: int, step: int) -> list[str]:
        """Image paths of one batch, and the texts of its synthetic lines."""
        planned = self.plan(epoch)[step]
        drawn = (
            self._draw(epoch, *line) for line in enumerate(planned.synthetic_px, planned.first)
        )
        lines = self.index.read(planned.numbers)
        return [*(str(line.image_path) for line in lines), *(line.path for line in drawn)]

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch, counted from 0.

        Images that cannot be decoded are left out, logged once and listed in `unreadable`.

        Raises:
            DataError: no image of a batch can be decoded.
        """
        sizes = self.sizes(epoch)
        with ThreadPoolExecutor(_THREADS) as pool:
            for numbers, synthetic_px, first in self.plan(epoch):
                lines = self.index.read(numbers)
                loaded = pool.map(
                    self._load, numbers, lines, starmap(Sizes, sizes[numbers]), repeat(epoch)
                )
                drawn = pool.map(self._draw, repeat(epoch), count(first), synthetic_px)
                real = [line for line in loaded if line is not None]
                self._refuse_none(real, numbers)
                yield self._join([*real, *drawn])

    def endless(self, initial_epoch: int = 0) -> Iterator[Batch]:
        """The batches of all epochs from one on, without an end."""
        epoch = initial_epoch
        while True:
            yield from self.epoch(epoch)
            epoch += 1

    def _load(
        self, number: int, line: PreparedLine, sizes: Sizes, epoch: int
    ) -> _LoadedLine | None:
        path = str(line.image_path)
        try:
            image = self._cache.get(number, lambda: self._decode(path))
        except LineImageError as error:
            if path not in self.unreadable:
                self.unreadable[path] = str(error)
                logger.warning("left out, since it cannot be decoded: %s", error)
            return None
        if self.doses:
            rng = np.random.default_rng((self.seed, epoch, int(number)))
            image = self._augment(image, line.codes, rng=rng, sizes=sizes)
        return _LoadedLine(standardise(image), line.codes, path)

    def _draw(self, epoch: int, number: int, width_px: int) -> _LoadedLine:
        """A synthetic line, changed as the real ones are, of about that width."""
        rng = np.random.default_rng((self.seed, epoch, number, 1))
        sizes = Sizes(*draw_sizes(self.doses, 1, rng)[0])
        source = cast(SyntheticShare, self.synthetic).source  # batches are planned with it
        image, codes, text = source.draw(round(width_px / (sizes.stretch * sizes.scale)), rng)
        image = self._augment(image, codes, rng=rng, sizes=sizes)
        return _LoadedLine(standardise(image), codes, f"synthetic line: {text}")

    def _augment(
        self, image: NDArray[np.uint8], codes: Sequence[int], *, rng: Any, sizes: Sizes
    ) -> NDArray[np.uint8]:
        """The line with its random changes, if there are any, as wide as time steps demand."""
        needed_px = needed_time_steps(codes) * self.geometry.downscale
        fit = partial(self.geometry.fitting_px, needed_px)
        if self.doses:
            return augment_line(image, self.doses, rng, sizes=sizes, fit=fit)
        return resize(image, image.shape[0], fit(image.shape[1]))

    def _decode(self, path: str) -> NDArray[np.uint8]:
        image = read_line_image(path, straight=self.geometry.straight)
        image = as_line_image(image, self.geometry.channels)
        return prepare_line(image, self.geometry.input_shape, self.geometry.downscale)

    def _refuse_none(self, lines: list[_LoadedLine], numbers: NDArray[Any]) -> None:
        if not lines and len(numbers):
            names = ", ".join(str(line.image_path) for line in self.index.read(numbers[:3]))
            raise DataError(
                f"none of the {len(numbers)} images of a batch can be decoded ({names}, ...). "
                "Were they moved or changed since the training began?"
            )

    def _join(self, lines: list[_LoadedLine]) -> Batch:
        length = max(1, max(len(line.codes) for line in lines))
        return Batch(
            images=stack_lines([line.image for line in lines], self.geometry.downscale),
            time_steps=_column([line.image.shape[1] // self.geometry.downscale for line in lines]),
            label_codes=np.array(
                [[*line.codes, *[0] * (length - len(line.codes))] for line in lines], dtype=np.int32
            ),
            label_lengths=_column([len(line.codes) for line in lines]),
            paths=[line.path for line in lines],
        )


class _ImageCache:
    """Prepared images of the first lines that were asked for, until the memory is used up."""

    def __init__(self, megabytes: float) -> None:
        self._bytes_left = int(megabytes * 1e6)
        self._images: dict[int, NDArray[np.uint8]] = {}

    def get(self, number: int, make: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        image = self._images.get(number)
        if image is None:
            image = make()
            if image.nbytes <= self._bytes_left:
                self._bytes_left -= image.nbytes
                self._images[number] = image
        return image


def _cut(order: NDArray[Any], size: int) -> list[NDArray[Any]]:
    return [order[start : start + size] for start in range(0, len(order), size)]


def _column(values: Sequence[int]) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)[:, None]
