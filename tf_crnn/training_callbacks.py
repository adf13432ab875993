"""What happens around the epochs of a training: validation, guards, exports and metrics."""

import math
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, NamedTuple

import keras
import numpy as np

from tf_crnn.averages import averaged_weights
from tf_crnn.batches import Batch, LineBatches
from tf_crnn.data_handler import labelled
from tf_crnn.decoding.greedy import greedy_readings
from tf_crnn.errors import TrainingError
from tf_crnn.interrupts import raise_if_lost
from tf_crnn.line_codes import LineCodes
from tf_crnn.metrics import ErrorCounts, compare_lines

Logs = MutableMapping[str, Any]


class Validation(NamedTuple):
    """Loss (mean over lines, nats) and errors of a model on labelled lines."""

    loss: float
    errors: ErrorCounts


def validate(model: Any, batches: LineBatches, codes: LineCodes) -> Validation:
    """Read all lines once, greedily, with the averaged weights if there are such.

    Args:
        model: of `get_model_train`.
        batches: labelled.
        codes: between units and codes.
    """
    loss, errors = 0.0, ErrorCounts()
    for batch, outputs in _outputs(model, batches):
        loss += float(np.sum(outputs["line_losses"]))
        readings = greedy_readings(outputs, batch.time_steps)
        truths = zip(batch.label_codes, batch.label_lengths.ravel(), strict=True)
        pairs = (
            ("".join(codes.decode(label[:length])), "".join(codes.decode(reading)))
            for (label, length), reading in zip(truths, readings, strict=True)
        )
        errors = errors.plus(compare_lines(pairs))
    return Validation(loss / max(1, errors.n_lines), errors)


def _outputs(model: Any, batches: LineBatches) -> Iterator[tuple[Batch, dict[str, Any]]]:
    with averaged_weights(model):
        for batch in batches.epoch(0):
            yield batch, model.predict_on_batch(labelled(batch)[0])


class ValidationCallback(keras.callbacks.Callback):
    """Adds val_loss, val_cer, val_wer and val_exact_match to the logs of each epoch.

    It must be the first of the callbacks that read them.
    """

    def __init__(self, batches: LineBatches, codes: LineCodes) -> None:
        """Nothing is read yet."""
        super().__init__()
        self.batches = batches
        self.codes = codes

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Validate."""
        result = validate(self.model, self.batches, self.codes)
        if logs is not None:
            logs["val_loss"] = result.loss
            logs["val_cer"] = result.errors.cer
            logs["val_wer"] = result.errors.wer
            logs["val_exact_match"] = result.errors.exact_match


class LossGuard(keras.callbacks.Callback):
    """Stops the training at the first loss that is not finite, and names the batch's files.

    Raises:
        TrainingError: from `on_train_batch_end`.
    """

    SHOWN = 5

    def __init__(self, batches: LineBatches) -> None:
        """Args: batches: those trained on, whose order the seed and the epoch decide."""
        super().__init__()
        self.batches = batches
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Check."""
        loss = float((logs or {}).get("loss", 0.0))
        if math.isfinite(loss):
            return
        paths = self.batches.paths_of(self._epoch, batch)
        named = "\n".join(f"  {path}" for path in paths[: self.SHOWN])
        more = f"\n  ... and {len(paths) - self.SHOWN} more" if len(paths) > self.SHOWN else ""
        raise TrainingError(
            f"epoch {self._epoch + 1}, batch {batch + 1}: the loss is {loss}. Saves are from "
            "before. Lower learning_rate, or limit max_gradient_norm, and start again, from the "
            "last save with restore_model=true if there is one; if it comes back at once, look at "
            f"the images and labels of this batch:\n{named}{more}"
        )


class InterruptGuard(keras.callbacks.Callback):
    """Ends the training after the batch in which an interrupt came and Python dropped it.

    Raises:
        KeyboardInterrupt: from `on_train_batch_end`.
    """

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Check."""
        raise_if_lost()


class EpochSeeds(keras.callbacks.Callback):
    """Sets every random layer's state from the seed and the epoch.

    So a training that was stopped and restored drops the same units as one that ran through.
    """

    def __init__(self, seed: int) -> None:
        """Args: seed: of the run."""
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Set the states."""
        for index, generator in enumerate(seed_generators(self.model)):
            state = np.random.default_rng((self.seed, epoch, index)).integers(0, 2**31, size=2)
            generator.state.assign(state.astype("uint32"))


def seed_generators(model: keras.Model) -> list[keras.random.SeedGenerator]:
    """All seed generators of a model's layers, in the order of the layers."""
    found: list[keras.random.SeedGenerator] = []
    pending: list[Any] = list(model.layers)
    seen: set[int] = set()
    while pending:
        layer = pending.pop(0)
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        found += [g for g in getattr(layer, "_seed_generators", []) if id(g) not in seen]
        seen |= {id(g) for g in found}
        pending += list(getattr(layer, "_layers", []))
    return found


class BestModelExporter(keras.callbacks.Callback):
    """Every so many epochs, has the best model so far exported.

    Args:
        every: epochs.
        export: exports the best save, unless that has been done.
    """

    def __init__(self, every: int, export: Callable[[], Any]) -> None:
        """Nothing is exported yet."""
        super().__init__()
        self.every = every
        self.export = export

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Export if it is time."""
        if (epoch + 1) % self.every == 0:
            self.export()


class MetricLogger(keras.callbacks.Callback):
    """Sends the logs of each epoch to a run.

    Args:
        log_scalar: called with name, value and the number of epochs done.
    """

    def __init__(self, log_scalar: Callable[[str, float, int], None]) -> None:
        """Nothing is sent yet."""
        super().__init__()
        self.log_scalar = log_scalar

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Send."""
        for name, value in (logs or {}).items():
            self.log_scalar(name, float(value), epoch + 1)
