"""The training journey inside one process: exports, restarts and folders."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tf_crnn.checkpoints import (
    LANGUAGE_MODEL_NPZ,
    best_save,
    last_export,
    list_saves,
    write_save,
)
from tf_crnn.config import Params
from tf_crnn.decoding.language_files import read_fitted
from tf_crnn.errors import DataError, ModelFolderError
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_model_train
from tf_crnn.run_folder import RunFolder
from tf_crnn.scoring.calibration import Calibration
from tf_crnn.trainer import export_best, train

ParamsFactory = Callable[..., Params]


@pytest.fixture
def package_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, logger="tf_crnn"):
        yield caplog


def params_for(
    folder: Path, line_csv: Path, tiny_params: ParamsFactory, **overrides: Any
) -> Params:
    values = {
        "csv_files_train": str(line_csv),
        "csv_files_eval": [str(line_csv)],
        "train_batch_size": 3,
        "n_epochs": 1,
        "evaluate_every_epoch": 50,
    }
    return tiny_params(folder, **{**values, **overrides})


def test_a_start_without_usable_lines_does_not_block_the_next(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory, package_log: Any
) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("gone.png;|a|\n")
    params = params_for(tmp_path, line_csv, tiny_params, csv_files_train=str(empty))
    with pytest.raises(DataError, match=r"no usable line among 1.*\n.*gone.png: missing file"):
        train(params, progress_bar=False)

    result = train(params_for(tmp_path, line_csv, tiny_params), progress_bar=False)

    assert result.epochs == 1
    assert result.evaluation.counts.n_lines == 8
    assert last_export(tmp_path / "run/export").folder == result.export_folder  # type: ignore[union-attr]
    assert PredictionModel(result.export_folder).calibration != Calibration()


def test_a_folder_with_anything_else_in_it_is_not_touched(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory
) -> None:
    params = params_for(tmp_path, line_csv, tiny_params)
    mine = Path(params.output_model_dir) / "config.json"
    mine.parent.mkdir()
    mine.write_text("mine")

    with pytest.raises(ModelFolderError, match=r"restore_model=true.*output_model_dir="):
        train(params)

    assert mine.read_text() == "mine"


class Log:
    """A run log that remembers."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.artifacts: list[str] = []

    def log_scalar(self, name: str, value: float, step: int, /) -> None:
        self.values.setdefault(name, []).append(value)

    def add_artifact(self, filename: str, /) -> None:
        self.artifacts.append(Path(filename).name)


def test_restoring_goes_on_with_the_saved_rate_unless_another_one_is_given(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory
) -> None:
    log = Log()

    common = {"learning_rate": 0.004, "reduce_lr_patience": 1, "early_stopping_min_delta": 0.0}
    first = params_for(tmp_path, line_csv, tiny_params, **common)
    train(first, log, progress_bar=False)
    [save] = list_saves(tmp_path / "run/saving")
    model = get_model_train(first)
    model.network.load_weights(save.folder / "model.weights.h5")
    model.optimizer.build(model.trainable_variables)
    model.optimizer.learning_rate = 0.001
    write_save(tmp_path / "run/saving", model, model.network, first, save.state)

    train(params_for(tmp_path, line_csv, tiny_params, **common, restore_model=True), log,
          progress_bar=False)  # fmt: skip
    common["learning_rate"] = 0.002
    train(params_for(tmp_path, line_csv, tiny_params, **common, restore_model=True), log,
          progress_bar=False)  # fmt: skip

    assert log.values["learning_rate"] == pytest.approx([0.004, 0.001, 0.002])
    assert log.artifacts.count("report.html") == 3
    assert "samples_epoch_0003.png" in log.artifacts


def test_restoring_needs_a_save_and_the_same_network(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory
) -> None:
    params = params_for(tmp_path, line_csv, tiny_params, restore_model=True)
    with pytest.raises(ModelFolderError, match="there is no save in"):
        train(params)
    model = get_model_train(params)
    model.optimizer.build(model.trainable_variables)
    state = {"epoch": 1, "val_cer": 0.5, "keep": False, "minutes": 0.0, "callbacks": []}
    write_save(tmp_path / "run/saving", model, model.network, params, state)

    other = params_for(tmp_path, line_csv, tiny_params, restore_model=True, rnn_units=[8])
    with pytest.raises(ModelFolderError, match=r"another network: rnn_units was \(16,\)"):
        train(other)


def test_the_best_save_is_exported_once_and_old_exports_go(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory
) -> None:
    params = params_for(tmp_path, line_csv, tiny_params, keep_max_models=2)
    folder = RunFolder(params.output_model_dir)
    folder.start(params)
    exported = []

    for epoch, cer in enumerate([0.9, 0.5, 0.7, 0.4], start=1):
        model = get_model_train(params)
        model.optimizer.build(model.trainable_variables)
        state = {"epoch": epoch, "val_cer": cer, "keep": False, "minutes": 0.0, "callbacks": []}
        write_save(folder.saving, model, model.network, params, state)
        exported.append(export_best(folder, params))

    assert exported[1] == exported[2]
    assert len(set(exported)) == 3
    assert sorted(path.name for path in folder.export.iterdir()) == [
        exported[1].name,
        exported[3].name,
    ]
    state_file = json.loads((exported[3] / "state.json").read_text())
    assert state_file["epoch"] == best_save(list_saves(folder.saving)).state["epoch"] == 4
    assert PredictionModel(folder.path).folder == exported[3]


def test_head_joint_with_scoring_by_both_ends_with_a_language_model(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory
) -> None:
    joint = {"head": "joint", "attention_units": 8, "attention_size": 8, "attention_embedding": 4}
    scoring = {"joint_scoring_weight": 0.4, "num_beam_paths": 3, "language_model_order": 2}

    result = train(
        params_for(tmp_path, line_csv, tiny_params, **joint, **scoring), progress_bar=False
    )

    assert (result.export_folder / LANGUAGE_MODEL_NPZ).is_file()
    assert read_fitted(result.export_folder).n_lines == 8  # type: ignore[union-attr]
    assert result.evaluation.counts.n_lines == 8


def test_a_language_model_that_cannot_be_learnt_does_not_cost_the_report(
    tmp_path: Path, line_csv: Path, tiny_params: ParamsFactory, package_log: Any
) -> None:
    asked = {"language_model_order": 2, "language_model_text": str(tmp_path / "gone.txt")}
    params = params_for(tmp_path, line_csv, tiny_params, **asked, language_model_weight=0.5)

    result = train(params, progress_bar=False)

    assert (result.report_folder / "report.html").is_file()
    assert not (result.export_folder / LANGUAGE_MODEL_NPZ).exists()
    [warning] = [m for m in package_log.messages if m.startswith("no language model: ")]
    assert "gone.txt: cannot be read" in warning
    assert f"tf-crnn lm learn {result.export_folder}" in warning
