"""What a line image shows: how much ink, which way round, and a short hash of its look.

Ink is what is darker (or lighter) than its narrow surroundings, a top-hat transform. So neither
shading of the paper nor the white around a line that was cut out by a polygon counts as ink.
"""

import hashlib
import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tf_crnn.images import as_line_image

HASH_WORDS = 4
_HASH_ROWS, _HASH_COLUMNS = 8, 32
_SKETCH_ROWS, _SKETCH_COLUMNS = 16, 192
# Strokes are narrower than this share of the line's height.
_STROKE_SHARE = 0.25
# In a square of this share of the height, less than half is ink.
_PAPER_SHARE = 0.65
_HEIGHT_PX = 48
_PAPER_HEIGHT_PX = 24
_MARGIN = 3.0
_FULL_ROW, _AS_DARK = 0.97, 0.25
# Ink beyond these shares is speckle: it moves no edge of the line.
_TRIMMED = 0.005, 0.02
_CONTRAST_PERCENTILE = 99.8


class ImageMeasures(NamedTuple):
    """Numbers and hashes of one image.

    Attributes:
        height_px: as the file has it.
        width_px: likewise.
        contrast: of the strongest strokes against their surroundings, 0 to 255.
        lightness: share of what is lighter than its surroundings among all that differs, 0 (dark
            on light) to 1 (light on dark).
        bars: share of rows that are dark all along, in a line dark on light.
        aspect: width / height of what bears ink; 0 where nothing does.
        pixels: hash of the decoded pixels; equal for equal images in whatever format.
        look: (4,) uint64, 256 bits of which few differ where two images look alike.
    """

    height_px: int
    width_px: int
    contrast: float
    lightness: float
    bars: float
    aspect: float
    pixels: int
    look: NDArray[np.uint64]


def measure_image(image: NDArray[np.uint8]) -> ImageMeasures:
    """Measure a line image (H, W, C), 0 to 255."""
    small = _small(image)
    lightness = _lightness(small)
    ink = _strokes(small, lightness)
    body = _crop(ink)
    return ImageMeasures(
        image.shape[0],
        image.shape[1],
        float(np.percentile(ink, _CONTRAST_PERCENTILE)),
        lightness,
        _bars(small) if lightness < 0.5 else 0.0,
        body.shape[1] / body.shape[0] if ink.any() else 0.0,
        hash_pixels(image),
        _hash_look(body),
    )


def hash_pixels(image: NDArray[np.uint8]) -> int:
    """64 bits of pixels and shape."""
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(image).data)
    return int.from_bytes(digest.digest(), "little")


def sketch(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A line image as a vector of length 1, to compare two by their scalar product.

    Returns:
        (3072,) ink, cropped and scaled to 16 x 192; zeros where there is no ink.
    """
    small = _small(image)
    ink = _crop(_strokes(small, _lightness(small)))
    cells = _scaled(ink, _SKETCH_ROWS, _SKETCH_COLUMNS).ravel()
    centred = cells - cells.mean()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-6), dtype=np.float32)


def _small(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey, about 48 px high, (H, W)."""
    grey = Image.fromarray(as_line_image(image, 1)[:, :, 0])
    factor = max(1, min(grey.height, grey.width) // _HEIGHT_PX)
    return np.asarray(grey.reduce(factor) if factor > 1 else grey)


def _strokes(small: NDArray[np.uint8], lightness: float) -> NDArray[np.uint8]:
    """Strength of the strokes, (H, W), 0 to 255."""
    size = _odd(_STROKE_SHARE * min(_HEIGHT_PX, *small.shape))
    strokes = cv2.MORPH_TOPHAT if lightness > 0.5 else cv2.MORPH_BLACKHAT
    # What lies beyond the edge is neither ink nor paper.
    ink = cv2.morphologyEx(
        small, strokes, np.ones((size, size), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(ink)


def _bars(small: NDArray[np.uint8]) -> float:
    # As dark as the strokes: grey paper in a white frame is no bar.
    dark = small < small.min() + _AS_DARK * (int(small.max()) - int(small.min()))
    return float((dark.mean(axis=1) > _FULL_ROW).mean())


def _lightness(small: NDArray[np.uint8]) -> float:
    """Share of what is lighter than the paper around, among all that differs from it."""
    factor = max(1, min(small.shape) // _PAPER_HEIGHT_PX)
    smaller = np.asarray(Image.fromarray(small).reduce(factor)) if factor > 1 else small
    paper = cv2.medianBlur(smaller, _odd(_PAPER_SHARE * min(_PAPER_HEIGHT_PX, *smaller.shape)))
    lighter = int(cv2.subtract(smaller, paper).sum(dtype=np.int64))
    darker = int(cv2.subtract(paper, smaller).sum(dtype=np.int64))
    return lighter / (lighter + darker) if lighter + darker else 0.0


def _odd(size: float) -> int:
    return 2 * math.ceil(size / 2) + 1


def _crop(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is left without margins that bear next to no ink."""
    weight = np.maximum(ink - 0.3 * np.percentile(ink, _CONTRAST_PERCENTILE), 0)
    if not weight.any():
        return ink
    columns, rows = (
        _bounds(weight.sum(axis=axis), trimmed) for axis, trimmed in enumerate(_TRIMMED)
    )
    return ink[rows, columns]


def _bounds(weight: NDArray[np.float32], trimmed: float) -> slice:
    share = np.cumsum(weight) / weight.sum()
    first, last = np.searchsorted(share, [trimmed, 1 - trimmed])
    return slice(int(first), min(int(last), len(weight) - 1) + 1)


def _scaled(ink: NDArray[np.uint8], n_rows: int, n_columns: int) -> NDArray[np.float32]:
    small = Image.fromarray(ink).resize((n_columns, n_rows), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32)


def _hash_look(ink: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Whether the ink grows from each cell to the next on its right (dHash)."""
    cells = _scaled(ink, _HASH_ROWS, _HASH_COLUMNS + 1)
    return np.packbits((np.diff(cells, axis=1) > _MARGIN).ravel()).view(np.uint64)
