"""The training recipe: second loss, averages, schedule, sharpness; saved and gone on with."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from tf_crnn.averages import averaged_weights
from tf_crnn.checkpoints import list_saves, restore_trained, write_save
from tf_crnn.config import Params
from tf_crnn.config_keys.head import HEADS
from tf_crnn.heads import attention_loss, ctc
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_model_train, get_network
from tf_crnn.model_parts import freeze
from tf_crnn.schedules import SHAPES
from tf_crnn.trainer import train
from tf_crnn.training_clock import EpochClock, RateSchedule

ParamsFactory = Callable[..., Params]

RECIPE: dict[str, Any] = {
    "backbone": "residual",
    "stem_features": 4,
    "stem_kernel": 3,
    "stem_stride": [2, 2],
    "stage_features": [6, 8],
    "stage_blocks": [1, 1],
    "stage_strides": [[2, 2], [2, 1]],
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "ema_momentum": 0.9,
    "shortcut_loss_weight": 0.3,
    "shortcut_dropout": 0.2,
    "head_dropout": 0.1,
    "feature_masking": 0.1,
    "feature_masking_span": 2,
    "lr_schedule": "cosine",
    "learning_rate": 0.01,
}


def batch() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        "input_images": rng.normal(size=(3, 32, 80, 1)).astype(np.float32),
        "input_seq_length": np.full((3, 1), 20, np.int32),
        "label_codes": np.array([[1, 2, 3], [2, 2, 0], [3, 0, 0]], np.int32),
        "label_seq_length": np.array([[3], [2], [1]], np.int32),
    }


@pytest.fixture
def recipe(tiny_params: ParamsFactory, tmp_path: Path, line_csv: Path) -> Callable[..., Params]:
    def make(folder: str = "run", **changes: Any) -> Params:
        values = {
            "csv_files_train": str(line_csv),
            "csv_files_eval": str(line_csv),
            "train_batch_size": 3,
            "n_epochs": 3,
            "evaluate_every_epoch": 50,
            "output_model_dir": str(tmp_path / folder),
            **RECIPE,
        }
        return tiny_params(tmp_path, **{**values, **changes})

    return make


def test_the_second_loss_is_of_the_features_before_the_bilstm(
    recipe: Callable[..., Params],
) -> None:
    model = get_model_train(recipe())
    model.network.get_layer("logits").kernel.assign_add([[1.0]])

    before = model.predict_on_batch(batch())
    for weight in model.get_layer("bilstm_0").weights:
        weight.assign_add(weight * 0.0 + 0.5)
    after = model.predict_on_batch(batch())

    np.testing.assert_allclose(after["shortcut_losses"], before["shortcut_losses"], rtol=1e-5)
    assert np.abs(after["line_losses"] - before["line_losses"]).max() > 1e-3
    weighted = model.compute_loss(y_pred={k: v for k, v in after.items() if k != "logits"})
    plain = np.mean(after["line_losses"]) + np.mean(after["shortcut_losses"])
    assert float(weighted) == pytest.approx(plain, rel=1e-5)


def test_what_acts_in_training_alone_is_no_part_of_the_network(
    recipe: Callable[..., Params],
) -> None:
    model, read = get_model_train(recipe()), get_network(recipe())

    shapes = [tuple(w.shape) for w in model.network.trainable_weights]

    assert not any("shortcut" in w.path for w in read.weights)
    # The vector behind which steps are hidden is no part of reading.
    assert len(shapes) == len(read.trainable_weights) + 1


def test_a_training_that_was_stopped_and_restored_ends_as_one_that_was_not(
    recipe: Callable[..., Params],
) -> None:
    through = recipe("through")
    train(through, progress_bar=False)
    stopped = recipe("stopped", max_minutes=1e-6)
    train(stopped, progress_bar=False)

    train(recipe("stopped", restore_model=True), progress_bar=False)

    whole, parts = (list_saves(Path(p.output_model_dir) / "saving")[-1] for p in (through, stopped))
    assert (whole.state["epoch"], parts.state["epoch"]) == (3, 3)
    rates = [[e["learning_rate"] for e in save.state["history"]] for save in (whole, parts)]
    assert rates[0][1:] == pytest.approx(rates[1][1:])
    assert rates[0][-1] < rates[0][0]
    weights = [stored(save.folder / "trained.h5") for save in (whole, parts)]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def stored(path: Path) -> list[np.ndarray]:
    with h5py.File(path) as file:
        return [file[name][()] for name in sorted(file)]


def test_what_is_saved_to_read_with_are_the_averages(
    recipe: Callable[..., Params], line_csv: Path
) -> None:
    params = recipe(n_epochs=2)
    train(params, progress_bar=False)
    save = list_saves(Path(params.output_model_dir) / "saving")[-1]
    restored = get_model_train(params)

    network = get_network(params)
    network.load_weights(save.folder / "model.weights.h5")

    assert (save.folder / "trained.h5").is_file()
    assert PredictionModel(save.folder).predict(str(next(line_csv.parent.glob("*.png"))))["text"]
    assert restored.optimizer.momentum == 0.9


def test_validation_reads_with_the_averages(recipe: Callable[..., Params]) -> None:
    model = get_model_train(recipe())
    model.optimizer.build(model.trainable_variables)
    plain = model.predict_on_batch(batch())["logits"]
    for average in model.optimizer.averages:
        average.assign(average * 0.0)

    with averaged_weights(model):
        averaged = model.predict_on_batch(batch())["logits"]

    assert np.abs(averaged).max() == 0.0
    np.testing.assert_array_equal(model.predict_on_batch(batch())["logits"], plain)


def test_a_sharpness_aware_step_takes_the_gradient_at_the_worst_place_near(
    recipe: Callable[..., Params],
) -> None:
    import tensorflow as tf

    changes = {
        "rnn_dropout": 0.0, "head_dropout": 0.0, "shortcut_dropout": 0.0, "feature_masking": 0.0,
        "optimizer": "rms", "weight_decay": 0.0, "ema_momentum": 0.0, "max_gradient_norm": 0.0,
    }  # fmt: skip
    params = recipe(**changes, sam_radius=0.05)
    ours, by_hand = get_model_train(params), get_model_train(params)
    weights = by_hand.trainable_variables

    def gradients() -> list[Any]:
        with tf.GradientTape() as tape:
            loss = by_hand.compute_loss(y_pred=by_hand(batch(), training=True))
        return list(tape.gradient(loss, weights))

    first = gradients()
    norm = np.sqrt(sum(float(tf.reduce_sum(g**2)) for g in first))
    start = [w.numpy() for w in weights]
    for weight, gradient in zip(weights, first, strict=True):
        weight.assign_add(0.05 / norm * gradient)
    second = gradients()
    for weight, value in zip(weights, start, strict=True):
        weight.assign(value)
    by_hand.optimizer.apply(second, weights)

    loss = ours.train_on_batch(batch(), np.zeros(3), return_dict=True)["loss"]

    assert loss > 0
    for mine, wanted in zip(ours.trainable_variables, weights, strict=True):
        np.testing.assert_allclose(mine, wanted, atol=2e-4)


def test_equal_seeds_give_equal_weights(recipe: Callable[..., Params]) -> None:
    weights = []
    for folder in ("first", "second"):
        train(recipe(folder, n_epochs=1), progress_bar=False)
        save = list_saves(Path(recipe(folder).output_model_dir) / "saving")[-1]
        network = get_network(recipe())
        network.load_weights(save.folder / "model.weights.h5")
        weights.append(network.get_weights())

    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_with_a_limit_of_time_the_schedule_ends_with_the_last_epoch_that_fits() -> None:
    clock = EpochClock(max_minutes=10.0)
    schedule = RateSchedule(
        SHAPES["trapezoid"](0.0, 0.5), 1.0, steps_per_epoch=10, n_epochs=100, clock=clock
    )
    planned_at_first = schedule.n_planned
    clock.epochs_left = 3

    schedule.on_epoch_end(4)

    assert (planned_at_first, schedule.n_planned) == (100, 8)


def test_the_first_batches_tell_how_many_epochs_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = EpochClock(max_minutes=10.0)
    clock.set_params({"steps": 100})
    schedule = RateSchedule(
        SHAPES["trapezoid"](0.5, 0.1), 1.0, steps_per_epoch=100, n_epochs=1000, clock=clock
    )
    schedule.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=None)))
    now = 50.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for callback in (clock, schedule):
        callback.on_train_begin()
        callback.on_epoch_begin(0)

    now = 80.0  # 20 batches in 30 s: 150 s an epoch, four of them
    for callback in (clock, schedule):
        callback.on_train_batch_begin(20)

    assert schedule.n_planned == 4
    assert schedule.model.optimizer.learning_rate == schedule.shape.at(0.2 / 4)


def test_a_schedule_that_is_gone_on_with_knows_at_once_how_many_epochs_fit() -> None:
    clock = EpochClock(max_minutes=10.0, minutes_before=7.5, epoch_seconds=60)

    schedule = RateSchedule(
        SHAPES["trapezoid"](0.0, 0.5), 1.0,
        steps_per_epoch=10, n_epochs=100, clock=clock, epochs_done=7,
    )  # fmt: skip

    assert schedule.n_planned == 10


def test_another_plan_is_taken_for_a_schedule_that_is_gone_on_with(
    recipe: Callable[..., Params],
) -> None:
    train(recipe(n_epochs=5, max_minutes=1e-6), progress_bar=False)

    train(recipe(n_epochs=1, lr_schedule="plateau", restore_model=True), progress_bar=False)

    save = list_saves(Path(recipe().output_model_dir) / "saving")[-1]
    assert save.state["epoch"] == 2
    assert set(save.state["callbacks"]) == {"ReduceLROnPlateau", "EarlyStopping"}


def test_layers_of_training_alone_are_never_frozen_and_are_kept(
    recipe: Callable[..., Params], tmp_path: Path
) -> None:
    params, parts = recipe(), ["head", "backbone"]
    model = get_model_train(params)
    freeze(model, parts)
    model.optimizer.build(model.trainable_variables)

    save = write_save(tmp_path, model, model.network, params, {"epoch": 1, "keep": True})

    trained = {weight.path.split("/")[-2] for weight in model.trainable_variables}
    assert "shortcut_logits" in trained
    assert "logits" not in trained
    again = get_model_train(recipe(seed=9))
    freeze(again, parts)
    again.optimizer.build(again.trainable_variables)
    restore_trained(save, again, again.network)
    for one, other in zip(model.trainable_variables, again.trainable_variables, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("head", HEADS)
def test_mixed_precision_keeps_weights_logits_and_losses_in_float32(
    head: str, recipe: Callable[..., Params], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tf_crnn.device.has_bfloat16", lambda: True)
    sizes = {"attention_units": 8, "attention_size": 8, "attention_guide": 1.0}

    model = get_model_train(recipe(head=head, mixed_precision=True, feature_masking=0.0, **sizes))

    assert {w.dtype for w in model.trainable_weights} == {"float32"}
    assert model.get_layer("stage_0_block_0").compute_dtype == "bfloat16"
    loss = model.train_on_batch(batch(), np.zeros(3), return_dict=True)["loss"]
    assert np.isfinite(loss)
    outputs = model.predict_on_batch(batch())
    floats = {name: value for name, value in outputs.items() if name != "codes"}
    assert {value.dtype for value in floats.values()} == {np.dtype(np.float32)}
    assert len(floats) == {"ctc": 3, "attention": 3, "joint": 4}[head]
    assert get_network(recipe()).get_layer("stem").compute_dtype == "float32"


@pytest.mark.parametrize("head", ["ctc", "attention"])
def test_mixed_precision_does_not_round_logits_before_the_loss(
    head: str, recipe: Callable[..., Params], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tf_crnn.device.has_bfloat16", lambda: True)
    values = {"mixed_precision": True, "feature_masking": 0.0, "shortcut_loss_weight": 0.0}
    model = get_model_train(recipe(head=head, attention_units=8, attention_size=8, **values))

    outputs = model.predict_on_batch(batch())

    labels, lengths = batch()["label_codes"], batch()["label_seq_length"][:, 0]
    if head == "ctc":
        expected = ctc.line_losses(outputs["logits"], labels, np.full(3, 20), lengths)
    else:
        expected = attention_loss.line_losses(outputs["unit_logits"], labels, lengths)
    np.testing.assert_allclose(outputs["line_losses"], expected, rtol=2e-5)


def test_a_device_without_bfloat16_computes_in_float32_and_says_so(
    recipe: Callable[..., Params],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("tf_crnn.device.has_bfloat16", lambda: False)

    model = get_model_train(recipe(mixed_precision=True))

    assert model.get_layer("stage_0_block_0").compute_dtype == "float32"
    assert "mixed_precision: the device has no bfloat16" in caplog.text
