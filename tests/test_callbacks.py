"""The documented callbacks: what stays saved, what is restored, what is written."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import LineReading, Trained
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from tf_crnn.callbacks import (
    CustomLoaderCallback,
    CustomPredictionSaverCallback,
    CustomSavingCallback,
    LRTensorBoard,
)
from tf_crnn.checkpoints import WEIGHTS_H5, list_saves, write_save
from tf_crnn.config import Params
from tf_crnn.data_handler import dataset_generator
from tf_crnn.errors import ModelFolderError
from tf_crnn.images import read_image
from tf_crnn.model import get_model_inference
from tf_crnn.samples import read_rows

ParamsFactory = Callable[..., Params]
INPUTS = np.random.default_rng(0).normal(size=(32, 2)).astype(np.float32)
TARGETS = INPUTS[:, :1] * 2 + 1


@pytest.fixture
def params(tiny_params: ParamsFactory, tmp_path: Path) -> Params:
    return tiny_params(tmp_path)


@pytest.fixture
def saving(tmp_path: Path) -> Path:
    return tmp_path / "run" / "saving"


def make_model() -> keras.Model:
    """A dense layer as the network inside a model: the callbacks mind no more of a recogniser."""
    keras.utils.set_random_seed(3)
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    inputs = keras.Input((2,))
    model = keras.Model(inputs, network(inputs))
    model.network = network
    model.compile(keras.optimizers.Adam(0.1), loss="mse")
    return model


def saved_epochs(saving: Path) -> list[int]:
    return [save.state["epoch"] for save in list_saves(saving)]


def run_epochs(saver: CustomSavingCallback, cers: list[float]) -> None:
    """Epochs with these validation CERs, without any training."""
    saver.set_model(make_model())
    saver.on_train_begin()
    for epoch, cer in enumerate(cers):
        saver.on_epoch_end(epoch, {"loss": 1.0, "val_cer": cer})


def test_the_last_save_the_best_one_and_the_newest_at_saving_freq_stay(
    saving: Path, params: Params
) -> None:
    saver = CustomSavingCallback(saving, 2, keep_max_models=2, params=params)

    run_epochs(saver, [0.9, 0.8, 0.1, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])

    # Best, the last two of 2, 4, 6 and 8, and the last.
    assert saved_epochs(saving) == [3, 6, 8, 9]


def test_saves_that_do_not_stay_are_removed_at_once(saving: Path, params: Params) -> None:
    saver = CustomSavingCallback(saving, 100, params=params)

    run_epochs(saver, [0.5, 0.6, 0.7, 0.4])

    assert saved_epochs(saving) == [4]
    assert len(list(saving.iterdir())) == 1


def test_with_save_best_only_a_save_at_saving_freq_stays_if_it_was_the_best(
    saving: Path, params: Params
) -> None:
    saver = CustomSavingCallback(saving, 2, save_best_only=True, keep_max_models=5, params=params)

    run_epochs(saver, [0.9, 0.8, 0.5, 0.6, 0.7, 0.4, 0.9, 0.8, 0.3, 0.9])

    # 2 and 6 were the best then; 9 is the best of all; 10 is the last.
    assert saved_epochs(saving) == [2, 6, 9, 10]


def test_foreign_files_stay_where_they_are(saving: Path, params: Params) -> None:
    saving.mkdir(parents=True)
    (saving / "notes.txt").write_text("mine")
    (saving / "123").mkdir()
    saver = CustomSavingCallback(saving, 1, keep_max_models=1, params=params)

    run_epochs(saver, [0.5, 0.4, 0.3])

    assert saved_epochs(saving) == [3]
    assert (saving / "notes.txt").is_file()
    assert (saving / "123").is_dir()


def test_a_save_knows_its_metrics_and_minutes(
    saving: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1000.0, 1090.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    saver = CustomSavingCallback(saving, 1, params=params)
    saver.minutes_before = 10.0
    saver.planned_epochs = 7

    run_epochs(saver, [0.25])

    [save] = list_saves(saving)
    known = {
        "epoch": 1,
        "keep": True,
        "loss": 1.0,
        "val_cer": 0.25,
        "minutes": 11.5,
        "planned_epochs": 7,
    }
    history = [{"epoch": 1, "loss": 1.0, "val_cer": 0.25}]
    assert save.state == {**known, "callbacks": {}, "history": history}


def test_a_crash_in_the_middle_of_a_save_loses_no_older_one(
    saving: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver = CustomSavingCallback(saving, 1, params=params)
    run_epochs(saver, [0.5])

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("tf_crnn.checkpoints.write_companions", fail)
    with pytest.raises(OSError, match="no space left"):
        saver.on_epoch_end(1, {"val_cer": 0.1})

    assert saved_epochs(saving) == [1]
    assert (list_saves(saving)[0].folder / WEIGHTS_H5).is_file()


class Scripted(keras.callbacks.Callback):
    """Says the val_loss of each epoch, as if a validation had found it."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__()
        self.losses = losses

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_loss"] = self.losses[epoch]
        logs["val_cer"] = self.losses[epoch]


