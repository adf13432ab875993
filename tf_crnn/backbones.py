"""Backbones: a batch of line images in, one feature vector for each time step out."""

from typing import Any

import keras

from tf_crnn.config import Params
from tf_crnn.layers import ColumnsToSequence, ConvBlock, SequenceMask


def tf_crnn_backbone(images: Any, time_steps: Any, params: Params, *, dropout: float) -> Any:
    """The documented network: the `cnn_*` blocks, then the `rnn_units` BiLSTM layers.

    Args:
        images: (B, H, W, C) float32, standardised, zero beyond each line's end.
        time_steps: (B, 1) integers, how many of the T steps are the line.
        params: `cnn_*`, `rnn_units`, `seed`.
        dropout: share of each BiLSTM layer's inputs dropped in training.

    Returns:
        (B, T, 2 * units of the last layer), T = W / downscale_factor.
    """
    features = _convolve(images, time_steps, params)
    features = ColumnsToSequence(name="columns")(features)
    mask = SequenceMask(name="sequence_mask")(features, time_steps)
    for index, units in enumerate(params.rnn_units):
        cell = keras.layers.LSTM(
            units, return_sequences=True, dropout=dropout, seed=params.seed + index
        )
        features = keras.layers.Bidirectional(cell, name=f"bilstm_{index}")(features, mask=mask)
    return features


def _convolve(images: Any, time_steps: Any, params: Params) -> Any:
    lengths = keras.ops.reshape(time_steps, (-1,)) * params.downscale_factor
    features = images
    blocks = zip(
        params.cnn_features_list,
        params.cnn_kernel_size,
        params.cnn_stride_size,
        params.cnn_pool_size,
        params.cnn_batch_norm,
        strict=True,
    )
    for index, (filters, kernel, stride, pool, norm) in enumerate(blocks):
        block = ConvBlock(filters, kernel, stride, "same", pool, norm, name=f"conv_block_{index}")
        features = block(features, lengths)
        lengths = block.output_lengths(lengths)
    return features
