"""Weights of one model put into another with another alphabet: each unit takes its own along."""

import logging
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tf_crnn.alphabet import BLANK_CODE, Alphabet
from tf_crnn.checkpoints import (
    TRAINED_H5,
    ModelFiles,
    Save,
    load_params,
    load_weights,
    restore_trained,
)
from tf_crnn.config import Params
from tf_crnn.config_keys.fine_tuning import HEAD
from tf_crnn.errors import ModelFolderError
from tf_crnn.export.saved_model import load_exported_weights
from tf_crnn.fine_tuning import compare_units, find_weights
from tf_crnn.learning_rates import scale_learning_rate
from tf_crnn.model import get_model_train, get_network
from tf_crnn.model_parts import encoder_variables, freeze, part_of, weighted_layers

logger = logging.getLogger(__name__)

# The axis on which units stand in order of their codes, by the end of a variable's path.
UNIT_AXES = {
    "logits/kernel": -1,
    "logits/bias": -1,
    "embedding/embeddings": 0,
}
_UNITS_NAMED = 20


def prepare_fine_tuning(model: keras.Model, params: Params, *, is_resumed: bool) -> None:
    """Put the weights of `restore_from` into a new model, and set what of it is trained.

    Args:
        model: of `get_model_train`, before its first step.
        params: of the run, with the alphabet that it trains.
        is_resumed: the run's own save is loaded later, so that no weights are needed.

    Raises:
        ModelFolderError: the model of `restore_from` is missing, damaged or another network.
        TrainingError: `freeze` names what is not there, or everything.
    """
    if params.restore_from and not is_resumed:
        copy_weights(find_weights(params.restore_from), model, params.alphabet)
    freeze(model, params.freeze)
    scale_learning_rate(
        model.optimizer, encoder_variables(model), params.encoder_learning_rate_factor
    )


def copy_weights(files: ModelFiles, model: keras.Model, alphabet: Alphabet) -> None:
    """Set the weights of a new model to those of a trained one.

    What belongs to a unit follows the unit. A new unit begins as the mean of the old ones plus what
    a new layer has there: as probable as any, and unlike the others.

    Args:
        files: of the trained model.
        model: of `get_model_train` or `get_network`, just made.
        alphabet: of the new model.
    """
    params = load_params(files.folder)
    trained = {layer.name: layer for layer in weighted_layers(_load_trained(files, params))}
    rows = UnitRows(params.alphabet, alphabet)
    anew = [
        layer.name
        for layer in weighted_layers(model)
        if layer.name not in trained or not _copy_layer(trained[layer.name], layer, rows)
    ]
    if anew:
        logger.warning("%s: holds no such %s, which begins anew", files.folder, ", ".join(anew))
    units = compare_units(params.alphabet, alphabet)
    logger.info(
        "begins with the model %s: %s units kept; new: %s; dropped: %s",
        files.folder, len(units.kept), _count(units.new), _count(units.dropped),
    )  # fmt: skip


class UnitRows:
    """Where the rows of units stand before and after.

    Args:
        old: alphabet of the rows that there are.
        new: alphabet of those that are wanted.
    """

    def __init__(self, old: Alphabet, new: Alphabet) -> None:
        """Pair the codes; the blank stays the blank."""
        self.n_old = old.n_classes
        self.old_codes = [BLANK_CODE]
        self.new_codes = [BLANK_CODE]
        self.added: list[int] = []
        for unit, code in new.lookup_str2int.items():
            if unit in old.lookup_str2int:
                self.old_codes.append(old.lookup_str2int[unit])
                self.new_codes.append(code)
            else:
                self.added.append(code)

    def fit(self, old: NDArray[Any], fresh: NDArray[Any], axis: int) -> bool:
        """Whether two arrays differ in nothing but their units."""
        shape = list(fresh.shape)
        shape[axis] = self.n_old
        return old.shape == tuple(shape)

    def moved(self, old: NDArray[Any], fresh: NDArray[Any], axis: int) -> NDArray[Any]:
        """The rows of the old units in the order of the new ones.

        Args:
            old: with `n_old` rows on `axis`.
            fresh: of the new layer, which `fit`.
            axis: on which units stand.

        Returns:
            Of the shape of `fresh`.
        """
        before = np.moveaxis(old, axis, 0)
        after = np.moveaxis(fresh.copy(), axis, 0)
        after[self.added] += before[BLANK_CODE + 1 :].mean(axis=0)
        after[self.new_codes] = before[self.old_codes]
        return np.moveaxis(after, 0, axis)


def unit_axis(path: str) -> int | None:
    """The axis of a variable on which units stand, if there is one."""
    return next((axis for end, axis in UNIT_AXES.items() if path.endswith(end)), None)


def _copy_layer(old: Any, new: Any, rows: UnitRows) -> bool:
    """Set a layer's weights to those of another; false if it is of the head and has other ones."""
    values = [_follow_units(*pair, rows) for pair in zip(old.weights, new.weights, strict=False)]
    shapes = [value.shape for value in values]
    if shapes == [tuple(weight.shape) for weight in new.weights]:
        for target, value in zip(new.weights, values, strict=True):
            target.assign(value)
        return True
    if part_of(new.name) == HEAD:
        return False
    raise ModelFolderError(
        f"restore_from: {new.name} has weights {shapes} in the model and "
        f"{[tuple(weight.shape) for weight in new.weights]} here. Give the network's keys of its "
        "config.json."
    )


def _follow_units(old: Any, new: Any, rows: UnitRows) -> NDArray[Any]:
    values, fresh = ops.convert_to_numpy(old), ops.convert_to_numpy(new)
    axis = unit_axis(new.path)
    if axis is None or not rows.fit(values, fresh, axis):
        return values
    return rows.moved(values, fresh, axis)


def _load_trained(files: ModelFiles, params: Params) -> keras.Model:
    """A model with the weights to read with, and where they were kept, those of training alone."""
    if files.is_export or not (files.folder / TRAINED_H5).is_file():
        network = get_network(params)
        (load_exported_weights if files.is_export else load_weights)(network, files.folder)
        return network
    model = get_model_train(params)
    freeze(model, params.freeze)  # what was frozen is not among what was kept
    restore_trained(Save(files.folder, {}), model, model.network)
    load_weights(model.network, files.folder)
    return model


def _count(units: list[str]) -> str:
    """How many units, and which."""
    if not units:
        return "none"
    more = ", ..." if len(units) > _UNITS_NAMED else ""
    return f"{len(units)} ({', '.join(map(repr, units[:_UNITS_NAMED]))}{more})"
