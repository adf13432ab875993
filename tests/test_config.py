"""The parameters of a run."""

import dataclasses
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tf_crnn.alphabet import Alphabet
from tf_crnn.config import CONST, Params, import_params_from_json
from tf_crnn.errors import ConfigError
from tf_crnn.text_rules import TextRules

# What the documentation of tf-crnn promises.
DOCUMENTED_DEFAULTS = {
    "input_shape": (96, 1400),
    "input_channels": 1,
    "cnn_features_list": (16, 32, 64, 96, 128),
    "cnn_kernel_size": (3, 3, 3, 3, 3),
    "cnn_stride_size": ((1, 1), (1, 1), (1, 1), (1, 1), (1, 1)),
    "cnn_pool_size": ((2, 2), (2, 2), (2, 2), (2, 2), (1, 1)),
    "cnn_batch_norm": (False, False, False, False, False),
    "rnn_units": (256, 256),
    "num_beam_paths": 1,
    "csv_delimiter": ";",
    "string_split_delimiter": "|",
    "csv_files_train": None,
    "csv_files_eval": None,
    "lookup_alphabet_file": None,
    "blank_symbol": "$",
    "max_chars_per_string": 75,
    "data_augmentation": True,
    "data_augmentation_max_rotation": 0.005,
    "data_augmentation_max_slant": 0.7,
    "n_epochs": 50,
    "train_batch_size": 64,
    "eval_batch_size": 128,
    "learning_rate": 1e-4,
    "optimizer": "adam",
    "output_model_dir": "",
    "evaluate_every_epoch": 5,
    "save_interval": 20,
    "restore_model": False,
}


@pytest.fixture
def training_values(tmp_path: Path) -> dict[str, Any]:
    """The least that a training needs."""
    (tmp_path / "lines.csv").write_text("a.png;|a|\n")
    (tmp_path / "alphabet.json").write_text('{"a": 1}')
    return {
        "csv_files_train": str(tmp_path / "lines.csv"),
        "csv_files_eval": [str(tmp_path / "lines.csv")],
        "lookup_alphabet_file": str(tmp_path / "alphabet.json"),
        "output_model_dir": str(tmp_path / "run"),
    }


def test_defaults_are_the_documented_ones() -> None:
    params = Params()

    assert {key: getattr(params, key) for key in DOCUMENTED_DEFAULTS} == DOCUMENTED_DEFAULTS
    assert params.downscale_factor == 16
    assert CONST.PREPROCESSING_FOLDER == "preprocessed"


def test_every_key_explains_itself() -> None:
    meanings = {field.name: field.metadata["meaning"] for field in dataclasses.fields(Params)}

    assert [name for name, meaning in meanings.items() if len(meaning) < 10] == []
    assert [*meanings] == [*Params.defaults()]


def test_defaults_are_plain_json() -> None:
    assert json.loads(json.dumps(Params.defaults())) == Params.defaults()


@pytest.mark.parametrize("key", Params.defaults())
def test_a_misspelt_key_gets_the_right_one_suggested(key: str) -> None:
    middle = len(key) // 2
    misspelt = [
        key[:middle] + key[middle + 1 :],
        key[:middle] + key[middle - 1] + key[middle:],
        key.replace("_", "-", 1) if "_" in key else f"{key}s",
    ]

    for wrong in misspelt:
        with pytest.raises(ConfigError, match=rf"{wrong}: no such key\. Did you mean {key}\?"):
            Params(**{wrong: 1})


def test_a_key_like_no_other_points_to_the_documentation() -> None:
    with pytest.raises(ConfigError, match=r"xyzzy: no such key\. The configuration page lists all"):
        Params(xyzzy=1)


