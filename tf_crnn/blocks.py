"""Blocks that the newer backbones are made of. All are blind to the padding.

Each takes features (B, H, W, C) with the valid columns of each line, (B,) integers, and leaves the
columns beyond at zero, as a convolution's own padding would be.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tf_crnn.layers import column_mask

_EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="tf_crnn")
class MaskedConv(keras.layers.Layer):
    """Convolution, normalisation and ReLU.

    Args:
        features: number of filters.
        kernel_size: in pixels.
        stride: (height, width).
        norm: of `NORMS`.
        relu: whether negative values are cut off.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        features: int,
        kernel_size: int,
        stride: Sequence[int] = (1, 1),
        *,
        norm: str = "none",
        relu: bool = True,
        **kwargs: Any,
    ) -> None:
        """Make the sub-layers."""
        super().__init__(**kwargs)
        self.features = features
        self.kernel_size = kernel_size
        self.stride = tuple(stride)
        self.norm = norm
        self.relu = relu
        self.conv = keras.layers.Conv2D(
            features,
            kernel_size,
            strides=self.stride,
            padding="same",
            use_bias=norm == "none",
            kernel_initializer="he_normal",
        )
        self.norm_layer = _make_norm(norm)

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self.conv.build(input_shape)
        if self.norm_layer is not None:
            self.norm_layer.build(self.conv.compute_output_shape(input_shape))

    def call(self, inputs: Any, lengths: Any, training: bool = False) -> Any:
        """Features (B, H', W', features)."""
        outputs = self.conv(inputs)
        shape = ops.shape(outputs)
        mask = column_mask(lengths // self.stride[1], shape[2])  # (B, W')
        if self.norm == "batch":
            grid = ops.broadcast_to(mask[:, None, :], (shape[0], shape[1], shape[2]))
            outputs = self.norm_layer(outputs, training=training, mask=grid)
        elif self.norm_layer is not None:
            outputs = self.norm_layer(outputs)
        if self.relu:
            outputs = ops.relu(outputs)
        return outputs * ops.cast(mask, outputs.dtype)[:, None, :, None]

    def compute_output_shape(self, input_shape: Any, *_: Any, **__: Any) -> Any:
        """(B, H', W', features)."""
        return self.conv.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        names = ("features", "kernel_size", "stride", "norm", "relu")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="tf_crnn")
class ResidualBlock(keras.layers.Layer):
    """Two 3x3 convolutions beside a short cut (He et al. 2016).

    What the convolutions add begins at zero and grows with a learned gain (SkipInit, De and Smith
    2020), so that the block trains without any normalisation too. Where the number of features
    changes, the short cut is a 1x1 convolution.

    Args:
        features: number of filters.
        norm: of `NORMS`.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, features: int, *, norm: str = "none", **kwargs: Any) -> None:
        """Make the convolutions; the short cut's when the number of features is known."""
        super().__init__(**kwargs)
        self.features = features
        self.norm = norm
        self.first = MaskedConv(features, 3, norm=norm)
        self.second = MaskedConv(features, 3, norm=norm, relu=False)
        self.short_cut: MaskedConv | None = None

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], self.features))
        if input_shape[-1] != self.features:
            self.short_cut = MaskedConv(self.features, 1, relu=False)
            self.short_cut.build(input_shape)
        self.gain = self.add_weight(name="gain", shape=(), initializer="zeros")

    def call(self, inputs: Any, lengths: Any, training: bool = False) -> Any:
        """Features (B, H, W, features)."""
        inner = self.first(inputs, lengths, training=training)
        added = self.second(inner, lengths, training=training)
        kept = inputs if self.short_cut is None else self.short_cut(inputs, lengths)
        return ops.relu(kept + self.gain * added)

    def compute_output_shape(self, input_shape: Any, *_: Any, **__: Any) -> Any:
        """(B, H, W, features)."""
        return (*input_shape[:-1], self.features)

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), "features": self.features, "norm": self.norm}


