"""Parts of the training model by name, and what freezing does to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tf_crnn.config import Params
from tf_crnn.config_keys.head import HEADS
from tf_crnn.errors import TrainingError
from tf_crnn.model import get_model_train
from tf_crnn.model_parts import encoder_variables, freeze, part_of, weighted_layers

ParamsFactory = Callable[..., Params]


@pytest.fixture
def model(tmp_path: Path, tiny_params: ParamsFactory) -> Any:
    return get_model_train(tiny_params(tmp_path, cnn_batch_norm=[True, False]))


def frozen_layers(model: Any) -> list[str]:
    return [layer.name for layer in weighted_layers(model) if not layer.trainable_variables]


def test_every_layer_with_weights_is_found_once_and_has_a_part(model: Any) -> None:
    layers = list(weighted_layers(model))

    assert {layer.name: part_of(layer.name) for layer in layers} == {
        "conv_block_0": "backbone",
        "conv_block_1": "backbone",
        "bilstm_0": "rnn",
        "logits": "head",
    }
    assert sum(len(layer.weights) for layer in layers) == len(model.network.weights)


@pytest.mark.parametrize(
    ("name", "part"),
    [("stem", "backbone"), ("stage_1_block_0", "backbone"), ("bilstm_10", "rnn"),
     ("shortcut", "head"), ("attention", "head"), ("attention_head", "head")],
)  # fmt: skip
def test_the_part_follows_from_the_name(name: str, part: str) -> None:
    assert part_of(name) == part


@pytest.mark.parametrize(
    ("parts", "frozen"),
    [
        ((), []),
        (("backbone",), ["conv_block_0", "conv_block_1"]),
        (("conv_block_1", "rnn"), ["conv_block_1", "bilstm_0"]),
        (("head", "bilstm_0"), ["bilstm_0", "logits"]),
    ],
)
def test_parts_are_frozen_by_name(model: Any, parts: tuple[str, ...], frozen: list[str]) -> None:
    freeze(model, parts)

    assert frozen_layers(model) == frozen


@pytest.fixture(params=HEADS)
def model_of_head(
    request: pytest.FixtureRequest, tmp_path: Path, tiny_params: ParamsFactory
) -> Any:
    return get_model_train(
        tiny_params(tmp_path, head=request.param, attention_units=8, attention_size=8)
    )


def test_every_weight_of_every_head_has_one_layer(model_of_head: Any) -> None:
    layers = list(weighted_layers(model_of_head))

    owned = [id(weight) for layer in layers for weight in layer.weights]
    assert len(owned) == len(set(owned))
    assert {weight.path for weight in model_of_head.network.weights} == {
        weight.path for layer in layers for weight in layer.weights
    }
    heads = {layer.name for layer in layers if part_of(layer.name) == "head"}
    assert heads and heads <= {"logits", "decoder"}


@pytest.mark.parametrize("part", ["backbone", "rnn", "head"])
def test_a_part_is_frozen_and_the_others_are_trained_with_every_head(
    model_of_head: Any, part: str
) -> None:
    freeze(model_of_head, (part,))

    layers = list(weighted_layers(model_of_head))
    assert frozen_layers(model_of_head) == [x.name for x in layers if part_of(x.name) == part]
    trained = {variable.path for variable in model_of_head.trainable_variables}
    expected = {w.path for x in layers if part_of(x.name) != part for w in x.weights}
    assert trained == {path for path in expected if "seed_generator" not in path}


def test_a_layer_is_not_frozen_by_the_number_of_another() -> None:
    inputs = keras.Input((3,))
    outputs = inputs
    for name in ("stage_1_a", "stage_10_a", "logits"):
        outputs = keras.layers.Dense(3, name=name)(outputs)
    model = keras.Model(inputs, outputs)

    freeze(model, ("stage_1",))

    assert frozen_layers(model) == ["stage_1_a"]


def test_a_part_that_is_not_there_is_refused_with_those_that_are(model: Any) -> None:
    with pytest.raises(
        TrainingError, match=r"the network has no stem. Its layers are conv_block_0"
    ):
        freeze(model, ("stem",))


def test_freezing_everything_is_refused(model: Any) -> None:
    with pytest.raises(TrainingError, match=r"with backbone, rnn, head nothing is left to train"):
        freeze(model, ("backbone", "rnn", "head"))


def test_frozen_normalisation_keeps_its_statistics(model: Any) -> None:
    freeze(model, ("conv_block_0",))
    block = next(layer for layer in weighted_layers(model) if layer.name == "conv_block_0")
    before = [np.asarray(weight) for weight in block.weights]
    images = np.random.default_rng(1).normal(5.0, 3.0, (2, 32, 64, 1)).astype("float32")

    block(images, training=True)

    for weight, old in zip(block.weights, before, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), old)


def test_the_encoder_is_what_is_trained_but_the_head(model: Any) -> None:
    freeze(model, ("conv_block_0",))

    paths = {variable.path.split("/")[0] for variable in encoder_variables(model)}

    assert paths == {"conv_block_1", "bilstm_0"}
