"""The training journey: from parameters to a run folder with saves, exports and a report."""

import logging
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras

from tf_crnn.calibrating import calibrate
from tf_crnn.callbacks import CustomLoaderCallback, CustomSavingCallback, LRTensorBoard
from tf_crnn.checkpoints import (
    Save,
    best_save,
    last_export,
    list_saves,
    load_params,
    load_weights,
    validation_rank,
)
from tf_crnn.config import Params
from tf_crnn.data_handler import batches_for, log_unreadable, to_dataset
from tf_crnn.evaluation import EvaluationResult, summarise
from tf_crnn.export.saved_model import export_saved_model
from tf_crnn.fine_tuning import resolved, write_origin
from tf_crnn.fine_tuning_weights import prepare_fine_tuning
from tf_crnn.language_learning import learn_after_training
from tf_crnn.loader import PredictionModel
from tf_crnn.model import TrainingModel, get_model_train, get_network
from tf_crnn.preprocessing import PreprocessedData, data_preprocessing
from tf_crnn.reports.write import write_full_report
from tf_crnn.rule_warnings import warn_before_training
from tf_crnn.run_folder import RunFolder
from tf_crnn.run_log import RunLog, Unrecorded
from tf_crnn.sample_callback import SampleCallback
from tf_crnn.samples import as_paths
from tf_crnn.stamped import stamped_folders
from tf_crnn.synthesis.for_training import synthetic_share
from tf_crnn.training_callbacks import (
    BestModelExporter,
    EpochClock,
    EpochSeeds,
    InterruptGuard,
    LossGuard,
    MetricLogger,
    ValidationCallback,
)

logger = logging.getLogger(__name__)


