"""How long a training goes on, and at which rate: the clock, and schedules that it bounds."""

import math
import time
from collections.abc import MutableMapping
from typing import Any

import keras
import numpy as np

from tf_crnn.schedules import Shape

Logs = MutableMapping[str, Any]

# The very first batch takes seconds, for it compiles; so many say how long an epoch will take.
FIRST_BATCHES = 10


class EpochClock(keras.callbacks.Callback):
    """Adds the epoch's seconds and learning rate to the logs, and ends the training in time.

    Args:
        max_minutes: training ends after the epoch that passes this; 0 for no limit.
        minutes_before: minutes that count already, from before a restart.
        epoch_seconds: how long the last epoch before a restart took.

    Attributes:
        epochs_left: how many more epochs fit into the time, as the last one says; before one has
            ended, as the batches of the first say.
    """

    def __init__(
        self, max_minutes: float, minutes_before: float = 0.0, *, epoch_seconds: float = 0.0
    ) -> None:
        """The clock starts with the training."""
        super().__init__()
        self.max_minutes = max_minutes
        self.minutes_before = minutes_before
        self.epochs_left = math.inf
        if epoch_seconds:
            self._count_epochs_left(minutes_before, epoch_seconds / 60)
        self._has_whole_epoch = bool(epoch_seconds)
        self._training_began = self._epoch_began = self._epoch_ended = time.monotonic()

    def on_train_begin(self, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Start the clock."""
        self._training_began = self._epoch_ended = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Remember when."""
        self._epoch_began = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Guess from the first epoch's batches, until it ends, how many fit into the time."""
        if self._has_whole_epoch or batch < FIRST_BATCHES:
            return
        minutes = (time.monotonic() - self._epoch_began) / 60
        self._count_epochs_left(self.minutes_before, minutes * self.params["steps"] / batch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Log, and stop when the time is used up."""
        now = time.monotonic()
        if logs is not None:
            logs["seconds"] = now - self._epoch_began
            logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        minutes = self.minutes_before + (now - self._training_began) / 60
        if self.max_minutes and minutes >= self.max_minutes:
            self.model.stop_training = True
        # With the pictures and saves of the epoch before.
        self._count_epochs_left(minutes, (now - self._epoch_ended) / 60)
        self._has_whole_epoch = True
        self._epoch_ended = now

    def _count_epochs_left(self, minutes: float, epoch_minutes: float) -> None:
        if self.max_minutes:
            left = (self.max_minutes - minutes) / max(1e-6, epoch_minutes)
            self.epochs_left = max(1, math.ceil(left))


class RateSchedule(keras.callbacks.Callback):
    """Sets the learning rate before each batch, by how much of the training is done.

    With a limit of time, the training is taken to end with the epoch that will pass it: the plan
    is made anew after each epoch, and with each batch of the first, of which a short training has
    few.

    Args:
        shape: of the rate over the training.
        greatest: the rate where the shape is 1.
        steps_per_epoch: batches of an epoch.
        n_epochs: of the whole training, those before a restart included.
        clock: which knows the limit; it must be called before this one.
        epochs_done: before a restart.
    """

    def __init__(
        self,
        shape: Shape,
        greatest: float,
        *,
        steps_per_epoch: int,
        n_epochs: int,
        clock: EpochClock,
        epochs_done: int = 0,
    ) -> None:
        """The plan is to train all epochs that fit into the time."""
        super().__init__()
        self.shape = shape
        self.greatest = greatest
        self.steps_per_epoch = steps_per_epoch
        self.n_epochs = n_epochs
        self.clock = clock
        self._epoch = self._epochs_before = epochs_done
        self._plan(epochs_done)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Set the rate."""
        if self._epoch == self._epochs_before:
            self._plan(self._epoch)
        done = (self._epoch + batch / self.steps_per_epoch) / self.n_planned
        # With JAX the optimizer's state is elsewhere within an epoch.
        synchronise = getattr(self.model, "jax_state_sync", None)
        if synchronise is not None:
            synchronise()
        self.model.optimizer.learning_rate = self.greatest * self.shape.at(min(1.0, done))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Plan anew."""
        self._plan(epoch + 1)

    def _plan(self, epochs_done: int) -> None:
        self.n_planned = int(min(self.n_epochs, epochs_done + self.clock.epochs_left))
