"""Weights of a training, and the moving averages of them that are read with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def averaged_weights(model: Any) -> Iterator[None]:
    """Within it, the trained weights of a model are their moving averages, if it has such.

    Args:
        model: a Keras model; its optimizer may be one of `tf_crnn.optimizers`.
    """
    averages = getattr(getattr(model, "optimizer", None), "averages", None)
    if not averages:
        yield
        return
    variables = model.trainable_variables
    trained = [np.asarray(variable) for variable in variables]
    try:
        for variable, average in zip(variables, averages, strict=True):
            variable.assign(average)
        yield
    finally:
        for variable, value in zip(variables, trained, strict=True):
            variable.assign(value)
