"""The run folder: its paths, saves that survive a crash at any moment, and which model to load.

This is the only module that knows the paths inside a run folder.

    config.json  alphabet.json  preprocessed/  saving/<stamp>/  export/<stamp>/  logs/  reports/

A folder with a stamp (seconds since 1970) is written under another name and renamed when it is
complete, so that whatever has a stamp for a name can be read.
"""

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from tf_crnn.averages import averaged_weights
from tf_crnn.config import CONST, Params, import_params_from_json
from tf_crnn.errors import ModelFolderError
from tf_crnn.stamped import read_json, stamped_folders, write_stamped

logger = logging.getLogger(__name__)

CONFIG_JSON = "config.json"
ALPHABET_JSON = "alphabet.json"
SAVING = "saving"
EXPORT = "export"
REPORTS = "reports"
SAMPLES = "samples"
RECORD = "record"
LOGS = "logs"
WEIGHTS_H5 = "model.weights.h5"
OPTIMIZER_H5 = "optimizer.h5"
TRAINED_H5 = "trained.h5"
STATE_JSON = "state.json"
PREPROCESSED = CONST.PREPROCESSING_FOLDER
SAVED_MODEL_PB = "saved_model.pb"
CALIBRATION_JSON = "calibration.json"
LANGUAGE_MODEL_NPZ = "language_model.npz"
DECODING_JSON = "decoding.json"
LEXICON_TXT = "lexicon.txt"
EXPORTED_WEIGHTS = "variables/variables.data-00000-of-00001"
FINE_TUNED_FROM_JSON = "fine_tuned_from.json"


class Save(NamedTuple):
    """A complete save: its folder, and what `state.json` in it says."""

    folder: Path
    state: dict[str, Any]


class ModelFiles(NamedTuple):
    """What MODEL means: a folder with config and alphabet beside the weights or the SavedModel."""

    folder: Path
    is_export: bool


def write_save(
    saving_folder: Path, model: Any, network: Any, params: Params, state: dict[str, Any]
) -> Save:
    """Write weights, optimizer state and progress as `saving/<stamp>/`; all of it or nothing.

    The weights are those to read with. Where the training goes on from others (before they were
    averaged) or has more (a second head), those are kept beside them.

    Args:
        saving_folder: made if need be.
        model: Keras model with an optimizer.
        network: Keras model whose weights are kept.
        params: written beside the weights, with the alphabet.
        state: JSON-ready progress of the training.
    """

    def fill(folder: Path) -> None:
        with averaged_weights(model):
            network.save_weights(folder / WEIGHTS_H5)
        if others := other_weights(model, network):
            _write_variables(folder / TRAINED_H5, others)
        _write_variables(folder / OPTIMIZER_H5, model.optimizer.variables)
        write_companions(folder, params)
        (folder / STATE_JSON).write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")

    return Save(write_stamped(saving_folder, fill), state)


def load_weights(network: Any, folder: Path) -> None:
    """Set a network's weights to those of a save folder.

    Raises:
        ModelFolderError: the file is damaged, or of another network.
    """
    try:
        network.load_weights(folder / WEIGHTS_H5)
    except (OSError, ValueError, KeyError) as error:
        raise damaged(folder / WEIGHTS_H5, error) from error


