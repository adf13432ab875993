"""Weights of a model in another with another alphabet, before and after a training."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tf_crnn.alphabet import Alphabet
from tf_crnn.checkpoints import WEIGHTS_H5, list_saves, write_save
from tf_crnn.config import Params
from tf_crnn.config_keys.head import HEADS
from tf_crnn.errors import ModelFolderError
from tf_crnn.fine_tuning import find_weights, take_over
from tf_crnn.fine_tuning_weights import UnitRows, copy_weights, prepare_fine_tuning, unit_axis
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_model_train, get_network
from tf_crnn.trainer import train

UNITS = "abcdeno 0123"
# Another order, one unit more, and two fewer.
OTHER_UNITS = "3210 éonedc"


@pytest.fixture
def other_alphabet(tmp_path: Path) -> str:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({unit: code for code, unit in enumerate(OTHER_UNITS, start=1)}))
    return str(path)


@pytest.fixture(params=["save", "export"])
def model_folder(request: pytest.FixtureRequest, run_folder: Path, tmp_path: Path) -> Path:
    """The trained model as a save, and as an export beside which there is no save."""
    if request.param == "save":
        return run_folder
    return Path(shutil.copytree(run_folder / "export", tmp_path / "exported"))


def tuned_params(model_folder: Path, alphabet: str, **overrides: Any) -> Params:
    values = {"restore_from": str(model_folder), "lookup_alphabet_file": alphabet,
              "restore_alphabet": "new", **overrides}  # fmt: skip
    return Params(**take_over(values))


def logits(network: Any, seed: int = 3) -> np.ndarray:
    images = np.random.default_rng(seed).normal(size=(2, 32, 80, 1)).astype("float32")
    inputs = {"input_images": images, "input_seq_length": np.array([[20], [15]])}
    return np.asarray(network(inputs, training=False))


def test_each_unit_takes_its_logits_along(
    model_folder: Path, trained: Any, other_alphabet: str
) -> None:
    params = tuned_params(model_folder, other_alphabet)
    network = get_network(params)
    untrained = logits(network)

    copy_weights(find_weights(str(model_folder)), network, params.alphabet)

    old, new = logits(trained.model.network), logits(network)
    for unit in set(UNITS) & set(OTHER_UNITS):
        at = OTHER_UNITS.index(unit) + 1
        np.testing.assert_allclose(new[..., at], old[..., UNITS.index(unit) + 1], atol=1e-5)
    np.testing.assert_allclose(new[..., 0], old[..., 0], atol=1e-5)
    assert np.abs(new - untrained).max() > 0.1


def test_a_new_unit_begins_as_the_mean_of_the_others_but_unlike_them(
    run_folder: Path, trained: Any, other_alphabet: str
) -> None:
    params = tuned_params(run_folder, other_alphabet)
    network = get_network(params)
    at = OTHER_UNITS.index("é") + 1
    fresh = np.asarray(network.get_layer("logits").kernel)[:, at]

    copy_weights(find_weights(str(run_folder)), network, params.alphabet)

    old = np.asarray(trained.model.network.get_layer("logits").kernel)[:, 1:]
    new = np.asarray(network.get_layer("logits").kernel)[:, at]
    np.testing.assert_allclose(new, fresh + old.mean(axis=1), atol=1e-5)
    bias = np.asarray(network.get_layer("logits").bias)[at]
    old_bias = np.asarray(trained.model.network.get_layer("logits").bias)[1:]
    assert bias == pytest.approx(old_bias.mean(), abs=1e-5)


@pytest.mark.parametrize("axis", [0, -1])
def test_rows_follow_their_units_on_any_axis(axis: int) -> None:
    rows = UnitRows(Alphabet.from_units("ab"), Alphabet.from_units("bca"))
    old = np.array([[10.0, 1.0, 3.0]] * 2)  # blank, a, b
    fresh = np.array([[0.5, 0.5, 0.25, 0.5]] * 2)  # blank, b, c, a
    wanted = np.array([[10.0, 3.0, 2.25, 1.0]] * 2)

    moved = rows.moved(old, fresh, -1) if axis else rows.moved(old.T, fresh.T, 0).T

    np.testing.assert_array_equal(moved, wanted)


@pytest.mark.parametrize("head", HEADS)
def test_every_weight_that_grows_with_the_alphabet_is_known(
    head: str, tmp_path: Path, tiny_params: Callable[..., Params], other_alphabet: str
) -> None:
    values = {"head": head, "attention_units": 8, "attention_size": 8, "shortcut_loss_weight": 1.0}
    one = get_model_train(tiny_params(tmp_path, **values))
    values["lookup_alphabet_file"] = other_alphabet
    other = get_model_train(tiny_params(tmp_path, **values))

    growing = [
        (a.path, [axis for axis in range(len(a.shape)) if a.shape[axis] != b.shape[axis]])
        for a, b in zip(one.weights, other.weights, strict=True)
        if a.shape != b.shape
    ]

    assert len(growing) == {"ctc": 4, "attention": 5, "joint": 7}[head]
    for path, [axis] in growing:
        known = unit_axis(path)
        assert known is not None, path
        assert known % len([w for w in one.weights if w.path == path][0].shape) == axis


def test_a_damaged_export_is_named(run_folder: Path, tmp_path: Path, other_alphabet: str) -> None:
    copied = Path(shutil.copytree(run_folder / "export", tmp_path / "exported"))
    [index] = copied.glob("*/variables/variables.index")
    index.write_bytes(b"nothing")
    params = tuned_params(copied, other_alphabet)

    with pytest.raises(ModelFolderError, match="variables: is damaged or does not belong"):
        copy_weights(find_weights(str(copied)), get_network(params), params.alphabet)


def weights(folder: Path) -> dict[str, np.ndarray]:
    found = {}
    with h5py.File(folder / WEIGHTS_H5) as file:
        file.visititems(
            lambda name, node: found.update({name: node[()]}) if hasattr(node, "dtype") else None
        )
    return found


def test_a_fine_tuning_trains_what_is_not_frozen_and_is_gone_on_with(
    run_folder: Path, line_csv: Path, tmp_path: Path, other_alphabet: str
) -> None:
    model = Path(shutil.copytree(run_folder / "saving", tmp_path / "first/saving"))
    values = {
        "restore_from": str(model.parent),
        "freeze": ["backbone"],
        "restore_alphabet": "union",
        "encoder_learning_rate_factor": 0.5,
        "csv_files_train": str(line_csv),
        "csv_files_eval": str(line_csv),
        "output_model_dir": str(tmp_path / "run"),
        "train_batch_size": 3,
        "n_epochs": 1,
        "learning_rate": 0.001,
    }
    params = tuned_params(model, other_alphabet, **values)

    result = train(params, progress_bar=False)

    [first] = list_saves(tmp_path / "run/saving")
    before, after = weights(list_saves(model)[0].folder), weights(first.folder)
    assert all(
        np.array_equal(before[name], after[name]) == ("conv_block" in name)
        for name in before
        if before[name].shape == after[name].shape
    )
    assert result.evaluation.counts.cer < 0.5
    alphabet = json.loads((tmp_path / "run/alphabet.json").read_text())
    assert set(alphabet) == set(PredictionModel(tmp_path / "run").alphabet.alphabet_units)
    assert set(alphabet) == {*UNITS, "é"}
    report = (result.report_folder / "report.json").read_text()
    assert json.loads(report)["fine_tuned_from"]["units_new"] == ["é"]

    shutil.rmtree(model.parent)
    again = take_over({**values, "restore_model": True, "lookup_alphabet_file": other_alphabet})
    gone_on = train(Params(**again), progress_bar=False)

    assert gone_on.epochs == 2
    last = weights(list_saves(tmp_path / "run/saving")[-1].folder)
    assert all(np.array_equal(before[name], last[name]) for name in before if "conv" in name)


def test_parts_frozen_otherwise_cannot_be_gone_on_with(run_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(run_folder / "saving", tmp_path / "run/saving")
    values = {"restore_from": str(run_folder), "output_model_dir": str(tmp_path / "run"),
              "restore_model": True, "freeze": ["rnn"]}  # fmt: skip

    with pytest.raises(ModelFolderError, match=r"another network: freeze was \(\)"):
        train(Params(**take_over(values, given=())), progress_bar=False)


def test_another_backbone_is_refused_by_its_layer(
    run_folder: Path, tmp_path: Path, tiny_params: Callable[..., Params]
) -> None:
    wider = tiny_params(tmp_path, cnn_features_list=[8, 24], rnn_units=[32])

    with pytest.raises(ModelFolderError, match=r"conv_block_1 has weights \[\(3, 3, 8, 16\)"):
        copy_weights(find_weights(str(run_folder)), get_network(wider), wider.alphabet)


def test_a_decoder_alone_comes_along_and_is_trained_behind_a_frozen_backbone(
    tmp_path: Path,
    tiny_params: Callable[..., Params],
    other_alphabet: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    head = {"head": "attention", "attention_units": 8, "attention_size": 8}
    params = tiny_params(tmp_path, **head)
    trained = get_model_train(params)
    state = {"epoch": 1, "keep": True, "val_cer": 0.0}
    write_save(tmp_path / "first/saving", trained, trained.network, params, state)
    tuned = tuned_params(tmp_path / "first", other_alphabet, **head, freeze=["backbone"])
    model = get_model_train(tuned)

    prepare_fine_tuning(model, tuned, is_resumed=False)

    assert not [r for r in caplog.records if r.levelname == "WARNING"]
    old, new = (m.network.decoder.cells[0].get_weights() for m in (trained, model))
    for before, after in zip(old, new, strict=True):
        np.testing.assert_array_equal(before, after)
    trainable = {variable.path.split("/")[0] for variable in model.trainable_variables}
    assert trainable == {"bilstm_0", "decoder"}


def test_the_decoder_and_the_layers_of_training_alone_come_along(
    tmp_path: Path, tiny_params: Callable[..., Params], other_alphabet: str
) -> None:
    recipe = {"head": "joint", "attention_units": 8, "attention_size": 8, "ema_momentum": 0.9,
              "shortcut_loss_weight": 0.5, "feature_masking": 0.3}  # fmt: skip
    params = tiny_params(tmp_path, **recipe)
    trained = get_model_train(params)
    trained.optimizer.build(trained.trainable_variables)
    for average in trained.optimizer.averages:
        average.assign_add(average * 0.0 + 0.25)
    state = {"epoch": 1, "keep": True, "val_cer": 0.0}
    write_save(tmp_path / "first/saving", trained, trained.network, params, state)
    tuned = tuned_params(tmp_path / "first", other_alphabet, **recipe)
    model = get_model_train(tuned)

    copy_weights(find_weights(str(tmp_path / "first")), model, tuned.alphabet)

    codes = [OTHER_UNITS.index(unit) + 1 for unit in "03e"]
    old_codes = [UNITS.index(unit) + 1 for unit in "03e"]
    for old, weight in zip(trained.weights, model.weights, strict=True):
        before, after = np.asarray(old), np.asarray(weight)
        if (axis := unit_axis(weight.path)) is not None:
            before, after = before.take(old_codes, axis), after.take(codes, axis)
        # Averaged where it is read with, as it was trained where it is not.
        added = 0.0 if "shortcut" in weight.path else 0.25
        np.testing.assert_allclose(after, before + added, atol=1e-5, err_msg=weight.path)


def test_a_head_that_the_model_lacks_begins_anew(
    run_folder: Path, other_alphabet: str, caplog: pytest.LogCaptureFixture
) -> None:
    params = tuned_params(run_folder, other_alphabet, head="joint", attention_units=8)
    model = get_model_train(params)
    fresh = [np.asarray(weight) for weight in model.get_layer("decoder").weights]

    copy_weights(find_weights(str(run_folder)), model, params.alphabet)

    assert "holds no such decoder, which begins anew" in caplog.text
    for weight, value in zip(model.get_layer("decoder").weights, fresh, strict=True):
        np.testing.assert_array_equal(np.asarray(weight), value)
