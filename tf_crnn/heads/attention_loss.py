"""How well an attention decoder writes a label: cross entropy of its units and of its end."""

from typing import Any

import keras
from keras import ops

from tf_crnn.layers import column_mask

# Of the way over the line: how far from the diagonal the decoder may look at little cost.
_DIAGONAL_WIDTH = 0.2


def line_losses(logits: Any, label_codes: Any, label_lengths: Any, *, smoothing: float = 0) -> Any:
    """-log P(label and its end | line) of each line, in nats.

    Args:
        logits: (B, L + 1, K) before each unit and before the end, class 0 is the end.
        label_codes: (B, L) integers, 0 beyond each label's end.
        label_lengths: (B,) integers, at most L.
        smoothing: share of the probability that is wished for other classes (Szegedy et al. 2016).

    Returns:
        (B,) float32.
    """
    losses = -ops.sum(unit_log_probs(logits, label_codes, label_lengths), axis=-1)
    if not smoothing:
        return losses
    of_all = ops.mean(_log_softmax(logits), axis=-1)
    spread = -ops.sum(ops.where(_in_label(of_all, label_lengths), of_all, 0.0), axis=-1)
    return (1 - smoothing) * losses + smoothing * spread


def unit_log_probs(logits: Any, label_codes: Any, label_lengths: Any) -> Any:
    """Natural logs of P(unit | line, units before it), (B, L + 1): units, then the end, then 0.

    Args:
        logits: (B, L + 1, K).
        label_codes: (B, L) integers, 0 beyond each label's end.
        label_lengths: (B,) integers.
    """
    targets = ops.pad(ops.cast(label_codes, "int32"), ((0, 0), (0, 1)))  # (B, L + 1)
    of_targets = ops.take_along_axis(_log_softmax(logits), targets[:, :, None], axis=-1)[:, :, 0]
    return ops.where(_in_label(of_targets, label_lengths), of_targets, 0.0)


def diagonal_losses(weights: Any, time_steps: Any, label_lengths: Any) -> Any:
    """How far from the way of a steady reader each line was looked at (Tachibana et al. 2018).

    Args:
        weights: (B, L + 1, T), where the decoder looked at each unit and at the end.
        time_steps: (B,) integers.
        label_lengths: (B,) integers.

    Returns:
        (B,) float32, the sum over units of a number from 0 (on the diagonal) to below 1.
    """
    n_units, n_steps = ops.shape(weights)[1:]
    units = ops.arange(n_units, dtype="float32") + 0.5
    steps = ops.arange(n_steps, dtype="float32") + 0.5
    along_label = units / (ops.cast(label_lengths, "float32")[:, None] + 1.0)  # (B, L + 1)
    along_line = steps / ops.cast(time_steps, "float32")[:, None]  # (B, T)
    away = (along_label[:, :, None] - along_line[:, None, :]) / _DIAGONAL_WIDTH
    cost = ops.sum(weights * (1.0 - ops.exp(-0.5 * away * away)), axis=-1)
    return ops.sum(ops.where(_in_label(cost, label_lengths), cost, 0.0), axis=-1)


def _log_softmax(logits: Any) -> Any:
    return ops.log_softmax(ops.cast(logits, "float32"), axis=-1)


def _in_label(values: Any, label_lengths: Any) -> Any:
    """(B, L + 1) boolean: the units of each label and its end."""
    return column_mask(label_lengths + 1, ops.shape(values)[1])


@keras.saving.register_keras_serializable(package="tf_crnn")
class AttentionLineLosses(keras.layers.Layer):
    """`line_losses` as a layer; lengths come as (B, 1).

    Args:
        smoothing: of `line_losses`, in training alone.
        guide: weight of `diagonal_losses`, which are added in training alone.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, *, smoothing: float = 0.0, guide: float = 0.0, **kwargs: Any) -> None:
        """Keep the arguments; a mixed policy would round the logits to bfloat16."""
        super().__init__(**{"dtype": "float32", **kwargs})
        self.smoothing = smoothing
        self.guide = guide

    def call(
        self, decoded: Any, label_codes: Any, time_steps: Any, label_lengths: Any,
        training: bool = False,
    ) -> Any:  # fmt: skip
        """(B,) float32."""
        logits, weights = decoded
        lengths = ops.cast(ops.reshape(label_lengths, (-1,)), "int32")
        smoothing = self.smoothing if training else 0.0
        losses = line_losses(logits, label_codes, lengths, smoothing=smoothing)
        if training and self.guide:
            losses += self.guide * diagonal_losses(weights, ops.reshape(time_steps, (-1,)), lengths)
        return losses

    def compute_output_spec(self, decoded: Any, *_: Any, **__: Any) -> Any:
        """(B,)."""
        return keras.KerasTensor((decoded[0].shape[0],), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), "smoothing": self.smoothing, "guide": self.guide}
