"""The network of the tf-crnn documentation, as other frameworks are told it.

Convolutions with a stride and a pool each, one bidirectional LSTM or more, a dense layer.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Config = Mapping[str, Any]


class Block(NamedTuple):
    """A convolution with ReLU and its max pooling; sizes are (height, width)."""

    features: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pool: tuple[int, int]

    @property
    def pools(self) -> bool:
        """Whether the pooling changes anything."""
        return self.pool != (1, 1)


def blocks_of(config: Config) -> Iterator[Block]:
    """The blocks of a configuration of ours."""
    keys = ("cnn_features_list", "cnn_kernel_size", "cnn_stride_size", "cnn_pool_size")
    for features, kernel, stride, pool in zip(*(config[key] for key in keys), strict=True):
        yield Block(features, _pair(kernel), _pair(stride), _pair(pool))


def calamari_network(config: Config) -> str:
    """For `--network`, where the width of a size stands first."""
    parts = []
    for block in blocks_of(config):
        kernel, stride = (f"{size[1]}x{size[0]}" for size in (block.kernel, block.stride))
        parts.append(f"cnn={block.features}:{kernel}:{stride}")
        if block.pools:
            parts.append(f"pool={block.pool[1]}x{block.pool[0]}")
    for units in config["rnn_units"]:
        parts += [f"lstm={units}", f"dropout={config['rnn_dropout']}"]
    return ",".join(parts)


def kraken_network(config: Config) -> str:
    """For `--spec`, in VGSL."""
    parts = [f"1,{config['input_shape'][0]},0,1"]
    for block in blocks_of(config):
        numbers = [*block.kernel, block.features, *block.stride]
        parts.append(f"Cr{','.join(map(str, numbers))}")
        if block.pools:
            parts.append(f"Mp{block.pool[0]},{block.pool[1]}")
    parts.append("S1(1x0)1,3")
    for units in config["rnn_units"]:
        parts += [f"Lbx{units}", f"Do{config['rnn_dropout']},1"]
    return f"[{' '.join(parts)}]"


def pylaia_network(config: Config) -> list[str]:
    """For `pylaia-htr-create-model`."""
    blocks = list(blocks_of(config))
    lists: dict[str, Sequence[Any]] = {
        "cnn_num_features": [block.features for block in blocks],
        "cnn_kernel_size": [list(block.kernel) for block in blocks],
        "cnn_stride": [list(block.stride) for block in blocks],
        "cnn_poolsize": [list(block.pool) if block.pools else 0 for block in blocks],
        "cnn_dilation": [1 for _ in blocks],
        "cnn_activation": ["ReLU" for _ in blocks],
        "cnn_dropout": [0.0 for _ in blocks],
        "cnn_batchnorm": ["false" for _ in blocks],
    }
    options = []
    for name, values in lists.items():
        options += [f"--crnn.{name}", str(values).replace(" ", "").replace("'", "")]
    [units] = set(config["rnn_units"])
    options += ["--crnn.rnn_layers", str(len(config["rnn_units"]))]
    options += ["--crnn.rnn_units", str(units)]
    options += ["--crnn.rnn_dropout", str(config["rnn_dropout"])]
    return [*options, "--crnn.lin_dropout", "0.0"]


def _pair(size: Any) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    return height, width
