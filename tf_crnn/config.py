"""The parameters of a run: one frozen record, checked as a whole when it is made."""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tf_crnn import config_checks
from tf_crnn.alphabet import Alphabet
from tf_crnn.config_synthesis import missing_synthesis_inputs, wrong_synthesis
from tf_crnn.config_values import list_problems, missing_inputs, normalise, plain
from tf_crnn.errors import AlphabetError, ConfigError, DataError
from tf_crnn.packs.description import wrong_packs
from tf_crnn.samples import as_paths
from tf_crnn.text_rules import RULE_KEYS, TextRules, rule_problems

__all__ = ["CONST", "Alphabet", "Params", "import_params_from_json"]


class CONST:
    """Names that the original package kept here."""

    PREPROCESSING_FOLDER = "preprocessed"


def _key(default: Any, meaning: str) -> Any:
    return dataclasses.field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, init=False)
class Params:
    """Every parameter of a run; the run folder's config.json rebuilds the same one.

    Lists may be given as lists or tuples and are kept as tuples. `meaning` in each field's
    metadata is the text of the configuration page.

    Raises:
        ConfigError: an unknown key or an impossible value; the message lists all of them.
    """

    input_shape: tuple[int, int] = _key(
        (96, 1400), "height of all lines and greatest width, in pixels"
    )
    input_channels: int = _key(1, "1 for grey, 3 for colour")
    cnn_features_list: tuple[int, ...] = _key((16, 32, 64, 96, 128), "filters of each block")
    cnn_kernel_size: tuple[int, ...] = _key((3, 3, 3, 3, 3), "kernel size of each block, in pixels")
    cnn_stride_size: tuple[tuple[int, int], ...] = _key(
        ((1, 1),) * 5, "[height, width] stride of each block's convolution"
    )
    cnn_pool_size: tuple[tuple[int, int], ...] = _key(
        ((2, 2), (2, 2), (2, 2), (2, 2), (1, 1)), "[height, width] pooling of each block"
    )
    cnn_batch_norm: tuple[bool, ...] = _key((False,) * 5, "batch normalisation in each block")
    rnn_units: tuple[int, ...] = _key((256, 256), "units of each BiLSTM layer, in one direction")
    rnn_dropout: float = _key(0.5, "share of each BiLSTM layer's inputs dropped in training")
    num_beam_paths: int = _key(
        1, "readings returned for a line; 1 takes the best path, more run a CTC beam search"
    )
    beam_width: int = _key(100, "prefixes kept by the beam search")
    csv_delimiter: str = _key(";", "between path and label in the CSVs")
    string_split_delimiter: str = _key("|", "between the units of a label")
    csv_files_train: str | tuple[str, ...] | None = _key(None, "training CSV, or a list of them")
    csv_files_eval: str | tuple[str, ...] | None = _key(None, "validation CSV, or a list of them")
    lookup_alphabet_file: str | tuple[str, ...] | None = _key(
        None, "JSON {unit: code}, or a list of them"
    )
    blank_symbol: str = _key("$", "how the CTC blank is shown; `$` in a text is an ordinary unit")
    max_chars_per_string: int = _key(75, "lines with more units are rejected")
    unicode_form: str = _key(
        "none", "texts are brought to this Unicode form: NFC, NFD, NFKC, NFKD, or none"
    )
    text_replacements: tuple[tuple[str, str], ...] = _key(
        (), "pairs [old, new] of strings replaced in texts, the longest that fits first"
    )
    letter_case: str = _key("keep", "of texts: keep, lower, upper, or fold (ß becomes ss)")
    white_space: str = _key(
        "keep", "fold makes one space of each run of white space, and none at the ends; or keep"
    )
    text_units: str = _key(
        "marked", "units: marked as the label has them, code_points, or graphemes"
    )
    bidi_reordering: str = _key(
        "none",
        "labels are in reading order, in lines that run rtl, ltr, or as their first letter (auto); "
        "none: from left to right as in the image",
    )
    data_augmentation: bool = _key(
        True, "random rotation, slant, brightness, contrast (hue, saturation); training set only"
    )
    data_augmentation_max_rotation: float = _key(0.005, "greatest rotation, in radians, either way")
    data_augmentation_max_slant: float = _key(
        0.7, "greatest slant, in pixels sideways for each pixel of height, either way"
    )
    data_augmentation_max_stretch: float = _key(
        0.0, "greatest change of width, as a share of it, either way"
    )
    synthetic_ratio: float = _key(
        0.0, "share of synthetic lines in training, below 1; an epoch still has every real line"
    )
    stitch_pieces: str | None = _key(
        None, "folder of pieces of real lines, of `generate_synthetic.py --from-model`, to stitch"
    )
    synthetic_fonts: str | tuple[str, ...] | None = _key(
        None, "fonts to draw with: files, folders, `builtin` or `system`, or a list of them"
    )
    synthetic_corpus: str | None = _key(
        None, "UTF-8 text that synthetic lines are taken from; without it, they follow the labels"
    )
    synthetic_degradation: float = _key(
        0.3, "strength, 0 to 1, of paper, bleeding, slant, strokes, JPEG and perspective with fonts"
    )
    synthetic_short_epochs: int = _key(
        0, "first epochs in which synthetic lines are short ones in batches of their own"
    )
    synthetic_short_units: int = _key(12, "units of the longest of these short lines")
    n_epochs: int = _key(50, "epochs of this run; a restored run trains as many more")
    max_minutes: float = _key(
        0.0, "training ends after the epoch that passes this time; 0 for no limit"
    )
    train_batch_size: int = _key(64, "lines in a training batch")
    eval_batch_size: int = _key(128, "lines in a validation batch")
    learning_rate: float = _key(1e-4, "rate at the start")
    optimizer: str = _key("adam", "adam, rms (RMSprop) or ada (Adadelta)")
    max_gradient_norm: float = _key(5.0, "gradients are scaled down to this norm; 0 for no limit")
    reduce_lr_factor: float = _key(
        0.5, "the rate is multiplied by this when val_loss stalls; 0 for never"
    )
    reduce_lr_patience: int = _key(10, "epochs without a better val_loss before that")
    min_learning_rate: float = _key(1e-8, "the rate is not lowered below this")
    early_stopping_patience: int = _key(
        20, "training ends after so many epochs without a better val_loss"
    )
    early_stopping_min_delta: float = _key(0.005, "a val_loss counts as better when lower by this")
    output_model_dir: str = _key("", "folder of the run; must not exist yet, unless restore_model")
    evaluate_every_epoch: int = _key(5, "every so many epochs the best model, if new, is exported")
    sample_every_epoch: int = _key(
        5, "every so many epochs a picture shows how some validation lines are read; 0 for never"
    )
    save_interval: int = _key(
        20, "every so many epochs the save is kept, beside the best and the last"
    )
    keep_max_models: int = _key(3, "how many of those saves, and of the exports, are kept")
    restore_model: bool = _key(False, "go on from the last save in output_model_dir")
    image_cache_mb: float = _key(
        512, "memory for prepared line images, in MB; 0 reads them every epoch"
    )
    seed: int = _key(42, "of weights, order and augmentation")

    def __init__(self, **values: Any) -> None:
        """Check and keep the given values and the defaults of the others."""
        problems = config_checks.unknown_keys(values, list(self.defaults()))
        merged = {key: normalise(key, values.get(key, old)) for key, old in self.defaults().items()}
        problems += config_checks.wrong_values(merged) + rule_problems(merged)
        problems += wrong_synthesis(merged)
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
        problems += [list_problems(missing)] if missing else []
        if params is not None and not missing:
            problems += [list_problems(wrong)] if (wrong := params._wrong_inputs()) else []
        if problems or params is None:
            raise ConfigError("\n".join(problems))
        return params

    def _wrong_inputs(self) -> list[str]:
        """A sentence for each input that is there and cannot be used."""
        lines = [*as_paths(self.csv_files_train or ()), *as_paths(self.csv_files_eval or ())]
        try:
            self.alphabet.codes  # noqa: B018 - reading the table now finds its faults early
            return wrong_packs(dict.fromkeys(lines), self.show_experiment_params())
        except (AlphabetError, DataError) as error:
            return [str(error)]

    @cached_property
    def alphabet(self) -> Alphabet:
        """The lookup table of `lookup_alphabet_file`."""
        return Alphabet(self.lookup_alphabet_file, blank_symbol=self.blank_symbol)

    @cached_property
    def text_rules(self) -> TextRules:
        """What is done to texts, and what a unit is."""
        return TextRules(**{key: getattr(self, key) for key in RULE_KEYS})

    @property
    def downscale_factor(self) -> int:
        """Pixels of width for each time step."""
        return config_checks.downscale_factor(self.cnn_pool_size, self.cnn_stride_size)

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


def _find_params_file(folder: Path) -> Path:
    current = folder / "config.json"
    older = sorted(folder.glob("model_params*.json"), key=lambda path: path.stat().st_mtime)
    if not current.is_file() and not older:
        raise ConfigError(f"{folder}: holds no config.json and no model_params*.json.")
    return current if current.is_file() else older[-1]
