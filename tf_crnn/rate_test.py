"""What a learning-rate range test found: its smoothed loss, and the rates that it suggests."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of the width of the bell that averages neighbours, in batches: a share of all, and the least.
_BELL_SHARE, _LEAST_BELL = 0.025, 1.0
_TIMES_BELOW = 10  # how many times lower than the rate of the rise the suggestion is
_HARDLY_FELL = 0.05  # of the loss at the start
# The loss has risen when it is higher than the lowest by this share, and by so many deviations.
_RISE, _DEVIATIONS = 0.05, 3.0
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_SIGNIFICANT_DIGITS = 2


class Trial(NamedTuple):
    """One batch of the test: the rate of its step, and its loss before it, in nats a unit."""

    rate: float
    loss: float


class RangeTest(NamedTuple):
    """A finished test.

    Attributes:
        trials: at least three, the rates rising; losses are finite.
        diverged: whether it ended because the loss rose; otherwise at the greatest rate.
    """

    trials: Sequence[Trial]
    diverged: bool


class Suggestion(NamedTuple):
    """What a test says.

    Attributes:
        rate: to train with: a tenth of `rising`.
        steepest: the rate at which the smoothed loss fell fastest on the logarithm of the rate.
        lowest: the rate with the lowest smoothed loss.
        rising: the rate above which the loss stays higher than its lowest, by more than chance; the
            greatest if it never does.
        fell: by what share of the loss at the start it had fallen at `lowest`.
    """

    rate: float
    steepest: float
    lowest: float
    rising: float
    fell: float

    @property
    def hardly_fell(self) -> bool:
        """Whether the loss fell too little to say which rate is best."""
        return self.fell < _HARDLY_FELL


def rising_rates(least: float, greatest: float, n_batches: int) -> NDArray[np.float64]:
    """Rates with one ratio between neighbours (Smith 2017, with the exponential rise of fast.ai).

    Args:
        least: of the first batch, above 0.
        greatest: of the last.
        n_batches: at least 2.
    """
    return np.geomspace(least, greatest, n_batches)


def smoothed(test: RangeTest) -> NDArray[np.float64]:
    """The losses, each averaged with its neighbours; not shifted, as a running average would be."""
    losses = np.array([trial.loss for trial in test.trials])
    places = np.arange(len(losses))
    distances = (places[:, None] - places[None, :]) / _bell(len(losses))
    weights = np.exp(-0.5 * distances**2)
    return np.asarray((weights @ losses) / weights.sum(axis=1))


def suggest(test: RangeTest) -> Suggestion:
    """The rates that a test suggests."""
    curve = smoothed(test)
    rates = np.array([trial.rate for trial in test.trials])
    lowest = int(np.argmin(curve))
    slopes = np.gradient(curve, np.log(rates))
    steepest = int(np.argmin(slopes[: lowest + 1]))
    rising = int(np.flatnonzero(curve <= curve[lowest] + _rise(test, curve))[-1])
    return Suggestion(
        rate=_rounded(rates[rising] / _TIMES_BELOW),
        steepest=_rounded(rates[steepest]),
        lowest=_rounded(rates[lowest]),
        rising=_rounded(rates[rising]),
        fell=float((curve[0] - curve[lowest]) / curve[0]),
    )


def _rise(test: RangeTest, curve: NDArray[np.float64]) -> float:
    """By how much the smoothed loss must be above its lowest to have risen."""
    losses = np.array([trial.loss for trial in test.trials])
    # The median, since a few losses of the divergence are far from any curve.
    deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(losses - curve)))
    n_averaged = 2 * math.sqrt(math.pi) * _bell(len(losses))
    chance = _DEVIATIONS * deviation / math.sqrt(n_averaged)
    return max(_RISE * float(curve.min()), chance)


def _bell(n_trials: int) -> float:
    """Deviation of the bell that averages neighbours, in batches."""
    return max(_LEAST_BELL, _BELL_SHARE * n_trials)


def write_trials(path: Path, test: RangeTest) -> None:
    """Write `batch;learning_rate;loss;smoothed_loss`, losses in nats a unit."""
    rows = zip(test.trials, smoothed(test), strict=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(["batch", "learning_rate", "loss", "smoothed_loss"])
        for batch, (trial, smooth) in enumerate(rows, start=1):
            writer.writerow([batch, f"{trial.rate:.6g}", f"{trial.loss:.6g}", f"{smooth:.6g}"])


def _rounded(rate: float) -> float:
    return float(f"{rate:.{_SIGNIFICANT_DIGITS}g}") if math.isfinite(rate) else rate
