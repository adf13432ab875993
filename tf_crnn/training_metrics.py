"""The running error rate that the progress bar shows while training."""

from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    from tf_crnn import training_metrics_tensorflow as fast_path
else:
    fast_path = None  # type: ignore[assignment]


@keras.saving.register_keras_serializable(package="tf_crnn")
class UnitErrorRate(keras.metrics.Metric):
    """Total edits over total reference length of greedy readings, in units of the alphabet.

    With units of one character it is the character error rate. `update_state` takes
    ((label_codes (B, L), label_lengths (B, 1)), (logits (B, T, K), time_steps (B, 1))).
    """

    def __init__(self, name: str = "cer", **kwargs: Any) -> None:
        """Make the two sums."""
        super().__init__(name=name, **kwargs)
        self.edits = self.add_weight(name="edits", initializer="zeros")
        self.length = self.add_weight(name="length", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ARG002
        """Add a batch."""
        label_codes, label_lengths = y_true
        logits, time_steps = y_pred
        lengths = ops.reshape(label_lengths, (-1,))
        count = portable_edits if fast_path is None else fast_path.edits
        edits = count(label_codes, lengths, logits, ops.reshape(time_steps, (-1,)))
        self.edits.assign_add(ops.sum(ops.cast(edits, "float32")))
        self.length.assign_add(ops.sum(ops.cast(lengths, "float32")))

    def result(self) -> Any:
        """Edits over length; 0 before the first batch."""
        return self.edits / ops.maximum(self.length, 1.0)


@keras.saving.register_keras_serializable(package="tf_crnn")
class NextUnitErrorRate(keras.metrics.Metric):
    """Units that a decoder gets wrong when it is told all the true ones before, over all units.

    It is not the error rate of readings, in which one error leads to others. `update_state` takes
    ((label_codes (B, L), label_lengths (B, 1)), (unit_logits (B, L + 1, K), anything)).
    """

    def __init__(self, name: str = "cer", **kwargs: Any) -> None:
        """Make the two sums."""
        super().__init__(name=name, **kwargs)
        self.wrong = self.add_weight(name="wrong", initializer="zeros")
        self.length = self.add_weight(name="length", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ARG002
        """Add a batch."""
        label_codes, label_lengths = y_true
        best = ops.cast(ops.argmax(y_pred[0], axis=-1), "int32")[:, :-1]  # (B, L)
        in_label = ops.arange(ops.shape(best)[1])[None, :] < ops.reshape(label_lengths, (-1, 1))
        wrong = (best != ops.cast(label_codes, "int32")) & in_label
        self.wrong.assign_add(ops.sum(ops.cast(wrong, "float32")))
        self.length.assign_add(ops.sum(ops.cast(label_lengths, "float32")))

    def result(self) -> Any:
        """Wrong units over all; 0 before the first batch."""
        return self.wrong / ops.maximum(self.length, 1.0)


def portable_edits(label_codes: Any, label_lengths: Any, logits: Any, time_steps: Any) -> Any:
    """Edits between labels and greedy readings by `keras.ops` alone.

    The distance is built up over the time steps. A step that adds no unit (blank, repeat, padding)
    leaves it as it is; a step that adds one makes the next row of Levenshtein's table, whose
    left-to-right dependency becomes a minimum over all columns to the left.

    Args:
        label_codes: (B, L) integers.
        label_lengths: (B,).
        logits: (B, T, K).
        time_steps: (B,).

    Returns:
        (B,) float32.
    """
    codes = ops.cast(ops.argmax(logits, axis=-1), "int32")  # (B, T)
    before = ops.pad(codes, ((0, 0), (1, 0)))[:, :-1]
    in_line = ops.arange(ops.shape(codes)[1])[None, :] < time_steps[:, None]
    adds_unit = (codes != 0) & (codes != before) & in_line
    columns = ops.arange(ops.shape(label_codes)[1] + 1, dtype="float32")  # (L + 1,)
    not_left = ops.cast(columns[None, :] > columns[:, None], "float32") * 1e9  # (column, source)
    row = ops.zeros_like(label_codes[:, :1], dtype="float32") + columns[None, :]  # (B, L + 1)
    labels = ops.cast(label_codes, "int32")

    def next_row(step: Any, row: Any) -> Any:
        differs = ops.cast(labels != ops.take(codes, step, axis=1)[:, None], "float32")
        diagonal = ops.pad(row[:, :-1] + differs, ((0, 0), (1, 0)), constant_values=1e9)
        best = ops.minimum(row + 1.0, diagonal) - columns
        new = ops.min(best[:, None, :] + not_left[None], axis=-1) + columns
        return ops.where(ops.take(adds_unit, step, axis=1)[:, None], new, row)

    row = ops.fori_loop(0, ops.shape(codes)[1], next_row, row)
    last = ops.cast(label_lengths, "int32")[:, None]
    return ops.take_along_axis(row, last, axis=1)[:, 0]
