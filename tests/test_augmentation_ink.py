"""Strokes, blots, struck-out text, worn ink, margins: on dark ink and on light."""

from collections.abc import Callable

import numpy as np
import pytest
from support.fixed_rng import FixedRng

from tf_crnn.augmentation.ink import blots, fade, lay_ink, margins, strike_out, stroke
from tf_crnn.augmentation.paper import ink_rows, tones

Change = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@pytest.fixture(params=["dark ink", "light ink"])
def bars(request: pytest.FixtureRequest) -> np.ndarray:
    """Upright bars, 6 pixels wide, with room around them, (84, 200, 1)."""
    image = np.full((84, 200, 1), 240, dtype=np.uint8)
    for x in range(10, 190, 30):
        image[20:70, x : x + 6] = 30
    return image if request.param == "dark ink" else 255 - image


def amount_of_ink(image: np.ndarray) -> float:
    return float(np.abs(image.astype(float) - image[0, 0]).sum()) / 210


def test_ink_and_paper_are_told_apart(bars: np.ndarray) -> None:
    look = tones(bars)

    assert look.is_dark == (bars[0, 0, 0] == 240)
    assert [look.paper[0], look.ink[0]] == [bars[0, 0, 0], bars[40, 12, 0]]


def test_ink_and_paper_have_a_level_in_each_channel() -> None:
    image = np.full((40, 100, 3), (200, 180, 150), dtype=np.uint8)
    image[10:30, ::12] = (10, 20, 90)

    look = tones(image)

    assert look.is_dark
    assert look.paper.tolist() == [200, 180, 150]
    assert look.ink.tolist() == [10, 20, 90]


@pytest.mark.parametrize("outside", [0, 255])
def test_what_lies_around_the_outline_of_a_line_is_no_ink(outside: int) -> None:
    image = np.full((64, 300, 1), outside, dtype=np.uint8)
    grain = np.random.default_rng(0).integers(-10, 11, (44, 300))
    image[12:56, :, 0] = 180 + grain
    image[20:50, 6::10] = 120

    look = tones(image)

    assert look.is_dark
    assert look.ink[0] == pytest.approx(120, abs=1)
    assert look.paper[0] == pytest.approx(180, abs=10)


def test_the_rows_of_the_ink_are_found_and_specks_ignored(bars: np.ndarray) -> None:
    bars[2, 50] = bars[80, 60] = bars[40, 12]

    assert ink_rows(bars) == (20, 70)
    assert ink_rows(np.full((9, 5, 1), 7, np.uint8)) == (0, 9)


@pytest.mark.parametrize(("share", "width"), [(0, 4), (0.5, 6), (0.75, 8), (1, 10)])
def test_strokes_grow_and_shrink_on_both_sides(
    bars: np.ndarray, share: float, width: float
) -> None:
    changed = stroke(bars, 1.0, FixedRng(share))

    # 2 pixels on each side at most, 1 off each side at most, of lines 84 pixels high.
    assert amount_of_ink(changed[40:41]) == pytest.approx(6 * width, abs=0.1)


def test_strokes_change_by_parts_of_a_pixel(bars: np.ndarray) -> None:
    changed = stroke(bars, 0.25, FixedRng(1))

    assert amount_of_ink(changed[40:41]) == pytest.approx(6 * 7, abs=0.2)


def test_blots_are_ink_and_more_with_more_strength(bars: np.ndarray) -> None:
    def added(strength: float) -> float:
        changed = [blots(bars, strength, np.random.default_rng(seed)) for seed in range(30)]
        darker = [(c.astype(int) - bars) * (1 if bars[0, 0, 0] < 128 else -1) for c in changed]
        assert all((d >= 0).all() for d in darker)
        assert all(np.abs(c.astype(int) - bars[0, 0, 0]).max() <= 210 for c in changed)
        return float(np.mean([d.sum() for d in darker]))

    assert 0 < 2 * added(0.2) < added(1.0)


def test_blots_leave_most_of_the_text(bars: np.ndarray) -> None:
    for seed in range(20):
        changed = blots(bars, 1.0, np.random.default_rng(seed))
        assert (changed != bars).mean() < 0.1


def test_a_stroke_runs_through_the_middle_for_up_to_its_share(bars: np.ndarray) -> None:
    lengths = []
    for seed in range(40):
        struck = strike_out(bars, 0.7, np.random.default_rng(seed))
        rows, columns = np.nonzero((struck != bars)[..., 0])
        assert 0.4 * 84 < rows.mean() < 0.72 * 84
        lengths.append(np.ptp(columns))

    # At least as long as the line is high; ends may lie on bars, where they are not seen.
    assert 84 - 8 <= min(lengths) < 100
    assert 125 < max(lengths) <= 0.7 * 200 + 4


def test_faded_ink_comes_nearer_to_the_paper_by_no_more_than_its_share(bars: np.ndarray) -> None:
    changed = fade(bars, 1.0, np.random.default_rng(0)).astype(float)

    paper = float(bars[0, 0, 0])
    kept = (changed - paper)[bars != paper] / (bars.astype(float) - paper)[bars != paper]
    assert 0.25 - 0.01 <= kept.min() < 0.5
    assert kept.max() > 0.8
    assert (changed[bars == paper] == paper).all()


def test_margins_are_paper_at_both_ends(bars: np.ndarray) -> None:
    changed = margins(bars, 0.5, FixedRng(1))

    added = round(84 * 0.75 * 0.5)
    assert changed.shape == (84, 200 + 2 * added, 1)
    assert np.array_equal(changed[:, added:-added], bars)
    assert (changed[:, :added] == bars[0, 0]).all()
    assert (changed[:, -added:] == bars[0, 0]).all()


def test_a_mask_lays_ink_where_it_is_and_leaves_the_rest(bars: np.ndarray) -> None:
    mask = np.zeros((84, 200), dtype=np.uint8)
    mask[:10, :50], mask[:10, 50:100] = 255, 128

    laid = lay_ink(bars, mask)

    paper, ink = int(bars[0, 0, 0]), int(bars[40, 12, 0])
    assert (laid[:10, :50] == ink).all()
    assert np.abs(laid[:10, 50:100].astype(int) - (paper + ink) / 2).max() <= 1
    assert np.array_equal(laid[:, 100:], bars[:, 100:])
    assert np.array_equal(laid[10:], bars[10:])
