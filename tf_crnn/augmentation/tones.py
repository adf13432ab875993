"""Changes of light and colour.

Brightness, contrast, gamma and the negative change a table from each level 0-255 to its new level,
(256, C), one after the other; the image is looked up in it once. Hue and saturation change the
image.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tf_crnn.augmentation.paper import LineImage

Table = NDArray[np.float64]
# Table, mean level of each channel of the image (C,), strength, source of all randomness.
Tone = Callable[[Table, NDArray[np.float64], float, np.random.Generator], Table]

MAX_BRIGHTNESS = 0.1
MAX_CONTRAST = 0.5
MAX_HUE = 0.2
MAX_SATURATION = 0.5
_LEVELS = np.arange(256.0)


def apply_tones(
    image: LineImage, changes: Sequence[tuple[Tone, float]], rng: np.random.Generator
) -> LineImage:
    """The image after changes of its levels, each with its strength."""
    if not changes:
        return image
    channels = image.shape[2]
    table = np.repeat(_LEVELS[:, None], channels, axis=1)
    mean = np.array(cv2.mean(image)[:channels])
    for tone, strength in changes:
        table = tone(table, mean, strength, rng)
    return _looked_up(image, table)


def brightness(
    table: Table, _mean: NDArray[np.float64], strength: float, rng: np.random.Generator
) -> Table:
    """Lighter or darker by up to `strength` of 255."""
    return np.asarray(table + rng.uniform(-strength, strength) * 255, dtype=np.float64)


def contrast(
    table: Table, mean: NDArray[np.float64], strength: float, rng: np.random.Generator
) -> Table:
    """Differences from the mean 1 - `strength` to 1 + `strength` times as large."""
    centre = np.array([np.interp(mean[c], _LEVELS, table[:, c]) for c in range(len(mean))])
    factor = rng.uniform(max(0.0, 1 - strength), 1 + strength)
    return np.asarray((table - centre) * factor + centre, dtype=np.float64)


def gamma(
    table: Table, _mean: NDArray[np.float64], strength: float, rng: np.random.Generator
) -> Table:
    """Lighter or darker middle levels, black and white as they are; exponents of 2 at 1."""
    exponent = 2.0 ** (strength * rng.uniform(-1, 1))
    return np.asarray(255 * (table.clip(0, 255) / 255) ** exponent, dtype=np.float64)


def invert(
    table: Table, _mean: NDArray[np.float64], strength: float, rng: np.random.Generator
) -> Table:
    """The negative; `strength` is how often."""
    return 255 - table if rng.random() < strength else table


def hue(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Colours turned by up to `strength` of a half circle, either way; grey stays grey."""
    if image.shape[2] == 1:
        return image
    # OpenCV keeps 8-bit hue as half degrees.
    return _change_hsv(image, 0, (_LEVELS + rng.uniform(-strength, strength) * 180) % 180)


def saturation(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Colours 1 - `strength` to 1 + `strength` times as strong."""
    if image.shape[2] == 1:
        return image
    return _change_hsv(image, 1, _LEVELS * rng.uniform(max(0.0, 1 - strength), 1 + strength))


def random_colour(image: LineImage, rng: np.random.Generator) -> LineImage:
    """Random brightness and contrast, for colour images also hue and saturation, as documented."""
    changed = apply_tones(image, ((contrast, MAX_CONTRAST), (brightness, MAX_BRIGHTNESS)), rng)
    return saturation(hue(changed, MAX_HUE, rng), MAX_SATURATION, rng)


def _change_hsv(image: LineImage, channel: int, levels: NDArray[np.float64]) -> LineImage:
    table = np.repeat(_LEVELS[:, None], 3, axis=1)
    table[:, channel] = levels
    changed = _looked_up(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2HSV)), table)
    return np.asarray(cv2.cvtColor(changed, cv2.COLOR_HSV2RGB), dtype=np.uint8)


def _looked_up(image: LineImage, table: Table) -> LineImage:
    whole = np.rint(table).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, whole[None]), dtype=np.uint8).reshape(image.shape)
