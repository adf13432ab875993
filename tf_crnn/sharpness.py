"""Sharpness-aware minimisation (Foret et al. 2021): step by the gradient at the worst place near.

It needs the gradient twice for each step, which Keras' trainers do not offer for all backends.
"""

from typing import Any

import keras

from tf_crnn.errors import TrainingError

if keras.backend.backend() == "tensorflow":
    from tf_crnn import sharpness_tensorflow as fast_path
else:
    fast_path = None  # type: ignore[assignment]


def sharpness_aware_step(model: Any, radius: float, *data: Any) -> Any:
    """A training step of a Keras model.

    Args:
        model: compiled.
        radius: length of the move to the worst place, in the norm of all weights together.
        *data: as `train_step` gets it.

    Raises:
        TrainingError: Keras computes with another backend than TensorFlow.
    """
    if fast_path is None:
        raise TrainingError(
            f"sam_radius: needs Keras' TensorFlow backend, not {keras.backend.backend()}. Set it "
            "to 0."
        )
    return fast_path.step(model, radius, *data)
