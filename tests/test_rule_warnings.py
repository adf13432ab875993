"""Text rules that do not fit are told."""

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tf_crnn.config import Params
from tf_crnn.rule_warnings import evaluation_warnings, warn_before_training
from tf_crnn.text_rules import TextRules

LOWER = TextRules(letter_case="lower")


def write_dataset(folder: Path, record: Any) -> Path:
    text = record if isinstance(record, str) else json.dumps(record)
    (folder / "dataset.json").write_text(text, encoding="utf-8")
    return folder / "train.csv"


@pytest.fixture
def params(tmp_path: Path, tiny_params: Callable[..., Params]) -> Params:
    lookup = tmp_path / "units.json"
    lookup.write_text(json.dumps({"a": 1, "B": 2, "e\u0301": 3, "con": 4, "Ä": 5}))
    return Params(
        **{**tiny_params(tmp_path).to_dict(), "lookup_alphabet_file": str(lookup)},
    )


def log_of(params: Params, caplog: pytest.LogCaptureFixture, **rules: Any) -> list[str]:
    with caplog.at_level(logging.WARNING, logger="tf_crnn.rule_warnings"):
        warn_before_training(Params(**{**params.to_dict(), **rules}))
    return [record.getMessage() for record in caplog.records]


def test_units_that_no_label_can_have_are_named_before_a_training(
    params: Params, caplog: pytest.LogCaptureFixture
) -> None:
    [message] = log_of(params, caplog, letter_case="lower", unicode_form="NFC")

    assert "3 of 5 units of the alphabet" in message and "units.json" in message
    assert "'B' (U+0042), 'e\u0301' (U+0065 U+0301), 'Ä' (U+00C4). Make" in message


def test_lists_of_the_documented_network_are_told_where_another_takes_its_place(
    params: Params, caplog: pytest.LogCaptureFixture
) -> None:
    [message] = log_of(params, caplog, backbone="vgg", input_shape=(64, 1600))

    assert message.startswith("cnn_features_list, cnn_kernel_size, ")
    assert message.endswith("the backbone is vgg. To use them, set backbone to tf_crnn.")


def test_lists_that_nobody_set_are_not_told(
    params: Params, caplog: pytest.LogCaptureFixture
) -> None:
    lists = {key: value for key, value in Params.defaults().items() if key.startswith("cnn_")}

    assert log_of(params, caplog, backbone="vgg", input_shape=(64, 1600), **lists) == []


def test_rules_that_fit_are_not_told(
    params: Params, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    csv_file = write_dataset(tmp_path, {"format": "page", "white_space": "fold"})

    assert log_of(params, caplog, white_space="fold", csv_files_train=str(csv_file)) == []


def test_a_data_set_made_by_other_rules_is_told_before_a_training(
    params: Params, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    csv_file = write_dataset(tmp_path, {"bidi_reordering": "rtl", "text_units": "graphemes"})

    [message] = log_of(params, caplog, csv_files_train=str(csv_file), csv_files_eval=str(csv_file))

    assert "dataset.json states bidi_reordering rtl instead of none" in message
    assert message.endswith("Should the configuration have the same?")


def test_an_evaluation_by_other_rules_names_each(tmp_path: Path) -> None:
    used = TextRules(letter_case="fold", unicode_form="NFKC")

    assert evaluation_warnings(used, LOWER, [tmp_path / "test.csv"]) == [
        "Evaluated with unicode_form NFKC instead of none, with which the model was trained.",
        "Evaluated with letter_case fold instead of lower, with which the model was trained.",
    ]
    assert evaluation_warnings(LOWER, LOWER, [tmp_path / "test.csv"]) == []


@pytest.mark.parametrize("nested", [True, False])
def test_rules_of_a_data_set_are_compared_with_those_of_the_evaluation(
    tmp_path: Path, nested: bool
) -> None:
    rules = {**LOWER.to_dict(), "unicode_form": "NFD"}
    csv_file = write_dataset(tmp_path, {"text_rules": rules} if nested else rules)

    told = evaluation_warnings(TextRules(), TextRules(), [csv_file, csv_file])

    assert told == [
        f"{tmp_path / 'dataset.json'} states unicode_form NFD instead of none, by which labels are "
        "read here.",
        f"{tmp_path / 'dataset.json'} states letter_case lower instead of keep, by which labels "
        "are read here.",
    ]


def test_labels_as_they_stand_fit_every_rule(tmp_path: Path) -> None:
    csv_file = write_dataset(tmp_path, {"text_rules": TextRules().to_dict()})

    assert evaluation_warnings(LOWER, LOWER, [csv_file]) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("{", "its text rules cannot be read"),
        ("[]", r"cannot be read \(it is no JSON object\)\."),
        ('{"letter_case": "small"}', "cannot be read .letter_case: must be one of"),
    ],
)
def test_a_damaged_record_of_a_data_set_is_named(tmp_path: Path, record: str, reason: str) -> None:
    csv_file = write_dataset(tmp_path, record)

    [told] = evaluation_warnings(LOWER, LOWER, [csv_file])

    assert told.startswith(str(tmp_path / "dataset.json"))
    assert re.search(reason, told)
