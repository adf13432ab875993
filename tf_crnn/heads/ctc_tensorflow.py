"""The CTC loss by TensorFlow's own kernel: sparse labels are faster on a CPU than dense ones."""

import math
from typing import Any

import tensorflow as tf

from tf_crnn.alphabet import BLANK_CODE

_ANY_CODE = BLANK_CODE + 1


def line_losses(logits: Any, label_codes: Any, time_steps: Any, label_lengths: Any) -> Any:
    """See `tf_crnn.heads.ctc.line_losses`."""
    # The kernel refuses labels that are empty or longer than their line. A label of one code
    # stands in for them, and their losses are set below.
    is_empty, is_too_long = label_lengths == 0, label_lengths > time_steps
    is_refused = is_empty | is_too_long
    codes = tf.pad(label_codes, [[0, 0], [0, 1]])
    codes = tf.where(is_refused[:, None], _ANY_CODE, codes)
    lengths = tf.where(is_refused, 1, label_lengths)
    indices = tf.where(tf.sequence_mask(lengths, tf.shape(codes)[1]))
    labels = tf.SparseTensor(
        indices, tf.gather_nd(codes, indices), tf.shape(codes, out_type=tf.int64)
    )
    losses = tf.nn.ctc_loss(
        labels=labels,
        logits=logits,
        label_length=None,
        logit_length=time_steps,
        logits_time_major=False,
        blank_index=BLANK_CODE,
    )
    losses = tf.where(is_too_long, math.inf, losses)
    rows = tf.where(is_empty)
    blank_losses = _blank_losses(tf.gather_nd(logits, rows), tf.gather_nd(time_steps, rows))
    return tf.tensor_scatter_nd_update(losses, rows, blank_losses)


def _blank_losses(logits: Any, time_steps: Any) -> Any:
    """-log P(empty label | line): the only path is blanks throughout."""
    log_blank = tf.nn.log_softmax(logits)[:, :, BLANK_CODE]
    in_line = tf.sequence_mask(time_steps, tf.shape(logits)[1])
    return -tf.reduce_sum(tf.where(in_line, log_blank, 0.0), axis=1)
