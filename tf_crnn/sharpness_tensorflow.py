"""A sharpness-aware training step by TensorFlow's tapes."""

from typing import Any

import keras
import tensorflow as tf

_TINY = 1e-12


def step(model: Any, radius: float, data: Any) -> dict[str, Any]:
    """See `tf_crnn.sharpness.sharpness_aware_step`."""
    inputs, _, _ = keras.utils.unpack_x_y_sample_weight(data)
    weights = model.trainable_variables
    gradients, _, _ = _gradients(model, inputs)
    scale = radius / (tf.linalg.global_norm(gradients) + _TINY)
    moves = [tf.convert_to_tensor(gradient) * scale for gradient in gradients]
    for weight, move in zip(weights, moves, strict=True):
        weight.assign_add(move)
    gradients, outputs, loss = _gradients(model, inputs)
    for weight, move in zip(weights, moves, strict=True):
        weight.assign_sub(move)
    model.optimizer.apply(gradients, weights)
    mean_loss = next(metric for metric in model.metrics if metric.name == "loss")
    mean_loss.update_state(loss, sample_weight=tf.shape(outputs["line_losses"])[0])
    return dict(model.compute_metrics(inputs, None, outputs))


def _gradients(model: Any, inputs: Any) -> tuple[list[Any], Any, Any]:
    with tf.GradientTape() as tape:
        outputs = model(inputs, training=True)
        loss = model.compute_loss(y_pred=outputs)
    return tape.gradient(loss, model.trainable_variables), outputs, loss
