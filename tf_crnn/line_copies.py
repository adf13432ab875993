"""Slightly changed copies of a line image: what a network reads alike in all of them is surer."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tf_crnn.augmentation.warp import warp_line
from tf_crnn.images import line_width_px

# Each a matrix of points (x, y, 1) about the centre. In pairs, since what leans one way in one hand
# leans the other way in another; the first ones matter most.
_SLANT, _STRETCH, _ANGLE_RAD = 0.15, 0.08, 0.008
_CHANGES = (
    np.array([[1, -_SLANT, 0], [0, 1, 0], [0, 0, 1]]),
    np.array([[1, _SLANT, 0], [0, 1, 0], [0, 0, 1]]),
    np.diag([1 + _STRETCH, 1, 1]),
    np.diag([1 - _STRETCH, 1, 1]),
    np.array([[1, _ANGLE_RAD, 0], [-_ANGLE_RAD, 1, 0], [0, 0, 1]]),
    np.array([[1, -_ANGLE_RAD, 0], [_ANGLE_RAD, 1, 0], [0, 0, 1]]),
    np.diag([1, 0.92, 1]),
    np.diag([0.92, 0.92, 1]),
)


def changed_copies(
    line: NDArray[np.uint8], n_copies: int, input_shape: tuple[int, int], downscale: int
) -> list[NDArray[np.uint8]]:
    """The line slanted, stretched, turned and scaled, each a little.

    Args:
        line: (H, W, C) at the height of the network.
        n_copies: wanted, as many as `test_time_augmentation` allows at most.
        input_shape: of the network.
        downscale: pixels of each time step.

    Returns:
        (H, W', C) each, W' a multiple of `downscale`.
    """
    fit = partial(_fit, height_px=line.shape[0], input_shape=input_shape, downscale=downscale)
    return [warp_line(line, matrix.astype(float), fit=fit) for matrix in _CHANGES[:n_copies]]


def _fit(width_px: int, height_px: int, input_shape: tuple[int, int], downscale: int) -> int:
    return line_width_px((height_px, width_px), input_shape, downscale)
