"""Optimizers by name, with decay kept off biases and norms and a moving average of the weights."""

from typing import Any

import keras
from keras import ops

from tf_crnn.config import Params

OPTIMIZERS: dict[str, type[keras.optimizers.Optimizer]] = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rms": keras.optimizers.RMSprop,
    "ada": keras.optimizers.Adadelta,
}
# Names of variables that are no matrix of weights; before them may stand those of the layers.
NOT_DECAYED = ("bias", "gain", "gamma", "beta", "scale", "query", "token")


def _averaging(kind: type[keras.optimizers.Optimizer]) -> type[keras.optimizers.Optimizer]:
    """The optimizer with `averages`: a moving average of each weight.

    The momentum rises as (1 + n) / (10 + n) over the first steps n, so that the average leaves
    the random beginning behind at once.
    """

    class Averaging(kind):  # type: ignore[misc]
        """`kind`, and an average of what it makes of the weights."""

        momentum: float = 0.0
        averages: tuple[Any, ...] | list[Any] = ()

        def build(self, variables: Any) -> None:
            """Begin each average at its weight."""
            was_built = self.built
            super().build(variables)
            if not was_built:
                self.averages = [
                    self.add_variable_from_reference(variable, name="average", initializer="zeros")
                    for variable in variables
                ]
                for average, variable in zip(self.averages, variables, strict=True):
                    average.assign(variable)

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            """Step, then move the averages."""
            super().apply(grads, trainable_variables)
            variables = trainable_variables or self._trainable_variables
            steps = ops.cast(self.iterations, "float32")
            momentum = ops.minimum(self.momentum, (1.0 + steps) / (10.0 + steps))
            for average, variable in zip(self.averages, variables, strict=True):
                moved = ops.cast(variable, average.dtype) - average
                average.assign_add((1.0 - momentum) * moved)

    Averaging.__name__ = f"Averaging{kind.__name__}"
    return Averaging


def make_optimizer(params: Params) -> Any:
    """The optimizer of a training.

    Args:
        params: `optimizer`, `learning_rate` and what else concerns it.

    Returns:
        A Keras optimizer; with `ema_momentum`, one that has `averages`.
    """
    kind = OPTIMIZERS[params.optimizer]
    options: dict[str, Any] = {
        "learning_rate": params.learning_rate,
        "global_clipnorm": params.max_gradient_norm or None,
    }
    if params.gradient_accumulation > 1:
        options["gradient_accumulation_steps"] = params.gradient_accumulation
    if params.optimizer == "adamw":
        options["weight_decay"] = params.weight_decay
    if not params.ema_momentum:
        optimizer = kind(**options)
    else:
        optimizer = _averaging(kind)(**options)
        # Steps that only gather gradients leave the weights, and should leave the average, alone.
        optimizer.momentum = params.ema_momentum ** (1.0 / params.gradient_accumulation)
    if params.optimizer == "adamw":
        optimizer.exclude_from_weight_decay(
            var_names=[rf"(^|/){name}(:\d+)?$" for name in NOT_DECAYED]
        )
    return optimizer
