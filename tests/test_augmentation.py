"""Random changes of a training line."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tf_crnn.augmentation import (
    Strengths,
    augment_line,
    largest_inner_rectangle,
    random_colour,
    random_rotation,
    random_slant,
    random_stretch,
)

PAPER, INK = 20, 220  # A dark page: its background is not white.


class FixedRng(np.random.Generator):
    """Draws the given share of every range: 0 is its low end, 1 its high end."""

    def __init__(self, share: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.share = share

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        return low + self.share * (high - low)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def bar() -> np.ndarray:
    """A bright upright bar, 4 pixels wide, in the middle of a dark line (32, 100, 1)."""
    image = np.full((32, 100, 1), PAPER, dtype=np.uint8)
    image[:, 48:52] = INK
    return image


@pytest.fixture
def text(draw_line: Callable[..., np.ndarray]) -> np.ndarray:
    return draw_line("a bad bond")


def centre_of_ink(row: np.ndarray) -> float:
    weight = row[:, 0].astype(float) - PAPER
    return float((weight * np.arange(len(row))).sum() / weight.sum())


def amount_of_ink(image: np.ndarray) -> float:
    return float((image.astype(float) - PAPER).sum())


@pytest.mark.parametrize("slant", [-0.7, -0.1, 0.3, 1.5])
def test_slant_moves_the_top_against_the_bottom_and_cuts_nothing_off(
    bar: np.ndarray, slant: float
) -> None:
    # Near either end, as a line's first and last letter are.
    bar[:, 1:4] = bar[:, 96:99] = INK

    slanted = random_slant(bar, abs(slant), FixedRng(float(slant > 0)))

    assert slanted.shape == (32, 100 + math.ceil(abs(slant) * 31), 1)
    shift = centre_of_ink(slanted[0]) - centre_of_ink(slanted[-1])
    assert shift == pytest.approx(slant * 31, abs=0.1)
    assert amount_of_ink(slanted) == pytest.approx(amount_of_ink(bar), rel=0.01)


@pytest.mark.parametrize("angle", [-0.3, -0.02, 0.02, 0.3])
def test_rotation_turns_about_the_centre(bar: np.ndarray, angle: float) -> None:
    rotated = random_rotation(bar, abs(angle), FixedRng(float(angle > 0)), crop=False)

    assert rotated.shape == bar.shape
    top, bottom = (centre_of_ink(rotated[row]) for row in (4, 27))
    # Against the clock: the upper end of the bar goes to the left.
    assert top - bottom == pytest.approx(-23 * math.tan(angle), abs=0.2)
    assert (top + bottom) / 2 == pytest.approx(49.5, abs=0.2)


@pytest.mark.parametrize("channels", [1, 3])
def test_new_area_takes_the_colour_of_the_paper(channels: int) -> None:
    paper = (20, 90, 160)[:channels]
    image = np.full((32, 100, channels), paper, dtype=np.uint8)
    image[8:24, 40:60] = 250

    slanted = random_slant(image, 0.7, FixedRng(1))
    rotated = random_rotation(image, 0.3, FixedRng(1), crop=False)

    for changed in (slanted, rotated):
        corners = changed[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert np.array_equal(corners, np.tile(np.array(paper, np.uint8), (4, 1)))


def test_a_dark_page_stays_dark() -> None:
    page = np.full((32, 100, 1), PAPER, dtype=np.uint8)
    strengths = Strengths(max_rotation=0.3, max_slant=1.0, max_stretch=0.2)

    for seed in range(50):
        # The greatest brightness is a tenth of 255.
        assert augment_line(page, strengths, rng(seed)).max() <= PAPER + 26


@pytest.mark.parametrize(("share", "width_px"), [(0, 80), (0.25, 90), (0.5, 100), (1, 120)])
def test_stretch_changes_the_width_by_a_share_of_it(
    bar: np.ndarray, share: float, width_px: int
) -> None:
    stretched = random_stretch(bar, 0.2, FixedRng(share))

    assert stretched.shape == (32, width_px, 1)
    assert centre_of_ink(stretched[5]) == pytest.approx((width_px - 1) / 2, abs=0.1)
    assert amount_of_ink(stretched) == pytest.approx(amount_of_ink(bar) * width_px / 100, rel=0.05)


def test_stretch_stops_at_the_minimum_width(bar: np.ndarray) -> None:
    assert random_stretch(bar, 0.5, FixedRng(0), minimum_width=77).shape == (32, 77, 1)


@pytest.mark.parametrize("channels", [1, 3])
def test_changes_of_no_strength_change_nothing(text: np.ndarray, channels: int) -> None:
    image = np.repeat(text, channels, axis=2)

    assert np.array_equal(random_slant(image, 0, rng()), image)
    assert np.array_equal(random_stretch(image, 0, rng()), image)
    assert np.array_equal(random_rotation(image, 0, rng()), image)


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


def test_rotation_needs_no_generator(text: np.ndarray) -> None:
    rotated = random_rotation(text.astype(float), 0.05)

    assert rotated.dtype == np.uint8
    assert 0 < rotated.shape[0] <= text.shape[0]


@pytest.mark.parametrize(("share", "contrast", "brightness"), [(0, 0.5, -25.5), (1, 1.5, 25.5)])
def test_contrast_is_about_the_mean_and_brightness_on_top(
    share: float, contrast: float, brightness: float
) -> None:
    image = np.array([[[100], [120], [140]]], dtype=np.uint8)

    changed = random_colour(image, FixedRng(share))

    expected = (image.astype(float) - 120) * contrast + 120 + brightness
    assert np.abs(changed - expected).max() <= 0.5


def test_brightness_does_not_wrap_around() -> None:
    image = np.array([[[0], [255]]], dtype=np.uint8)

    assert random_colour(image, FixedRng(1))[0, :, 0].tolist() == [0, 255]


def test_hue_and_saturation_change_with_colour_only() -> None:
    grey = np.full((4, 4, 3), 128, dtype=np.uint8)
    red = np.full((4, 4, 3), (180, 60, 60), dtype=np.uint8)
    middle = FixedRng(0.5)

    # In the middle of every range nothing changes.
    assert np.abs(random_colour(red, middle).astype(int) - red).max() <= 1
    for seed in range(20):
        assert np.ptp(random_colour(grey, rng(seed))[0, 0]) == 0


@pytest.mark.parametrize(("share", "hue"), [(0, 180 - 36), (1, 36)])
def test_hue_turns_by_up_to_a_fifth_of_a_half_circle(share: float, hue: int) -> None:
    red = np.full((1, 1, 3), (180, 60, 60), dtype=np.uint8)

    changed = random_colour(red, FixedRng(share))

    assert cv2.cvtColor(changed, cv2.COLOR_RGB2HSV)[0, 0, 0] == pytest.approx(hue, abs=2)


@pytest.mark.parametrize("channels", [1, 3])
def test_augmented_lines_keep_height_and_channels_and_are_wide_enough(
    text: np.ndarray, channels: int
) -> None:
    image = np.repeat(text, channels, axis=2)
    height_px, width_px = text.shape[:2]
    strengths = Strengths(max_rotation=0.05, max_slant=0.7, max_stretch=0.9)

    for seed in range(100):
        augmented = augment_line(image, strengths, rng(seed), minimum_width=width_px // 2)
        assert augmented.dtype == np.uint8
        assert (augmented.shape[0], augmented.shape[2]) == (height_px, channels)
        assert augmented.shape[1] >= width_px // 2


def test_augmentation_is_decided_by_its_generator(text: np.ndarray) -> None:
    strengths = Strengths(max_rotation=0.05, max_slant=0.7, max_stretch=0.1)
    before = text.copy()

    first, again, other = (augment_line(text, strengths, rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()
    assert np.array_equal(text, before)
