"""One resampling for all changes of a line's shape, after which its ink is still on the line.

The matrix says where points go; the displacements bend the result. A coarse lattice of places to
look at is computed exactly and interpolated in between: that costs hardly more than the look-up
itself, however many changes come together.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tf_crnn.augmentation.fields import Field, Lattice
from tf_crnn.augmentation.matrices import Matrix
from tf_crnn.augmentation.paper import LineImage, background, ink_rows, with_channels

# From the width that a changed line would have, in pixels, to the one it gets.
Fit = Callable[[int], int]
# Bilinear look-ups skip pixels of what shrinks further than this.
_LEAST_SCALE = 0.7
_NODES_PER_HEIGHT = 8
# Columns of nodes at either end over which sideways displacements grow from nothing.
_FIXED_END_NODES = 3


def warp_line(
    image: LineImage,
    matrix: Matrix,
    *,
    fit: Fit,
    draw_field: Callable[[Lattice], Field] | None = None,
) -> LineImage:
    """The line with its points moved, as wide as it then needs and as high as before.

    Where ink would leave the line at the top or at the bottom, it is moved back, and flattened if
    it is too high for the line. New area takes the colour of the paper.

    Args:
        image: (H, W, C).
        matrix: (3, 3), for points about the centre; y downward.
        fit: the final width from the one that is needed to cut nothing off.
        draw_field: displacements of the nodes of a lattice over the result, in pixels.

    Returns:
        (H, W', C).
    """
    height, width = image.shape[:2]
    ends = _moved(matrix, _corners(width, 0, height, height))[:, 0]
    needed_px = ends.max() - ends.min()
    new_width = fit(max(1, int(np.ceil(needed_px - 1e-6))))
    if draw_field is None and new_width == width and np.array_equal(matrix, np.eye(3)):
        return image
    field = _field(draw_field, height, new_width)
    inside = _stay_inside(image, matrix, field)
    widening = new_width / needed_px
    frame = np.array(
        [[widening, 0, new_width / 2 - widening * (ends.max() + ends.min()) / 2 - 0.5],
         [0, inside[0], height / 2 + inside[1] - 0.5], [0, 0, 1]]
    )  # fmt: skip
    return _resample(image, frame @ matrix, field, new_width)


def _field(draw: Callable[[Lattice], Field] | None, height: int, width: int) -> Field:
    """Displacements of the nodes over a line and one node beyond it on each side."""
    node_px = _node_px(height)
    shape = (-(-height // node_px) + 2, -(-width // node_px) + 2)
    if draw is None:
        return np.zeros((*shape, 2), dtype=np.float32)
    field = draw(Lattice(shape, node_px, height))
    # The first letter and the last must not be pushed out of the line.
    from_end = np.minimum(np.arange(shape[1]), np.arange(shape[1])[::-1]) - 1
    field[:, :, 0] *= np.clip(from_end / _FIXED_END_NODES, 0, 1, dtype=np.float32)
    return field


def _stay_inside(image: LineImage, matrix: Matrix, field: Field) -> tuple[float, float]:
    """Scale and shift, vertically about the centre, after which the ink is on the line."""
    height, width = image.shape[:2]
    rows = ink_rows(image)
    ys = _moved(matrix, _corners(width, *rows, height))[:, 1]
    # The result shows at p what was at p + displacement: ink at q comes to q - displacement.
    least = -height / 2 + max(0.0, float(field[:, :, 1].max()))
    greatest = height / 2 + min(0.0, float(field[:, :, 1].min()))
    scale = min(1.0, (greatest - least) / (ys.max() - ys.min()))
    shift = np.clip(0.0, least - scale * ys.min(), greatest - scale * ys.max())
    return scale, float(shift)


def _resample(image: LineImage, matrix: Matrix, field: Field, width: int) -> LineImage:
    """The line, `width` pixels wide; `matrix` leads from its centre to the new pixels."""
    height = len(image)
    paper = background(image)
    node_px = _node_px(height)
    nodes = _nodes(field, node_px)
    sources = _moved(np.linalg.inv(matrix), nodes.reshape(-1, 2)).reshape(nodes.shape)
    image, scales = _shrunk(image, matrix)
    sources = (sources * scales + np.array(image.shape[1::-1]) / 2 - 0.5).astype(np.float32)
    rows, columns = field.shape[:2]
    everywhere = cv2.resize(sources, (columns * node_px, rows * node_px))
    everywhere = everywhere[node_px : node_px + height, node_px : node_px + width]
    # The stubs forget that both coordinates may be in the first map.
    warped = cv2.remap(  # type: ignore[call-overload]
        image, everywhere, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper
    )
    return with_channels(warped)


def _node_px(height: int) -> int:
    """Pixels between two nodes."""
    return max(2, round(height / _NODES_PER_HEIGHT))


def _nodes(field: Field, node_px: int) -> NDArray[np.float64]:
    """Where each node looks, (rows, columns, 2): its own place, and its displacement on top.

    A resize by `node_px` has the first node at (node_px - 1) / 2; it lies before the line.
    """
    rows, columns = field.shape[:2]
    xs, ys = (node_px * (np.arange(n) - 0.5) - 0.5 for n in (columns, rows))
    return np.stack(np.meshgrid(xs, ys), axis=-1) + field


def _shrunk(image: LineImage, matrix: Matrix) -> tuple[LineImage, NDArray[np.float64]]:
    """The line brought near its new size by averaging if it shrinks much, and the two factors."""
    height, width = image.shape[:2]
    factors = np.linalg.norm(matrix[:2, :2] / matrix[2, 2], axis=0)
    if factors.min() >= _LEAST_SCALE:
        return image, np.ones(2)
    new_width, new_height = (
        max(1, round(length * min(1.0, factor)))
        for length, factor in zip((width, height), factors, strict=True)
    )
    smaller = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_AREA)
    return with_channels(smaller), np.array([new_width / width, new_height / height])


def _corners(width: int, top: int, bottom: int, height: int) -> NDArray[np.float64]:
    """The corners of some rows of a line about its centre, (4, 2); borders of pixels, y down."""
    x, y, other = width / 2, top - height / 2, bottom - height / 2
    return np.array([[-x, y], [x, y], [x, other], [-x, other]])


def _moved(matrix: NDArray[Any], points: NDArray[Any]) -> NDArray[np.float64]:
    """Points (n, 2) where a matrix moves them."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:], dtype=np.float64)
