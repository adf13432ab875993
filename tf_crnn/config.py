"""The parameters of a run: one frozen record, checked as a whole when it is made."""

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tf_crnn.alphabet import Alphabet
from tf_crnn.config_keys.augmentation import AugmentationKeys
from tf_crnn.config_keys.decoding import (
    DecodingKeys,
    missing_decoding_inputs,
    wrong_decoding,
    wrong_learning,
    wrong_together_with_greedy,
)
from tf_crnn.config_keys.fine_tuning import FineTuningKeys, wrong_fine_tuning
from tf_crnn.config_keys.head import HEADS, HeadKeys, HeadParts, wrong_head
from tf_crnn.config_keys.inputs import InputKeys, wrong_inputs
from tf_crnn.config_keys.key import unknown_keys, wrong_alone
from tf_crnn.config_keys.network import NetworkKeys
from tf_crnn.config_keys.network_checks import downscale_factor, wrong_network
from tf_crnn.config_keys.output import OutputKeys
from tf_crnn.config_keys.synthesis import SynthesisKeys
from tf_crnn.config_keys.synthesis_checks import missing_synthesis_inputs, wrong_synthesis
from tf_crnn.config_keys.texts import TextKeys
from tf_crnn.config_keys.training import TrainingKeys, wrong_training
from tf_crnn.config_values import list_problems, missing_inputs, normalise, parse_value, plain
from tf_crnn.errors import AlphabetError, ConfigError, DataError
from tf_crnn.line_codes import SPACE, LineCodes
from tf_crnn.packs.description import wrong_packs
from tf_crnn.presets import PRESETS, neither, read_preset
from tf_crnn.samples import as_paths
from tf_crnn.text_rules import RULE_KEYS, TextRules, rule_problems

__all__ = ["CONST", "Alphabet", "Params", "import_params_from_json", "read_updates"]


WRONG_TOGETHER = (
    wrong_inputs,
    wrong_network,
    wrong_head,
    wrong_training,
    rule_problems,
    wrong_synthesis,
    wrong_fine_tuning,
    wrong_decoding,
)


class CONST:
    """Names that the original package kept here."""

    PREPROCESSING_FOLDER = "preprocessed"