# The rate falls after epochs 4 and 6; patience of the stopping ends at epoch 7.
VAL_LOSSES = [5.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]


def train(
    saving: Path, params: Params, n_epochs: int, restored: Path | None = None, done: int = 0
) -> keras.Model:
    model = make_model()
    counting = (
        keras.callbacks.ReduceLROnPlateau(patience=2, factor=0.5),
        keras.callbacks.EarlyStopping(patience=5),
    )
    callbacks = [
        Scripted(VAL_LOSSES),
        *counting,
        CustomSavingCallback(saving, 1, params=params, companions=counting),
    ]
    if restored is not None:
        callbacks.append(CustomLoaderCallback(restored, counting))
    history = model.fit(
        INPUTS,
        TARGETS,
        batch_size=8,
        shuffle=False,
        initial_epoch=done,
        epochs=n_epochs,
        callbacks=callbacks,
        verbose=0,
    )
    model.last_epoch = history.epoch[-1] + 1
    return model


@pytest.mark.parametrize("stop_after", [1, 3, 4, 6])
def test_a_restored_training_goes_on_as_if_it_had_not_stopped(
    stop_after: int, saving: Path, params: Params
) -> None:
    whole = train(saving / "whole", params, 10)

    train(saving / "first", params, stop_after)
    stopped_at = list_saves(saving / "first")[-1].folder
    resumed = train(saving / "second", params, 10, restored=stopped_at, done=stop_after)

    assert whole.last_epoch == resumed.last_epoch == 7
    assert float(whole.optimizer.learning_rate) == pytest.approx(0.025)
    for expected, variable in zip(
        whole.weights + whole.optimizer.variables,
        resumed.weights + resumed.optimizer.variables,
        strict=True,
    ):
        np.testing.assert_allclose(variable, expected, rtol=1e-5)


def test_without_its_counts_a_restored_training_would_go_on_longer(
    saving: Path, params: Params
) -> None:
    # So that the test above compares something.
    train(saving / "first", params, 6)

    forgetful = train(saving / "second", params, 10, done=6)

    assert forgetful.last_epoch > 7


def test_only_a_save_can_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "123").mkdir()

    with pytest.raises(ModelFolderError, match=r"123: is no save\. Give a folder saving/<stamp>/"):
        CustomLoaderCallback(tmp_path / "123")


def test_a_network_inside_the_model_is_what_is_saved_and_loaded(
    trained: Trained, saving: Path
) -> None:
    saver = CustomSavingCallback(saving, 1, params=trained.params)
    saver.set_model(trained.model)

    saver.on_epoch_end(0, {"val_cer": 0.0})

    network = get_model_inference(trained.params, str(list_saves(saving)[0].folder / WEIGHTS_H5))
    assert all(map(np.array_equal, network.get_weights(), trained.model.network.get_weights()))


def predictions_of(trained: Trained, csv_path: Path, folder: Path) -> Path:
    """The file that is written while the lines are predicted, one of them in a batch of its own."""
    model = get_model_inference(trained.params)
    model.set_weights(trained.model.network.get_weights())
    lines = dataset_generator(
        str(csv_path), trained.params, use_labels=False, batch_size=7, num_epochs=1
    )
    saver = CustomPredictionSaverCallback(folder, trained.params)
    model.predict(lines, callbacks=[saver], verbose=0)
    return saver.path


