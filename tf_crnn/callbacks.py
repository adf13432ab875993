"""The documented Keras callbacks: saving, restoring, writing predictions, logging the rate."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tf_crnn.checkpoints import (
    Save,
    best_save,
    list_saves,
    load_weights,
    remove_save,
    restore_optimizer,
    restore_trained,
    write_save,
)
from tf_crnn.config import Params
from tf_crnn.decoding.greedy import greedy_codes
from tf_crnn.errors import ModelFolderError
from tf_crnn.samples import escape_path

__all__ = [
    "CustomLoaderCallback",
    "CustomPredictionSaverCallback",
    "CustomSavingCallback",
    "LRTensorBoard",
]

# What the stock callbacks count from epoch to epoch, by class.
_COUNTED = {
    keras.callbacks.ReduceLROnPlateau: ("best", "wait", "cooldown_counter"),
    keras.callbacks.EarlyStopping: ("best", "wait"),
}


class CustomSavingCallback(keras.callbacks.Callback):
    """Saves the training after every epoch, so that it can be gone on with.

    Of these saves the last one stays, the one with the lowest validation CER, and of those at every
    `saving_freq` epochs the newest `keep_max_models`.

    Args:
        output_dir: folder of the saves.
        saving_freq: epochs between two saves that stay.
        save_best_only: a save at `saving_freq` stays only if it is the best so far.
        keep_max_models: how many of those stay.
        params: written beside the weights, with the alphabet.
        companions: ReduceLROnPlateau and EarlyStopping callbacks whose counts are saved too.

    Attributes:
        epochs_done: in all, those before a restart included.
        planned_epochs: when the training is to end, for a schedule that is gone on with.
        minutes_before: that count already, from before a restart.
        history: the metrics of each epoch done, with its number as `epoch`.
    """

    def __init__(
        self,
        output_dir: str | os.PathLike[str],
        saving_freq: int,
        save_best_only: bool = False,
        keep_max_models: int = 5,
        *,
        params: Params,
        companions: tuple[keras.callbacks.Callback, ...] = (),
    ) -> None:
        """Nothing is written yet."""
        super().__init__()
        self.saving_folder = Path(output_dir)
        self.saving_freq = saving_freq
        self.save_best_only = save_best_only
        self.keep_max_models = keep_max_models
        self.parameters = params
        self.companions = companions
        self.epochs_done = 0
        self.planned_epochs = 0
        self.minutes_before = 0.0
        self.history: list[dict[str, float]] = []
        self._started = time.monotonic()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Start the clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save, then remove the saves that need not stay."""
        self.epochs_done = epoch + 1
        metrics = {key: float(value) for key, value in (logs or {}).items()}
        self.history.append({"epoch": self.epochs_done, **metrics})
        self.save(logs or {}, keep=self.epochs_done % self.saving_freq == 0)

    def save(self, logs: Mapping[str, Any], *, keep: bool = False) -> Save:
        """Write a save now; `logs` are the metrics of the last epoch."""
        saves = list_saves(self.saving_folder)
        best_before = min((s.state.get("val_cer", np.inf) for s in saves), default=np.inf)
        if self.save_best_only:
            keep = keep and logs.get("val_cer", np.inf) < best_before
        metrics = {key: float(value) for key, value in logs.items()}
        state = {
            **metrics,
            "epoch": self.epochs_done,
            "planned_epochs": self.planned_epochs,
            "keep": keep,
            "minutes": self.minutes_before + (time.monotonic() - self._started) / 60,
            "callbacks": {_name(companion): _counts(companion) for companion in self.companions},
            "history": self.history,
        }
        network = getattr(self.model, "network", self.model)
        written = write_save(self.saving_folder, self.model, network, self.parameters, state)
        self._prune([*saves, written])
        return written

    def _prune(self, saves: list[Save]) -> None:
        kept = [save for save in saves if save.state["keep"]][-self.keep_max_models :]
        staying = {save.folder for save in (*kept, best_save(saves), saves[-1])}
        for save in saves:
            if save.folder not in staying:
                remove_save(save)


