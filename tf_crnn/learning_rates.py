"""Learning rates of their own for some variables, whatever the optimizer."""

from collections.abc import Iterable, Sequence
from typing import Any


def scale_learning_rate(optimizer: Any, variables: Iterable[Any], factor: float) -> None:
    """Have some variables learn at `factor` times the optimizer's rate, from now on.

    Their updates are scaled, and their weight decay; scaled gradients would change nothing with
    Adam, which divides by the size of the gradients. Schedules, clipping and averages of weights
    are as they were. Keras has no such setting; every backend's optimizers make their updates by
    the two methods that are replaced here.

    Args:
        optimizer: of Keras.
        variables: of a Keras model.
        factor: above 0.
    """
    scaled = frozenset(id(variable) for variable in variables)
    if scaled and factor != 1.0:
        updates = _GroupedUpdates(optimizer, scaled, factor)
        optimizer._backend_update_step = updates.update
        optimizer._apply_weight_decay = updates.decay


class _GroupedUpdates:
    """An optimizer's two steps, each done for the scaled variables and for the others."""

    def __init__(self, optimizer: Any, scaled: frozenset[int], factor: float) -> None:
        self._optimizer = optimizer
        self._scaled = scaled
        self._factor = factor
        self._update = optimizer._backend_update_step
        self._decay = optimizer._apply_weight_decay

    def update(self, grads: Sequence[Any], variables: Sequence[Any], learning_rate: Any) -> None:
        pairs = list(zip(grads, variables, strict=True))
        for is_scaled, rate in ((False, learning_rate), (True, learning_rate * self._factor)):
            group = [pair for pair in pairs if (id(pair[1]) in self._scaled) == is_scaled]
            if group:
                self._update(*map(list, zip(*group, strict=True)), rate)

    def decay(self, variables: Sequence[Any]) -> None:
        decay = self._optimizer.weight_decay
        if decay is None:
            return
        self._decay([v for v in variables if id(v) not in self._scaled])
        self._optimizer.weight_decay = decay * self._factor
        try:
            self._decay([v for v in variables if id(v) in self._scaled])
        finally:
            self._optimizer.weight_decay = decay
