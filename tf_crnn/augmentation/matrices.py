"""Changes of a line's shape that keep straight strokes straight, each as a matrix.

Each takes the (height, width) of the line in pixels, a strength and a numpy Generator, and returns
a (3, 3) matrix that maps points about the line's centre, (x, y, 1) in pixels with y downward, to
where they go. What the line then needs in width, and that it stays on its rows, is seen to by
`tf_crnn.augmentation.warp`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
DrawMatrix = Callable[[tuple[int, int], float, np.random.Generator], Matrix]

_LEAST_STRETCH = 0.1
_LEAST_SCALE, _GREATEST_SCALE = 0.5, 1.25
_LEAST_HEIGHT, _GREATEST_HEIGHT = 0.6, 1.25
_MAX_SHIFT = 0.5  # of the height
_MAX_TAPER = 0.15  # by which one end of the line is larger than its middle
_MAX_FAN = 0.3  # slant of both ends against each other, in columns for each row


def draw_stretch(_size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """Another width; `strength` is the greatest share of it, either way."""
    return np.diag([float(stretch_factor(strength, rng.uniform(-1, 1))), 1.0, 1.0])


def draw_slant(_size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """Letters that lean, by up to `strength` columns for each row, either way."""
    matrix = np.eye(3)
    matrix[0, 1] = -rng.uniform(-strength, strength)
    return matrix


def draw_rotation(_size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """A turn by up to `strength` radians, either way."""
    angle = rng.uniform(-strength, strength)
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])


def draw_scale(_size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """Smaller text on the same rows; larger one where the line has room for it."""
    scale = float(scale_factor(strength, rng.uniform(-1, 1)))
    return np.diag([scale, scale, 1.0])


def draw_height(_size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """Lower letters of the same width; taller ones where the line has room for them."""
    factor = _factor(_LEAST_HEIGHT, _GREATEST_HEIGHT, strength * rng.uniform(-1, 1))
    return np.diag([1.0, float(factor), 1.0])


def draw_shift(size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """Text higher or lower, as far as the line has room."""
    matrix = np.eye(3)
    matrix[1, 2] = _MAX_SHIFT * strength * size[0] * rng.uniform(-1, 1)
    return matrix


def draw_perspective(size: tuple[int, int], strength: float, rng: np.random.Generator) -> Matrix:
    """A page seen from the side: one end larger than the other, both leaning apart."""
    half_px = max(size) / 2
    matrix = np.eye(3)
    matrix[2, 0] = _MAX_TAPER * strength * rng.uniform(-1, 1) / half_px
    matrix[2, 1] = _MAX_FAN * strength * rng.uniform(-1, 1) / half_px
    return matrix


def stretch_factor(strength: float, share: NDArray[Any] | float) -> NDArray[np.float64]:
    """Of the width, for shares of the strength from -1 to 1; at least a tenth is left."""
    return np.maximum(_LEAST_STRETCH, 1 + strength * np.asarray(share, dtype=np.float64))


def scale_factor(strength: float, share: NDArray[Any] | float) -> NDArray[np.float64]:
    """Of the text, for shares of the strength from -1 to 1."""
    return _factor(_LEAST_SCALE, _GREATEST_SCALE, strength * np.asarray(share, dtype=np.float64))


def _factor(least: float, greatest: float, share: NDArray[Any] | float) -> NDArray[np.float64]:
    """From the least factor at -1 over 1 at 0 to the greatest at 1."""
    share = np.asarray(share, dtype=np.float64)
    return 1 + share * np.where(share > 0, greatest - 1, 1 - least)
