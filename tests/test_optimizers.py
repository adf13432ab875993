"""Optimizers: decay, averages and accumulation, each against numbers worked out here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tf_crnn.averages import averaged_weights
from tf_crnn.config import Params
from tf_crnn.config_keys.training import OPTIMIZERS as NAMES
from tf_crnn.errors import ConfigError
from tf_crnn.optimizers import OPTIMIZERS, make_optimizer

ParamsFactory = Callable[..., Params]


def variables(**values: list[float]) -> list[keras.Variable]:
    return [keras.Variable(value, name=name) for name, value in values.items()]


def test_every_name_has_an_optimizer() -> None:
    assert set(OPTIMIZERS) == set(NAMES)


def test_decay_shrinks_kernels_and_leaves_biases_and_norms(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, optimizer="adamw", weight_decay=0.1, learning_rate=0.5)
    weights = variables(kernel=[2.0], bias=[2.0], gamma=[2.0], gain=[2.0], recurrent_kernel=[2.0])
    optimizer = make_optimizer(params)

    optimizer.apply([np.zeros(1, np.float32)] * 5, weights)

    assert [float(w[0]) for w in weights] == pytest.approx([1.9, 2, 2, 2, 1.9])


def test_the_kernel_of_a_layer_named_like_a_gain_decays(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, optimizer="adamw", weight_decay=0.1, learning_rate=0.5)
    layers = [keras.layers.Dense(1, name=name) for name in ("query", "scale")]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.set_weights([np.full(w.shape, 2.0) for w in model.get_weights()])
    optimizer = make_optimizer(params)

    optimizer.apply([np.zeros(w.shape, np.float32) for w in model.weights], model.weights)

    assert [float(w.numpy().ravel()[0]) for w in model.weights] == pytest.approx([1.9, 2, 1.9, 2])


def test_the_average_follows_the_weights_with_a_rising_momentum(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, ema_momentum=0.5, learning_rate=0.1, max_gradient_norm=0)
    [weight] = variables(kernel=[1.0])
    optimizer = make_optimizer(params)
    optimizer.build([weight])
    wanted = 1.0

    for step in range(1, 21):
        optimizer.apply([np.ones(1, np.float32)], [weight])
        momentum = min(0.5, (1 + step) / (10 + step))
        wanted = momentum * wanted + (1 - momentum) * float(weight[0])

    assert float(optimizer.averages[0][0]) == pytest.approx(wanted, abs=1e-5)


def test_weights_are_averages_only_within(tiny_params: ParamsFactory, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(make_optimizer(tiny_params(tmp_path, ema_momentum=0.9)))
    model.optimizer.build(model.trainable_variables)
    model.trainable_variables[0].assign([[3.0]])
    model.optimizer.averages[0].assign([[7.0]])

    with averaged_weights(model):
        within = float(model.trainable_variables[0][0, 0])

    assert (within, float(model.trainable_variables[0][0, 0])) == (7.0, 3.0)


def test_gradients_are_gathered_over_some_batches(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(
        tmp_path, gradient_accumulation=2, optimizer="rms", learning_rate=0.1, max_gradient_norm=0
    )
    [weight] = variables(kernel=[1.0])
    optimizer = make_optimizer(params)
    values = []

    for _ in range(4):
        optimizer.apply([np.ones(1, np.float32)], [weight])
        values.append(float(weight[0]))

    assert values[0] == 1.0
    assert values[1] == values[2] < 1.0
    assert values[3] < values[1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"optimizer": "adam", "weight_decay": 0.1}, "weight_decay: .*Take adamw"),
        ({"sam_radius": 0.1, "gradient_accumulation": 2}, "sam_radius: does not go with"),
        ({"lr_schedule": "cosin"}, r"Did you mean cosine\?"),
        ({"ema_momentum": 0.9, "cnn_batch_norm": [True, False]}, "ema_momentum: averaged weights"),
        ({"ema_momentum": 1}, "ema_momentum: must be at least 0 and below 1"),
    ],
)
def test_what_does_not_go_together_is_refused(
    values: dict[str, Any], message: str, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        tiny_params(tmp_path, **values)
