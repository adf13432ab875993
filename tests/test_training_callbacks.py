"""What happens around the epochs: validation, guards, seeds, clock, exports and metrics."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LineReading, Trained
from rapidfuzz.distance import Levenshtein

from tf_crnn.batches import LineBatches
from tf_crnn.config import Params
from tf_crnn.data_handler import batches_for, to_dataset
from tf_crnn.errors import TrainingError
from tf_crnn.images import read_image
from tf_crnn.model import TrainingModel, get_model_train
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.training_callbacks import (
    BestModelExporter,
    EpochSeeds,
    LossGuard,
    MetricLogger,
    ValidationCallback,
    seed_generators,
)
from tf_crnn.training_clock import EpochClock

ParamsFactory = Callable[..., Params]


def updated_csv(csv_path: Path, params: Params) -> Path:
    """A CSV's lines as `preprocess_csv` writes them."""
    updated = csv_path.with_name("updated.csv")
    preprocess_csv(str(csv_path), params, updated)
    return updated


@pytest.mark.parametrize("batch_size", [3, 8])
def test_validation_counts_edits_over_all_characters(
    batch_size: int,
    trained: Trained,
    read_line: Callable[[np.ndarray], LineReading],
    write_csv: Callable[..., Path],
    line_csv: Path,
) -> None:
    # Wrong labels, so that there are errors to count.
    truths = {f"{n}.png": text for n, text in enumerate(["a bond", "0 once 12", "bad", "decade"])}
    write_csv(line_csv, truths.items())
    lines = batches_for(
        updated_csv(line_csv, trained.params),
        trained.params,
        batch_size=batch_size,
        augment=False,
        shuffle=False,
    )
    callback = ValidationCallback(lines, trained.params.line_codes)
    callback.set_model(trained.model)
    logs: dict[str, Any] = {}

    callback.on_epoch_end(0, logs)

    readings = {n: read_line(read_image(line_csv.parent / n)).text for n in truths}
    edits = sum(Levenshtein.distance(truths[name], readings[name]) for name in truths)
    word_edits = sum(
        Levenshtein.distance(truths[name].split(), readings[name].split()) for name in truths
    )
    assert edits > 5
    assert logs["val_cer"] == edits / sum(map(len, truths.values()))
    assert logs["val_wer"] == word_edits / sum(len(text.split()) for text in truths.values())
    assert logs["val_exact_match"] == sum(truths[n] == readings[n] for n in truths) / len(truths)


def test_validation_loss_is_the_mean_over_lines(trained: Trained, line_csv: Path) -> None:
    updated = updated_csv(line_csv, trained.params)
    losses = []
    for batch_size in (1, 5):
        lines = batches_for(
            updated, trained.params, batch_size=batch_size, augment=False, shuffle=False
        )
        callback = ValidationCallback(lines, trained.params.line_codes)
        callback.set_model(trained.model)
        logs: dict[str, Any] = {}
        callback.on_epoch_end(0, logs)
        losses.append(logs["val_loss"])

    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert 0 < losses[0] < 10


@pytest.fixture
def poisoned(tiny_params: ParamsFactory, line_csv: Path, tmp_path: Path) -> tuple[Any, ...]:
    """Shuffled batches of two with a label longer than its line, and their parameters."""
    params = tiny_params(tmp_path)
    updated = updated_csv(line_csv, params)
    rows = updated.read_text(encoding="utf-8").splitlines()
    path, *_, width = rows[5].split(";")
    rows[5] = f"{path};{' '.join('1' * 200)};200;{width}"
    updated.write_text("\n".join(rows), encoding="utf-8")
    return params, batches_for(updated, params, batch_size=2, augment=False, shuffle=True)


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_loss_guard_names_the_files_of_the_batch_that_was_trained(
    epoch: int, poisoned: tuple[Params, LineBatches]
) -> None:
    params, lines = poisoned
    model = get_model_train(params)
    trained = [batch.paths for batch in lines.epoch(epoch)]
    [(position, expected)] = [
        (number, paths)
        for number, paths in enumerate(trained)
        if any(path.endswith("5.png") for path in paths)
    ]
    place = f"^epoch {epoch + 1}, batch {position + 1}: the loss is inf"

    with pytest.raises(TrainingError, match=place) as caught:
        model.fit(
            to_dataset(lines, initial_epoch=epoch),
            initial_epoch=epoch,
            epochs=epoch + 1,
            steps_per_epoch=lines.n_batches,
            callbacks=[LossGuard(lines)],
            shuffle=False,
            verbose=0,
        )

    named = [line.strip() for line in str(caught.value).splitlines()[1:]]
    assert sorted(named) == sorted(expected)


