"""Learning-rate range tests: what their curves suggest."""

import csv
from pathlib import Path

import numpy as np
import pytest

from tf_crnn.rate_test import RangeTest, Trial, rising_rates, smoothed, suggest, write_trials


def curve_of(losses: np.ndarray) -> RangeTest:
    rates = rising_rates(1e-6, 1.0, len(losses))
    trials = [Trial(*pair) for pair in zip(rates.tolist(), losses.tolist(), strict=True)]
    return RangeTest(trials, diverged=True)


def with_noise(losses: np.ndarray) -> np.ndarray:
    return losses * np.random.default_rng(5).normal(1.0, 0.03, len(losses))


def valley(n: int = 241) -> np.ndarray:
    """Level 3.0 up to 1e-4, falling most at 1e-3, lowest at 1e-2, then rising."""
    power = np.log10(rising_rates(1e-6, 1.0, n))
    falling = 3.0 - 2.0 / (1.0 + np.exp(-(power + 3.0) / 0.25))
    return np.where(power > -2.0, falling + 4.0 * (power + 2.0) ** 2, falling)


def test_rates_rise_by_one_factor_from_the_first_to_the_last() -> None:
    rates = rising_rates(1e-6, 1.0, 7)

    np.testing.assert_allclose(rates, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0])


def test_a_tenth_of_the_rate_from_which_the_loss_rises_is_suggested() -> None:
    found = suggest(curve_of(with_noise(valley())))

    assert 0.005 < found.lowest < 0.02
    assert found.rate == pytest.approx(found.rising / 10, rel=0.06)
    assert 0.0005 < found.steepest < 0.002
    assert found.fell == pytest.approx(0.65, abs=0.05) and not found.hardly_fell
    assert found.lowest < found.rising < 0.04


def test_the_steepest_fall_is_sought_before_the_lowest_loss() -> None:
    losses = valley()
    losses[-20:] = np.linspace(20.0, 5.0, 20)

    found = suggest(curve_of(losses))

    assert found.steepest < found.lowest < 0.05


def test_on_a_plateau_a_tenth_of_the_rate_from_which_the_loss_rises_is_suggested() -> None:
    power = np.log10(rising_rates(1e-6, 1.0, 241))
    level = np.where(power > -2.0, 3.0 + (power + 2.0) ** 2, 3.0)
    level[60] = 2.9  # by chance, at 3e-5

    found = suggest(curve_of(level))

    assert found.hardly_fell
    # 5 % of 3.0 are 0.15, which is reached 0.39 powers of ten above 0.01.
    assert found.rising == pytest.approx(10**-1.61, rel=0.15)
    assert found.rate == pytest.approx(found.rising / 10, rel=0.06)


def test_a_dip_by_chance_is_no_valley() -> None:
    rng = np.random.default_rng(2)
    power = np.log10(rising_rates(1e-6, 1.0, 241))
    losses = np.where(power > -2.0, 1.5 + 3.0 * (power + 2.0), 1.5) + rng.normal(0, 0.15, 241)

    found = suggest(curve_of(losses))

    # Whatever batch happened to be easiest, the loss rises from 0.01 on.
    assert 0.007 < found.rising < 0.02


def test_a_loss_that_does_not_rise_rises_from_the_greatest_rate() -> None:
    assert suggest(curve_of(np.linspace(3.0, 1.0, 50))).rising == 1.0


def test_smoothing_keeps_what_is_level_and_does_not_shift() -> None:
    level = smoothed(curve_of(np.full(200, 3.5)))
    hat = 10.0 - np.abs(np.arange(201) - 100) / 20.0

    np.testing.assert_allclose(level, 3.5)
    assert int(np.argmax(smoothed(curve_of(hat)))) == 100


def test_the_table_holds_every_batch(tmp_path: Path) -> None:
    test = curve_of(with_noise(valley(31)))

    write_trials(tmp_path / "lr_find.csv", test)

    with (tmp_path / "lr_find.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [int(row["batch"]) for row in rows] == list(range(1, 32))
    np.testing.assert_allclose(
        [float(row["loss"]) for row in rows], [trial.loss for trial in test.trials], rtol=1e-5
    )
    assert float(rows[-1]["learning_rate"]) == 1.0
    assert float(rows[3]["smoothed_loss"]) != float(rows[3]["loss"])
