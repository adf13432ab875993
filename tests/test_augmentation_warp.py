"""Changes of a line's shape: the matrices, and the one resampling for all of them."""

import itertools
import math

import numpy as np
import pytest
from support.fixed_rng import FixedRng

from tf_crnn.augmentation import AUGMENTATIONS
from tf_crnn.augmentation.fields import Lattice, draw_elastic, draw_grid
from tf_crnn.augmentation.matrices import (
    Matrix,
    draw_height,
    draw_perspective,
    draw_rotation,
    draw_scale,
    draw_shift,
    draw_slant,
    draw_stretch,
)
from tf_crnn.augmentation.warp import warp_line

PAPER, INK = 20, 220  # A dark page: its background is not white.
SIZE = (32, 100)


def same(width_px: int) -> int:
    return width_px


def warp(image: np.ndarray, matrix: Matrix) -> np.ndarray:
    return warp_line(image, matrix, fit=same)


@pytest.fixture
def bar() -> np.ndarray:
    """A bright upright bar, 4 pixels wide, in the middle of a dark line (32, 100, 1)."""
    image = np.full((*SIZE, 1), PAPER, dtype=np.uint8)
    image[:, 48:52] = INK
    return image


@pytest.fixture
def word() -> np.ndarray:
    """A flat block of ink with room above and below, (32, 100, 1)."""
    image = np.full((*SIZE, 1), PAPER, dtype=np.uint8)
    image[12:20, 10:90] = INK
    return image


def dashes(width_px: int) -> np.ndarray:
    """Dashed rules at the very edges: what is cut off is missed."""
    image = np.full((32, width_px, 1), PAPER, dtype=np.uint8)
    for x in range(3, width_px, 10):
        image[:3, x : x + 4] = image[-3:, x : x + 4] = INK
    return image


def ink_above_and_below(image: np.ndarray) -> tuple[float, float]:
    """Shares of the columns with ink in the upper half and in the lower."""
    inked = image[..., 0] > (PAPER + INK) / 2
    return inked[:16].any(axis=0).mean(), inked[16:].any(axis=0).mean()


def centre_of_ink(pixels: np.ndarray) -> float:
    weight = pixels.reshape(-1).astype(float) - PAPER
    return float((weight * np.arange(len(weight))).sum() / weight.sum())


def amount_of_ink(image: np.ndarray) -> float:
    return float((image.astype(float) - PAPER).sum())


def inked_rows(image: np.ndarray) -> np.ndarray:
    return np.flatnonzero((image[..., 0] > (PAPER + INK) / 2).any(axis=1))


@pytest.mark.parametrize("slant", [-0.7, -0.1, 0.3, 1.5])
def test_slant_moves_the_top_against_the_bottom_and_cuts_nothing_off(
    bar: np.ndarray, slant: float
) -> None:
    # At either end, as a line's first and last letter are.
    bar[:, 0:3] = bar[:, 97:] = INK

    slanted = warp(bar, draw_slant(SIZE, abs(slant), FixedRng(float(slant > 0))))

    assert slanted.shape == (32, 100 + math.ceil(abs(slant) * 32), 1)
    shift = centre_of_ink(slanted[0]) - centre_of_ink(slanted[-1])
    assert shift == pytest.approx(slant * 31, abs=0.2)
    assert amount_of_ink(slanted) == pytest.approx(amount_of_ink(bar), rel=0.03)