def damaged(path: Path, error: Exception) -> ModelFolderError:
    """What to raise for a file of a model that cannot be read."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ModelFolderError(
        f"{path}: is damaged or does not belong to this model ({reason}). Remove its folder, then "
        f"another save or export is taken, or copy it again."
    )


def other_weights(model: Any, network: Any) -> list[Any]:
    """Weights that a training goes on from and that are not among those to read with.

    Those of layers that act in training alone and, where averages are read with, the trained ones.
    """
    inside = {id(weight) for weight in network.weights}
    alone = [weight for weight in model.weights if id(weight) not in inside]
    if not hasattr(model.optimizer, "averages"):
        return alone
    return alone + [weight for weight in model.trainable_variables if id(weight) in inside]


def restore_trained(save: Save, model: Any, network: Any) -> None:
    """Set `other_weights` of a training to those of a save, if it has such.

    Raises:
        ModelFolderError: they are of another network.
    """
    if (save.folder / TRAINED_H5).is_file():
        _restore(save.folder / TRAINED_H5, other_weights(model, network))


def restore_optimizer(save: Save, optimizer: Any) -> None:
    """Set the optimizer's variables (steps, learning rate, moments) to those of a save.

    Raises:
        ModelFolderError: they are of another optimizer or network.
    """
    _restore(save.folder / OPTIMIZER_H5, optimizer.variables)


def _restore(path: Path, variables: Any) -> None:
    try:
        with h5py.File(path, "r") as file:
            values = [file[name][()] for name in sorted(file)]
    except OSError as error:
        raise damaged(path, error) from error
    if [v.shape for v in values] != [tuple(v.shape) for v in variables]:
        raise ModelFolderError(
            f"{path.parent}: holds the state of another optimizer or network. Use the "
            "optimizer and network of that run's config.json."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def write_companions(folder: Path, params: Params) -> None:
    """Write config, alphabet and lexicon, with which the folder works wherever it is copied."""
    params.save(folder / CONFIG_JSON)
    params.alphabet.save(folder / ALPHABET_JSON)
    copy_lexicon(params, folder)


def copy_lexicon(params: Params, folder: Path) -> None:
    """Copy the lexicon of the parameters, if they name one, into a folder of a model."""
    target = folder / LEXICON_TXT
    if params.lexicon is None or Path(params.lexicon).resolve() == target.resolve():
        return
    try:
        shutil.copyfile(params.lexicon, target)
    except OSError as error:
        logger.warning(
            "lexicon: %s cannot be copied beside the model (%s). Put the words there as %s, or "
            "read with --lexicon FILE.", params.lexicon, error.strerror, LEXICON_TXT,
        )  # fmt: skip


def remove_save(save: Save) -> None:
    """Remove a save; a crash in the middle leaves no folder that looks complete."""
    (save.folder / STATE_JSON).unlink()
    shutil.rmtree(save.folder)


def list_saves(saving_folder: Path) -> list[Save]:
    """All complete saves, oldest first; other files are passed over."""
    return [
        Save(folder, read_json(folder / STATE_JSON))
        for folder in stamped_folders(saving_folder)
        if (folder / STATE_JSON).is_file()
    ]


def last_export(export_folder: Path) -> Save | None:
    """The newest export, if there is one."""
    folders = [f for f in stamped_folders(export_folder) if (f / SAVED_MODEL_PB).is_file()]
    if not folders:
        return None
    return Save(folders[-1], read_state(folders[-1]))


def read_state(folder: Path) -> dict[str, Any]:
    """What is known of the model in a save or export folder; empty if nothing is written there."""
    path = folder / STATE_JSON
    return read_json(path) if path.is_file() else {}


def best_save(saves: list[Save]) -> Save:
    """The save with the lowest validation CER, of equals that with the lowest loss."""
    return min(saves, key=lambda save: validation_rank(save.state))


def find_model(path: str | os.PathLike[str]) -> ModelFiles:
    """The model that a run folder, its `saving/` or `export/`, or one of their folders stands for.

    In a run folder the better of the last export and the best save is taken.

    Raises:
        ModelFolderError: there is no model; the message says where was looked.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ModelFolderError(
            f"{folder}: no such folder. Give a run folder, its saving/ or export/."
        )
    for candidate in (folder, folder / EXPORT, folder / SAVING):
        if candidate != folder and not candidate.is_dir():
            continue
        if (candidate / SAVED_MODEL_PB).is_file():
            return ModelFiles(candidate, is_export=True)
        if (candidate / WEIGHTS_H5).is_file():
            return ModelFiles(candidate, is_export=False)
    return _best_of_stamped(folder)


def load_params(folder: Path) -> Params:
    """The parameters of a save or export folder, with the alphabet that lies beside them.

    So does the lexicon; of models of before it was copied, the configured one is taken.

    Raises:
        ModelFolderError: config.json or alphabet.json is missing.
    """
    for name in (CONFIG_JSON, ALPHABET_JSON):
        if not (folder / name).is_file():
            raise ModelFolderError(
                f"{folder}: {name} is missing. Copy the whole folder of the model."
            )
    values = import_params_from_json(json_filename=folder / CONFIG_JSON)
    values["lookup_alphabet_file"] = str(folder / ALPHABET_JSON)
    if values.get("lexicon") and (folder / LEXICON_TXT).is_file():
        values["lexicon"] = str(folder / LEXICON_TXT)
    return Params(**values)


def _best_of_stamped(folder: Path) -> ModelFiles:
    exports, saves = [], []
    for parent in (folder, folder / EXPORT, folder / SAVING):
        exports += [f for f in stamped_folders(parent) if (f / SAVED_MODEL_PB).is_file()]
        saves += list_saves(parent)
    saves = [save for save in saves if (save.folder / WEIGHTS_H5).is_file()]
    if not exports and not saves:
        raise ModelFolderError(
            f"{folder}: holds no model (looked for saved_model.pb and {WEIGHTS_H5} here, in "
            f"{EXPORT}/ and in {SAVING}/). Give the output_model_dir of a run that has ended an "
            "epoch."
        )
    if not saves:
        return ModelFiles(exports[-1], is_export=True)
    best = best_save(saves)
    if exports and validation_rank(read_state(exports[-1])) <= validation_rank(best.state):
        return ModelFiles(exports[-1], is_export=True)
    return ModelFiles(best.folder, is_export=False)


def validation_rank(state: dict[str, Any]) -> tuple[float, float]:
    """CER and loss of a save or an export, from its `state.json`; lower is better."""
    measured = (state.get("val_cer"), state.get("val_loss"))
    return tuple(float("inf") if value is None else float(value) for value in measured)  # type: ignore[return-value]


def _write_variables(path: Path, variables: Any) -> None:
    with h5py.File(path, "w") as file:
        for index, variable in enumerate(variables):
            file[f"{index:06d}"] = np.asarray(variable)
