"""The learning-rate range test: a training whose rate rises with every batch (Smith 2017)."""

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from tf_crnn.batches import Batch
from tf_crnn.config import Params
from tf_crnn.data_handler import labelled
from tf_crnn.errors import TrainingError
from tf_crnn.fine_tuning import resolved
from tf_crnn.preprocessing import data_preprocessing
from tf_crnn.rate_test import RangeTest, Trial, rising_rates
from tf_crnn.run_folder import RunFolder
from tf_crnn.run_log import Unrecorded
from tf_crnn.trainer import Training

logger = logging.getLogger(__name__)

# The test ends when the running average of the loss is so many times its lowest value.
_DIVERGED = 3.0
_MEMORY = 0.8  # of the running average
_LEAST_TRIALS = 5


class RangeOptions(NamedTuple):
    """How to test.

    Attributes:
        least_rate: of the first batch.
        greatest_rate: of the last.
        n_batches: on which the rate rises.
        warmup_batches: trained before at the rate of the configuration.
    """

    least_rate: float
    greatest_rate: float
    n_batches: int
    warmup_batches: int


def find_learning_rate(
    params: Params, options: RangeOptions, on_batch: Callable[[], None] = lambda: None
) -> RangeTest:
    """Train with a rising rate on the training batches; nothing of it is kept.

    Args:
        params: of `Params.for_training`; no run folder is made.
        options: how to test.
        on_batch: called after each batch.

    Raises:
        DataError: no usable line.
        TrainingError: the loss is infinite before the rate has risen.
    """
    with tempfile.TemporaryDirectory(prefix="lr_find_") as folder:
        # The folder of the run may exist, and stays as it is.
        values = {"output_model_dir": folder, "restore_model": False}
        params = resolved(Params(**{**params.to_dict(), **values}))
        run = RunFolder(params.output_model_dir)
        training = Training(params, run, data_preprocessing(params), Unrecorded())
        batches = training.lines.endless()
        for batch in islice(batches, options.warmup_batches):
            _train(training.model, batch)
            on_batch()
        return _rise(training.model, batches, options, on_batch)


def _rise(
    model: Any, batches: Iterator[Batch], options: RangeOptions, on_batch: Callable[[], None]
) -> RangeTest:
    rates = rising_rates(options.least_rate, options.greatest_rate, options.n_batches)
    trials: list[Trial] = []
    average = lowest = math.nan
    for rate, batch in zip(rates.tolist(), batches, strict=False):
        model.optimizer.learning_rate = rate
        loss = _train(model, batch)
        on_batch()
        average = loss if math.isnan(average) else _MEMORY * average + (1 - _MEMORY) * loss
        if not math.isfinite(loss) or average > _DIVERGED * lowest:
            break
        trials.append(Trial(rate, loss))
        lowest = average if math.isnan(lowest) else min(lowest, average)
    if len(trials) < _LEAST_TRIALS:
        raise TrainingError(
            f"lr-find: the loss rose without end after {len(trials)} batches, at the rate "
            f"{rates[len(trials)]:.2g}. Give a lower --min_rate, or start from a model that has "
            "learnt something (restore_from)."
        )
    return RangeTest(trials, diverged=len(trials) < options.n_batches)


def _train(model: Any, batch: Batch) -> float:
    """One step; the loss before it, in nats a unit, since batches hold lines of unlike lengths."""
    model.reset_metrics()
    logs = model.train_on_batch(*labelled(batch), return_dict=True)
    return float(logs["loss"]) / max(1.0, float(batch.label_lengths.mean()))