@pytest.mark.parametrize("angle", [-0.1, 0.02, 0.1])
def test_rotation_turns_against_the_clock(word: np.ndarray, angle: float) -> None:
    rotated = warp(word, draw_rotation(SIZE, abs(angle), FixedRng(float(angle > 0))))

    width = rotated.shape[1]
    left, right = (centre_of_ink(rotated[:, x]) for x in (width // 2 - 30, width // 2 + 30))
    assert left - right == pytest.approx(60 * math.tan(angle), abs=0.4)
    assert (left + right) / 2 == pytest.approx(15.5, abs=0.3)


@pytest.mark.parametrize(("share", "width_px"), [(0, 80), (0.25, 90), (0.5, 100), (1, 120)])
def test_stretch_changes_the_width_by_a_share_of_it(
    bar: np.ndarray, share: float, width_px: int
) -> None:
    stretched = warp(bar, draw_stretch(SIZE, 0.2, FixedRng(share)))

    assert stretched.shape == (32, width_px, 1)
    assert centre_of_ink(stretched[5]) == pytest.approx((width_px - 1) / 2, abs=0.1)
    assert amount_of_ink(stretched) == pytest.approx(amount_of_ink(bar) * width_px / 100, rel=0.05)


@pytest.mark.parametrize(("share", "scale"), [(0, 0.5), (0.25, 0.75), (1, 1.25)])
def test_scale_changes_height_and_width_alike(word: np.ndarray, share: float, scale: float) -> None:
    scaled = warp(word, draw_scale(SIZE, 1.0, FixedRng(share)))

    assert scaled.shape == (32, round(100 * scale), 1)
    assert amount_of_ink(scaled) == pytest.approx(amount_of_ink(word) * scale**2, rel=0.03)
    assert centre_of_ink(scaled[:, scaled.shape[1] // 2]) == pytest.approx(15.5, abs=0.1)


def test_height_changes_the_height_alone(word: np.ndarray) -> None:
    lower = warp(word, draw_height(SIZE, 1.0, FixedRng(0)))

    assert lower.shape == word.shape
    assert amount_of_ink(lower) == pytest.approx(amount_of_ink(word) * 0.6, rel=0.03)


@pytest.mark.parametrize("share", [0, 1])
def test_a_shift_stops_where_the_ink_would_leave_the_line(word: np.ndarray, share: int) -> None:
    shifted = warp(word, draw_shift(SIZE, 1.0, FixedRng(share)))

    expected = range(24, 32) if share else range(8)
    assert inked_rows(shifted).tolist() == [*expected]
    assert amount_of_ink(shifted) == pytest.approx(amount_of_ink(word), rel=0.02)


def test_a_small_shift_is_as_far_as_it_says(word: np.ndarray) -> None:
    shifted = warp(word, draw_shift(SIZE, 0.25, FixedRng(1)))

    assert inked_rows(shifted).tolist() == [*range(16, 24)]


def test_perspective_makes_one_end_higher_than_the_other(word: np.ndarray) -> None:
    seen = warp(word, draw_perspective(SIZE, 1.0, FixedRng(1)))

    inked = np.flatnonzero((seen[..., 0] > PAPER).any(axis=0))
    left, right = (amount_of_ink(seen[:, x]) for x in (inked[5], inked[-6]))
    # 1 / (1 - 0.15) and 1 / (1 + 0.15) at the ends of the line, of which the word is 0.8.
    assert left / right == pytest.approx((1 + 0.15 * 0.8) / (1 - 0.15 * 0.8), rel=0.08)


@pytest.mark.parametrize("slant", [0.7, 3.0])
@pytest.mark.parametrize("size", [(64, 8), (64, 64), (32, 64), (64, 1000)], ids=str)
def test_a_perspective_folds_no_line_whatever_else_changes_its_shape(
    size: tuple[int, int], slant: float
) -> None:
    height, width = size
    corners = [(x, y, 1) for x in (-width / 2, width / 2) for y in (-height / 2, height / 2)]
    strengths = {"height": 1, "slant": slant, "rotation": 0.3, "perspective": 1, "shift": 1}
    names = [name for name in AUGMENTATIONS if name in strengths]
    nearest = []

    for signs in itertools.product((0, 1), repeat=len(names)):
        matrix = np.diag([1.5 * 1.25, 1.25, 1.0])  # stretched and scaled
        for name, sign in zip(names, signs, strict=True):
            draw = AUGMENTATIONS[name].matrix
            matrix = draw(size, strengths[name], FixedRng(sign)) @ matrix
        nearest.append((np.array(corners) @ matrix[2]).min())

    # What a point is divided by; on the other side of 0 it would be mirrored.
    assert 0.2 < min(nearest) < 1


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([1.0, 1.25, 1.0]),
        draw_rotation(SIZE, 0.2, FixedRng(1)),
        draw_perspective(SIZE, 1.0, FixedRng(0)),
    ],
    ids=["taller", "rotated", "seen from the side"],
)
def test_ink_that_fills_the_line_stays_on_it(matrix: Matrix) -> None:
    warped = warp(dashes(100), matrix)

    assert ink_above_and_below(warped[:, 20:-20]) == pytest.approx((0.4, 0.4), abs=0.1)


@pytest.mark.parametrize("channels", [1, 3])
def test_new_area_takes_the_colour_of_the_paper(channels: int) -> None:
    paper = (20, 90, 160)[:channels]
    image = np.full((32, 100, channels), paper, dtype=np.uint8)
    image[8:24, 40:60] = 250

    warped = warp(image, draw_slant(SIZE, 0.7, FixedRng(1)) @ np.diag([1.0, 0.8, 1.0]))

    corners = warped[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.array_equal(corners, np.tile(np.array(paper, np.uint8), (4, 1)))


def test_the_width_is_what_is_asked_for(bar: np.ndarray) -> None:
    asked: list[int] = []

    def fit(width_px: int) -> int:
        asked.append(width_px)
        return 77

    warped = warp_line(bar, np.diag([0.5, 1.0, 1.0]), fit=fit)

    assert asked == [50]
    assert warped.shape == (32, 77, 1)
    assert centre_of_ink(warped[3]) == pytest.approx(38, abs=0.1)


def test_what_shrinks_much_is_averaged() -> None:
    stripes = np.zeros((32, 400, 1), dtype=np.uint8)
    stripes[:, ::2] = 200

    quarter = warp(stripes, np.diag([0.25, 1.0, 1.0]))

    assert quarter.shape == (32, 100, 1)
    assert np.abs(quarter[2:-2, 2:-2].astype(int) - 100).max() <= 2


def test_no_change_gives_the_image_itself(bar: np.ndarray) -> None:
    assert warp(bar, np.eye(3)) is bar


def test_a_field_moves_each_place_by_its_displacement() -> None:
    ramp = np.tile(np.arange(100, dtype=np.uint8)[None, :, None] * 2, (32, 1, 1))

    def six_to_the_right(lattice: Lattice) -> np.ndarray:
        return np.full((*lattice.shape, 2), (6, 0), dtype=np.float32)

    warped = warp_line(ramp, np.eye(3), draw_field=six_to_the_right, fit=same)

    # Towards either end the displacement falls to nothing.
    assert np.array_equal(warped[:, 20:80], ramp[:, 26:86])
    assert np.abs(warped[:, [0, -1]].astype(int) - ramp[:, [0, -1]]).max() <= 4


@pytest.mark.parametrize("draw", [draw_elastic, draw_grid])
@pytest.mark.parametrize("seed", range(5))
def test_bent_ink_that_fills_the_line_stays_on_it(draw: object, seed: int) -> None:
    full = dashes(300)
    rng = np.random.default_rng(seed)

    warped = warp_line(
        full, np.eye(3), draw_field=lambda lattice: draw(lattice, 1.0, rng), fit=same
    )

    assert ink_above_and_below(warped) == pytest.approx((0.4, 0.4), abs=0.1)
    assert not np.array_equal(warped, full)


@pytest.mark.parametrize("draw", [draw_elastic, draw_grid])
def test_fields_grow_with_their_strength_and_fold_nothing(draw: object) -> None:
    lattice = Lattice((10, 130), 8, 64)

    weak, strong = (
        draw(lattice, strength, np.random.default_rng(3))  # type: ignore[operator]
        for strength in (0.2, 1.0)
    )

    assert weak * 5 == pytest.approx(strong, rel=1e-4, abs=1e-4)
    assert 1 < np.abs(strong).max() < 64 / 4
    # Neighbouring nodes look at places in the same order.
    assert (np.diff(strong[..., 0], axis=1) > -8).all()
    assert (np.diff(strong[..., 1], axis=0) > -8).all()


def test_the_deviation_of_elastic_displacements_is_a_fortieth_of_the_height() -> None:
    field = draw_elastic(Lattice((60, 400), 8, 64), 1.0, FixedRng(1))

    assert field.std() == pytest.approx(64 / 40, rel=0.05)
