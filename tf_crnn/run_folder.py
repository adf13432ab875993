"""The folder of a run: made, or gone on with, and never overwritten."""

import dataclasses
import os
from pathlib import Path
from typing import Any

from tf_crnn.checkpoints import (
    ALPHABET_JSON,
    CONFIG_JSON,
    EXPORT,
    FINE_TUNED_FROM_JSON,
    LOGS,
    PREPROCESSED,
    RECORD,
    REPORTS,
    SAMPLES,
    SAVING,
    list_saves,
    load_params,
)
from tf_crnn.config import Params
from tf_crnn.config_keys.network import NetworkKeys, keys_without_effect
from tf_crnn.errors import ModelFolderError
from tf_crnn.stamped import stamped_folders

_WRITTEN_FIRST = {
    CONFIG_JSON, ALPHABET_JSON, FINE_TUNED_FROM_JSON, PREPROCESSED, LOGS, SAVING,
}  # fmt: skip


class RunFolder:
    """Paths of a run."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Nothing is made or read yet."""
        self.path = Path(path)
        self.config_file = self.path / CONFIG_JSON
        self.alphabet_file = self.path / ALPHABET_JSON
        self.saving = self.path / SAVING
        self.export = self.path / EXPORT
        self.logs = self.path / LOGS
        self.reports = self.path / REPORTS
        self.samples = self.path / SAMPLES

    def start(self, params: Params) -> None:
        """Make the folder with its config and alphabet.

        Raises:
            ModelFolderError: see `check`; or the folder cannot be made.
        """
        self.check(params)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            params.save(self.config_file)
            params.alphabet.save(self.alphabet_file)
        except OSError as error:
            raise ModelFolderError(
                f"{self.path}: cannot be made ({error.strerror}). Give another output_model_dir."
            ) from error

    def check(self, params: Params) -> None:
        """Check that a training can use the folder; nothing is written.

        Raises:
            ModelFolderError: it exists and `restore_model` is off; or it is on and there is nothing
                to go on with, or alphabet, text rules or network are others than those saved.
        """
        if params.restore_model:
            self._check_restorable(params)
        elif self.path.exists() and not self._is_left_by_a_failed_start():
            raise ModelFolderError(
                f"{self.path}: exists already and is not overwritten. Go on with that run: add "
                "restore_model=true. Or start another one: give a new output_model_dir, as in "
                f"output_model_dir={self.path.resolve().name}_2."
            )

    def _is_left_by_a_failed_start(self) -> bool:
        """Whether the folder is empty, or holds only what is written before the training begins."""
        if not self.path.is_dir():
            return False
        # An observer may have begun the record of this very run.
        names = {path.name for path in self.path.iterdir()} - {RECORD}
        without_save = names <= _WRITTEN_FIRST and not stamped_folders(self.saving)
        return not names or (PREPROCESSED in names and without_save)

    def _check_restorable(self, params: Params) -> None:
        saves = list_saves(self.saving)
        if not saves:
            raise ModelFolderError(
                f"{self.path}: restore_model=true, but there is no save in {self.saving}. Leave "
                "restore_model out, and give a new output_model_dir if the folder exists."
            )
        saved = load_params(saves[-1].folder)
        if saved.alphabet.lookup_str2int != params.alphabet.lookup_str2int:
            raise ModelFolderError(
                f"{self.path}: was trained with another alphabet than "
                f"{params.lookup_alphabet_file}. Use lookup_alphabet_file={self.alphabet_file}."
            )
        if other := params.text_rules.differences(saved.text_rules):
            listed = "; ".join(f"{difference.key} was {difference.other!r}" for difference in other)
            raise ModelFolderError(
                f"{self.path}: was trained with other text rules: {listed}. Give these values to "
                "go on, or a new output_model_dir."
            )
        without_effect = keys_without_effect(params.backbone)
        changed = [
            key
            for key in NETWORK_KEYS
            if key not in without_effect
            and _in_save(key, getattr(saved, key)) != _in_save(key, getattr(params, key))
        ]
        if changed:
            listed = "; ".join(f"{key} was {getattr(saved, key)}" for key in changed)
            raise ModelFolderError(
                f"{self.path}: was trained with another network: {listed}. Give these "
                "values to go on, or a new output_model_dir."
            )


# Of the saved state, only that of the optimizer depends on these.
OPTIMIZER_KEYS = ("optimizer", "freeze", "ema_momentum", "gradient_accumulation")
# They change nothing that a save holds.
FREE_KEYS = ("rnn_dropout", "head_dropout", "shortcut_dropout", "feature_masking_span")
# Layers that act in training alone depend on these.
TRAINING_LAYER_KEYS = ("feature_masking", "shortcut_loss_weight")
# What stands on the features depends on these.
HEAD_KEYS = (
    "head",
    "attention_cell",
    "attention_units",
    "attention_layers",
    "attention_embedding",
    "attention_size",
    "attention_kernel",
)
# A save fits only a network for which these are the same.
NETWORK_KEYS = (
    *(field.name for field in dataclasses.fields(NetworkKeys) if field.name not in FREE_KEYS),
    *HEAD_KEYS,
    *OPTIMIZER_KEYS,
)


def _in_save(key: str, value: Any) -> Any:
    """What of a value a save depends on."""
    return bool(value) if key in TRAINING_LAYER_KEYS or key == "ema_momentum" else value


def reports_folder(model: str | os.PathLike[str]) -> Path:
    """Where reports about a model go: into the run folder, if the model lies in one."""
    folder = Path(model).resolve()
    for run in (folder.parent, folder.parent.parent):
        inside = folder.relative_to(run).parts[0]
        if inside in (SAVING, EXPORT) and (run / CONFIG_JSON).is_file():
            return run / REPORTS
    return folder / REPORTS
