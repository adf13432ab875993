"""The training journey: from parameters to a run folder with saves, exports and a report."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras

from tf_crnn.calibrating import calibrate
from tf_crnn.callbacks import CustomLoaderCallback, CustomSavingCallback, LRTensorBoard
from tf_crnn.checkpoints import (
    Save,
    best_save,
    list_saves,
    load_params,
)
from tf_crnn.config import Params
from tf_crnn.data_handler import batches_for, log_unreadable, to_dataset
from tf_crnn.errors import CrnnError
from tf_crnn.evaluation import summarise
from tf_crnn.export.best_save import export_best
from tf_crnn.fine_tuning import resolved, write_origin
from tf_crnn.fine_tuning_weights import prepare_fine_tuning
from tf_crnn.language_learning import learn_after_training
from tf_crnn.loader import PredictionModel
from tf_crnn.model import TrainingModel, get_model_train
from tf_crnn.preprocessing import PreprocessedData, data_preprocessing
from tf_crnn.reports.write import write_full_report
from tf_crnn.rule_warnings import warn_before_training
from tf_crnn.run_folder import RunFolder
from tf_crnn.run_log import RunLog, Unrecorded
from tf_crnn.sample_callback import SampleCallback
from tf_crnn.samples import as_paths
from tf_crnn.schedules import SHAPES
from tf_crnn.synthesis.for_training import synthetic_share
from tf_crnn.training_callbacks import (
    BestModelExporter,
    EpochSeeds,
    InterruptGuard,
    LossGuard,
    MetricLogger,
    ValidationCallback,
)
from tf_crnn.training_clock import EpochClock, RateSchedule
from tf_crnn.training_result import TrainingResult

logger = logging.getLogger(__name__)


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

    @property
    def initial_epoch(self) -> int:
        """Epochs done before this run."""
        return int(self.restored.state["epoch"]) if self.restored else 0

    @property
    def last_epoch(self) -> int:
        """Epochs when this run is done.

        A schedule that was stopped and is gone on with as it was ends where it was to end.
        """
        end = self.initial_epoch + self.params.n_epochs
        if self.restored is None or self.params.lr_schedule == "plateau":
            return end
        planned = self.restored.state.get("planned_epochs", 0)
        before = load_params(self.restored.folder)
        goes_on = all(
            getattr(before, key) == getattr(self.params, key) for key in ("lr_schedule", "n_epochs")
        )
        return int(planned) if goes_on and self.initial_epoch < planned else end

    def run(self, verbose: int) -> None:
        """Fit, until the epochs are done or something ends it."""
        initial_epoch = self.initial_epoch
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
                epochs=self.last_epoch,
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
        self._learn_language(export_folder)
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

    def _learn_language(self, export_folder: Path) -> None:
        """Learn the language model; the report of a long training shall not be lost with it."""
        try:
            learn_after_training(export_folder, self.params)
        except CrnnError as error:
            logger.warning(
                "no language model: %s The model reads without one. Mend it, then: "
                "tf-crnn lm learn %s", error, export_folder,
            )  # fmt: skip

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
        saver.planned_epochs = self.last_epoch
        if self.restored:
            saver.minutes_before = self.restored.state["minutes"]
            saver.history = list(self.restored.state.get("history", ()))
        exporter = BestModelExporter(
            params.evaluate_every_epoch, partial(export_best, self.folder, params)
        )
        seconds = saver.history[-1]["seconds"] if saver.history else 0.0
        clock = EpochClock(params.max_minutes, saver.minutes_before, epoch_seconds=seconds)
        callbacks = [
            InterruptGuard(),
            EpochSeeds(params.seed),
            LossGuard(self.lines),
            ValidationCallback(self.validation_lines, params.line_codes),
            clock,
            *self._schedule(clock),
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

    def _schedule(self, clock: EpochClock) -> list[keras.callbacks.Callback]:
        params = self.params
        if params.lr_schedule == "plateau":
            return []
        shape = SHAPES[params.lr_schedule](params.warmup_share, params.decay_share)
        return [
            RateSchedule(
                shape,
                params.learning_rate,
                steps_per_epoch=self.lines.n_batches,
                n_epochs=self.last_epoch,
                clock=clock,
                epochs_done=self.initial_epoch,
            )
        ]

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
    """Those that end the training or lower the rate when nothing gets better."""
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss",
        min_delta=params.early_stopping_min_delta,
        patience=params.early_stopping_patience,
        verbose=1,
    )
    if not params.reduce_lr_factor or params.lr_schedule != "plateau":
        return (stopping,)
    plateau = keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss",
        factor=params.reduce_lr_factor,
        patience=params.reduce_lr_patience,
        min_lr=params.min_learning_rate,
        verbose=1,
    )
    return (plateau, stopping)
