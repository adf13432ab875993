"""Changes of light and colour."""

import cv2
import numpy as np
import pytest
from support.fixed_rng import FixedRng

from tf_crnn.augmentation.tones import (
    apply_tones,
    brightness,
    contrast,
    gamma,
    hue,
    invert,
    random_colour,
    saturation,
)

RED = (180, 60, 60)


@pytest.mark.parametrize(("share", "factor", "delta"), [(0, 0.5, -25.5), (1, 1.5, 25.5)])
def test_contrast_is_about_the_mean_and_brightness_on_top(
    share: float, factor: float, delta: float
) -> None:
    image = np.array([[[100], [120], [140]]], dtype=np.uint8)

    changed = random_colour(image, FixedRng(share))

    expected = (image.astype(float) - 120) * factor + 120 + delta
    assert np.abs(changed - expected).max() <= 0.5


def test_contrast_is_about_the_mean_of_what_came_before() -> None:
    image = np.array([[[60], [80], [100]]], dtype=np.uint8)

    changed = apply_tones(image, ((brightness, 0.1), (contrast, 0.5)), FixedRng(1))

    assert np.abs(changed[0, :, 0] - np.array([75.5, 105.5, 135.5])).max() <= 0.5


def test_brightness_does_not_wrap_around() -> None:
    image = np.array([[[0], [255]]], dtype=np.uint8)

    assert random_colour(image, FixedRng(1))[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize(("share", "exponent"), [(0, 0.5), (0.5, 1), (1, 2)])
def test_gamma_bends_the_middle_and_keeps_black_and_white(share: float, exponent: float) -> None:
    image = np.arange(256, dtype=np.uint8)[None, :, None]

    changed = apply_tones(image, ((gamma, 1.0),), FixedRng(share))

    expected = 255 * (np.arange(256) / 255) ** exponent
    assert np.abs(changed[0, :, 0] - expected).max() <= 0.5


def test_the_strength_of_a_negative_is_how_often() -> None:
    image = np.array([[[0, 10, 250]]], dtype=np.uint8)
    rng = np.random.default_rng(0)

    results = [apply_tones(image, ((invert, 0.3),), rng).tolist() for _ in range(400)]

    negatives = results.count([[[255, 245, 5]]])
    assert negatives + results.count(image.tolist()) == 400
    assert negatives / 400 == pytest.approx(0.3, abs=0.07)


def test_hue_and_saturation_change_with_colour_only() -> None:
    grey = np.full((4, 4, 3), 128, dtype=np.uint8)
    red = np.full((4, 4, 3), RED, dtype=np.uint8)
    middle = FixedRng(0.5)

    # In the middle of every range nothing changes.
    assert np.abs(random_colour(red, middle).astype(int) - red).max() <= 1
    for seed in range(20):
        assert np.ptp(random_colour(grey, np.random.default_rng(seed))[0, 0]) == 0


@pytest.mark.parametrize(("share", "angle"), [(0, 180 - 36), (1, 36)])
def test_hue_turns_by_up_to_a_fifth_of_a_half_circle(share: float, angle: int) -> None:
    red = np.full((1, 1, 3), RED, dtype=np.uint8)

    changed = hue(red, 0.2, FixedRng(share))

    assert cv2.cvtColor(changed, cv2.COLOR_RGB2HSV)[0, 0, 0] == pytest.approx(angle, abs=2)


@pytest.mark.parametrize(("share", "factor"), [(0, 0.5), (1, 1.5)])
def test_saturation_is_multiplied(share: float, factor: float) -> None:
    red = np.full((1, 1, 3), RED, dtype=np.uint8)

    changed = saturation(red, 0.5, FixedRng(share))

    before, after = (int(cv2.cvtColor(i, cv2.COLOR_RGB2HSV)[0, 0, 1]) for i in (red, changed))
    assert after == pytest.approx(min(255, before * factor), abs=2)
