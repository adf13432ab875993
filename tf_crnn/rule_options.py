"""Text rules as a command line gives them: `letter_case=fold`."""

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

from tf_crnn.config_keys.key import unknown_keys
from tf_crnn.errors import ConfigError
from tf_crnn.text_rules import REPLACEMENTS, RULE_KEYS, TextRules


def change_rules(rules: TextRules, options: Iterable[str]) -> TextRules:
    """Rules with some of them changed.

    Args:
        rules: to begin with.
        options: `key=value`; that of `text_replacements` is JSON.

    Raises:
        ConfigError: an option is not key=value, or its key or value is unknown.
    """
    given = [_parse(option) for option in options]
    if problems := unknown_keys([key for key, _ in given], RULE_KEYS):
        known = f"Rules are {', '.join(RULE_KEYS)}."
        raise ConfigError("\n".join([*(f"  - {problem}" for problem in problems), f"  {known}"]))
    return dataclasses.replace(rules, **dict(given))


def evaluation_rules(trained: TextRules, options: Iterable[str]) -> TextRules:
    """The rules of a model with some of them changed, to evaluate it by.

    Raises:
        ConfigError: see `change_rules`; or a rule that no error rate hangs on.
    """
    rules = change_rules(trained, options)
    if rules.text_units != trained.text_units:
        raise ConfigError(
            "rule text_units: has no effect on an evaluation, which compares texts. Leave it out."
        )
    return rules


def _parse(option: str) -> tuple[str, Any]:
    key, equals, value = option.partition("=")
    if not equals:
        raise ConfigError(f"rule {option!r}: must be key=value, as in letter_case=fold.")
    if key != REPLACEMENTS:
        return key, value
    try:
        return key, json.loads(value)
    except ValueError as error:
        raise ConfigError(
            f"rule {option!r}: its value is not JSON ({error}); write it as in "
            f"""'{REPLACEMENTS}={{"\u017f": "s"}}'."""
        ) from error
