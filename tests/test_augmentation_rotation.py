"""The rotation with a cut."""

import math

import numpy as np
import pytest
from support.fixed_rng import FixedRng

from tf_crnn.augmentation.rotation import largest_inner_rectangle, random_rotation


@pytest.fixture
def bar() -> np.ndarray:
    """A bright upright bar, 4 pixels wide, in the middle of a dark line (32, 100, 1)."""
    image = np.full((32, 100, 1), 20, dtype=np.uint8)
    image[:, 48:52] = 220
    return image


def centre_of_ink(row: np.ndarray) -> float:
    weight = row[:, 0].astype(float) - 20
    return float((weight * np.arange(len(row))).sum() / weight.sum())


@pytest.mark.parametrize("angle", [-0.3, -0.02, 0.02, 0.3])
def test_rotation_turns_about_the_centre(bar: np.ndarray, angle: float) -> None:
    rotated = random_rotation(bar, abs(angle), FixedRng(float(angle > 0)))

    height, width = rotated.shape[:2]
    top, bottom = (centre_of_ink(rotated[row]) for row in (1, height - 2))
    # Against the clock: the upper end of the bar goes to the left.
    assert top - bottom == pytest.approx(-(height - 3) * math.tan(angle), abs=0.3)
    assert (top + bottom) / 2 == pytest.approx((width - 1) / 2, abs=1)


def test_without_a_cut_the_size_stays_and_corners_are_paper(bar: np.ndarray) -> None:
    rotated = random_rotation(bar, 0.3, FixedRng(1), crop=False)

    assert rotated.shape == bar.shape
    assert (rotated[[0, 0, -1, -1], [0, -1, 0, -1]] == 20).all()
    top, bottom = (centre_of_ink(rotated[row]) for row in (4, 27))
    assert top - bottom == pytest.approx(-23 * math.tan(0.3), abs=0.2)


def test_no_rotation_changes_nothing(bar: np.ndarray) -> None:
    assert np.array_equal(random_rotation(bar, 0, FixedRng(1)), bar)


@pytest.mark.parametrize("size", [(32, 100), (100, 32), (50, 50), (1, 40)])
def test_the_inner_rectangle_is_the_largest_in_a_rotated_one(size: tuple[int, int]) -> None:
    height, width = size
    for angle in np.concatenate([np.linspace(0, math.pi / 2, 41), [-0.3, 2.0, 0.005]]):
        sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))

        inner_height, inner_width = largest_inner_rectangle(height, width, angle)

        # Corners inside: their coordinates along the sides of the rotated rectangle.
        assert inner_width * cosine + inner_height * sine <= width + 1e-6
        assert inner_width * sine + inner_height * cosine <= height + 1e-6
        widths = np.linspace(0, max(size), 20_001)
        heights = np.minimum(
            (width - widths * cosine) / max(sine, 1e-12),
            (height - widths * sine) / max(cosine, 1e-12),
        ).clip(0, max(size))
        assert (inner_height + 1) * (inner_width + 1) >= (widths * heights).max() - 0.1


def test_a_cropped_rotation_shows_nothing_from_outside() -> None:
    image = np.full((40, 120, 1), 200, dtype=np.uint8)
    # The outermost pixels are what corners would be filled with.
    image[[0, -1]], image[:, [0, -1]] = 0, 0

    rotated = random_rotation(image, 0.2, FixedRng(1))

    assert rotated.shape == (*largest_inner_rectangle(40, 120, 0.2), 1)
    assert (rotated[2:-2, 2:-2] == 200).all()


def test_an_image_that_a_crop_would_make_too_narrow_is_not_rotated(bar: np.ndarray) -> None:
    width_px = largest_inner_rectangle(32, 100, 0.3)[1]

    kept = random_rotation(bar, 0.3, FixedRng(1), minimum_width=width_px)
    cropped = random_rotation(bar, 0.3, FixedRng(1), minimum_width=width_px - 1)

    assert np.array_equal(kept, bar)
    assert cropped.shape[1] == width_px


def test_an_image_of_which_a_crop_would_leave_nothing_is_not_rotated() -> None:
    line = np.full((1, 50, 1), 7, dtype=np.uint8)

    assert np.array_equal(random_rotation(line, 0.5, FixedRng(1)), line)


def test_rotation_needs_no_generator(bar: np.ndarray) -> None:
    rotated = random_rotation(bar.astype(float), 0.05)

    assert rotated.dtype == np.uint8
    assert 0 < rotated.shape[0] <= bar.shape[0]
