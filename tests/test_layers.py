"""Layers of the network: what they do to a line's columns, and to the padding beside it."""

import keras
import numpy as np
import pytest

from tf_crnn.layers import AllTimeSteps, ColumnsToSequence, ConvBlock, SequenceMask, column_mask

# kernel, stride, pool
GEOMETRIES = [
    (3, (1, 1), (1, 1)),
    (3, (1, 1), (2, 2)),
    (5, (2, 2), (1, 1)),
    (3, (2, 1), (2, 1)),
    (2, (1, 2), (2, 2)),
    (4, (1, 1), (3, 3)),
    (5, (1, 3), (1, 2)),
    (1, (2, 2), (2, 2)),
]
WIDTHS = np.array([12, 36, 24])  # multiples of every stride times pool


def noise_lines(width_px: int) -> np.ndarray:
    """Noise in as many columns as `WIDTHS` says, zeros beyond."""
    rng = np.random.default_rng(3)
    lines = np.zeros((len(WIDTHS), 8, width_px, 2), dtype=np.float32)
    for line, width in zip(lines, WIDTHS, strict=True):
        line[:, :width] = rng.normal(loc=1.0, size=(8, width, 2))
    return lines


def make_block(
    kernel: int, stride: tuple[int, int], pool: tuple[int, int], *, batchnorm: bool
) -> ConvBlock:
    """A built block whose weights, moving statistics too, are all random."""
    block = ConvBlock(3, kernel, stride, "same", pool, batchnorm)
    block(np.zeros((1, 8, 24, 2), dtype=np.float32))
    rng = np.random.default_rng(4)
    block.set_weights([rng.uniform(0.2, 1.0, size=w.shape) for w in block.get_weights()])
    return block


def test_column_mask_counts_from_the_left() -> None:
    mask = column_mask(np.array([2, 0, 3]), 3)

    expected = [[True, True, False], [False, False, False], [True, True, True]]
    assert np.asarray(mask).tolist() == expected


@pytest.mark.parametrize("batchnorm", [False, True])
@pytest.mark.parametrize(("kernel", "stride", "pool"), GEOMETRIES)
def test_conv_block_gives_a_line_the_same_features_whatever_the_padding(
    kernel: int, stride: tuple[int, int], pool: tuple[int, int], batchnorm: bool
) -> None:
    block = make_block(kernel, stride, pool, batchnorm=batchnorm)
    wide = noise_lines(48)

    together = np.asarray(block(wide, WIDTHS))

    for line, width, features in zip(wide, WIDTHS, together, strict=True):
        # Alone and cut to its length there is no padding to see: the answer of plain layers.
        alone = np.asarray(block(line[None, :, :width]))[0]
        np.testing.assert_allclose(features[:, : alone.shape[1]], alone, atol=1e-5)
        assert np.abs(alone).max() > 0.1


