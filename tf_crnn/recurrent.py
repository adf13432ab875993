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
        # Time first and backwards before the product, which makes the rows wider.
        steps = ops.transpose(self._dropped(sequences, training), (1, 0, 2))  # (T, B, F)
        if self.go_backwards:
            steps = ops.flip(steps, axis=0)
        kernel, bias, recurrent_kernel = map(fast_path.sigmoids_first, self._weights())
        gates = ops.matmul(steps, kernel) + bias  # (T, B, 4 * units)
        if mask is not None and self.go_backwards:  # steps behind the end change nothing before it
            in_line = ops.flip(ops.transpose(mask), axis=0)[:, :, None]  # (T, B, 1)
            gates = ops.where(in_line, gates, _shut_gates(self.units, gates.dtype))
        # The sums over time stay in float32, whatever the products before are computed in.
        gates = ops.cast(gates, "float32")
        outputs = fast_path.scan(gates, ops.cast(recurrent_kernel, "float32"), training=training)
        return ops.cast(ops.transpose(outputs, (1, 0, 2)), self.compute_dtype)

    def _weights(self) -> tuple[Any, Any, Any]:
        """Kernel, bias and recurrent kernel, as tensors."""
        cell = self.cell
        weights = (cell.kernel, cell.bias, cell.recurrent_kernel)
        return tuple(ops.convert_to_tensor(weight) for weight in weights)

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


def _shut_gates(units: int, dtype: Any) -> Any:
    """(4 * units,) gates of a step that leaves an empty state empty: nothing comes in."""
    return ops.concatenate([ops.full((units,), _SHUT, dtype), ops.zeros((3 * units,), dtype)])
