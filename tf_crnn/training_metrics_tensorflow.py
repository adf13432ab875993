"""Edits between labels and greedy readings by TensorFlow's own kernels."""

from typing import Any

import tensorflow as tf

from tf_crnn.alphabet import BLANK_CODE


def edits(label_codes: Any, label_lengths: Any, logits: Any, time_steps: Any) -> Any:
    """See `tf_crnn.training_metrics.portable_edits`."""
    [hypothesis], _ = tf.nn.ctc_greedy_decoder(
        tf.transpose(logits, (1, 0, 2)), tf.cast(time_steps, tf.int32), blank_index=BLANK_CODE
    )
    mask = tf.sequence_mask(label_lengths, tf.shape(label_codes)[1])
    indices = tf.where(mask)
    truth = tf.SparseTensor(
        indices,
        tf.cast(tf.gather_nd(label_codes, indices), tf.int64),
        tf.shape(label_codes, out_type=tf.int64),
    )
    # Both must state the same number of lines, also when the last ones are read as empty.
    n_lines = tf.shape(label_codes, out_type=tf.int64)[0]
    hypothesis = tf.SparseTensor(
        hypothesis.indices, hypothesis.values, tf.stack([n_lines, hypothesis.dense_shape[1]])
    )
    return tf.edit_distance(hypothesis, truth, normalize=False)