class TrainingResult(NamedTuple):
    """What a training came to.

    Attributes:
        evaluation: of the best model on all lines of the validation CSVs.
        best_epoch: whose model had the lowest validation CER, counted from 1.
        epochs: done in all.
        lines_seen: training lines, repeats counted.
        export_folder: of the best model.
        report_folder: of `write_full_report`.
    """

    evaluation: EvaluationResult
    best_epoch: int
    epochs: int
    lines_seen: int
    export_folder: Path
    report_folder: Path

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready numbers."""
        return {
            "cer": self.evaluation.counts.cer,
            "wer": self.evaluation.counts.wer,
            "exact_match": self.evaluation.counts.exact_match,
            "cer_interval": self.evaluation.intervals.cer.as_pair(),
            "n_lines": self.evaluation.counts.n_lines,
            "best_epoch": self.best_epoch,
            "epochs": self.epochs,
            "lines_seen": self.lines_seen,
        }


def train(
    params: Params,
    run: RunLog | None = None,
    *,
    about: Mapping[str, Any] | None = None,
    progress_bar: bool = True,
) -> TrainingResult:
    """Train a recogniser; everything it leaves is in `params.output_model_dir`.

    Args:
        params: of `Params.for_training`.
        run: is given each metric, picture and report.
        about: what else the report should say, such as the fingerprint of the data; JSON-ready.
        progress_bar: a bar that moves within the epoch; otherwise one line an epoch.

    Raises:
        ModelFolderError: the folder exists already, or cannot be gone on with.
        DataError: no usable line.
        TrainingError: the loss became infinite.
        KeyboardInterrupt: the user stopped it; everything learnt has been saved.
    """
    params = resolved(params)
    folder = RunFolder(params.output_model_dir)
    folder.start(params)
    origin = write_origin(params)
    warn_before_training(params)
    data = data_preprocessing(params)
    training = Training(params, folder, data, run or Unrecorded())
    training.run(verbose=1 if progress_bar else 2)
    return training.finish({**origin, **(about or {})})


class Training:
    """One training and the things it needs until it ends.

    Args:
        params: of the run.
        folder: made already.
        data: preprocessed lines.
        run_log: is given each metric, picture and report.
    """

    def __init__(
        self, params: Params, folder: RunFolder, data: PreprocessedData, run_log: RunLog
    ) -> None:
        """Build the model and index the lines."""
        self.params = params
        self.folder = folder
        self.run_log = run_log
        self.lines = batches_for(
            data.csv_train,
            params,
            batch_size=params.train_batch_size,
            augment=params.data_augmentation,
            shuffle=True,
            synthetic=synthetic_share(params, data.csv_train),
        )
        self.validation_lines = batches_for(
            data.csv_eval, params, batch_size=params.eval_batch_size, augment=False, shuffle=False
        )
        saves = list_saves(folder.saving) if params.restore_model else []
        self.restored: Save | None = saves[-1] if saves else None
        self.model: TrainingModel = get_model_train(params)
        prepare_fine_tuning(self.model, params, is_resumed=bool(self.restored))

    def run(self, verbose: int) -> None:
        """Fit, until the epochs are done or something ends it."""
        initial_epoch = int(self.restored.state["epoch"]) if self.restored else 0
        saver, callbacks = self._callbacks()
        saver.epochs_done = initial_epoch
        logger.info(
            "training on %s lines in %s batches, validating on %s lines",
            f"{self.lines.n_lines:,}",
            f"{self.lines.n_batches:,}",
            f"{self.validation_lines.n_lines:,}",
        )
        try:
            self.model.fit(
                to_dataset(self.lines, initial_epoch=initial_epoch),
                initial_epoch=initial_epoch,
                epochs=initial_epoch + self.params.n_epochs,
                steps_per_epoch=self.lines.n_batches,
                callbacks=callbacks,
                shuffle=False,  # the lines come shuffled
                verbose=verbose,
            )
        except KeyboardInterrupt:
            self._save_interrupted(saver)
            raise

    def finish(self, about: Mapping[str, Any]) -> TrainingResult:
        """Export the best model if it is not yet, evaluate it and write the report."""
        saves = list_saves(self.folder.saving)
        best, last = best_save(saves), saves[-1]
        export_folder = export_best(self.folder, self.params)
        learn_after_training(export_folder, self.params)
        model = PredictionModel(export_folder)
        evaluation = calibrate(model, as_paths(self.params.csv_files_eval or ()))
        report_folder = self.folder.reports / export_folder.name
        write_full_report(
            report_folder,
            evaluation,
            history=last.state.get("history", ()),
            config=self.params.to_dict(),
            about={"model": str(export_folder), "epoch": best.state["epoch"], **about},
        )
        for path in sorted(report_folder.iterdir()):
            self.run_log.add_artifact(str(path))
        logger.info("best model, of epoch %s:\n%s", best.state["epoch"], summarise(evaluation))
        log_unreadable((self.lines, self.validation_lines))
        epochs = int(last.state["epoch"])
        return TrainingResult(
            evaluation=evaluation,
            best_epoch=int(best.state["epoch"]),
            epochs=epochs,
            lines_seen=epochs * self.lines.n_lines,
            export_folder=export_folder,
            report_folder=report_folder,
        )

    def _callbacks(self) -> tuple[CustomSavingCallback, list[keras.callbacks.Callback]]:
        """In the order in which they must act at the end of an epoch."""
        params = self.params
        counting = _counting_callbacks(params)
        saver = CustomSavingCallback(
            self.folder.saving,
            params.save_interval,
            keep_max_models=params.keep_max_models,
            params=params,
            companions=counting,
        )
        if self.restored:
            saver.minutes_before = self.restored.state["minutes"]
            saver.history = list(self.restored.state.get("history", ()))
        exporter = BestModelExporter(
            params.evaluate_every_epoch, partial(export_best, self.folder, params)
        )
        callbacks = [
            InterruptGuard(),
            EpochSeeds(params.seed),
            LossGuard(self.lines),
            ValidationCallback(self.validation_lines, params.alphabet),
            EpochClock(params.max_minutes, saver.minutes_before),
            *counting,
            LRTensorBoard(self.folder.logs),
            MetricLogger(self.run_log.log_scalar),
            SampleCallback(
                self.validation_lines,
                params,
                self.folder.samples,
                every=params.sample_every_epoch,
                on_written=lambda path: self.run_log.add_artifact(str(path)),
            ),
            saver,
            exporter,
        ]
        if self.restored:
            loader = CustomLoaderCallback(self.restored.folder, counting)
            if params.learning_rate != load_params(self.restored.folder).learning_rate:
                loader.learning_rate = params.learning_rate
            callbacks.append(loader)
        return saver, callbacks

    def _save_interrupted(self, saver: CustomSavingCallback) -> None:
        last = list_saves(self.folder.saving)
        metrics = {
            key: value
            for key, value in (last[-1].state if last else {}).items()
            if isinstance(value, float) and key != "minutes"
        }
        saved = saver.save(metrics)
        logger.warning(
            "interrupted after %s whole epochs; saved in %s. Go on with the same command and "
            "restore_model=true.", saver.epochs_done, saved.folder,
        )  # fmt: skip


def _counting_callbacks(params: Params) -> tuple[keras.callbacks.Callback, ...]:
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss",
        min_delta=params.early_stopping_min_delta,
        patience=params.early_stopping_patience,
        verbose=1,
    )
    if not params.reduce_lr_factor:
        return (stopping,)
    plateau = keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss",
        factor=params.reduce_lr_factor,
        patience=params.reduce_lr_patience,
        min_lr=params.min_learning_rate,
        verbose=1,
    )
    return (plateau, stopping)


def export_best(folder: RunFolder, params: Params) -> Path:
    """Export the best save, unless the last export is as good.

    Returns:
        The folder of the best model's export; of the exports, the newest `keep_max_models` stay.
    """
    best, last = best_save(list_saves(folder.saving)), last_export(folder.export)
    if last is not None and validation_rank(last.state) <= validation_rank(best.state):
        return last.folder
    network = get_network(params)
    load_weights(network, best.folder)
    path = export_saved_model(folder.export, network, params, best.state)
    for outdated in stamped_folders(folder.export)[: -params.keep_max_models]:
        shutil.rmtree(outdated)
    logger.info("exported the model of epoch %s to %s", best.state["epoch"], path)
    return path
