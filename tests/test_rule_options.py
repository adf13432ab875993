"""Text rules of a command line."""

import pytest

from tf_crnn.errors import ConfigError
from tf_crnn.rule_options import change_rules, evaluation_rules
from tf_crnn.text_rules import TextRules

TRAINED = TextRules(unicode_form="NFC", letter_case="lower")


def test_rules_that_are_not_named_stay() -> None:
    changed = change_rules(TRAINED, ["letter_case=fold", "white_space=fold"])

    assert changed == TextRules(unicode_form="NFC", letter_case="fold", white_space="fold")
    assert change_rules(TRAINED, []) == TRAINED


@pytest.mark.parametrize("value", ['{"ſ": "s", "=": "-"}', '[["ſ", "s"], ["=", "-"]]'])
def test_replacements_are_json(value: str) -> None:
    changed = change_rules(TRAINED, [f"text_replacements={value}"])

    assert changed.text_replacements == (("ſ", "s"), ("=", "-"))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("letter_case", "rule 'letter_case': must be key=value, as in letter_case=fold"),
        ("lettercase=fold", r"(?s)lettercase: no such key\. Did you mean letter_case.*white_space"),
        ("letter_case=folded", r"letter_case: .*Did you mean fold\?"),
        ("text_replacements=ſ:s", "its value is not JSON"),
    ],
)
def test_what_is_no_rule_is_refused(option: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        change_rules(TRAINED, [option])


def test_units_cannot_be_changed_for_an_evaluation() -> None:
    assert evaluation_rules(TRAINED, ["text_units=marked"]) == TRAINED
    with pytest.raises(ConfigError, match="text_units: has no effect on an evaluation"):
        evaluation_rules(TRAINED, ["text_units=graphemes"])