def test_predictions_are_written_as_path_and_text(
    trained: Trained,
    read_line: Callable[[np.ndarray], LineReading],
    line_csv: Path,
    tmp_path: Path,
) -> None:
    folder = line_csv.parent
    (folder / "0.png").rename(folder / "odd;name.png")
    text = line_csv.read_text(encoding="utf-8").replace("0.png;", "odd\\;name.png;", 1)
    line_csv.write_text(text, encoding="utf-8")

    written = predictions_of(trained, line_csv, tmp_path / "out")

    assert written.parent == tmp_path / "out"
    assert written.name.startswith("predictions-")
    assert "odd\\;name.png;" in written.read_text(encoding="utf-8")
    rows = {Path(row.image_path).name: row.label for row in read_rows(written)}
    pictures = [path for path in folder.iterdir() if path.suffix == ".png"]
    expected = {path.name: read_line(read_image(path)).text for path in pictures}
    assert rows == expected
    assert rows["odd;name.png"] == "a bone"


def test_predictions_of_one_second_go_to_different_files(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.5)
    saver = CustomPredictionSaverCallback(tmp_path / "out", params)

    for _ in range(2):
        saver.on_predict_begin()
        saver.on_predict_end()

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["predictions-1700000000.txt", "predictions-1700000001.txt"]


def test_predictions_are_written_in_reading_order(params: Params, tmp_path: Path) -> None:
    ordered = Params(**{**params.to_dict(), "bidi_reordering": "rtl"})
    saver = CustomPredictionSaverCallback(tmp_path / "out", ordered)
    # Read from the right: first the word, then the number to its left.
    codes = [ordered.alphabet.lookup_str2int[unit] for unit in "12 ab"]
    probs = np.eye(ordered.alphabet.n_classes)[codes][None]

    saver.on_predict_begin()
    saver.on_predict_batch_end(0, {"outputs": [probs, np.array([5]), np.array([b"a.png"])]})
    saver.on_predict_end()

    assert saver.path is not None
    assert saver.path.read_text(encoding="utf-8") == "a.png;ab 12\n"


def scalars_below(folder: Path) -> dict[str, list[float]]:
    """Every scalar of the event files in a folder, by its name."""
    events = EventAccumulator(str(folder))
    events.Reload()
    return {
        tag: [float(tensor_util.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
        for tag in events.Tags()["tensors"]
        if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars"
    }


def test_the_learning_rate_is_logged_as_lr(tmp_path: Path) -> None:
    model = make_model()
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 ** (epoch + 1))
    logger = LRTensorBoard(tmp_path / "logs")

    model.fit(INPUTS, TARGETS, epochs=3, callbacks=[rates, logger], verbose=0)

    scalars = scalars_below(tmp_path / "logs" / "train")
    assert scalars["lr"] == [0.5, 0.25, 0.125]
    assert len(scalars["epoch_loss"]) == 3


def test_the_state_of_callbacks_that_count_nothing_is_empty(saving: Path, params: Params) -> None:
    quiet = keras.callbacks.TerminateOnNaN()
    saver = CustomSavingCallback(saving, 1, params=params, companions=(quiet,))

    run_epochs(saver, [0.5])

    assert list_saves(saving)[0].state["callbacks"] == {"TerminateOnNaN": {}}


def make_plain_model() -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model


def test_a_model_without_a_network_inside_is_saved_and_loaded_as_a_whole(
    saving: Path, params: Params
) -> None:
    model, fresh = make_plain_model(), make_plain_model()
    model.fit(INPUTS, TARGETS, epochs=1, verbose=0)
    saved = write_save(saving, model, model, params, {"epoch": 1, "keep": True, "callbacks": []})

    CustomLoaderCallback(saved.folder).set_model(fresh)

    assert all(map(np.array_equal, fresh.get_weights(), model.get_weights()))
    assert int(fresh.optimizer.iterations) == int(model.optimizer.iterations) > 0