def test_the_loss_guard_names_five_files_at_most(
    tiny_params: ParamsFactory, line_csv: Path
) -> None:
    params = tiny_params(line_csv.parent)
    lines = batches_for(
        updated_csv(line_csv, params), params, batch_size=8, augment=False, shuffle=False
    )
    guard = LossGuard(lines)
    guard.on_epoch_begin(0)
    guard.on_train_batch_end(0, {"loss": 3.5})

    with pytest.raises(TrainingError, match=r"the loss is nan(?s:.)*\.\.\. and 3 more$"):
        guard.on_train_batch_end(0, {"loss": float("nan")})


def dropped(model: TrainingModel, seed: int, epoch: int) -> np.ndarray:
    """Logits under dropout at the start of an epoch."""
    callback = EpochSeeds(seed)
    callback.set_model(model)
    callback.on_epoch_begin(epoch)
    lines = np.random.default_rng(1).normal(size=(2, 32, 64, 1)).astype(np.float32)
    inputs = {"input_images": lines, "input_seq_length": np.array([[16], [16]])}
    return np.asarray(model.network(inputs, training=True))


def test_dropout_is_decided_by_the_seed_and_the_epoch(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, rnn_dropout=0.5, rnn_units=[8, 8])
    model, again = get_model_train(params), get_model_train(params)

    first = dropped(model, seed=1, epoch=2)

    assert np.array_equal(first, dropped(model, seed=1, epoch=2))
    assert np.array_equal(first, dropped(again, seed=1, epoch=2))
    assert not np.array_equal(first, dropped(model, seed=1, epoch=3))
    assert not np.array_equal(first, dropped(model, seed=2, epoch=2))


def test_every_layer_that_drops_units_is_found_and_gets_a_state_of_its_own(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, rnn_dropout=0.5, rnn_units=[8, 8])
    model = get_model_train(params)
    callback = EpochSeeds(1)
    callback.set_model(model)

    callback.on_epoch_begin(0)

    states = [tuple(np.asarray(g.state).tolist()) for g in seed_generators(model)]
    assert len(states) >= 4  # two layers, two directions
    assert len(set(states)) == len(states)


class Stoppable:
    """As much of a model as the clock needs."""

    def __init__(self, learning_rate: float) -> None:
        self.stop_training = False
        self.optimizer = type("Optimizer", (), {"learning_rate": learning_rate})


def run_clock(
    clock: EpochClock, monkeypatch: pytest.MonkeyPatch, seconds: float, n_epochs: int
) -> list[dict[str, Any]]:
    """Epochs of so many seconds each, until the clock stops them; their logs."""
    now = itertools.count(1000.0, seconds / 2)
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    clock.set_model(Stoppable(0.25))
    clock.on_train_begin()
    epochs: list[dict[str, Any]] = []
    for epoch in range(n_epochs):
        clock.on_epoch_begin(epoch)
        epochs.append({})
        clock.on_epoch_end(epoch, epochs[-1])
        if clock.model.stop_training:
            break
    return epochs


def test_the_clock_stops_after_the_epoch_that_passes_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Epochs end 60, 120 and 180 seconds after the start.
    epochs = run_clock(EpochClock(max_minutes=2.5), monkeypatch, seconds=60, n_epochs=9)

    assert len(epochs) == 3


def test_minutes_from_before_a_restart_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = EpochClock(max_minutes=12.5, minutes_before=11.0)

    assert len(run_clock(clock, monkeypatch, seconds=60, n_epochs=9)) == 2


def test_without_a_limit_the_clock_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    epochs = run_clock(EpochClock(max_minutes=0), monkeypatch, seconds=1e6, n_epochs=9)

    assert len(epochs) == 9


def test_the_clock_logs_the_seconds_and_the_rate_of_an_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    epochs = run_clock(EpochClock(max_minutes=0), monkeypatch, seconds=60, n_epochs=2)

    assert epochs == [{"seconds": 30.0, "learning_rate": 0.25}] * 2


def test_the_best_model_is_exported_every_so_many_epochs() -> None:
    done: list[int] = []
    epoch_now = 0
    exporter = BestModelExporter(3, lambda: done.append(epoch_now + 1))

    for epoch_now in range(8):
        exporter.on_epoch_end(epoch_now)

    assert done == [3, 6]


def test_metrics_are_sent_with_the_number_of_epochs_done() -> None:
    sent: list[tuple[str, float, int]] = []
    logger = MetricLogger(lambda *scalar: sent.append(scalar))

    logger.on_epoch_end(4, {"loss": np.float32(0.5), "val_cer": 0.25})

    assert sent == [("loss", 0.5, 5), ("val_cer", 0.25, 5)]