@pytest.mark.parametrize(("kernel", "stride", "pool"), GEOMETRIES)
def test_conv_block_sets_the_columns_beyond_a_line_to_zero(
    kernel: int, stride: tuple[int, int], pool: tuple[int, int]
) -> None:
    block = make_block(kernel, stride, pool, batchnorm=True)

    features = np.asarray(block(noise_lines(48), WIDTHS))

    lengths = np.asarray(block.output_lengths(WIDTHS))
    assert lengths.tolist() == (WIDTHS // (stride[1] * pool[1])).tolist()
    for line, length in zip(features, lengths, strict=True):
        assert (line[:, length:] == 0).all()


@pytest.mark.parametrize(("kernel", "stride", "pool"), GEOMETRIES)
def test_batch_statistics_do_not_depend_on_the_padding(
    kernel: int, stride: tuple[int, int], pool: tuple[int, int]
) -> None:
    narrow = make_block(kernel, stride, pool, batchnorm=True)
    wide = make_block(kernel, stride, pool, batchnorm=True)
    before = np.asarray(narrow.norm.moving_mean)

    outputs = narrow(noise_lines(36), WIDTHS, training=True)
    padded = wide(noise_lines(60), WIDTHS, training=True)

    np.testing.assert_allclose(narrow.norm.moving_mean, wide.norm.moving_mean, atol=1e-6)
    np.testing.assert_allclose(narrow.norm.moving_variance, wide.norm.moving_variance, rtol=1e-5)
    np.testing.assert_allclose(outputs, np.asarray(padded)[:, :, : outputs.shape[2]], atol=1e-5)
    assert np.abs(before - np.asarray(narrow.norm.moving_mean)).max() > 1e-3


def test_batch_statistics_are_those_of_the_valid_columns_alone() -> None:
    block = make_block(3, (1, 1), (1, 1), batchnorm=True)
    lines = noise_lines(48)
    convolved = np.asarray(block.conv(lines))
    valid = np.concatenate(
        [line[:, :width].reshape(-1, 3) for line, width in zip(convolved, WIDTHS, strict=True)]
    )
    momentum = block.norm.momentum
    expected = momentum * np.asarray(block.norm.moving_mean) + (1 - momentum) * valid.mean(axis=0)

    block(lines, WIDTHS, training=True)

    np.testing.assert_allclose(block.norm.moving_mean, expected, rtol=1e-5)


def test_conv_block_without_lengths_is_convolution_pooling_and_relu() -> None:
    block = ConvBlock(1, 1, (1, 1), "valid", (1, 2), batchnorm=False)
    line = np.array([[[[1.0], [3.0], [-5.0], [-4.0]]]], dtype=np.float32)
    block(line)
    block.set_weights([np.array([[[[2.0]]]]), np.array([-1.0])])

    features = np.asarray(block(line))

    assert features.ravel().tolist() == [5.0, 0.0]


def test_conv_block_states_its_output_shape() -> None:
    block = ConvBlock(7, 3, (2, 1), "same", (2, 2), batchnorm=True)

    shape = block.compute_output_shape((None, 32, 80, 1))

    assert shape == (None, 8, 40, 7)
    assert block(np.zeros((1, 32, 80, 1), dtype=np.float32)).shape == (1, 8, 40, 7)


@pytest.mark.parametrize(
    "layer",
    [
        ConvBlock(4, 5, (2, 1), "same", (1, 2), batchnorm=True, name="third"),
        ConvBlock(1, 3, (1, 1), "valid", (1, 1), batchnorm=False),
        ColumnsToSequence(name="columns"),
        SequenceMask(),
        AllTimeSteps(8),
    ],
)
def test_a_layer_is_rebuilt_from_its_config(layer: keras.layers.Layer) -> None:
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))

    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
    assert copy.name == layer.name


def test_conv_block_keeps_every_argument_under_its_name() -> None:
    config = ConvBlock(4, 5, (2, 1), "same", (1, 2), batchnorm=True).get_config()

    arguments = {
        "features": 4,
        "kernel_size": 5,
        "stride": (2, 1),
        "cnn_padding": "same",
        "pool_size": (1, 2),
        "batchnorm": True,
    }
    assert config | arguments == config


def test_columns_to_sequence_makes_one_vector_of_each_column() -> None:
    features = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)

    columns = np.asarray(ColumnsToSequence()(features))

    assert columns.shape == (2, 4, 15)
    assert columns[1, 2].tolist() == features[1, :, 2, :].ravel().tolist()


def test_sequence_mask_covers_each_line() -> None:
    mask = SequenceMask()(np.zeros((2, 3, 5), dtype=np.float32), np.array([[1], [3]]))

    assert np.asarray(mask).tolist() == [[True, False, False], [True, True, True]]


def test_all_time_steps_divides_the_width() -> None:
    steps = AllTimeSteps(8)(np.zeros((3, 4, 41, 1), dtype=np.float32))

    assert np.asarray(steps).tolist() == [[5], [5], [5]]
