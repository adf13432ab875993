"""Degradations of a drawn line."""

import cv2
import numpy as np
import pytest

from tf_crnn.synthesis import load_fonts, render_line
from tf_crnn.synthesis.degrading import Degradations, compress, degrade, strike_through

KINDS = Degradations._fields


@pytest.fixture(scope="module")
def line() -> np.ndarray:
    return render_line("Hamburg 1842", load_fonts()[0], height_px=48, rng=np.random.default_rng(1))


def degraded(line: np.ndarray, kind: str, strength: float, seed: int = 0) -> np.ndarray:
    return degrade(line, Degradations(**{kind: strength}), np.random.default_rng(seed))


def change(line: np.ndarray, kind: str, strength: float) -> float:
    """Mean difference over seeds, in grey levels, at the width of the line."""
    changes = []
    for seed in range(12):
        other = degraded(line, kind, strength, seed)
        other = cv2.resize(other, (line.shape[1], line.shape[0]))
        changes.append(float(np.abs(other.astype(float) - line).mean()))
    return float(np.mean(changes))


@pytest.mark.parametrize("kind", KINDS)
def test_a_greater_strength_changes_more_and_none_nothing(line: np.ndarray, kind: str) -> None:
    weak, strong = change(line, kind, 0.2), change(line, kind, 1.0)

    assert np.array_equal(degraded(line, kind, 0.0), line)
    assert 0 < weak < strong


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_keeps_its_height_its_type_and_its_seed(line: np.ndarray, kind: str) -> None:
    first, same, other = (degraded(line, kind, 1.0, seed) for seed in (3, 3, 4))

    assert first.dtype == np.uint8
    assert first.shape[0] == 48
    assert first.shape[1] >= line.shape[1]
    assert np.array_equal(first, same)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_without_strengths_nothing_is_drawn_from_the_generator(line: np.ndarray) -> None:
    rng = np.random.default_rng(0)

    degrade(line, Degradations(), rng)

    assert rng.random() == np.random.default_rng(0).random()


def test_bleeding_makes_more_ink_and_never_less(line: np.ndarray) -> None:
    bled = degraded(line, "bleed", 1.0)

    assert (bled <= line).all()
    assert (bled < 128).sum() > 1.05 * (line < 128).sum()


def test_the_strength_of_strokes_is_their_share(line: np.ndarray) -> None:
    rng = np.random.default_rng(0)

    struck = [not np.array_equal(strike_through(line, 0.3, rng), line) for _ in range(300)]

    assert np.mean(struck) == pytest.approx(0.3, abs=0.08)


def test_a_stroke_is_ink_and_runs_through_the_middle(line: np.ndarray) -> None:
    struck = degraded(line, "strike", 1.0)

    rows, columns = np.nonzero(struck != line)
    assert 0.3 * 48 < rows.mean() < 0.8 * 48
    assert np.ptp(columns) > 24
    assert struck.min() >= line.min()


def test_slanted_letters_lean_as_far_as_the_line_widens() -> None:
    upright = np.full((48, 60), 250, np.uint8)
    upright[:, 30:33] = 0

    slanted = degraded(upright, "slant", 1.0, seed=2)

    middles = [float(np.flatnonzero(row < 128).mean()) for row in (slanted[0], slanted[-1])]
    widening = slanted.shape[1] - 60
    assert 3 < widening <= 24
    assert abs(middles[0] - middles[1]) == pytest.approx(widening, abs=1.5)


def test_compression_is_that_of_jpeg(line: np.ndarray) -> None:
    rng = np.random.default_rng(5)

    found = compress(line, 1.0, rng)

    quality = round(95 - 85 * np.random.default_rng(5).uniform(0.3, 1))
    _, encoded = cv2.imencode(".jpg", line, (cv2.IMWRITE_JPEG_QUALITY, quality))
    assert np.array_equal(found, cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
