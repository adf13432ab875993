"""The CTC loss by TensorFlow's own kernel: sparse labels are faster on a CPU than dense ones."""

from typing import Any

import tensorflow as tf

from tf_crnn.alphabet import BLANK_CODE


def line_losses(logits: Any, label_codes: Any, time_steps: Any, label_lengths: Any) -> Any:
    """See `tf_crnn.heads.ctc.line_losses`."""
    mask = tf.sequence_mask(label_lengths, tf.shape(label_codes)[1])
    indices = tf.where(mask)
    labels = tf.SparseTensor(
        indices, tf.gather_nd(label_codes, indices), tf.shape(label_codes, out_type=tf.int64)
    )
    return tf.nn.ctc_loss(
        labels=labels,
        logits=logits,
        label_length=None,
        logit_length=time_steps,
        logits_time_major=False,
        blank_index=BLANK_CODE,
    )
