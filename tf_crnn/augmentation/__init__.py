"""Random changes of training lines, each a small function; `AUGMENTATIONS` names them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tf_crnn.augmentation import camera, fields, ink, matrices, tones
from tf_crnn.augmentation.paper import LineImage

ChangeLine = Callable[[LineImage, float, np.random.Generator], LineImage]


class Augmentation(NamedTuple):
    """A change of a line: one of the five kinds, in the order in which a line goes through them.

    Attributes:
        key: of `Params`, its strength; 0 is none. That key says what it does.
        probability_key: of `Params`, the share of lines that it changes; all of them without one.
        on_paper: changes the line before its shape changes.
        matrix: changes its shape, straight strokes stay straight.
        field: bends its strokes.
        tone: changes its levels.
        on_picture: changes the line at the end; its size stays.
    """

    key: str
    probability_key: str | None = None
    on_paper: ChangeLine | None = None
    matrix: matrices.DrawMatrix | None = None
    field: fields.DrawField | None = None
    tone: tones.Tone | None = None
    on_picture: ChangeLine | None = None


COLOUR_ONLY = frozenset({"hue", "saturation"})
# Those of a kind are applied in this order.
AUGMENTATIONS: dict[str, Augmentation] = {
    "stroke": Augmentation(
        "data_augmentation_stroke", "data_augmentation_stroke_probability", on_paper=ink.stroke
    ),
    "fade": Augmentation(
        "data_augmentation_fade", "data_augmentation_fade_probability", on_paper=ink.fade
    ),
    "blots": Augmentation(
        "data_augmentation_blots", "data_augmentation_blots_probability", on_paper=ink.blots
    ),
    "strike_out": Augmentation(
        "data_augmentation_strike_out",
        "data_augmentation_strike_out_probability",
        on_paper=ink.strike_out,
    ),
    "margins": Augmentation(
        "data_augmentation_margins", "data_augmentation_margins_probability", on_paper=ink.margins
    ),
    "stretch": Augmentation("data_augmentation_max_stretch", matrix=matrices.draw_stretch),
    "scale": Augmentation(
        "data_augmentation_scale", "data_augmentation_scale_probability", matrix=matrices.draw_scale
    ),
    "height": Augmentation(
        "data_augmentation_height",
        "data_augmentation_height_probability",
        matrix=matrices.draw_height,
    ),
    # Before slant and rotation, after which a perspective might fold the line.
    "perspective": Augmentation(
        "data_augmentation_perspective",
        "data_augmentation_perspective_probability",
        matrix=matrices.draw_perspective,
    ),
    "slant": Augmentation("data_augmentation_max_slant", matrix=matrices.draw_slant),
    "rotation": Augmentation("data_augmentation_max_rotation", matrix=matrices.draw_rotation),
    "shift": Augmentation(
        "data_augmentation_shift", "data_augmentation_shift_probability", matrix=matrices.draw_shift
    ),
    "elastic": Augmentation(
        "data_augmentation_elastic",
        "data_augmentation_elastic_probability",
        field=fields.draw_elastic,
    ),
    "grid": Augmentation(
        "data_augmentation_grid", "data_augmentation_grid_probability", field=fields.draw_grid
    ),
    "gamma": Augmentation(
        "data_augmentation_gamma", "data_augmentation_gamma_probability", tone=tones.gamma
    ),
    "contrast": Augmentation("data_augmentation_max_contrast", tone=tones.contrast),
    "brightness": Augmentation("data_augmentation_max_brightness", tone=tones.brightness),
    "invert": Augmentation("data_augmentation_invert", tone=tones.invert),
    "hue": Augmentation("data_augmentation_max_hue", on_picture=tones.hue),
    "saturation": Augmentation("data_augmentation_max_saturation", on_picture=tones.saturation),
    "blur": Augmentation(
        "data_augmentation_blur", "data_augmentation_blur_probability", on_picture=camera.blur
    ),
    "noise": Augmentation(
        "data_augmentation_noise", "data_augmentation_noise_probability", on_picture=camera.noise
    ),
    "jpeg": Augmentation(
        "data_augmentation_jpeg", "data_augmentation_jpeg_probability", on_picture=camera.jpeg
    ),
}
