"""Parts of different lines made alike and put side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tf_crnn.synthesis.looks import Look

LineImage = NDArray[np.uint8]

_GREATEST_SHIFT = 0.25  # of the height


class Part(NamedTuple):
    """An image with columns beside it that only serve to blend.

    Attributes:
        image: (H, W, C).
        before: columns before the part itself.
        width_px: of the part itself.
    """

    image: LineImage
    before: int
    width_px: int


def match_levels(image: LineImage, own: Look, wanted: Look) -> LineImage:
    """Paper and ink brought to the levels of another line; what surrounds the paper stays."""
    channels = [
        cv2.LUT(image[:, :, channel], _level_table(levels, targets))
        for channel, (levels, targets) in enumerate(
            zip(
                zip(own.ink, own.paper, strict=True),
                zip(wanted.ink, wanted.paper, strict=True),
                strict=True,
            )
        )
    ]
    return np.stack(channels, axis=2)


def _level_table(own: tuple[float, float], wanted: tuple[float, float]) -> NDArray[np.uint8]:
    """New level of each level 0-255, from (ink, paper) to (ink, paper)."""
    (ink, paper), (new_ink, new_paper) = own, wanted
    levels = np.arange(256, dtype=np.float64)
    if own == wanted or (ink < paper) != (new_ink < new_paper):
        return np.asarray(levels, dtype=np.uint8)
    end = 255.0 if ink < paper else 0.0
    inked = new_paper + (levels - paper) * (new_ink - new_paper) / (ink - paper)
    # Beyond the paper lies what surrounds it, which stays as it is.
    beyond = new_paper + (levels - paper) * (end - new_paper) / ((end - paper) or 1.0)
    table = np.where((levels < paper) == (ink < paper), inked, beyond)
    return np.asarray(np.rint(table.clip(0, 255)), dtype=np.uint8)


def match_rows(image: LineImage, baseline: float, wanted: float, scale: float) -> LineImage:
    """A part at another scale, with its baseline at another row; edges are drawn out."""
    height, width = image.shape[:2]
    shift = float(np.clip(wanted - baseline, -_GREATEST_SHIFT * height, _GREATEST_SHIFT * height))
    if scale == 1.0:
        rows = np.clip(np.arange(height) - round(shift), 0, height - 1)
        return image[rows]
    matrix = np.array([[scale, 0, 0], [0, scale, baseline * (1 - scale) + shift]])
    size = (max(1, round(width * scale)), height)
    scaled = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(scaled if scaled.ndim == 3 else scaled[:, :, None], dtype=np.uint8)


def blend(parts: Sequence[Part], blend_px: int) -> LineImage:
    """Parts side by side; about each seam both neighbours are mixed.

    Args:
        parts: of one height, at least one.
        blend_px: columns on either side of a seam.

    Returns:
        (H, W, C), W the sum of the parts' widths.
    """
    starts = np.cumsum([0, *(part.width_px for part in parts)])
    joined = np.concatenate(
        [part.image[:, part.before : part.before + part.width_px] for part in parts], axis=1
    )
    for left, right, seam in zip(parts, parts[1:], starts[1:-1], strict=False):
        before = min(blend_px, right.before, left.width_px)
        behind = min(blend_px, left.image.shape[1] - left.before - left.width_px, right.width_px)
        end, begin = left.before + left.width_px, right.before
        share = (np.arange(-before, behind) + 0.5 + blend_px) / (2 * blend_px)
        mixed = (
            left.image[:, end - before : end + behind] * (1 - share)[:, None]
            + right.image[:, begin - before : begin + behind] * share[:, None]
        )
        joined[:, seam - before : seam + behind] = np.rint(mixed)
    return joined
