"""What happens to ink and paper before a picture is taken: strokes, blots, worn ink, margins.

Each takes a line image (H, W, C) uint8, a strength from 0 to 1 and a numpy Generator, and returns
an image of the same height. All of them find out by themselves whether ink is dark or light.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tf_crnn.augmentation.paper import LineImage, background, tones, with_channels

# Thin strokes vanish where as much is taken off them as thick ones may gain.
_MAX_THICKER, _MAX_THINNER = 1 / 42, 1 / 84  # of the height, on each side of a stroke
_BLOTS_PER_HEIGHT = 0.4  # in a stretch of line as long as it is high
_MAX_BLOT = 1 / 11  # radius, of the height
_MAX_FADING = 0.75
_MAX_MARGIN = 0.75  # of the height


def stroke(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Thicker or thinner strokes, by parts of a pixel too: a dilation or an erosion."""
    amount = strength * rng.uniform(-1, 1)
    radius = abs(amount) * len(image) * (_MAX_THICKER if amount > 0 else _MAX_THINNER)
    change = cv2.erode if (amount > 0) == tones(image).is_dark else cv2.dilate
    whole = int(radius)
    less = change(image, _disc(whole)) if whole else image
    more = change(image, _disc(whole + 1))
    part = radius - whole
    return with_channels(
        cv2.addWeighted(with_channels(less), 1 - part, with_channels(more), part, 0)
    )


def blots(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Drops and specks of ink; the large ones let the text shine through."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), dtype=np.uint8)
    for _ in range(1 + rng.poisson(_BLOTS_PER_HEIGHT * strength * width / height)):
        # Most are specks.
        share = rng.uniform(0.15, 1) ** 2
        radius = max(0.7, _MAX_BLOT * height * (0.4 + 0.6 * strength) * share)
        opacity = rng.uniform(0.5, 1) * (1 - 0.6 * share)
        cv2.fillPoly(mask, [_blot(image, radius, rng)], round(255 * opacity), cv2.LINE_AA, 4)
    return lay_ink(image, mask)


def strike_out(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """A stroke of the pen through a part of the text, which stays in the label.

    It is at least as long as the line is high, and at most `strength` of its width.
    """
    height, width = image.shape[:2]
    length = min(width - 1, max(height, strength * width * rng.uniform(0.1, 1)))
    begin = rng.uniform(0, max(1e-6, width - 1 - length))
    columns = np.linspace(begin, begin + length, 12)
    rows = height * rng.uniform(0.5, 0.62) + np.cumsum(rng.normal(0, height / 90, len(columns)))
    points = np.rint(np.stack([columns, rows], axis=1)).astype(np.int32)
    mask = np.zeros((height, width), dtype=np.uint8)
    thickness = max(1, round(height / 32 * rng.uniform(0.7, 1.6)))
    cv2.polylines(mask, [points], False, 255, thickness, cv2.LINE_AA)
    return lay_ink(image, mask)


def fade(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Ink that has become pale in places, worn or badly printed."""
    height, width = image.shape[:2]
    patches = rng.uniform(0, _MAX_FADING * strength, (3, max(3, 2 * width // height)))
    shares = cv2.resize(patches.astype(np.float32), (width, height))[:, :, None]
    look = tones(image)
    to_paper = look.paper.astype(np.float32) - image
    # What is on the far side of the paper is no ink: white beyond the outline of a grey line.
    to_paper = to_paper.clip(0, None) if look.is_dark else to_paper.clip(None, 0)
    return np.rint(image + shares * to_paper).astype(np.uint8)


def margins(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """More paper before and behind the text."""
    left, right = np.rint(_MAX_MARGIN * strength * len(image) * rng.uniform(0, 1, 2)).astype(int)
    paper = background(image)
    return with_channels(
        cv2.copyMakeBorder(image, 0, 0, int(left), int(right), cv2.BORDER_CONSTANT, value=paper)
    )


def lay_ink(image: LineImage, mask: NDArray[np.uint8]) -> LineImage:
    """Ink on a line, nowhere lighter than what was there.

    Args:
        image: (H, W, C).
        mask: (H, W); 0 leaves a pixel as it is, 255 is ink, between them it is thinned.
    """
    look = tones(image)
    shares = np.arange(256)[:, None] / 255
    levels = np.rint(look.paper + shares * (look.ink - look.paper)).astype(np.uint8)
    levels[0] = 255 if look.is_dark else 0
    layer = cv2.LUT(cv2.merge([mask] * image.shape[2]), levels[None])
    join = cv2.min if look.is_dark else cv2.max
    return with_channels(join(image, layer.reshape(image.shape)))


def _blot(image: LineImage, radius: float, rng: np.random.Generator) -> NDArray[np.int32]:
    """The outline of an uneven, longish drop on the line, (12, 1, 2) in 16ths of pixels."""
    height, width = image.shape[:2]
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    radii = radius * rng.uniform(0.7, 1.2, 12)
    turn, length = rng.uniform(0, np.pi), rng.uniform(1, 2)
    points = np.stack([np.cos(angles) * radii * length, np.sin(angles) * radii], axis=1)
    sine, cosine = np.sin(turn), np.cos(turn)
    points = points @ np.array([[cosine, sine], [-sine, cosine]])
    points += rng.uniform(0, 1, 2) * (width, height)
    return np.asarray(np.rint(points[:, None] * 16), dtype=np.int32)


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), dtype=np.uint8)
