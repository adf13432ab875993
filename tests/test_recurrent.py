"""The LSTM: the same numbers as Keras' own, forwards and back."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_crnn.recurrent import LSTM

UNITS = 5


@pytest.fixture
def lines() -> tf.Tensor:
    return tf.constant(np.random.default_rng(1).normal(size=(3, 7, 4)), tf.float32)


MASK = tf.sequence_mask([7, 3, 1], 7)


def both(wrapped: bool, **options: Any) -> tuple[keras.Layer, keras.Layer]:
    """Ours and Keras', with equal weights."""
    layers = []
    for kind in (LSTM, keras.layers.LSTM):
        layer = kind(UNITS, return_sequences=True, **options)
        layer = keras.layers.Bidirectional(layer) if wrapped else layer
        layer.build((None, None, 4))
        layers.append(layer)
    rng = np.random.default_rng(2)
    weights = [rng.normal(size=w.shape).astype("float32") for w in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers[0], layers[1]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
def test_outputs_are_those_of_keras(lines: tf.Tensor, backwards: bool, training: bool) -> None:
    ours, keras_own = both(wrapped=False, go_backwards=backwards)

    outputs = ours(lines, training=training)

    np.testing.assert_allclose(outputs, keras_own(lines), atol=1e-5)


def test_both_directions_see_their_line_and_nothing_beside_it(lines: tf.Tensor) -> None:
    ours, keras_own = both(wrapped=True)

    outputs = ours(lines, mask=MASK)

    wanted = keras_own(lines, mask=MASK)
    np.testing.assert_allclose(outputs[MASK], wanted[MASK], atol=1e-5)
    alone = ours(lines[1:2, :3])
    np.testing.assert_allclose(outputs[1, :3], alone[0], atol=1e-5)


def test_gradients_are_those_of_keras(lines: tf.Tensor) -> None:
    gradients = []
    for layer in both(wrapped=True):
        with tf.GradientTape() as tape:
            tape.watch(lines)
            outputs = tf.boolean_mask(layer(lines, mask=MASK, training=True), MASK)
            loss = tf.reduce_sum(outputs * tf.sin(tf.cast(tf.range(2 * UNITS), tf.float32)))
        gradients.append(tape.gradient(loss, [lines, *layer.trainable_variables]))

    for mine, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_dropout_leaves_out_whole_features_in_training_alone(lines: tf.Tensor) -> None:
    layer = LSTM(UNITS, return_sequences=True, dropout=0.5, seed=3)

    first, second = layer(lines, training=True), layer(lines, training=True)
    read = layer(lines, training=False)

    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(read, layer(lines, training=False))


def test_weights_lie_where_keras_keeps_them(tmp_path: Any) -> None:
    ours, keras_own = both(wrapped=True)
    models = []
    for layer in (ours, keras_own):
        inputs = keras.Input((None, 4))
        models.append(keras.Model(inputs, layer(inputs)))
    models[1].save_weights(tmp_path / "theirs.weights.h5")
    ours.set_weights([np.zeros_like(w) for w in ours.get_weights()])

    models[0].load_weights(tmp_path / "theirs.weights.h5")

    for mine, theirs in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_what_the_fast_loop_cannot_do_is_left_to_keras(lines: tf.Tensor) -> None:
    layer = LSTM(UNITS)

    outputs = layer(lines)

    assert outputs.shape == (3, UNITS)
