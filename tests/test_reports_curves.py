"""Learning curves: any number of epochs, values that are not finite, and which epoch was best."""

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tf_crnn.reports.curves import best_epoch, draw_learning_curves

VALIDATION, TRAINING, BEST = (0, 0x72, 0xB2), (0xD5, 0x5E, 0), (0, 0x9E, 0x73)


def epochs(cers: Sequence[float], **more: Any) -> list[dict[str, float]]:
    return [
        {
            "epoch": number,
            "loss": 50 / number,
            "cer": cer,
            "val_loss": 60 / number,
            "val_cer": cer,
            "learning_rate": 1e-3,
            **more,
        }
        for number, cer in enumerate(cers, start=1)
    ]


def draw(history: Any, folder: Path) -> np.ndarray:
    draw_learning_curves(history, folder / "curves.png")
    with Image.open(folder / "curves.png") as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def where(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Places (y, x) of a colour, without what is blended with another."""
    return np.argwhere(np.abs(pixels - colour).max(axis=-1) < 12)


def test_the_best_epoch_has_the_lowest_cer_and_of_equals_the_lowest_loss() -> None:
    assert best_epoch(epochs([0.5, 0.2, 0.3])) == epochs([0.5, 0.2, 0.3])[1]
    assert best_epoch(epochs([0.5, 0.2, 0.2]))["epoch"] == 3  # type: ignore[index]
    assert best_epoch(epochs([math.nan, 0.9, math.inf]))["epoch"] == 2  # type: ignore[index]
    assert best_epoch(epochs([math.nan])) is None
    assert best_epoch([{"epoch": 1, "loss": 3.0}]) is None


@pytest.mark.parametrize("n_epochs", [1, 2, 30, 1000])
def test_any_number_of_epochs_is_drawn(n_epochs: int, tmp_path: Path) -> None:
    pixels = draw(epochs(np.linspace(1.2, 0.01, n_epochs).tolist()), tmp_path)

    for colour in (VALIDATION, TRAINING, BEST):
        assert len(where(pixels, colour)) > 20
    assert (tmp_path / "curves.png").stat().st_size < 400_000
    assert pixels.shape[1] < 1200


def test_the_best_epoch_is_marked_where_it_is(tmp_path: Path) -> None:
    early = where(draw(epochs([0.1, *[0.5] * 19]), tmp_path), BEST)[:, 1]
    late = where(draw(epochs([*[0.5] * 19, 0.1]), tmp_path), BEST)[:, 1]

    assert np.median(early) < 200
    assert np.median(late) > 600


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_leave_a_gap(bad: float, tmp_path: Path) -> None:
    history = epochs([0.5, 0.4, 0.3, 0.2])
    whole = len(where(draw(history, tmp_path), VALIDATION))
    history[1] |= {"val_cer": bad, "val_loss": bad}

    assert 0 < len(where(draw(history, tmp_path), VALIDATION)) < whole


def test_metrics_that_are_not_known_are_not_drawn(tmp_path: Path) -> None:
    pixels = draw([{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": 2.0}], tmp_path)

    assert len(where(pixels, TRAINING)) > 20
    assert len(where(pixels, VALIDATION)) == len(where(pixels, BEST)) == 0


def test_nothing_finite_at_all_is_a_picture_too(tmp_path: Path) -> None:
    pixels = draw([{"epoch": 1, "loss": math.nan, "val_cer": math.nan}], tmp_path)

    assert len(where(pixels, TRAINING)) == 0


@pytest.mark.parametrize("rate", [0.0, 3e-5, 1e-3])
def test_a_constant_learning_rate_is_drawn(rate: float, tmp_path: Path) -> None:
    pixels = draw(epochs([0.5, 0.4, 0.3], learning_rate=rate), tmp_path)

    lowest_panel = where(pixels, (0x59, 0x59, 0x59))
    assert (lowest_panel[:, 0] > 0.7 * len(pixels)).sum() > 100


def test_equal_histories_give_equal_files(tmp_path: Path) -> None:
    first, second = (draw(epochs([0.5, 0.1]), tmp_path) for _ in range(2))

    np.testing.assert_array_equal(first, second)


def test_no_epoch_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="history: is empty"):
        draw_learning_curves([], tmp_path / "curves.png")


def test_no_state_of_pyplot_is_touched() -> None:
    code = "import sys, tf_crnn.reports.curves; print('matplotlib.pyplot' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
