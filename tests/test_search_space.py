"""Search spaces from `--set`: what is read, what is refused, and what is tried."""

import json
from pathlib import Path
from typing import Any

import pytest

from tf_crnn.errors import ConfigError
from tf_crnn.sweep.search_space import Choices, Range, SearchSpace, as_text, parse_search_space


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """Parameters that a training can start from."""
    (tmp_path / "lines.csv").write_text("0.png;|a|\n")
    (tmp_path / "alphabet.json").write_text(json.dumps({"a": 1}))
    return {
        "csv_files_train": str(tmp_path / "lines.csv"),
        "csv_files_eval": str(tmp_path / "lines.csv"),
        "lookup_alphabet_file": str(tmp_path / "alphabet.json"),
    }


@pytest.mark.parametrize(
    ("assignment", "values"),
    [
        ("learning_rate=1e-3,3e-4", (0.001, 0.0003)),
        ("learning_rate=1", (1.0,)),
        ("rnn_units=[128],[256,256],[64, 64]", ([128], [256, 256], [64, 64])),
        ("rnn_units=(128,),(96,96)", ([128], [96, 96])),
        ("optimizer=adam, rms", ("adam", "rms")),
        ("data_augmentation=true,False", (True, False)),
        ('csv_delimiter=",",";"', (",", ";")),
        ("cnn_kernel_size=[3,3,3,3,3],[5,5,3,3,3]", ([3, 3, 3, 3, 3], [5, 5, 3, 3, 3])),
    ],
)  # fmt: skip
def test_choices_are_json_python_or_bare_words_parted_by_commas_outside_brackets(
    assignment: str, values: tuple[Any, ...], config: dict[str, Any]
) -> None:
    [axis] = parse_search_space([assignment], config).axes.values()

    assert axis == Choices(values)
    assert [type(v) for v in axis.values] == [type(v) for v in values]


@pytest.mark.parametrize(
    ("assignment", "axis"),
    [
        ("learning_rate=1e-4..1e-2", Range(0.0001, 0.01, is_log=True, is_whole=False)),
        ("learning_rate=1e-4..9e-4", Range(0.0001, 0.0009, is_log=False, is_whole=False)),
        ("rnn_dropout=0..0.5", Range(0.0, 0.5, is_log=False, is_whole=False)),
        ("max_gradient_norm=1..5", Range(1.0, 5.0, is_log=False, is_whole=False)),
        ("train_batch_size=4..64", Range(4, 64, is_log=True, is_whole=True)),
        ("train_batch_size=8..64", Range(8, 64, is_log=False, is_whole=True)),
    ],
)
def test_a_range_is_on_a_log_scale_from_a_ratio_of_ten_and_whole_where_the_key_is(
    assignment: str, axis: Range, config: dict[str, Any]
) -> None:
    [found] = parse_search_space([assignment], config).axes.values()

    assert found == axis


def test_every_combination_is_counted_once_the_last_key_fastest(config: dict[str, Any]) -> None:
    space = parse_search_space(["seed=1,2", "optimizer=adam", "train_batch_size=3..5"], config)

    combinations = [space.combination(index) for index in range(space.size or 0)]

    pairs = [(c["seed"], c["train_batch_size"]) for c in combinations]
    assert pairs == [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]
    assert {c["optimizer"] for c in combinations} == {"adam"}
    assert space.varying == ["seed", "train_batch_size"]
    assert space.ranges == ["train_batch_size"]


def test_a_continuous_range_cannot_be_counted(config: dict[str, Any]) -> None:
    space = parse_search_space(["seed=1,2", "learning_rate=1e-4..1e-2"], config)

    assert space.size is None
    with pytest.raises(ValueError, match="learning_rate has a continuous range"):
        space.combination(0)


def test_all_problems_come_in_one_message(config: dict[str, Any]) -> None:
    assignments = [
        "lerning_rate=1e-3",
        "learning_rate",
        "seed=1,2",
        "seed=3",
        "optimizer=adam,adm",
        "rnn_units=64..128",
        "train_batch_size=1.5..3",
        "rnn_dropout=0.5..0.1",
        "n_epochs=5..9,12",
        "eval_batch_size=8,,9",
        "max_gradient_norm=5,5.0",
        "cnn_kernel_size=[3,3",
        "output_model_dir=a,b",
    ]

    with pytest.raises(ConfigError, match="the sweep cannot begin:") as caught:
        parse_search_space(assignments, config)

    problems = str(caught.value).split("\n  - ")[1:]
    assert [problem.split(":")[0] for problem in problems] == [
        "lerning_rate", "learning_rate", "seed", "rnn_units", "train_batch_size", "rnn_dropout",
        "n_epochs", "eval_batch_size", "max_gradient_norm", "cnn_kernel_size", "output_model_dir",
        "optimizer",
    ]  # fmt: skip
    for hint in ("Did you mean learning_rate?", "must be KEY=VALUE", "set twice", "Give choices",
                 "whole numbers, not 1.5..3", "low to high", "mixes a range", "value is empty",
                 "5.0 is named more than once", "left open", "by the sweep itself",
                 "not 'adm'"):  # fmt: skip
        assert hint in str(caught.value)


def test_values_that_cannot_go_together_are_found(config: dict[str, Any]) -> None:
    fitting = ["input_shape=[96,1400],[48,200]", "max_chars_per_string=10,11"]
    parse_search_space(fitting, config)

    with pytest.raises(ConfigError, match=r"12 units need 208 px .* gives 200 px"):
        parse_search_space([fitting[0], "max_chars_per_string=10,12"], config)


def test_of_very_many_combinations_each_value_is_still_checked(config: dict[str, Any]) -> None:
    seeds = ",".join(map(str, range(300)))

    with pytest.raises(ConfigError, match="optimizer: must be one of .*'sgd'"):
        parse_search_space([f"seed={seeds}", "optimizer=adam,sgd"], config)


def test_both_ends_of_a_range_must_be_possible(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="rnn_dropout: must be at least 0 and below 1, not 1.0"):
        parse_search_space(["rnn_dropout=0..1"], config)


def test_a_missing_input_is_found_in_the_config_and_among_the_choices(
    config: dict[str, Any],
) -> None:
    without = {key: value for key, value in config.items() if key != "csv_files_eval"}
    train = f"csv_files_train={config['csv_files_train']},nowhere.csv"

    with pytest.raises(ConfigError, match="nowhere.csv does not exist") as caught:
        parse_search_space([train], without)

    assert "csv_files_eval: is missing" in str(caught.value)


def test_numbers_from_a_range_are_made_short_and_stay_inside() -> None:
    rates = Range(0.00012342, 0.019999, is_log=True, is_whole=False)

    tidied = [rates.tidy(value) for value in (0.00333366, 0.00012342, 0.0199988)]

    assert tidied == [0.003334, 0.00012342, 0.019999]
    assert Range(1, 9, is_log=False, is_whole=True).tidy(3.0) == 3


def test_the_least_value_of_a_key_is_that_of_the_sweep_or_the_given_one() -> None:
    space = SearchSpace(
        {"seed": Choices((5, 2)), "n_epochs": Range(3, 9, is_log=False, is_whole=True)}
    )

    least = [space.least(key, 7) for key in ("seed", "n_epochs", "beam_width")]

    assert least == [2, 3, 7]


def test_values_are_shown_as_they_are_written() -> None:
    shown = [as_text(value) for value in ("adam", [256, 256], 0.001, True)]

    assert shown == ["adam", "[256, 256]", "0.001", "true"]
