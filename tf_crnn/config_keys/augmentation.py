"""Keys of the augmentation: how training lines are changed at random.

`max_` keys are in units of their own, as documented; the others are strengths from 0 to 1, at which
the changes are the greatest that leave most texts readable. `AUGMENTATIONS` names the functions.
"""

import math
from dataclasses import dataclass

from tf_crnn.config_keys.key import flag, key, number


def _angle(value: object) -> str | None:
    wanted = number(0, math.pi / 4)(value)
    return wanted and f"a number of radians, at least 0 and at most {math.pi / 4:.2f}"


def _strength(meaning: str) -> float:
    """A strength from 0 to 1."""
    return _from_0_to_1(0.0, f"strength from 0 to 1: {meaning}")


def _probability(what: str, default: float = 0.5) -> float:
    """A share of the lines."""
    return _from_0_to_1(default, f"share of the lines with {what}, if its strength is above 0")


def _from_0_to_1(default: float, meaning: str) -> float:
    """A number from 0 to 1."""
    field: float = key(default, meaning, number(0, 1))
    return field


@dataclass(frozen=True, init=False)
class AugmentationKeys:
    """See `Params`."""

    data_augmentation: bool = key(
        True,
        "random changes of the training lines; each by the keys that begin with this name",
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
    data_augmentation_max_brightness: float = _from_0_to_1(
        0.1, "greatest change of brightness, as a share of white, either way"
    )
    data_augmentation_max_contrast: float = _from_0_to_1(
        0.5, "greatest change of contrast, as a share of it, either way"
    )
    data_augmentation_max_hue: float = _from_0_to_1(
        0.2, "greatest change of hue, as a share of a half circle, either way; colour only"
    )
    data_augmentation_max_saturation: float = _from_0_to_1(
        0.5, "greatest change of saturation, as a share of it, either way; colour only"
    )
    data_augmentation_scale: float = _strength(
        "smaller text on the line, down to half the size; larger where there is room"
    )
    data_augmentation_scale_probability: float = _probability("another scale")
    data_augmentation_height: float = _strength(
        "lower letters, down to 0.6 of their height, of the same width; taller where there is room"
    )
    data_augmentation_height_probability: float = _probability("another height")
    data_augmentation_shift: float = _strength(
        "text up or down, by up to half the line's height, as far as there is room"
    )
    data_augmentation_shift_probability: float = _probability("a shift")
    data_augmentation_margins: float = _strength(
        "paper added before and behind the text, up to 0.75 of the line's height each"
    )
    data_augmentation_margins_probability: float = _probability("other margins")
    data_augmentation_perspective: float = _strength(
        "seen from the side, one end up to a third larger than the other"
    )
    data_augmentation_perspective_probability: float = _probability("a perspective")
    data_augmentation_elastic: float = _strength("trembling strokes")
    data_augmentation_elastic_probability: float = _probability("elastic distortion")
    data_augmentation_grid: float = _strength(
        "letters wider and narrower along the line, on a baseline that waves"
    )
    data_augmentation_grid_probability: float = _probability("a grid distortion")
    data_augmentation_stroke: float = _strength("thicker or thinner strokes (dilate, erode)")
    data_augmentation_stroke_probability: float = _probability("other strokes")
    data_augmentation_fade: float = _strength("ink that is pale in places")
    data_augmentation_fade_probability: float = _probability("faded ink")
    data_augmentation_blots: float = _strength("drops and specks of ink")
    data_augmentation_blots_probability: float = _probability("blots", 0.25)
    data_augmentation_strike_out: float = _strength(
        "a part of the text struck out, up to this share of the line; it stays in the label"
    )
    data_augmentation_strike_out_probability: float = _probability("struck-out text", 0.1)
    data_augmentation_gamma: float = _strength(
        "lighter or darker middle tones, exponents from a half to 2"
    )
    data_augmentation_gamma_probability: float = _probability("another gamma")
    data_augmentation_blur: float = _strength("blur, up to a 32nd of the height (sigma)")
    data_augmentation_blur_probability: float = _probability("blur", 0.25)
    data_augmentation_noise: float = _strength("noise, up to 40 of 255 levels (sigma)")
    data_augmentation_noise_probability: float = _probability("noise", 0.25)
    data_augmentation_jpeg: float = _strength("JPEG artefacts, down to quality 10")
    data_augmentation_jpeg_probability: float = _probability("JPEG artefacts", 0.25)
    data_augmentation_invert: float = _from_0_to_1(
        0.0, "share of the lines that become their negative"
    )
