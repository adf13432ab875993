"""Synthetic lines among the real ones of a training: which batches hold how many, and how wide."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

# Short lines have at least so many units.
_SHORTEST_UNITS = 2


class SyntheticLine(NamedTuple):
    """A new line.

    Attributes:
        image: (H, W, C) uint8 at the training's height.
        codes: of its label, in the training's alphabet.
        text: the same, to be read.
    """

    image: NDArray[np.uint8]
    codes: Sequence[int]
    text: str


class SyntheticSource(Protocol):
    """What draws new lines; from several threads at a time."""

    unit_width_px: float

    def draw(self, width_px: int, rng: np.random.Generator) -> SyntheticLine:
        """A line of at most about that width; `rng` alone decides which."""


class PlannedBatch(NamedTuple):
    """What a batch will hold.

    Attributes:
        numbers: of the real lines.
        synthetic_px: greatest width of each synthetic line.
        first: the number of its first synthetic line in the epoch.
    """

    numbers: NDArray[Any]
    synthetic_px: Sequence[int] = ()
    first: int = 0


class SyntheticShare(NamedTuple):
    """How much of a training is synthetic.

    Attributes:
        source: of the lines.
        ratio: share of the lines, above 0 and below 1.
        short_epochs: in so many epochs from the first, the synthetic lines are short ones in
            batches of their own; in the first epoch these come before the real ones, the shortest
            first. Later, each batch holds its share, as wide as its real lines.
        short_units: length of the longest short lines.
    """

    source: SyntheticSource
    ratio: float
    short_epochs: int
    short_units: int

    def per_batch(self, batch_size: int) -> int:
        """Synthetic lines in a batch, at least one; at least one place is left."""
        return min(max(1, round(self.ratio * batch_size)), batch_size - 1)

    def fill(
        self, real: Sequence[NDArray[Any]], widths_px: NDArray[Any], batch_size: int, seed: Any
    ) -> list[PlannedBatch]:
        """Batches with their share, each synthetic line as wide as one of the real ones beside it.

        Args:
            real: line numbers of each batch, `batch_size` less `per_batch` of them.
            widths_px: of each real line.
            batch_size: lines in a batch.
            seed: of the choice.
        """
        rng, n_synthetic = np.random.default_rng(seed), self.per_batch(batch_size)
        return [
            PlannedBatch(
                numbers,
                np.rint(widths_px[rng.choice(numbers, n_synthetic)]).astype(int).tolist(),
                step * n_synthetic,
            )
            for step, numbers in enumerate(real)
        ]

    def add_short(
        self, real: Sequence[NDArray[Any]], n_batches: int, batch_size: int, rng: Any
    ) -> list[PlannedBatch]:
        """Batches of real lines, and as many of short synthetic ones as make up `n_batches`.

        Args:
            real: line numbers of each batch.
            n_batches: in all.
            batch_size: lines in a batch.
            rng: mixes the batches; without it, the short ones come first.
        """
        n_short = n_batches - len(real)
        units = np.linspace(_SHORTEST_UNITS, max(_SHORTEST_UNITS, self.short_units), n_short)
        widths_px = np.rint(units * self.source.unit_width_px).astype(int).tolist()
        planned = [
            PlannedBatch(np.array([], dtype=int), [width_px] * batch_size, step * batch_size)
            for step, width_px in enumerate(widths_px)
        ] + [PlannedBatch(numbers) for numbers in real]
        order = range(len(planned)) if rng is None else rng.permutation(len(planned))
        return [planned[position] for position in order]
