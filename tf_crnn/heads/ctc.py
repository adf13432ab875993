"""The CTC head: how well logits explain a label. Class 0 is the blank."""

from typing import Any

import keras
from keras import ops

from tf_crnn.alphabet import BLANK_CODE

if keras.backend.backend() == "tensorflow":
    from tf_crnn.heads import ctc_tensorflow as fast_path
else:
    fast_path = None  # type: ignore[assignment]


def portable_line_losses(logits: Any, label_codes: Any, time_steps: Any, label_lengths: Any) -> Any:
    """`line_losses` by `keras.ops` alone, for every backend."""
    return ops.ctc_loss(label_codes, logits, label_lengths, time_steps, mask_index=BLANK_CODE)


def line_losses(logits: Any, label_codes: Any, time_steps: Any, label_lengths: Any) -> Any:
    """CTC loss of each line (Graves et al. 2006): -log P(label | line), in nats.

    Args:
        logits: (B, T, K) float.
        label_codes: (B, L) integers, 0 beyond each label's end.
        time_steps: (B,) integers, at most T.
        label_lengths: (B,) integers, at most L.

    Returns:
        (B,) float32; infinite (or very large) where the label needs more steps than there are.
    """
    compute = portable_line_losses if fast_path is None else fast_path.line_losses
    return compute(ops.cast(logits, "float32"), label_codes, time_steps, label_lengths)


@keras.saving.register_keras_serializable(package="tf_crnn")
class CTCLineLosses(keras.layers.Layer):
    """`line_losses` as a layer; lengths come as (B, 1)."""

    def __init__(self, **kwargs: Any) -> None:
        """Let the sequence mask of the logits pass: the lengths say the same."""
        # A mixed policy would round the logits to bfloat16.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.supports_masking = True

    def compute_mask(self, *_: Any, **__: Any) -> None:
        """One number a line has no mask."""
        return

    def call(self, logits: Any, label_codes: Any, time_steps: Any, label_lengths: Any) -> Any:
        """(B,) float32."""
        return line_losses(
            logits,
            ops.cast(label_codes, "int32"),
            ops.cast(ops.reshape(time_steps, (-1,)), "int32"),
            ops.cast(ops.reshape(label_lengths, (-1,)), "int32"),
        )

    def compute_output_spec(self, logits: Any, *_: Any, **__: Any) -> Any:
        """(B,)."""
        return keras.KerasTensor((logits.shape[0],), dtype="float32")