class CustomLoaderCallback(keras.callbacks.Callback):
    """Sets weights, optimizer state, learning rate and the counts of other callbacks to a save's.

    Args:
        loading_dir: a save, `saving/<stamp>/`.
        companions: the callbacks whose counts are restored, each from those of its class. They
            reset themselves when the training begins, so this callback must come after them.

    Attributes:
        learning_rate: replaces the save's, if it is set before the training begins.

    Raises:
        ModelFolderError: the folder is no save.
    """

    def __init__(
        self,
        loading_dir: str | os.PathLike[str],
        companions: tuple[keras.callbacks.Callback, ...] = (),
    ) -> None:
        """Read the progress, not yet the weights."""
        super().__init__()
        folder = Path(loading_dir)
        found = [save for save in list_saves(folder.parent) if save.folder.name == folder.name]
        if not found:
            raise ModelFolderError(f"{folder}: is no save. Give a folder saving/<stamp>/ of a run.")
        self.loaded = found[0]
        self.companions = companions
        self.learning_rate: float | None = None

    def set_model(self, model: Any) -> None:
        """Load the weights and the optimizer's variables."""
        super().set_model(model)
        # Built first: the weights file of a compiled model holds the optimizer's variables too.
        model.optimizer.build(model.trainable_variables)
        network = getattr(model, "network", model)
        load_weights(network, self.loaded.folder)
        restore_trained(self.loaded, model, network)
        restore_optimizer(self.loaded, model.optimizer)
        if self.learning_rate is not None:
            model.optimizer.learning_rate = self.learning_rate

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Give the other callbacks their counts back."""
        saved = self.loaded.state["callbacks"]
        if isinstance(saved, list):
            # Older saves keep them by place alone.
            names = map(_name, self.companions)
            saved = (
                dict(zip(names, saved, strict=True)) if len(saved) == len(self.companions) else {}
            )
        for companion in self.companions:
            for name, value in saved.get(_name(companion), {}).items():
                setattr(companion, name, value)


class CustomPredictionSaverCallback(keras.callbacks.Callback):
    """Writes the readings of `get_model_inference(...).predict` to a text file.

    One line an image, `path;text`, in `<output_dir>/predictions-<seconds since 1970>.txt`.

    Args:
        output_dir: made if need be.
        parameters: for the alphabet and the delimiter.
    """

    def __init__(self, output_dir: str | os.PathLike[str], parameters: Params) -> None:
        """Nothing is written yet."""
        super().__init__()
        self.output_dir = Path(output_dir)
        self.parameters = parameters
        self.path: Path | None = None
        self._stream: Any = None

    def on_predict_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Open a new file."""
        self.output_dir.mkdir(parents=True, exist_ok=True)
        stamp = int(time.time())
        while (path := self.output_dir / f"predictions-{stamp}.txt").exists():
            stamp += 1
        self.path = path
        self._stream = path.open("w", encoding="utf-8")

    def on_predict_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Write the readings of one batch."""
        probs, time_steps, names = (np.asarray(output) for output in (logs or {})["outputs"])
        readings = greedy_codes(probs, time_steps)
        for name, codes in zip(names.ravel(), readings, strict=True):
            path = name.decode() if isinstance(name, bytes) else str(name)
            text = self.parameters.text_rules.read_text(self.parameters.line_codes.decode(codes))
            delimiter = self.parameters.csv_delimiter
            self._stream.write(f"{escape_path(path, delimiter)}{delimiter}{text}\n")

    def on_predict_end(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Close the file."""
        self._stream.close()


class LRTensorBoard(keras.callbacks.TensorBoard):
    """Keras' TensorBoard callback, with the learning rate as scalar `lr` too.

    Args:
        log_dir: folder of the event files.
        **kwargs: of `keras.callbacks.TensorBoard`.
    """

    def __init__(self, log_dir: str | os.PathLike[str], **kwargs: Any) -> None:
        """Nothing is written yet."""
        super().__init__(log_dir=os.fspath(log_dir), **kwargs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the scalars of the epoch."""
        super().on_epoch_end(epoch, logs)
        # The stock callback would put `epoch_` before the name.
        with self._train_writer.as_default():
            rate = np.asarray(self.model.optimizer.learning_rate)
            self.summary.scalar("lr", rate, step=epoch)


def _name(callback: keras.callbacks.Callback) -> str:
    return type(callback).__name__


def _counts(callback: keras.callbacks.Callback) -> dict[str, float]:
    for kind, names in _COUNTED.items():
        if isinstance(callback, kind):
            values = {name: getattr(callback, name, None) for name in names}
            return {name: float(value) for name, value in values.items() if value is not None}
    return {}
