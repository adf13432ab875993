"""Learning rates of their own: updates scale with the factor, whatever the optimizer."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from tf_crnn.learning_rates import scale_learning_rate

OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "adam": lambda: keras.optimizers.Adam(0.01, global_clipnorm=5.0),
    "rms": lambda: keras.optimizers.RMSprop(0.01),
    "ada": lambda: keras.optimizers.Adadelta(0.5),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "averaged": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5),
}


def changes(optimizer: Any, factor: float | None) -> tuple[np.ndarray, np.ndarray]:
    """How much one step moves two equal variables, of which the first has the factor."""
    start = np.linspace(-1.0, 2.0, 6, dtype="float32")
    variables = [keras.Variable(start), keras.Variable(start)]
    gradient = keras.ops.convert_to_tensor(np.linspace(0.6, -2.0, 6, dtype="float32"))
    if factor is not None:
        scale_learning_rate(optimizer, variables[:1], factor)

    optimizer.apply([gradient, gradient], variables)

    slow, other = (np.asarray(variable.value) - start for variable in variables)
    return slow, other


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_update_is_scaled_and_that_of_the_others_is_not(make: Callable[[], Any]) -> None:
    _, whole = changes(make(), None)

    slow, other = changes(make(), 0.25)

    np.testing.assert_allclose(other, whole, rtol=1e-6)
    np.testing.assert_allclose(slow, 0.25 * whole, rtol=1e-4, atol=3e-7)
    assert np.abs(whole).min() > 1e-4


def test_the_average_of_weights_follows_the_scaled_update() -> None:
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    variable = keras.Variable(np.zeros(1, "float32"))
    scale_learning_rate(optimizer, [variable], 0.1)

    for _ in range(2):
        optimizer.apply([keras.ops.ones((1,))], [variable])

    # -0.1 after the first step, which the average begins with, and -0.2 after the second.
    [average] = optimizer._model_variables_moving_average
    np.testing.assert_allclose(np.asarray(variable.value), [-0.2], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(average.value), [-0.15], rtol=1e-6)


def test_a_factor_of_one_changes_no_method() -> None:
    optimizer = keras.optimizers.Adam()
    variable = keras.Variable(np.zeros(1, "float32"))

    scale_learning_rate(optimizer, [variable], 1.0)

    assert "_backend_update_step" not in vars(optimizer)
