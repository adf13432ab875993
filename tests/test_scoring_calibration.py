"""Scales of confidences: what they map, how they are fitted, and the file that keeps them."""

import math
from pathlib import Path

import numpy as np
import pytest

from tf_crnn.errors import ModelFolderError
from tf_crnn.scoring.calibration import (
    Calibration,
    Scale,
    fit_scale,
    log_odds,
    read_calibration,
    write_calibration,
)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def penalised_loss(weights: tuple[float, float], p: np.ndarray, right: np.ndarray) -> float:
    """As `fit_scale` states it, by its definition."""
    q = sigmoid(np.log(p / (1 - p)) * weights[0] + weights[1])
    of_data = -np.where(right, np.log(q), np.log(1 - q)).sum()
    return float(of_data + ((weights[0] - 1) ** 2 + weights[1] ** 2) / 2)


def test_the_identity_changes_nothing() -> None:
    probabilities = [0.0, 1e-200, 0.3, 1.0]

    assert Scale().apply_all(probabilities).tolist() == probabilities


def test_temperature_and_bias_act_on_log_odds() -> None:
    assert Scale(2.0).apply(0.9) == pytest.approx(0.75)
    assert Scale(0.5).apply(0.75) == pytest.approx(0.9)
    assert Scale(1.0, math.log(3)).apply(0.5) == pytest.approx(0.75)
    assert Scale(3.0).apply(0.0) == pytest.approx(0.0, abs=1e-90)
    assert Scale(3.0).apply(1.0) == pytest.approx(1.0, abs=1e-4)


def test_what_is_more_certain_stays_so() -> None:
    probabilities = np.concatenate((np.logspace(-250, -1, 200), 1 - np.logspace(-1, -14, 50)))

    scaled = Scale(4.0, -1.0).apply_all(probabilities)

    assert (np.diff(scaled) > 0).all()


def test_a_fit_finds_the_scale_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    said = sigmoid(rng.normal(1, 3, 20_000))
    right = rng.random(20_000) < sigmoid(log_odds(said) / 2.5 - 0.7)

    scale = fit_scale(said, right)

    assert scale == pytest.approx((2.5, -0.7), abs=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_is_the_least_of_the_penalised_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = rng.uniform(0.05, 0.95, 60)
    right = rng.random(60) < said

    scale = fit_scale(said, right)

    weights = 1 / scale.temperature, scale.bias
    least = penalised_loss(weights, said, right)
    for d_slope, d_bias in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3), (1e-3, -1e-3)):
        assert penalised_loss((weights[0] + d_slope, weights[1] + d_bias), said, right) > least


@pytest.mark.parametrize("are_right", [True, False])
def test_where_all_is_right_or_wrong_the_scale_stays_moderate(are_right: bool) -> None:
    said = [1e-30, 0.2, 0.999, 1.0]

    scale = fit_scale(said, [are_right] * 4)

    assert 0.1 <= scale.temperature <= 10
    assert (scale.bias > 0) == are_right
    assert abs(scale.bias) < 5


def test_without_anything_the_fit_is_the_identity() -> None:
    assert fit_scale([], []) == Scale()


def test_a_calibration_is_read_back(tmp_path: Path) -> None:
    calibration = Calibration(Scale(1.5, 0.25), Scale(2.0, -1.0), Scale(0.7, 0.0))

    write_calibration(tmp_path / "calibration.json", calibration, n_lines=7)

    assert read_calibration(tmp_path / "calibration.json") == calibration
    assert '"n_lines": 7' in (tmp_path / "calibration.json").read_text()


def test_a_model_without_one_is_not_calibrated(tmp_path: Path) -> None:
    assert read_calibration(tmp_path / "calibration.json") == Calibration()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "Expecting property name"),
        ('{"line": {"temperature": 1, "bias": 0}}', "no 'word'"),
        ('{"line": 3}', "not subscriptable"),
        ('{"line": {"temperature": 0, "bias": 0}}', "impossible values"),
        ('{"line": {"temperature": 1, "bias": NaN}}', "impossible values"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content)

    with pytest.raises(
        ModelFolderError, match=f"(?s)calibration.json: is damaged .*{reason}.*cali"
    ):
        read_calibration(path)