def test_all_problems_come_in_one_message() -> None:
    with pytest.raises(ConfigError, match="learning_rat: no such key") as caught:
        Params(learning_rat=1, optimizer="rmsprop", n_epochs=0, cnn_kernel_size=[3])

    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "  - learning_rat",
        "  - n_epochs",
        "  - optimizer",
        "  - cnn lists",
    ]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        *(("n_epochs", wrong) for wrong in (0, 1.5, "3", True, None)),
        ("max_chars_per_string", "75"),
        *((key, -1) for key in ("max_minutes", "image_cache_mb", "seed", "max_gradient_norm")),
        ("data_augmentation_max_slant", math.nan),
        ("data_augmentation_max_rotation", math.inf),
        ("early_stopping_min_delta", None),
        ("data_augmentation", "yes"),
        ("data_augmentation", 1),
        ("data_augmentation", [True, False]),
        ("restore_model", None),
        ("learning_rate", 0),
        ("learning_rate", "1e-4"),
        ("rnn_dropout", 1),
        ("rnn_dropout", -0.1),
        ("reduce_lr_factor", 1.5),
        ("optimizer", "sgd"),
        ("optimizer", None),
        ("optimizer", ["adam"]),
        ("seed", 1.5),
        ("input_channels", 2),
        ("input_channels", True),
        ("input_channels", 1.0),
        ("csv_delimiter", ""),
        ("csv_delimiter", ";;"),
        ("csv_delimiter", "\\"),
        ("string_split_delimiter", '"'),
        ("string_split_delimiter", "\n"),
        ("string_split_delimiter", 1),
        ("string_split_delimiter", ";"),
        ("output_model_dir", 3),
        ("blank_symbol", None),
        ("csv_files_train", []),
        ("csv_files_train", ""),
        ("csv_files_eval", [""]),
        ("lookup_alphabet_file", 7),
        ("input_shape", [96]),
        ("input_shape", [0, 100]),
        ("input_shape", 96),
        ("input_shape", [96.0, 1400]),
        ("rnn_units", [0]),
        ("rnn_units", "256"),
        ("rnn_units", True),
        ("cnn_features_list", 16),
        ("cnn_features_list", [16, 32, 64, 96, 0]),
        ("cnn_kernel_size", [3, 3, 3, 3, 3.0]),
        ("cnn_stride_size", [1, 1, 1, 1, 1]),
        ("cnn_pool_size", [(2, 2), (2, 2), (2, 2), (2, 2), (0, 1)]),
        ("cnn_batch_norm", [0, 0, 0, 0, 0]),
    ],
)
def test_a_wrong_value_is_refused_under_its_key(key: str, wrong: object) -> None:
    with pytest.raises(ConfigError, match=rf"- .*{key}.*: must "):
        Params(**{key: wrong})


def test_a_wrong_optimizer_gets_the_right_one_suggested() -> None:
    with pytest.raises(
        ConfigError, match=r"one of adam, adamw, rms, ada, not 'rmsprop'\. Did you mean r"
    ):
        Params(optimizer="rmsprop")


def test_lists_of_blocks_must_be_of_one_length() -> None:
    with pytest.raises(ConfigError, match="found cnn_features_list 2, cnn_kernel_size 5"):
        Params(cnn_features_list=[8, 16])
    with pytest.raises(ConfigError, match="one entry for each block; found cnn_features_list 0"):
        Params(**{key: [] for key in DOCUMENTED_DEFAULTS if key.startswith("cnn_")})


def test_the_width_must_hold_the_longest_label_and_one_step() -> None:
    exact = Params(input_shape=(96, 76 * 16), max_chars_per_string=75)

    assert exact.time_steps(exact.input_shape[1]) == 76
    with pytest.raises(ConfigError, match=r"75 units need 1216 px at 16 px .* Lower it to 74,"):
        Params(input_shape=(96, 76 * 16 - 1), max_chars_per_string=75)


def test_the_downscale_factor_is_the_product_of_the_widths_of_pools_and_strides() -> None:
    params = Params(
        cnn_pool_size=[(2, 2), (2, 1), (1, 3), (1, 1), (2, 1)],
        cnn_stride_size=[(2, 1), (1, 2), (1, 1), (1, 1), (1, 1)],
    )

    assert params.downscale_factor == 2 * 3 * 2
    assert [params.time_steps(width) for width in (11, 12, 23, 24)] == [0, 1, 1, 2]
    assert params.show_experiment_params()["downscale_factor"] == 12


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (False, False),
        ([False], False),
        ((False,), False),
        ([[False]], False),
        ([[[True]]], True),
        ("false", False),
        ("True", True),
        (["false"], False),
    ],
)
def test_augmentation_can_be_turned_off_however_it_was_written(given: object, kept: bool) -> None:
    assert Params(data_augmentation=given).data_augmentation is kept


def test_a_command_line_says_true_as_text() -> None:
    assert Params(restore_model="true").restore_model is True


def test_one_layer_of_units_may_be_a_number() -> None:
    assert Params(rnn_units=64).rnn_units == (64,)


def test_paths_are_kept_as_text_and_lists_as_tuples() -> None:
    params = Params(csv_files_train=[Path("a.csv"), "b.csv"], csv_files_eval=Path("c.csv"))

    assert params.csv_files_train == ("a.csv", "b.csv")
    assert params.csv_files_eval == "c.csv"


def test_params_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'n_epochs'"):
        Params().n_epochs = 3


def test_a_saved_config_rebuilds_the_same_params(
    tiny_params: Callable[..., Params], tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, csv_files_train=["a.csv", "ü.csv"], data_augmentation=[[False]])

    params.save(tmp_path / "config.json")

    assert Params.from_json_file(tmp_path / "config.json") == params
    assert import_params_from_json(model_directory=tmp_path) == params.to_dict()


def test_derived_values_are_not_saved() -> None:
    assert [*Params().to_dict()] == [*Params.defaults()]


def test_the_alphabet_is_read_with_its_blank_symbol(
    tiny_params: Callable[..., Params], tmp_path: Path, alphabet: Alphabet
) -> None:
    params = tiny_params(tmp_path, blank_symbol="#")

    assert params.alphabet.lookup_str2int == alphabet.lookup_str2int
    assert params.alphabet.blank_symbol == "#"


