"""Text rules that do not fit, and keys without effect, in sentences for the user."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from tf_crnn.config import Params
from tf_crnn.config_keys.network_checks import unused_lists
from tf_crnn.errors import ConfigError
from tf_crnn.samples import as_paths
from tf_crnn.text_rules import RULE_KEYS, TextRules

logger = logging.getLogger(__name__)

DATASET_JSON = "dataset.json"
_TEXT_RULES = "text_rules"
_UNITS_NAMED = 20
# What counts as a unit changes no text, and so no error rate.
_WITHOUT_EFFECT_ON_TEXTS = "text_units"
_NEUTRAL = TextRules().to_dict()


def warn_before_training(params: Params) -> None:
    """Log keys without effect, units that no label can have, and data sets made by other rules."""
    if unused := unused_lists(params.to_dict()):
        logger.warning(
            "%s: without effect, for the backbone is %s. To use them, set backbone to tf_crnn.",
            ", ".join(unused), params.backbone,
        )  # fmt: skip
    units = params.alphabet.alphabet_units
    if never := params.text_rules.never_units(units):
        named = ", ".join(map(_shown, never[:_UNITS_NAMED]))
        logger.warning(
            "%s of %s units of the alphabet %s can never occur under the text rules, and are not "
            "learnt: %s%s. Make the alphabet by hlp/make_alphabet.py with --config.",
            len(never), len(units), params.alphabet.path, named,
            ", ..." if len(never) > _UNITS_NAMED else "",
        )  # fmt: skip
    csv_paths = [*as_paths(params.csv_files_train or ()), *as_paths(params.csv_files_eval or ())]
    for sentence in dataset_rules(csv_paths, params.text_rules):
        logger.warning("%s Should the configuration have the same?", sentence)


def evaluation_warnings(
    used: TextRules, trained: TextRules, csv_paths: Iterable[Path]
) -> list[str]:
    """A sentence for each rule that an evaluation does not share with the training or the data."""
    changed = [
        f"Evaluated with {difference}, with which the model was trained."
        for difference in used.differences(trained)
    ]
    return changed + dataset_rules(csv_paths, used)


def dataset_rules(csv_paths: Iterable[Path], rules: TextRules) -> list[str]:
    """A sentence for each rule that a data set states and that is not among the rules given.

    Rules are stated by the `dataset.json` beside a CSV. One that leaves texts as they are needs no
    sentence: other rules can still be applied to such labels.
    """
    sentences = []
    for folder in dict.fromkeys(path.parent for path in csv_paths):
        path = folder / DATASET_JSON
        try:
            stated = _stated_rules(path)
        except (OSError, ValueError, ConfigError) as error:
            sentences.append(f"{path}: its text rules cannot be read ({_one_line(error)}).")
            continue
        sentences += [
            f"{path} states {difference}, by which labels are read here."
            for difference in stated.differences(rules)
            if difference.key != _WITHOUT_EFFECT_ON_TEXTS
            and difference.own != _NEUTRAL[difference.key]
        ]
    return sentences


def _stated_rules(path: Path) -> TextRules:
    if not path.is_file():
        return TextRules()
    record = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(record, dict):
        raise ValueError("it is no JSON object")
    stated = record.get(_TEXT_RULES, record)
    return TextRules(**{key: stated[key] for key in RULE_KEYS if key in stated})


def _one_line(error: Exception) -> str:
    return " ".join(str(error).replace("  - ", "").split()).rstrip(".")


def _shown(unit: str) -> str:
    return f"{unit!r} ({' '.join(f'U+{ord(character):04X}' for character in unit)})"
