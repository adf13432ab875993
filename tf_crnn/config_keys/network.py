"""Keys of the network: its input, its backbone and its recurrent layers."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import OneOf, key, number, share, whole

BACKBONES = ("tf_crnn", "vgg", "residual", "convolutional")
NORMS = ("none", "rms", "layer", "batch")
HEIGHT_POOLINGS = ("columns", "max", "mean", "attention")


@dataclass(frozen=True, init=False)
class NetworkKeys:
    """See `Params`."""

    input_shape: tuple[int, int] = key(
        (96, 1400), "height of all lines and greatest width, in pixels"
    )
    input_channels: int = key(1, "1 for grey, 3 for colour")
    straighten_lines: bool = key(
        False, "each line is bent straight and cut to its script before it is scaled"
    )
    backbone: str = key(
        "tf_crnn",
        "tf_crnn (the `cnn_*` lists), or, by the `stem_*` and `stage_*` keys: vgg (3x3 "
        "convolutions), residual (residual blocks), convolutional (gated convolutions over time)",
        OneOf(BACKBONES),
    )
    cnn_features_list: tuple[int, ...] = key((16, 32, 64, 96, 128), "filters of each block")
    cnn_kernel_size: tuple[int, ...] = key((3, 3, 3, 3, 3), "kernel size of each block, in pixels")
    cnn_stride_size: tuple[tuple[int, int], ...] = key(
        ((1, 1),) * 5, "[height, width] stride of each block's convolution"
    )
    cnn_pool_size: tuple[tuple[int, int], ...] = key(
        ((2, 2), (2, 2), (2, 2), (2, 2), (1, 1)), "[height, width] pooling of each block"
    )
    cnn_batch_norm: tuple[bool, ...] = key((False,) * 5, "batch normalisation in each block")
    stem_features: int = key(
        16, "filters of the convolution before the first stage; 0 for none", whole(0)
    )
    stem_kernel: int = key(7, "its kernel size, in pixels", whole())
    stem_stride: tuple[int, int] = key((4, 2), "its [height, width] stride")
    stage_features: tuple[int, ...] = key((32, 64, 96), "filters of each stage")
    stage_blocks: tuple[int, ...] = key(
        (1, 1, 1), "convolutions (vgg, convolutional) or residual blocks of each stage"
    )
    stage_strides: tuple[tuple[int, int], ...] = key(
        ((2, 2), (2, 1), (1, 1)), "[height, width] max pooling after each stage"
    )
    stage_norm: str = key(
        "none",
        "normalisation in stem and stages: rms or layer (of each pixel's features), batch (of each "
        "feature over the batch, without the padding), or none",
        OneOf(NORMS),
    )
    height_pooling: str = key(
        "columns",
        "how a column of features becomes one vector: all of them one after another (columns), "
        "their max or mean, or a learned weighted mean (attention)",
        OneOf(HEIGHT_POOLINGS),
    )
    sequence_features: int = key(
        0, "that vector is projected to so many features; 0 leaves it as it is", whole(0)
    )
    context_blocks: int = key(
        4, "gated convolutions over time, for the convolutional backbone", whole(0)
    )
    context_kernel: int = key(5, "time steps that each of them looks at", whole())
    feature_masking: float = key(
        0.0, "share of the time steps hidden in training, in spans, before the BiLSTM", share
    )
    feature_masking_span: int = key(8, "time steps of each span", whole())
    rnn_units: tuple[int, ...] = key((256, 256), "units of each BiLSTM layer, in one direction")
    rnn_dropout: float = key(0.5, "share of each BiLSTM layer's inputs dropped in training", share)
    head_dropout: float = key(
        0.0, "share of the features dropped in training, before the logits", share
    )
    shortcut_loss_weight: float = key(
        0.0, "weight of a second CTC loss on the features before the BiLSTM; 0 for none", number()
    )
    shortcut_dropout: float = key(
        0.0, "share of these features dropped in training, for the second loss alone", share
    )


def keys_without_effect(backbone: str) -> frozenset[str]:
    """The keys of other backbones, which a network with this one does not depend on."""
    names = NetworkKeys.__dataclass_fields__
    of_context = {name for name in names if name.startswith("context_")}
    if backbone != "tf_crnn":
        of_blocks = {name for name in names if name.startswith("cnn_")}
        return frozenset(of_blocks if backbone == "convolutional" else of_blocks | of_context)
    of_stages = {name for name in names if name.startswith(("stem_", "stage_"))}
    return frozenset({*of_stages, *of_context, "height_pooling", "sequence_features"})
