"""Changes of a line's shape that bend its strokes, as displacements of a lattice of nodes.

Each takes the lattice, a strength from 0 to 1 and a numpy Generator, and returns by how many
pixels each node moves, (rows, columns, 2), x before y.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

_ELASTIC_DEVIATION = 1 / 40  # of the height
_GRID_CELL = 1 / 2  # of the height
# Of a cell, either way. Less than half: cells get narrow, but never fold over each other.
_GRID_DISPLACEMENT = (0.25, 0.12)


class Lattice(NamedTuple):
    """Nodes in rows and columns over a line.

    Attributes:
        shape: rows and columns.
        node_px: between two of them.
        height_px: of the line.
    """

    shape: tuple[int, int]
    node_px: int
    height_px: int


DrawField = Callable[[Lattice, float, np.random.Generator], Field]


def draw_elastic(lattice: Lattice, strength: float, rng: np.random.Generator) -> Field:
    """Strokes that tremble: smoothed noise (Simard, Steinkraus and Platt 2003)."""
    rough = rng.standard_normal((*lattice.shape, 2), dtype=np.float32)
    smooth = cv2.GaussianBlur(rough, (5, 5), 1.0, borderType=cv2.BORDER_REFLECT_101)
    # White noise blurred by a deviation s keeps 1 / (2 s sqrt(pi)) of its own.
    deviation = _ELASTIC_DEVIATION * lattice.height_px * strength * rng.uniform(0.3, 1)
    return np.asarray(smooth * np.float32(deviation * 2 * np.sqrt(np.pi)), dtype=np.float32)


def draw_grid(lattice: Lattice, strength: float, rng: np.random.Generator) -> Field:
    """A coarse grid pulled out of shape: wider and narrower letters on a baseline that waves."""
    rows, columns = lattice.shape
    cell_px = lattice.height_px * _GRID_CELL
    share = lattice.node_px / cell_px
    coarse_shape = (max(2, round(rows * share)), max(2, round(columns * share)), 2)
    coarse = rng.uniform(-1, 1, coarse_shape) * _GRID_DISPLACEMENT * (cell_px * strength)
    field = cv2.resize(coarse.astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, dtype=np.float32)
