"""Backbones: a batch of line images in, one feature vector for each time step out.

Each entry of `BACKBONES` is called with images (B, H, W, C), standardised and zero beyond each
line's end, the columns of each line (B,), and the parameters. It returns (B, T, F), T = W /
`Params.downscale_factor`, zero beyond each line's end.
"""

from collections.abc import Callable
from typing import Any

import keras

from tf_crnn.blocks import GatedContext, HeightPooling, MaskedConv, ResidualBlock
from tf_crnn.config import Params
from tf_crnn.layers import ColumnsToSequence, ConvBlock, SequenceMask

Backbone = Callable[[Any, Any, Params], Any]


def tf_crnn_backbone(images: Any, lengths: Any, params: Params) -> Any:
    """The documented network: the `cnn_*` blocks."""
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
        name = f"conv_block_{index}"
        block = ConvBlock(filters, kernel, stride, "same", pool, norm, name=name)
        features = block(features, lengths)
        lengths = block.output_lengths(lengths)
    return ColumnsToSequence(name="columns")(features)


def vgg_backbone(images: Any, lengths: Any, params: Params) -> Any:
    """Stages of 3x3 convolutions with max pooling behind each (Shi et al. 2015)."""
    return _to_sequence(_run_stages(images, lengths, params, _convolution), params)


def residual_backbone(images: Any, lengths: Any, params: Params) -> Any:
    """Stages of residual blocks (He et al. 2016) behind a stem with a stride."""
    return _to_sequence(_run_stages(images, lengths, params, _residual), params)


def convolutional_backbone(images: Any, lengths: Any, params: Params) -> Any:
    """The stages of `vgg`, then gated convolutions over time of growing dilation.

    With `rnn_units` empty there is no recurrence at all.
    """
    features = vgg_backbone(images, lengths, params)
    mask = SequenceMask(name="context_mask")(features, lengths // params.downscale_factor)
    for index in range(params.context_blocks):
        block = GatedContext(params.context_kernel, 2**index, name=f"context_{index}")
        features = block(features, mask)
    return features


BACKBONES: dict[str, Backbone] = {
    "tf_crnn": tf_crnn_backbone,
    "vgg": vgg_backbone,
    "residual": residual_backbone,
    "convolutional": convolutional_backbone,
}


def _convolution(features: int, params: Params, name: str) -> keras.layers.Layer:
    return MaskedConv(features, 3, norm=params.stage_norm, name=name)


def _residual(features: int, params: Params, name: str) -> keras.layers.Layer:
    return ResidualBlock(features, norm=params.stage_norm, name=name)


def _run_stages(images: Any, lengths: Any, params: Params, make_block: Any) -> Any:
    features = images
    if params.stem_features:
        stem = MaskedConv(
            params.stem_features,
            params.stem_kernel,
            params.stem_stride,
            norm=params.stage_norm,
            name="stem",
        )
        features, lengths = stem(images, lengths), lengths // params.stem_stride[1]
    stages = zip(params.stage_features, params.stage_blocks, params.stage_strides, strict=True)
    for index, (filters, n_blocks, stride) in enumerate(stages):
        for number in range(n_blocks):
            block = make_block(filters, params, f"stage_{index}_block_{number}")
            features = block(features, lengths)
        if tuple(stride) != (1, 1):
            pool = keras.layers.MaxPooling2D(stride, padding="same", name=f"stage_{index}_pool")
            features, lengths = pool(features), lengths // stride[1]
    return features


def _to_sequence(features: Any, params: Params) -> Any:
    if params.height_pooling == "columns":
        sequence = ColumnsToSequence(name="columns")(features)
    else:
        sequence = HeightPooling(params.height_pooling, name="columns")(features)
    if params.sequence_features:
        sequence = keras.layers.Dense(
            params.sequence_features,
            activation="relu",
            use_bias=False,  # beyond a line's end stays zero
            kernel_initializer="he_normal",
            name="projection",
        )(sequence)
    return sequence
