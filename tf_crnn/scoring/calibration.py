"""From probabilities of a network to probabilities that hold: temperature and bias.

A network that says 0.9 is right more or less often than nine times in ten. A scale maps its log
odds z to z / temperature + bias, both fitted to what was right (Platt 1999; Guo et al. 2017, where
the bias is 0). The bias is needed for units, which the network can be sure of while it leaves out
the one beside them. What is more certain before is so afterwards.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tf_crnn.errors import ModelFolderError

_TEMPERATURES = (0.1, 10.0)
_MOST_STEPS = 50
_CLOSE_ENOUGH = 1e-9
# Probabilities nearer to 0 or 1 than this are taken as so near.
_LEAST = 1e-300
_LEAST_REST = 1e-15

Floats = NDArray[np.float64]


class Scale(NamedTuple):
    """Maps log odds z to z / temperature + bias; the default changes nothing.

    Attributes:
        temperature: above 0; above 1 for a network that is too sure.
        bias: in nats; above 0 where more is right than it says.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def apply(self, probability: float) -> float:
        """The calibrated probability, 0 to 1."""
        return float(self.apply_all([probability])[0])

    def apply_all(self, probabilities: ArrayLike) -> Floats:
        """The calibrated probabilities, (N,), of as many."""
        if self == Scale():
            return np.asarray(probabilities, dtype=np.float64)
        return _sigmoid(log_odds(probabilities) / self.temperature + self.bias)


class Calibration(NamedTuple):
    """The scales of a model; the default changes nothing.

    Attributes:
        line: for the probability that a whole line is right.
        word: likewise, of a word.
        unit: likewise, of a unit.
    """

    line: Scale = Scale()
    word: Scale = Scale()
    unit: Scale = Scale()


def fit_scale(probabilities: Sequence[float], are_right: Sequence[bool]) -> Scale:
    """The scale under which what was right is the most probable.

    Logistic regression by Newton's method. A weak prior, worth about one observation, keeps the
    scale near the identity where there is little to go by, as where everything is right.

    Args:
        probabilities: as the network says, (N,), 0 to 1.
        are_right: whether each was.
    """
    z, right = log_odds(probabilities), np.asarray(are_right, dtype=np.float64)
    inputs = np.column_stack([z, np.ones_like(z)])  # (N, 2)
    identity = np.array([1.0, 0.0])
    weights = identity.copy()
    loss = _loss(weights, inputs, right)
    for _ in range(_MOST_STEPS):
        chances = _sigmoid(inputs @ weights)
        gradient = inputs.T @ (chances - right) + weights - identity
        curvature = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights, loss, is_done = _go(weights, step, loss, (inputs, right))
        if is_done:
            break
    lowest, highest = 1 / _TEMPERATURES[1], 1 / _TEMPERATURES[0]
    return Scale(float(1 / np.clip(weights[0], lowest, highest)), float(weights[1]))


def log_odds(probabilities: ArrayLike) -> Floats:
    """ln(p / (1 - p)) of each, finite."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.log(np.maximum(p, _LEAST)) - np.log(np.maximum(1 - p, _LEAST_REST))


def read_calibration(path: Path) -> Calibration:
    """Of a file that `write_calibration` wrote; the identity where there is none.

    Raises:
        ModelFolderError: the file is damaged.
    """
    if not path.is_file():
        return Calibration()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(*(_scale(values[name]) for name in Calibration._fields))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelFolderError(
            f"{path}: is damaged ({reason}). Remove it: confidences are then as the network gives "
            "them, until `tf-crnn calibrate` fits them anew."
        ) from error


def write_calibration(path: Path, calibration: Calibration, **about: Any) -> None:
    """Write JSON, with what `about` says of how it was fitted."""
    scales = {name: scale._asdict() for name, scale in calibration._asdict().items()}
    path.write_text(json.dumps({**scales, **about}, indent=2) + "\n", encoding="utf-8")


def _scale(values: Any) -> Scale:
    scale = Scale(float(values["temperature"]), float(values["bias"]))
    if not (scale.temperature > 0 and all(map(math.isfinite, scale))):
        raise ValueError(f"impossible values {values}")
    return scale


def _go(
    weights: Floats, step: Floats, loss: float, data: tuple[Floats, Floats]
) -> tuple[Floats, float, bool]:
    """One step of Newton's, halved until the loss falls, and whether nothing is left to gain."""
    while np.abs(step).max() > _CLOSE_ENOUGH:
        smaller = _loss(weights - step, *data)
        if smaller < loss:
            return weights - step, smaller, False
        step = step / 2
    return weights, loss, True


def _loss(weights: Floats, inputs: Floats, right: Floats) -> float:
    """Negative log likelihood of what was right, and of the weights under the prior."""
    z = inputs @ weights
    prior = (weights[0] - 1) ** 2 + weights[1] ** 2
    return float((np.logaddexp(0, z) - right * z).sum() + prior / 2)


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0, -z)))
