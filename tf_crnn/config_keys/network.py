"""Keys of the network: its input, its backbone and its recurrent layers."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import key, share


@dataclass(frozen=True, init=False)
class NetworkKeys:
    """See `Params`."""

    input_shape: tuple[int, int] = key(
        (96, 1400), "height of all lines and greatest width, in pixels"
    )
    input_channels: int = key(1, "1 for grey, 3 for colour")
    cnn_features_list: tuple[int, ...] = key((16, 32, 64, 96, 128), "filters of each block")
    cnn_kernel_size: tuple[int, ...] = key((3, 3, 3, 3, 3), "kernel size of each block, in pixels")
    cnn_stride_size: tuple[tuple[int, int], ...] = key(
        ((1, 1),) * 5, "[height, width] stride of each block's convolution"
    )
    cnn_pool_size: tuple[tuple[int, int], ...] = key(
        ((2, 2), (2, 2), (2, 2), (2, 2), (1, 1)), "[height, width] pooling of each block"
    )
    cnn_batch_norm: tuple[bool, ...] = key((False,) * 5, "batch normalisation in each block")
    rnn_units: tuple[int, ...] = key((256, 256), "units of each BiLSTM layer, in one direction")
    rnn_dropout: float = key(0.5, "share of each BiLSTM layer's inputs dropped in training", share)
