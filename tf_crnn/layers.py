"""Keras layers of the recogniser. All keep the columns beyond a line's end at zero."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


def column_mask(lengths: Any, n_columns: Any) -> Any:
    """Which columns belong to each line.

    Args:
        lengths: (B,) integers, valid columns counted from the left.
        n_columns: W.

    Returns:
        (B, W) boolean.
    """
    return ops.arange(n_columns)[None, :] < ops.cast(lengths, "int32")[:, None]


@keras.saving.register_keras_serializable(package="tf_crnn")
class ConvBlock(keras.layers.Layer):
    """Convolution, batch normalisation (optional), max pooling and ReLU, blind to padding.

    Call it on images (B, H, W, C) and, to mask, the valid columns of each, (B,) integers. Columns
    beyond are set to zero after the block, as a convolution's own padding would be, and take no
    part in the batch statistics: a line gives the same features whatever is beside it in the
    batch. Widths must be multiples of the stride and pool widths.

    Args:
        features: number of filters.
        kernel_size: of the convolution, in pixels.
        stride: (height, width) of the convolution.
        cnn_padding: 'same' or 'valid'; lengths can be given only with 'same'.
        pool_size: (height, width); (1, 1) for no pooling.
        batchnorm: whether to normalise.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        features: int,
        kernel_size: int,
        stride: Sequence[int],
        cnn_padding: str,
        pool_size: Sequence[int],
        batchnorm: bool,
        **kwargs: Any,
    ) -> None:
        """Make the sub-layers."""
        super().__init__(**kwargs)
        self.features = features
        self.kernel_size = kernel_size
        self.stride = tuple(stride)
        self.cnn_padding = cnn_padding
        self.pool_size = tuple(pool_size)
        self.batchnorm = batchnorm
        self.conv = keras.layers.Conv2D(
            features, kernel_size, strides=self.stride, padding=cnn_padding
        )
        self.norm = keras.layers.BatchNormalization() if batchnorm else None
        self.pool = (
            keras.layers.MaxPooling2D(self.pool_size, padding="same")
            if self.pool_size != (1, 1)
            else None
        )
        if self.pool is not None:
            # The mask given to the normalisation clings to its output, and pooling would warn of
            # it.
            self.pool.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self.conv.build(input_shape)
        if self.norm is not None:
            self.norm.build(self.conv.compute_output_shape(input_shape))

    def call(self, inputs: Any, lengths: Any = None, training: bool = False) -> Any:
        """Features (B, H', W', features)."""
        outputs = self.conv(inputs)
        if self.norm is not None:
            mask = None if lengths is None else self._grid_mask(outputs, lengths)
            outputs = self.norm(outputs, training=training, mask=mask)
        if self.pool is not None:
            outputs = self.pool(outputs)
        outputs = ops.relu(outputs)
        if lengths is None:
            return outputs
        mask = column_mask(self.output_lengths(lengths), ops.shape(outputs)[2])
        return outputs * ops.cast(mask, outputs.dtype)[:, None, :, None]

    def output_lengths(self, lengths: Any) -> Any:
        """Valid columns of each line after the block, (B,)."""
        return lengths // (self.stride[1] * self.pool_size[1])

    def _grid_mask(self, features: Any, lengths: Any) -> Any:
        """(B, H, W) boolean mask of a convolution's output."""
        shape = ops.shape(features)
        mask = column_mask(lengths // self.stride[1], shape[2])
        return ops.broadcast_to(mask[:, None, :], (shape[0], shape[1], shape[2]))

    def compute_output_shape(self, input_shape: Any, *_: Any, **__: Any) -> Any:
        """(B, H', W', features)."""
        shape = self.conv.compute_output_shape(input_shape)
        return shape if self.pool is None else self.pool.compute_output_shape(shape)

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {
            **super().get_config(),
            "features": self.features,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "cnn_padding": self.cnn_padding,
            "pool_size": self.pool_size,
            "batchnorm": self.batchnorm,
        }


@keras.saving.register_keras_serializable(package="tf_crnn")
class ColumnsToSequence(keras.layers.Layer):
    """Features (B, H, W, C) as one vector for each column: (B, W, H * C)."""

    def call(self, inputs: Any) -> Any:
        """(B, W, H * C)."""
        _, height, _, channels = inputs.shape
        columns = ops.transpose(inputs, (0, 2, 1, 3))  # (B, W, H, C)
        shape = ops.shape(columns)
        return ops.reshape(columns, (shape[0], shape[1], height * channels))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, W, H * C)."""
        batch, height, width, channels = input_shape
        return batch, width, height * channels


@keras.saving.register_keras_serializable(package="tf_crnn")
class SequenceMask(keras.layers.Layer):
    """Which columns of features (B, T, F) belong to each line, from lengths (B, 1): (B, T)."""

    def call(self, inputs: Any, lengths: Any) -> Any:
        """(B, T) boolean."""
        return column_mask(ops.reshape(lengths, (-1,)), ops.shape(inputs)[1])

    def compute_output_shape(self, input_shape: Any, *_: Any) -> Any:
        """(B, T)."""
        return tuple(input_shape[:2])

    def compute_output_spec(self, inputs: Any, lengths: Any) -> Any:  # noqa: ARG002
        """Boolean, unlike the features."""
        return keras.KerasTensor(tuple(inputs.shape[:2]), dtype="bool")


@keras.saving.register_keras_serializable(package="tf_crnn")
class LineColumns(keras.layers.Layer):
    """Columns (B,) that each line has in its image, from its time steps (B, 1).

    Args:
        downscale: pixels per time step.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, downscale: int, **kwargs: Any) -> None:
        """Keep the argument."""
        super().__init__(**kwargs)
        self.downscale = downscale

    def call(self, time_steps: Any) -> Any:
        """(B,) int32."""
        return ops.cast(ops.reshape(time_steps, (-1,)), "int32") * self.downscale

    def compute_output_spec(self, time_steps: Any) -> Any:
        """(B,)."""
        return keras.KerasTensor((time_steps.shape[0],), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), "downscale": self.downscale}


@keras.saving.register_keras_serializable(package="tf_crnn")
class AllTimeSteps(keras.layers.Layer):
    """Time steps (B, 1) of lines that fill their images (B, H, W, C): W // downscale for each.

    Args:
        downscale: pixels per time step.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, downscale: int, **kwargs: Any) -> None:
        """Keep the argument."""
        super().__init__(**kwargs)
        self.downscale = downscale

    def call(self, inputs: Any) -> Any:
        """(B, 1) int32."""
        shape = ops.shape(inputs)
        return ops.ones((shape[0], 1), dtype="int32") * (shape[2] // self.downscale)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Integers, unlike the images."""
        return keras.KerasTensor((inputs.shape[0], 1), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), "downscale": self.downscale}
