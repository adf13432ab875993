"""Backbones: shapes, padding, and that every key of theirs has an effect."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tf_crnn.backbones import BACKBONES
from tf_crnn.config import Params
from tf_crnn.config_keys.network import HEIGHT_POOLINGS, NORMS, keys_without_effect
from tf_crnn.errors import ConfigError
from tf_crnn.model import get_network

ParamsFactory = Callable[..., Params]

WIDTHS = (40, 120, 24, 64)
STAGES: dict[str, Any] = {
    "stem_features": 4,
    "stem_kernel": 5,
    "stem_stride": [2, 2],
    "stage_features": [6, 8],
    "stage_blocks": [2, 1],
    "stage_strides": [[2, 2], [2, 1]],
    "context_blocks": 2,
}


def batch_of(params: Params, lines: list[np.ndarray], width_px: int) -> dict[str, np.ndarray]:
    """Lines side by side, zeros beyond their ends."""
    padded = [np.pad(line, ((0, 0), (0, width_px - line.shape[1]), (0, 0))) for line in lines]
    steps = [[line.shape[1] // params.downscale_factor] for line in lines]
    return {"input_images": np.stack(padded), "input_seq_length": np.array(steps, dtype=np.int32)}


def shaken(params: Params) -> keras.Model:
    """A network in which every weight has a value of its own."""
    network, rng = get_network(params), np.random.default_rng(6)
    network.set_weights([rng.uniform(0.05, 0.4, w.shape) for w in network.get_weights()])
    return network


def noise_lines(params: Params) -> list[np.ndarray]:
    rng, height = np.random.default_rng(3), params.input_shape[0]
    return [rng.normal(size=(height, width, 1)).astype(np.float32) for width in WIDTHS]


CASES = [
    *((name, {}) for name in BACKBONES),
    *(("residual", {"stage_norm": norm}) for norm in NORMS),
    *(("vgg", {"height_pooling": pooling}) for pooling in HEIGHT_POOLINGS),
    ("vgg", {"stem_features": 0}),
    ("residual", {"sequence_features": 12}),
    ("convolutional", {"rnn_units": []}),
]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_logits_of_a_line_do_not_change_with_its_neighbours_or_its_padding(
    name: str, changes: dict[str, Any], tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, **{"backbone": name, **STAGES, **changes})
    network, lines = shaken(params), noise_lines(params)

    together = np.asarray(network(batch_of(params, lines, max(WIDTHS) + 40), training=False))

    assert together.shape[1] == params.time_steps(max(WIDTHS) + 40)
    for line, logits in zip(lines, together, strict=True):
        alone = np.asarray(network(batch_of(params, [line], line.shape[1]), training=False))[0]
        np.testing.assert_allclose(logits[: len(alone)], alone, atol=1e-4, rtol=1e-4)
        assert np.ptp(alone, axis=0).max() > 1e-4


@pytest.mark.parametrize(
    "change",
    [
        {"stem_features": 5},
        {"stem_kernel": 3},
        {"stage_features": [6, 9]},
        {"stage_blocks": [1, 1]},
        {"stage_norm": "layer"},
        {"height_pooling": "attention"},
        {"sequence_features": 12},
        {"context_blocks": 3},
        {"context_kernel": 3},
    ],
)
def test_each_key_changes_the_weights(
    change: dict[str, Any], tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    shapes = []
    for values in (STAGES, {**STAGES, **change}):
        params = tiny_params(tmp_path, backbone="convolutional", **values)
        shapes.append([tuple(weight.shape) for weight in get_network(params).weights])

    assert shapes[0] != shapes[1]


def test_the_downscale_is_that_of_stem_and_stages(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(
        tmp_path,
        backbone="vgg",
        **{**STAGES, "stem_stride": [1, 3], "stage_strides": [[2, 2], [1, 2]]},
    )

    assert params.downscale_factor == 12
    lines = [np.ones((params.input_shape[0], 48, 1), np.float32)]
    assert get_network(params)(batch_of(params, lines, 48)).shape[1] == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"backbone": "vg"}, r"backbone: must be one of tf_crnn, vgg.*Did you mean vgg\?"),
        ({"stage_blocks": [1]}, "stage lists: must be of one length.*stage_blocks 1"),
        ({"stage_strides": [[2, 2], 1]}, r"stage_strides: must hold \[height, width\] pairs"),
        ({"stem_stride": 2}, r"stem_stride: must be \[height, width\] in pixels"),
        ({"stage_strides": [[16, 2], [2, 1]]}, "stage_strides: shrink the height by 64"),
        ({"height_pooling": "sum"}, "height_pooling: must be one of"),
    ],
)
def test_stages_that_cannot_be_built_are_refused(
    change: dict[str, Any], message: str, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        tiny_params(tmp_path, **{"backbone": "vgg", **STAGES, **change})


@pytest.mark.parametrize("name", BACKBONES)
def test_keys_said_to_be_without_effect_change_no_weight(
    name: str, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    other = {
        "cnn_features_list": [3, 3], "stem_features": 7, "stem_kernel": 3, "stem_stride": [1, 1],
        "stage_features": [3, 3], "stage_blocks": [1, 2], "stage_strides": [[1, 1], [1, 1]],
        "stage_norm": "layer", "height_pooling": "max", "sequence_features": 3,
        "context_blocks": 1, "context_kernel": 7,
    }  # fmt: skip
    without_effect = keys_without_effect(name)
    changes = {key: value for key, value in other.items() if key in without_effect}
    shapes = [
        [w.shape for w in get_network(tiny_params(tmp_path, backbone=name, **values)).weights]
        for values in (STAGES, {**STAGES, **changes})
    ]

    assert changes
    assert shapes[0] == shapes[1]
    left = {key: value for key, value in other.items() if key not in without_effect}
    for key, value in left.items():
        if key not in ("stem_stride", "stage_strides"):
            values = {**STAGES, key: value}
            network = get_network(tiny_params(tmp_path, backbone=name, **values))
            assert [w.shape for w in network.weights] != shapes[0], key
