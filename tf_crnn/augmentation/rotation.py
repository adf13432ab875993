"""The rotation with a cut that the documentation of tf-crnn names; trainings use `warp_line`."""

from typing import Any

import cv2
import numpy as np

from tf_crnn.augmentation.paper import LineImage, background, with_channels


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
    rotated = with_channels(
        cv2.warpAffine(
            image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=background(image)
        )
    )
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