@keras.saving.register_keras_serializable(package="tf_crnn")
class HeightPooling(keras.layers.Layer):
    """Features (B, H, W, C) as one vector for each column.

    Args:
        kind: max, mean, or attention: a weighted mean whose weights a learned query gives to the
            H places of the column (Du et al. 2024, SVTRv2).
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, kind: str, **kwargs: Any) -> None:
        """Keep the argument."""
        super().__init__(**kwargs)
        self.kind = kind

    def build(self, input_shape: Any) -> None:
        """Make the query, if there is one."""
        if self.kind == "attention":
            self.query = self.add_weight(
                name="query", shape=(input_shape[-1],), initializer="zeros"
            )

    def call(self, inputs: Any) -> Any:
        """(B, W, C)."""
        if self.kind == "max":
            return ops.max(inputs, axis=1)
        if self.kind == "mean":
            return ops.mean(inputs, axis=1)
        scores = ops.sum(inputs * self.query, axis=-1, keepdims=True)  # (B, H, W, 1)
        return ops.sum(ops.softmax(scores, axis=1) * inputs, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, W, C)."""
        batch, _, width, channels = input_shape
        return batch, width, channels

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), "kind": self.kind}


@keras.saving.register_keras_serializable(package="tf_crnn")
class GatedContext(keras.layers.Layer):
    """A gated convolution over time beside a short cut (Dauphin et al. 2017), normalised before.

    Call it on features (B, T, F) and the mask (B, T) of the line's own steps.

    Args:
        kernel_size: in time steps.
        dilation: distance of the steps that it looks at.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, kernel_size: int, dilation: int = 1, **kwargs: Any) -> None:
        """Keep the arguments; the number of features is that of the input."""
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self.norm_layer = _make_norm("rms")
        self.conv = keras.layers.Conv1D(
            2 * input_shape[-1],
            self.kernel_size,
            dilation_rate=self.dilation,
            padding="same",
        )
        self.norm_layer.build(input_shape)
        self.conv.build(input_shape)

    def call(self, inputs: Any, steps_mask: Any) -> Any:
        """(B, T, F)."""
        in_line = ops.cast(steps_mask, inputs.dtype)[:, :, None]
        values, gates = ops.split(self.conv(self.norm_layer(inputs) * in_line), 2, axis=-1)
        return (inputs + values * ops.sigmoid(gates)) * in_line

    def compute_output_shape(self, input_shape: Any, *_: Any) -> Any:
        """(B, T, F)."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        names = ("kernel_size", "dilation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="tf_crnn")
class SpanMasking(keras.layers.Layer):
    """In training, hides spans of the time steps behind a learned vector (Li et al. 2024, HTR-VT).

    Args:
        hidden: about what share of the steps is hidden.
        span: steps of each span.
        seed: of the spans.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, hidden: float, span: int, seed: int = 0, **kwargs: Any) -> None:
        """Keep the arguments."""
        super().__init__(**kwargs)
        self.hidden = hidden
        self.span = span
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the vector."""
        self.token = self.add_weight(name="token", shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """(B, T, F)."""
        if not training:
            return inputs
        shape = ops.shape(inputs)
        # A step is hidden unless none of the spans that would cover it begins.
        begins = 1.0 - (1.0 - self.hidden) ** (1.0 / self.span)
        drawn = keras.random.uniform((shape[0], shape[1], 1), seed=self.seed_generator)
        starts = ops.cast(drawn < begins, inputs.dtype)
        covered = ops.pad(starts, ((0, 0), (self.span - 1, 0), (0, 0)))
        covered = ops.max_pool(covered, self.span, strides=1, padding="valid")  # (B, T, 1)
        return inputs * (1.0 - covered) + ops.cast(self.token, inputs.dtype) * covered

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, T, F)."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        names = ("hidden", "span", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _make_norm(kind: str) -> Any:
    if kind == "batch":
        return keras.layers.BatchNormalization()
    if kind == "layer":
        return keras.layers.LayerNormalization(epsilon=_EPSILON)
    if kind == "rms":
        return keras.layers.RMSNormalization(epsilon=_EPSILON)
    return None
