"""What time, pen, press and camera do to a drawn line: texture, bleeding, slant, strokes, JPEG.

Each takes a grey line (H, W) uint8, a strength from 0 (nothing) to 1, and a numpy Generator, and
returns a line of the same height.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tf_crnn.augmentation.camera import jpeg
from tf_crnn.augmentation.ink import strike_out

GreyImage = npt.NDArray[np.uint8]

_MAX_TEXTURE = 45  # grey levels
_MAX_SLANT = 0.5  # columns for each row
_MAX_TILT = 0.12  # of the height, by which a corner moves


class Degradations(NamedTuple):
    """Strengths from 0 to 1; what a line gets is drawn anew up to them.

    Attributes:
        paper: stains and fibres.
        bleed: ink that runs into the paper.
        slant: letters that lean to either side.
        strike: how often a stroke goes through a part of the text, which stays in the label.
        jpeg: artefacts of compression.
        perspective: corners that are not right.
    """

    paper: float = 0.0
    bleed: float = 0.0
    slant: float = 0.0
    strike: float = 0.0
    jpeg: float = 0.0
    perspective: float = 0.0


def degrade(line: GreyImage, strengths: Degradations, rng: np.random.Generator) -> GreyImage:
    """All degradations, in the order in which they happen to a page.

    Args:
        line: (H, W).
        strengths: of each.
        rng: source of all randomness; without any strength it is not used.

    Returns:
        (H, W').
    """
    steps = (
        (strike_through, strengths.strike),
        (lean, strengths.slant),
        (bleed, strengths.bleed),
        (texture, strengths.paper),
        (tilt, strengths.perspective),
        (compress, strengths.jpeg),
    )
    for change, strength in steps:
        if strength:
            line = change(line, strength, rng)
    return line


def texture(line: GreyImage, strength: float, rng: np.random.Generator) -> GreyImage:
    """Stains, clouds and fibres: noise of several sizes, darker and lighter."""
    height, width = line.shape
    total = np.zeros((height, width), np.float32)
    for size_px, share in ((height, 0.5), (max(2, height // 6), 0.3), (1, 0.2)):
        rough = rng.normal(0, share, (height // size_px + 2, width // size_px + 2))
        total += cv2.resize(
            rough.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    fibres = cv2.blur(
        rng.normal(0, 0.6, (height, width)).astype(np.float32), (max(3, height // 4), 1)
    )
    changed = line + _MAX_TEXTURE * strength * rng.uniform(0.3, 1) * (total + fibres)
    return _levels(changed)


def bleed(line: GreyImage, strength: float, rng: np.random.Generator) -> GreyImage:
    """Strokes that grow into the paper, unevenly and with soft edges."""
    height, width = line.shape
    size = max(3, round(height / 12)) | 1
    grown = cv2.erode(line, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    soft = cv2.GaussianBlur(grown, (0, 0), max(0.5, height / 40))
    patches = rng.uniform(0, 1, (3, max(3, width // height))).astype(np.float32)
    share = strength * cv2.resize(patches, (width, height), interpolation=cv2.INTER_LINEAR)
    return _levels(line + share * (np.minimum(soft, line).astype(np.float32) - line))


def lean(line: GreyImage, strength: float, rng: np.random.Generator) -> GreyImage:
    """A slant to either side; the line widens so that nothing is cut off."""
    height, width = line.shape
    slant = _MAX_SLANT * strength * rng.uniform(-1, 1)
    shift = slant * (height - 1)
    matrix = np.array([[1, -slant, max(shift, 0.0)], [0, 1, 0]])
    size = (width + int(np.ceil(abs(shift))), height)
    leaned = cv2.warpAffine(line, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(leaned, dtype=np.uint8)


def strike_through(line: GreyImage, strength: float, rng: np.random.Generator) -> GreyImage:
    """With the strength as probability, a stroke of the pen through a part of the text."""
    if rng.random() >= strength:
        return line
    return strike_out(line[:, :, None], 1.0, rng)[:, :, 0]


def tilt(line: GreyImage, strength: float, rng: np.random.Generator) -> GreyImage:
    """A page seen from the side: each corner moves up or down by its own amount."""
    height, width = line.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners.copy()
    moved[:, 1] += (_MAX_TILT * strength * height * rng.uniform(-1, 1, 4)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(line, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, dtype=np.uint8)


def compress(line: GreyImage, strength: float, rng: np.random.Generator) -> GreyImage:
    """JPEG and back."""
    return jpeg(line[:, :, None], strength, rng)[:, :, 0]


def _levels(values: npt.NDArray[Any]) -> GreyImage:
    return np.asarray(np.rint(values).clip(0, 255), dtype=np.uint8)
