"""The blocks of the backbones, against sums worked out here."""

import numpy as np
import pytest
import tensorflow as tf

from tf_crnn.blocks import GatedContext, HeightPooling, MaskedConv, ResidualBlock, SpanMasking

RNG = np.random.default_rng(4)
FEATURES = tf.constant(RNG.normal(size=(2, 3, 6, 4)), tf.float32)
LENGTHS = tf.constant([6, 2])


@pytest.mark.parametrize("norm", ["rms", "layer", "none"])
def test_a_convolution_of_one_pixel_is_a_product_of_matrices(norm: str) -> None:
    layer = MaskedConv(5, 1, norm=norm, relu=False)

    outputs = layer(FEATURES, LENGTHS).numpy()

    wanted = FEATURES.numpy() @ layer.conv.kernel.numpy()[0, 0]
    if norm == "layer":
        wanted = wanted - wanted.mean(axis=-1, keepdims=True)
    if norm != "none":
        wanted /= np.sqrt((wanted**2).mean(axis=-1, keepdims=True) + 1e-5)
    wanted[1, :, 2:] = 0
    np.testing.assert_allclose(outputs, wanted, atol=1e-5)


def test_batch_statistics_are_those_of_the_lines_alone() -> None:
    layer = MaskedConv(5, 1, norm="batch", relu=False)

    outputs = layer(FEATURES, LENGTHS, training=True).numpy()

    inside = np.concatenate([outputs[0].reshape(-1, 5), outputs[1, :, :2].reshape(-1, 5)])
    np.testing.assert_allclose(inside.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(inside.std(axis=0), 1, atol=1e-2)


def test_a_residual_block_begins_as_its_short_cut() -> None:
    layer = ResidualBlock(4)

    outputs = layer(FEATURES, tf.constant([6, 6]))
    layer.gain.assign(0.5)
    later = layer(FEATURES, tf.constant([6, 6]))

    np.testing.assert_allclose(outputs, np.maximum(FEATURES, 0))
    assert np.abs(later - outputs).max() > 1e-3


@pytest.mark.parametrize(("kind", "pool"), [("max", np.max), ("mean", np.mean)])
def test_columns_are_pooled(kind: str, pool: object) -> None:
    outputs = HeightPooling(kind)(FEATURES)

    np.testing.assert_allclose(outputs, pool(FEATURES, axis=1), atol=1e-6)  # type: ignore[operator]


def test_attention_over_height_goes_where_the_query_points() -> None:
    layer = HeightPooling("attention")
    layer.build(FEATURES.shape)
    even = layer(FEATURES)

    layer.query.assign([1000.0, 0, 0, 0])
    outputs = layer(FEATURES)

    np.testing.assert_allclose(even, np.mean(FEATURES, axis=1), atol=1e-6)
    row = np.argmax(FEATURES[..., 0], axis=1)  # (B, W)
    wanted = np.take_along_axis(FEATURES.numpy(), row[:, None, :, None], axis=1)[:, 0]
    np.testing.assert_allclose(outputs, wanted, atol=1e-4)


def test_gated_context_looks_as_far_as_its_dilated_kernel() -> None:
    layer, sequence = GatedContext(3, dilation=2), RNG.normal(size=(1, 9, 4)).astype("float32")
    mask = np.ones((1, 9), bool)
    before = layer(sequence, mask).numpy()
    sequence[0, 4] += 1.0

    changed = np.abs(layer(sequence, mask).numpy() - before).max(axis=-1)[0]

    assert np.flatnonzero(changed > 1e-6).tolist() == [2, 4, 6]


def test_about_the_given_share_of_steps_is_hidden_in_spans_and_in_training_alone() -> None:
    layer, sequence = SpanMasking(0.4, 8, seed=2), np.ones((20, 200, 3), np.float32)

    hidden = layer(sequence, training=True).numpy()[..., 0] == 0

    assert 0.35 < hidden.mean() < 0.45
    np.testing.assert_array_equal(layer(sequence, training=False), sequence)
    lengths = [
        len(run) for line in hidden for run in "".join("01"[int(h)] for h in line).split("0")
    ]
    whole = [length for length in lengths if length]
    assert np.mean([length >= 8 for length in whole]) > 0.9  # but at the ends of a line
