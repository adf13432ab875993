"""The parts of a training model by their names: to freeze, or to train at a rate of their own."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from tf_crnn.config_keys.fine_tuning import BACKBONE, HEAD, RNN
from tf_crnn.errors import TrainingError

_RNN_LAYER = re.compile(r"bilstm_\d+")
# Layers that make logits of features, and what hangs on them.
_HEAD_LAYER = re.compile(r"(logits|shortcut|attention|decoder)(_.*)?")


def weighted_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers that hold weights, those of models inside the model too, each once.

    A layer may also be an attribute of a model, as a decoder that reads its features is.
    """
    seen: set[int] = set()
    pending = _direct_layers(model)
    while pending:
        layer = pending.pop(0)
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        if isinstance(layer, keras.Model):
            pending[:0] = _direct_layers(layer)
        elif layer.weights:
            yield layer


def part_of(layer_name: str) -> str:
    """`backbone`, `rnn` or `head`, of a layer's name."""
    if _RNN_LAYER.fullmatch(layer_name):
        return RNN
    return HEAD if _HEAD_LAYER.fullmatch(layer_name) else BACKBONE


def freeze(model: keras.Model, parts: Sequence[str]) -> None:
    """Have parts keep their weights and, where they normalise, their statistics.

    Args:
        model: of `get_model_train`, before its first step.
        parts: `backbone`, `rnn`, `head`, or layers by their name, or by the beginning of it.

    Raises:
        TrainingError: the model has no such part, or nothing is left to train.
    """
    # What acts in training alone is no part of what is kept, and would stay random.
    network = getattr(model, "network", model)
    layers = list(weighted_layers(network))
    for part in parts:
        frozen = [layer for layer in layers if _is_in(layer.name, part)]
        if not frozen:
            names = ", ".join(layer.name for layer in layers)
            raise TrainingError(f"freeze: the network has no {part}. Its layers are {names}.")
        for layer in frozen:
            layer.trainable = False
    if not network.trainable_variables:
        raise TrainingError(
            f"freeze: with {', '.join(parts)} nothing is left to train. Name fewer parts."
        )


def encoder_variables(model: keras.Model) -> list[Any]:
    """The trainable variables of all parts but the head."""
    return [
        variable
        for layer in weighted_layers(model)
        if part_of(layer.name) != HEAD
        for variable in layer.trainable_variables
    ]


def _direct_layers(model: keras.Model) -> list[Any]:
    attributes = [value for value in vars(model).values() if isinstance(value, keras.layers.Layer)]
    return [*model.layers, *attributes]


def _is_in(layer_name: str, part: str) -> bool:
    if part in (BACKBONE, RNN, HEAD):
        return part_of(layer_name) == part
    return layer_name == part or layer_name.startswith(f"{part}_")
