"""`tf-crnn lr-find`: batches trained with a rising rate, and nothing left of them."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tf_crnn.cli import main
from tf_crnn.cli_lr_find import findings
from tf_crnn.config import Params, read_updates
from tf_crnn.data_handler import batches_for, labelled
from tf_crnn.errors import ConfigError, TrainingError
from tf_crnn.lr_find import RangeOptions, find_learning_rate
from tf_crnn.model import get_model_train
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.rate_test import RangeTest, Trial, rising_rates


@pytest.fixture
def params(tmp_path: Path, line_csv: Path, tiny_params: Callable[..., Params]) -> Params:
    return tiny_params(
        tmp_path,
        csv_files_train=str(line_csv),
        csv_files_eval=str(line_csv),
        train_batch_size=4,
        data_augmentation=False,
        rnn_dropout=0.0,
    )


@pytest.fixture
def config(params: Params, tmp_path: Path) -> str:
    values = params.to_dict()
    del values["output_model_dir"]
    (tmp_path / "tiny.json").write_text(json.dumps(values))
    return str(tmp_path / "tiny.json")


def first_loss(params: Params, folder: Path) -> float:
    """Of the first batch, in nats a unit, by the untrained model."""
    csv_path = folder / "updated.csv"
    preprocess_csv(params.csv_files_train, params, csv_path)
    lines = batches_for(str(csv_path), params, batch_size=4, augment=False, shuffle=True)
    batch = next(lines.endless())
    outputs = get_model_train(params).predict_on_batch(labelled(batch)[0])
    return float(np.mean(outputs["line_losses"]) / np.mean(batch.label_lengths))


def test_the_rate_rises_until_the_loss_does_and_the_run_folder_is_not_touched(
    params: Params, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/mine.txt").write_text("mine")
    calls: list[int] = []

    test = find_learning_rate(
        params, RangeOptions(1e-6, 1e4, 30, 0), on_batch=lambda: calls.append(1)
    )

    rates = [trial.rate for trial in test.trials]
    np.testing.assert_allclose(rates, rising_rates(1e-6, 1e4, 30)[: len(rates)])
    assert test.diverged and 10 < len(rates) < 30
    assert len(calls) == len(rates) + 1
    assert all(math.isfinite(trial.loss) for trial in test.trials)
    assert test.trials[0].loss == pytest.approx(first_loss(params, tmp_path), rel=1e-4)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["mine.txt"]


def test_a_rate_that_destroys_at_once_is_an_error(params: Params) -> None:
    with pytest.raises(TrainingError, match="rose without end after . batches.*lower --min_rate"):
        find_learning_rate(params, RangeOptions(1e4, 1e6, 20, 0))


def test_the_command_writes_curve_and_table_and_suggests_a_rate(
    config: str, tmp_path: Path
) -> None:
    arguments = ["lr-find", config, "seed=3", "-o", str(tmp_path / "found"), "--batches", "12",
                 "--warmup_batches", "2", "--max_rate", "1e-3"]  # fmt: skip

    result = CliRunner().invoke(main, arguments, catch_exceptions=False)

    assert result.exit_code == 0, result.output
    assert "suggested: learning_rate=" in result.output
    assert "up to 0.001 the loss did not rise" in result.output
    assert {path.name for path in (tmp_path / "found").iterdir()} == {"lr_find.png", "lr_find.csv"}
    assert len((tmp_path / "found/lr_find.csv").read_text().splitlines()) == 13
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{config}", "lerning_rate=1"], "lerning_rate: no such key. Did you mean learning_rate"),
        (["{config}", "learning_rate"], "learning_rate: is neither key=value"),
        (["gone.json"], "gone.json: cannot be read"),
        (["{config}", "csv_files_train=gone.csv"], "csv_files_train: gone.csv does not exist"),
        (["{config}", "--max_rate", "1e-7"], "--max_rate 1e-07 must be above --min_rate 1e-06"),
    ],
)
def test_faulty_input_is_refused(config: str, words: list[str], message: str) -> None:
    arguments = [word.format(config=config) for word in words]

    result = CliRunner().invoke(main, ["lr-find", *arguments])

    assert result.exit_code != 0
    assert message in result.output


def test_a_loss_that_hardly_fell_is_not_trusted() -> None:
    flat = RangeTest([Trial(10.0**power, 3.0) for power in range(-6, 0)], diverged=False)

    sentences = findings(flat)

    assert any("the loss fell by 0.0% alone" in sentence for sentence in sentences)
    assert any("a tenth of the rate from which it rises" in line for line in sentences)
    assert any("Give a greater --max_rate" in sentence for sentence in sentences)


def test_later_words_win(config: str) -> None:
    assert read_updates(["n_epochs=3", config, "rnn_units=[8, 8]"])["rnn_units"] == [8, 8]
    assert read_updates([config, "n_epochs=3"])["n_epochs"] == 3
    assert read_updates(["n_epochs=3", config])["n_epochs"] == 50
    with pytest.raises(ConfigError, match="x.csv: is neither key=value"):
        read_updates(["x.csv"])