def test_a_training_needs_inputs_that_exist(
    training_values: dict[str, Any], tmp_path: Path
) -> None:
    params = Params.for_training(training_values)

    assert params.csv_files_eval == (str(tmp_path / "lines.csv"),)


def test_all_missing_inputs_and_wrong_values_come_in_one_message() -> None:
    with pytest.raises(ConfigError, match="n_epochs: must be a whole number") as caught:
        Params.for_training({"n_epochs": 0, "csv_files_train": ["none.csv"]})

    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0].strip("- ") for line in lines] == [
        "n_epochs",
        "output_model_dir",
        "csv_files_train",
        "csv_files_eval",
        "lookup_alphabet_file",
    ]
    assert "none.csv does not exist (looked from" in lines[2]


def test_padding_with_spaces_needs_a_space_in_the_alphabet(
    training_values: dict[str, Any], tmp_path: Path
) -> None:
    Alphabet.from_units("abc").save(tmp_path / "letters.json")
    lookup = {"lookup_alphabet_file": str(tmp_path / "letters.json")}

    with pytest.raises(ConfigError, match=r"label_space_padding: .*letters.json has no space"):
        Params.for_training({**training_values, **lookup, "label_space_padding": True})


def test_a_weight_for_a_language_model_that_is_not_learnt_is_refused_before_training(
    training_values: dict[str, Any],
) -> None:
    pair = {"language_model_weight": 0.5, "language_model_order": 0}

    with pytest.raises(ConfigError, match=r"is 0\.5, but language_model_order 0 learns no"):
        Params.for_training({**training_values, **pair})

    assert Params(**pair).language_model_weight == 0.5
    Params.for_training({**training_values, **pair, "language_model_weight": 0.0})


def test_a_faulty_alphabet_is_found_before_training(
    training_values: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "alphabet.json").write_text("{}")

    with pytest.raises(ConfigError, match=r"- .*alphabet\.json: holds no unit"):
        Params.for_training(training_values)


def test_params_are_imported_without_private_keys(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(b'\xef\xbb\xbf{"n_epochs": 3, "_version": 1}')

    assert import_params_from_json(json_filename=tmp_path / "c.json") == {"n_epochs": 3}


def test_params_are_imported_from_the_newest_file_of_an_older_version(tmp_path: Path) -> None:
    for age, name in enumerate(("model_params_b.json", "model_params_a.json")):
        (tmp_path / name).write_text(json.dumps({"n_epochs": age}))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))

    assert import_params_from_json(str(tmp_path)) == {"n_epochs": 0}

    (tmp_path / "config.json").write_text('{"n_epochs": 9}')
    assert import_params_from_json(str(tmp_path)) == {"n_epochs": 9}


def test_nothing_to_import_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "cut.json").write_text("{")

    with pytest.raises(ConfigError, match="give model_directory or json_filename"):
        import_params_from_json()
    with pytest.raises(ConfigError, match=r"holds no config\.json and no model_params\*\.json"):
        import_params_from_json(tmp_path)
    with pytest.raises(ConfigError, match=r"none\.json: cannot be read \(No such file"):
        import_params_from_json(json_filename=tmp_path / "none.json")
    with pytest.raises(ConfigError, match=r"list\.json: must hold one JSON object"):
        import_params_from_json(json_filename=tmp_path / "list.json")
    with pytest.raises(ConfigError, match=r"cut\.json: is not JSON in UTF-8"):
        import_params_from_json(json_filename=tmp_path / "cut.json")


def test_text_rules_are_those_of_the_keys(tmp_path: Path) -> None:
    params = Params(unicode_form="NFC", letter_case="fold", text_replacements=[["ſ", "s"]])

    assert params.text_rules == TextRules("NFC", "keep", "fold", (("ſ", "s"),))
    assert Params().text_rules == TextRules()
    params.save(tmp_path / "config.json")
    assert Params.from_json_file(tmp_path / "config.json") == params


def test_replacements_may_be_an_object_and_none_a_word() -> None:
    params = Params(text_replacements={"ſ": "s", "ꝛ": "r"}, unicode_form=None, bidi_reordering=None)

    assert params.text_replacements == (("ſ", "s"), ("ꝛ", "r"))
    assert (params.unicode_form, params.bidi_reordering) == ("none", "none")
    assert params.to_dict()["text_replacements"] == [["ſ", "s"], ["ꝛ", "r"]]


def test_faults_of_text_rules_come_with_the_others() -> None:
    with pytest.raises(ConfigError, match=r"Did you mean NFC\?") as caught:
        Params(unicode_form="nfc", n_epochs=0, text_replacements=[["a"]])

    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "  - n_epochs",
        "  - unicode_form",
        "  - text_replacements",
    ]
