"""Random changes of a training line: slant, stretch, rotation, brightness, contrast, colour.

Each takes a line image (H, W, C) uint8 and a numpy Generator, and returns a line image of the same
height. None of them makes a line narrower than its label allows: slant and rotation keep or widen
it, and a stretch stays above `minimum_width`.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

LineImage = NDArray[np.uint8]

MAX_BRIGHTNESS_DELTA = 0.1
CONTRAST_RANGE = (0.5, 1.5)
MAX_HUE_DELTA = 0.2
SATURATION_RANGE = (0.5, 1.5)


class Strengths(NamedTuple):
    """How much a line may change.

    Attributes:
        max_rotation: radians, either way.
        max_slant: pixels sideways for each pixel of height, either way.
        max_stretch: share of the width, either way.
    """

    max_rotation: float
    max_slant: float
    max_stretch: float


def augment_line(
    image: LineImage,
    strengths: Strengths,
    rng: np.random.Generator,
    *,
    width_change: float | None = None,
    minimum_width: int = 1,
) -> LineImage:
    """All augmentations, each with its own random strength.

    Args:
        image: (H, W, C).
        strengths: greatest changes.
        rng: source of all randomness.
        width_change: share of the width to stretch by, drawn already; from `rng` without.
        minimum_width: a stretch leaves at least so many pixels.

    Returns:
        (H, W', C).
    """
    if width_change is None:
        image = random_stretch(image, strengths.max_stretch, rng, minimum_width=minimum_width)
    else:
        image = stretch(image, width_change, minimum_width=minimum_width)
    image = random_slant(image, strengths.max_slant, rng)
    return random_colour(random_rotation(image, strengths.max_rotation, rng, crop=False), rng)


def random_slant(image: LineImage, max_slant: float, rng: np.random.Generator) -> LineImage:
    """Shear by up to `max_slant` either way; the line widens so that nothing is cut off."""
    slant = rng.uniform(-max_slant, max_slant)
    height, width = image.shape[:2]
    shift = slant * (height - 1)
    matrix = np.array([[1, -slant, max(shift, 0.0)], [0, 1, 0]], dtype=np.float64)
    return _warp(image, matrix, (width + int(np.ceil(abs(shift))), height))


def random_stretch(
    image: LineImage, max_stretch: float, rng: np.random.Generator, *, minimum_width: int = 1
) -> LineImage:
    """Change the width by up to `max_stretch` of it either way, not below `minimum_width`."""
    return stretch(image, rng.uniform(-max_stretch, max_stretch), minimum_width=minimum_width)


def stretch(image: LineImage, width_change: float, *, minimum_width: int = 1) -> LineImage:
    """Change the width by a share of it, not below `minimum_width` pixels."""
    height, width = image.shape[:2]
    new_width = max(round(width * (1 + width_change)), minimum_width)
    if new_width == width:
        return image
    method = cv2.INTER_AREA if new_width < width else cv2.INTER_LINEAR
    return _with_channels(cv2.resize(image, (new_width, height), interpolation=method))


def random_rotation(
    img: Any,
    max_rotation: float = 0.1,
    rng: np.random.Generator | None = None,
    *,
    crop: bool = True,
    minimum_width: int = 0,
) -> LineImage:
    """Rotate about the centre by up to `max_rotation` radians either way.

    Args:
        img: (H, W, C), 0 to 255.
        max_rotation: radians.
        rng: source of the angle; a fresh one without.
        crop: cut to the largest rectangle without filled corners, so that both sides shrink;
            otherwise the size stays and corners take the background's value.
        minimum_width: where the cut would not be wider than this, the image is returned unrotated.

    Returns:
        (H', W', C).
    """
    image = np.asarray(img, dtype=np.uint8)
    angle = (rng or np.random.default_rng()).uniform(-max_rotation, max_rotation)
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), np.degrees(angle), 1.0)
    rotated = _warp(image, matrix, (width, height))
    if not crop:
        return rotated
    inner_height, inner_width = largest_inner_rectangle(height, width, angle)
    if inner_height < 1 or inner_width <= minimum_width:
        return image
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    return rotated[top : top + inner_height, left : left + inner_width]


def largest_inner_rectangle(height: int, width: int, angle_rad: float) -> tuple[int, int]:
    """(height, width) of the largest upright rectangle inside a rotated one, in whole pixels."""
    sine, cosine = abs(np.sin(angle_rad)), abs(np.cos(angle_rad))
    long_side, short_side = max(height, width), min(height, width)
    if short_side <= 2 * sine * cosine * long_side or abs(sine - cosine) < 1e-10:
        half = 0.5 * short_side
        wide = (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
        return int(wide[1]), int(wide[0])
    double_cosine = cosine * cosine - sine * sine
    inner_width = (width * cosine - height * sine) / double_cosine
    inner_height = (height * cosine - width * sine) / double_cosine
    return int(inner_height), int(inner_width)


def random_colour(image: LineImage, rng: np.random.Generator) -> LineImage:
    """Random brightness and contrast, for colour images also hue and saturation."""
    pixels = image.astype(np.float32)
    brightness = rng.uniform(-MAX_BRIGHTNESS_DELTA, MAX_BRIGHTNESS_DELTA) * 255
    mean = pixels.mean(axis=(0, 1), keepdims=True)
    pixels = (pixels - mean) * rng.uniform(*CONTRAST_RANGE) + mean + brightness
    changed = np.rint(pixels).clip(0, 255).astype(np.uint8)
    return _random_hue_and_saturation(changed, rng) if image.shape[2] == 3 else changed


def _random_hue_and_saturation(image: LineImage, rng: np.random.Generator) -> LineImage:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.float32)
    # OpenCV keeps 8-bit hue as half degrees.
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(-MAX_HUE_DELTA, MAX_HUE_DELTA) * 180) % 180
    hsv[..., 1] = (hsv[..., 1] * rng.uniform(*SATURATION_RANGE)).clip(0, 255)
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), dtype=np.uint8)


def _warp(image: LineImage, matrix: NDArray[Any], size: tuple[int, int]) -> LineImage:
    warped = cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=_background(image)
    )
    return _with_channels(warped)


def _background(image: LineImage) -> tuple[float, ...]:
    """The median of the outermost pixels, channel by channel: paper, whatever its colour."""
    edges = (image[0], image[-1], image[:, 0], image[:, -1])
    return tuple(np.median(np.concatenate(edges), axis=0).tolist())


def _with_channels(image: NDArray[Any]) -> LineImage:
    """OpenCV drops the channel axis of grey images."""
    return np.asarray(image if image.ndim == 3 else image[:, :, None], dtype=np.uint8)
