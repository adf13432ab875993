"""The picture of a learning-rate range test."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.rate_test import RangeTest, Trial, rising_rates
from tf_crnn.reports.rate_curve import draw_rate_curve

SMOOTH, SUGGESTED, STEEPEST = (0, 0x72, 0xB2), (0, 0x9E, 0x73), (0xD5, 0x5E, 0)


def columns_of(losses: np.ndarray, folder: Path, colour: tuple[int, int, int]) -> np.ndarray:
    """Columns of pixels below the legend that have a colour."""
    rates = rising_rates(1e-6, 1.0, len(losses)).tolist()
    trials = [Trial(*pair) for pair in zip(rates, losses.tolist(), strict=True)]
    draw_rate_curve(RangeTest(trials, diverged=True), folder / "curve.png")
    with Image.open(folder / "curve.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)[260:]
    return np.argwhere(np.abs(pixels - colour).max(axis=-1) < 12)[:, 1]


@pytest.mark.parametrize("n_batches", [5, 200])
def test_curve_and_suggestion_are_drawn(n_batches: int, tmp_path: Path) -> None:
    losses = np.linspace(3.0, 0.3, n_batches)

    for colour in (SMOOTH, SUGGESTED, STEEPEST):
        assert len(columns_of(losses, tmp_path, colour)) > 20


def test_the_suggestion_stands_left_of_the_lowest_loss(tmp_path: Path) -> None:
    powers = np.linspace(-6, 0, 121)

    early = columns_of(1 + (powers + 4) ** 2, tmp_path, SUGGESTED)
    late = columns_of(1 + (powers + 1) ** 2, tmp_path, SUGGESTED)

    # Three powers of ten of the six and a little that the axis shows.
    assert np.median(late) - np.median(early) == pytest.approx(390, abs=40)
