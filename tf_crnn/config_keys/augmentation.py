"""Keys of the augmentation: how training lines are changed at random."""

import math
from dataclasses import dataclass

from tf_crnn.config_keys.key import flag, key, number


def _angle(value: object) -> str | None:
    wanted = number(0, math.pi / 4)(value)
    return wanted and f"a number of radians, at least 0 and at most {math.pi / 4:.2f}"


@dataclass(frozen=True, init=False)
class AugmentationKeys:
    """See `Params`."""

    data_augmentation: bool = key(
        True,
        "random rotation, slant, brightness, contrast (hue, saturation); training set only",
        flag,
    )
    data_augmentation_max_rotation: float = key(
        0.005, "greatest rotation, in radians, either way", _angle
    )
    data_augmentation_max_slant: float = key(
        0.7, "greatest slant, in pixels sideways for each pixel of height, either way", number()
    )
    data_augmentation_max_stretch: float = key(
        0.0, "greatest change of width, as a share of it, either way", number()
    )
