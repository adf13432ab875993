"""Attention over the time steps of a line that knows where it looked before."""

from typing import Any, NamedTuple

import keras
from keras import ops

_OUT_OF_SIGHT = -1e9


class Memory(NamedTuple):
    """What a decoder looks at.

    Attributes:
        features: (B, T, F) of the encoder.
        keys: (B, T, A), the features as the attention compares them.
        mask: (B, T), 1 within each line and 0 beyond its end.
    """

    features: Any
    keys: Any
    mask: Any


@keras.saving.register_keras_serializable(package="tf_crnn")
class LocationAttention(keras.layers.Layer):
    """Additive attention (Bahdanau et al. 2015), location-aware (Chorowski et al. 2015).

    A small network compares the state of the decoder with each time step. With a `kernel` it also
    sees, around each step, where the decoder looked last and where it has looked so far, so that
    it moves on along the line and does not lose its place among equal units.

    Args:
        size: of the vectors compared.
        kernel: time steps around each that it sees of the weights before; 0 for none.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, size: int, kernel: int, **kwargs: Any) -> None:
        """Make the sub-layers."""
        super().__init__(**kwargs)
        self.size = size
        self.kernel = kernel
        dtype = self.dtype_policy
        self.query = keras.layers.Dense(size, use_bias=False, dtype=dtype, name="query")
        self.key = keras.layers.Dense(size, dtype=dtype, name="key")
        self.energy = keras.layers.Dense(1, use_bias=False, dtype=dtype, name="energy")
        self.location = (
            keras.layers.Conv1D(
                size, kernel, padding="same", use_bias=False, dtype=dtype, name="location"
            )
            if kernel
            else None
        )

    def build(self, state_shape: Any, features_shape: Any) -> None:
        """Make the weights, for states (B, S) and features (B, T, F)."""
        self.query.build(state_shape)
        self.key.build(features_shape)
        self.energy.build((*features_shape[:2], self.size))
        if self.location is not None:
            self.location.build((*features_shape[:2], 2))
        self.built = True

    def remember(self, features: Any, mask: Any) -> Memory:
        """What `call` looks at, computed once for a line.

        Args:
            features: (B, T, F).
            mask: (B, T) boolean.
        """
        return Memory(features, self.key(features), ops.cast(mask, features.dtype))

    def call(self, state: Any, last: Any, covered: Any, memory: Memory) -> Any:
        """Weights (B, T) that sum to 1 within each line, 0 beyond its end.

        Args:
            state: (B, S) of the decoder.
            last: (B, T), weights of the unit before.
            covered: (B, T), sum of the weights of all units before.
            memory: of `remember`.
        """
        compared = memory.keys + self.query(state)[:, None, :]  # (B, T, A)
        if self.location is not None:
            compared = compared + self.location(ops.stack([last, covered], axis=-1))
        energies = self.energy(ops.tanh(compared))[:, :, 0]
        return ops.softmax(energies + (1.0 - memory.mask) * _OUT_OF_SIGHT, axis=-1) * memory.mask

    def compute_output_spec(self, state: Any, last: Any, covered: Any, memory: Memory) -> Any:  # noqa: ARG002
        """(B, T)."""
        return keras.KerasTensor(tuple(last.shape), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), "size": self.size, "kernel": self.kernel}
