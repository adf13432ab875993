"""The LSTM of the recogniser: Keras' own, with a faster loop on TensorFlow."""

from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    from tf_crnn import recurrent_tensorflow as fast_path
else:
    fast_path = None  # type: ignore[assignment]

# Shuts an input gate: the state of a step with it stays as empty as it was.
_SHUT = -1e9


@keras.saving.register_keras_serializable(package="tf_crnn")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM` (Hochreiter and Schmidhuber 1997) for whole sequences (B, T, F).

    The same weights, the same outputs where the mask is true. On TensorFlow the projection of the
    inputs is one product of matrices for all steps, and the gradient runs back through a loop of
    its own, which keeps no more than the gates.

    A masked step must stand at the end, or at the beginning of a layer with `go_backwards`.
    """

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """(B, T, units)."""
        if fast_path is None or initial_state is not None or not self._is_plain():
            return super().call(sequences, initial_state, mask=mask, training=training)
        units = self.units
        gates = ops.matmul(self._dropped(sequences, training), self.cell.kernel) + self.cell.bias
        if mask is not None:
            shut = ops.cast(ops.where(mask, 0.0, _SHUT), gates.dtype)[:, :, None]  # (B, T, 1)
            gates = ops.concatenate([gates[:, :, :units] + shut, gates[:, :, units:]], axis=-1)
        if self.go_backwards:
            gates = ops.flip(gates, axis=1)
        # The sums over time stay in float32, whatever the products before are computed in.
        gates = ops.cast(ops.transpose(gates, (1, 0, 2)), "float32")  # (T, B, 4 * units)
        kernel = ops.cast(self.cell.recurrent_kernel, "float32")
        outputs = fast_path.scan(gates, kernel, training=training)
        return ops.cast(ops.transpose(outputs, (1, 0, 2)), self.compute_dtype)

    def _is_plain(self) -> bool:
        activations = (keras.activations.get(name) for name in ("tanh", "sigmoid"))
        return (
            self.return_sequences
            and not (self.return_state or self.stateful or self.recurrent_dropout)
            and self.use_bias
            and [self.activation, self.recurrent_activation] == list(activations)
        )

    def _dropped(self, sequences: Any, training: bool) -> Any:
        """Inputs with some features of each line left out in all steps, as Keras does."""
        if not (training and self.dropout):
            return sequences
        mask = self.cell.get_dropout_mask(sequences[:, 0])
        self.cell.reset_dropout_mask()
        return sequences * mask[:, None]