@dataclass(frozen=True, init=False)
class Params(
    OutputKeys,
    FineTuningKeys,
    TrainingKeys,
    SynthesisKeys,
    AugmentationKeys,
    TextKeys,
    InputKeys,
    DecodingKeys,
    HeadKeys,
    NetworkKeys,
):
    """Every parameter of a run; the run folder's config.json rebuilds the same one.

    The fields are those of the classes in `tf_crnn.config_keys`. Lists may be given as lists or
    tuples and are kept as tuples. `meaning` in each field's metadata is the text of the
    configuration page.

    Raises:
        ConfigError: an unknown key or an impossible value; the message lists all of them.
    """

    def __init__(self, **values: Any) -> None:
        """Check and keep the given values and the defaults of the others."""
        problems = unknown_keys(values, list(self.defaults()))
        merged = {key: normalise(key, values.get(key, old)) for key, old in self.defaults().items()}
        problems += wrong_alone(dataclasses.fields(self), merged)
        for wrong_together in WRONG_TOGETHER:
            problems += wrong_together(merged)
        if problems:
            raise ConfigError(list_problems(problems))
        for key, value in merged.items():
            object.__setattr__(self, key, value)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Every key with its default value, JSON-ready."""
        return {field.name: plain(field.default) for field in dataclasses.fields(cls)}

    @classmethod
    def from_json_file(cls, json_file: str | os.PathLike[str]) -> "Params":
        """The parameters of a JSON file, as `to_dict` and older versions write them.

        Raises:
            ConfigError: the file is missing or malformed, or a value cannot be used.
        """
        return cls(**import_params_from_json(json_filename=json_file))

    @classmethod
    def for_training(cls, values: Mapping[str, Any]) -> "Params":
        """Parameters that a training can start from: all inputs are named and exist.

        Raises:
            ConfigError: an unknown key, an impossible value, a missing input; all in one message.
        """
        problems: list[str] = []
        params = None
        try:
            params = cls(**values)
        except ConfigError as error:
            problems.append(str(error))
        missing = missing_inputs(values) + missing_synthesis_inputs(values)
        missing += missing_decoding_inputs(values)
        problems += [list_problems(missing)] if missing else []
        if params is not None:
            wrong = wrong_learning(params.to_dict())
            problems += [list_problems(wrong)] if wrong else []
        if params is not None and not missing:
            problems += [list_problems(wrong)] if (wrong := params._wrong_inputs()) else []
        if problems or params is None:
            raise ConfigError("\n".join(problems))
        return params

    def with_decoding(self, given: Mapping[str, Any]) -> "Params":
        """These parameters with other values for keys of decoding, as a call gives them.

        Raises:
            ConfigError: an unknown key, an impossible value, or one that would have no effect.
        """
        # One reading leaves the attention of head joint nothing to choose among.
        is_one = given.get("num_beam_paths") == 1
        joint = {"joint_scoring_weight": 0.0} if is_one else {}
        params = Params(**{**self.to_dict(), **joint, **given})
        if problems := wrong_together_with_greedy(params.decoding, given):
            raise ConfigError(list_problems(problems))
        return params

    def _wrong_inputs(self) -> list[str]:
        """A sentence for each input that is there and cannot be used."""
        lines = [*as_paths(self.csv_files_train or ()), *as_paths(self.csv_files_eval or ())]
        try:
            lacks_space = self.alphabet.unknown_units([SPACE])  # its faults are found here, early
            if self.label_space_padding and lacks_space:
                return [f"label_space_padding: {self.lookup_alphabet_file} has no space."]
            return wrong_packs(dict.fromkeys(lines), self.show_experiment_params())
        except (AlphabetError, DataError) as error:
            return [str(error)]

    @cached_property
    def alphabet(self) -> Alphabet:
        """The lookup table of `lookup_alphabet_file`."""
        return Alphabet(self.lookup_alphabet_file, blank_symbol=self.blank_symbol)

    @cached_property
    def line_codes(self) -> LineCodes:
        """Between the units of a line and what the network writes."""
        return LineCodes(self.alphabet, padded=self.label_space_padding)

    @cached_property
    def text_rules(self) -> TextRules:
        """What is done to texts, and what a unit is."""
        return TextRules(**{key: getattr(self, key) for key in RULE_KEYS})

    @property
    def downscale_factor(self) -> int:
        """Pixels of width for each time step."""
        return downscale_factor({name: getattr(self, name) for name in self.defaults()})

    @property
    def head_parts(self) -> HeadParts:
        """What the head is made of."""
        return HEADS[self.head]

    def time_steps(self, width_px: int) -> int:
        """Length of the logits of a line of this width after resizing."""
        return width_px // self.downscale_factor

    def to_dict(self) -> dict[str, Any]:
        """Every parameter, JSON-ready; derived values are not among them."""
        return {key: plain(getattr(self, key)) for key in self.defaults()}

    def show_experiment_params(self) -> dict[str, Any]:
        """Every parameter and the derived ones, to print or log."""
        return {**self.to_dict(), "downscale_factor": self.downscale_factor}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters as JSON."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
        Path(path).write_text(text + "\n", encoding="utf-8")


def import_params_from_json(
    model_directory: str | os.PathLike[str] | None = None,
    json_filename: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Parameters saved by this package (`config.json`) or an older one (`model_params*.json`).

    Args:
        model_directory: folder to look into, for `config.json` first and then the newest older
            file.
        json_filename: or the file itself.

    Returns:
        The file's keys, less those that begin with `_`.

    Raises:
        ConfigError: neither is given, nothing is found, or the file is not a JSON object.
    """
    if json_filename is None:
        if model_directory is None:
            raise ConfigError("import_params_from_json: give model_directory or json_filename.")
        json_filename = _find_params_file(Path(model_directory))
    path = Path(json_filename)
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not JSON in UTF-8 ({error}).") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: must hold one JSON object of parameters.")
    return {key: value for key, value in values.items() if not key.startswith("_")}


def read_updates(words: Iterable[str]) -> dict[str, Any]:
    """The values of presets, JSON files and `key=value` words, of which later ones win.

    Raises:
        ConfigError: a word is none of them, or a file cannot be read.
    """
    values: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key.isidentifier():
            values[key] = parse_value(value)
        else:
            values |= read_part(word)
    return values


def read_part(word: str) -> dict[str, Any]:
    """The values of a preset or a JSON file.

    Raises:
        ConfigError: there is no such preset, or the file cannot be read.
    """
    if word in PRESETS:
        return read_preset(word)
    if word.endswith(".json"):
        return import_params_from_json(json_filename=word)
    raise ConfigError(neither(word))


def _find_params_file(folder: Path) -> Path:
    current = folder / "config.json"
    older = sorted(folder.glob("model_params*.json"), key=lambda path: path.stat().st_mtime)
    if not current.is_file() and not older:
        raise ConfigError(f"{folder}: holds no config.json and no model_params*.json.")
    return current if current.is_file() else older[-1]
