"""Checks of configuration values: each returns the problems it finds, as sentences for the user."""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

OPTIMIZERS = ("adam", "rms", "ada")
CNN_LISTS = (
    "cnn_features_list",
    "cnn_kernel_size",
    "cnn_stride_size",
    "cnn_pool_size",
    "cnn_batch_norm",
)
POSITIVE_INTS = (
    "num_beam_paths",
    "beam_width",
    "max_chars_per_string",
    "n_epochs",
    "train_batch_size",
    "eval_batch_size",
    "evaluate_every_epoch",
    "save_interval",
    "keep_max_models",
    "reduce_lr_patience",
    "early_stopping_patience",
    "synthetic_short_units",
)
NOT_NEGATIVE = (
    "data_augmentation_max_rotation",
    "data_augmentation_max_slant",
    "data_augmentation_max_stretch",
    "max_gradient_norm",
    "max_minutes",
    "image_cache_mb",
    "early_stopping_min_delta",
    "min_learning_rate",
    "sample_every_epoch",
    "seed",
    "synthetic_short_epochs",
)
BOOLEANS = ("data_augmentation", "restore_model")
STRINGS = (
    "csv_delimiter",
    "string_split_delimiter",
    "blank_symbol",
    "output_model_dir",
    "optimizer",
)


def unknown_keys(given: Iterable[str], known: Sequence[str]) -> list[str]:
    """A sentence for each key that is not known, with the nearest that is."""
    problems = []
    for key in given:
        if key in known:
            continue
        near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "The configuration page lists all keys."
        problems.append(f"{key}: no such key. {hint}")
    return problems


def wrong_values(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used; `values` holds every key of `Params`."""
    problems = [
        f"{key}: must be a whole number of at least 1, not {values[key]!r}."
        for key in POSITIVE_INTS
        if not (_is_int(values[key]) and values[key] >= 1)
    ]
    problems += [
        f"{key}: must be a number of at least 0, not {values[key]!r}."
        for key in NOT_NEGATIVE
        if not (_is_number(values[key]) and values[key] >= 0)
    ]
    problems += [
        f"{key}: must be true or false, not {values[key]!r}."
        for key in BOOLEANS
        if not isinstance(values[key], bool)
    ]
    problems += [
        f"{key}: must be a string, not {values[key]!r}."
        for key in STRINGS
        if not isinstance(values[key], str)
    ]
    problems += _wrong_ranges(values) + _wrong_files(values)
    network = _wrong_network(values)
    return problems + (network or _too_many_chars(values))


def _wrong_ranges(values: Mapping[str, Any]) -> list[str]:
    problems = []
    if not (_is_number(values["learning_rate"]) and values["learning_rate"] > 0):
        problems.append(f"learning_rate: must be above 0, not {values['learning_rate']!r}.")
    for key in ("rnn_dropout", "reduce_lr_factor"):
        if not (_is_number(values[key]) and 0 <= values[key] < 1):
            problems.append(f"{key}: must be at least 0 and below 1, not {values[key]!r}.")
    if values["optimizer"] not in OPTIMIZERS:
        near = difflib.get_close_matches(str(values["optimizer"]), OPTIMIZERS, n=1, cutoff=0.3)
        hint = f" Did you mean {near[0]}?" if near else ""
        problems.append(
            f"optimizer: must be one of {', '.join(OPTIMIZERS)}, not {values['optimizer']!r}.{hint}"
        )
    rotation = values["data_augmentation_max_rotation"]
    if _is_number(rotation) and rotation > math.pi / 4:
        problems.append(
            f"data_augmentation_max_rotation: is in radians, at most {math.pi / 4:.2f}, "
            f"not {rotation!r}."
        )
    problems += [
        f"{key}: must be a whole number, not {values[key]!r}."
        for key in ("seed", "sample_every_epoch", "synthetic_short_epochs")
        if not _is_int(values[key])
    ]
    if not _is_int(values["input_channels"]) or values["input_channels"] not in (1, 3):
        problems.append(
            f"input_channels: must be 1 (grey) or 3 (colour), not {values['input_channels']!r}."
        )
    return problems + _wrong_delimiters(values)


def _wrong_delimiters(values: Mapping[str, Any]) -> list[str]:
    pair = [values["csv_delimiter"], values["string_split_delimiter"]]
    problems = [
        f"{key}: must be one character, no backslash, quote or line end, not {value!r}."
        for key, value in zip(("csv_delimiter", "string_split_delimiter"), pair, strict=True)
        if isinstance(value, str) and (len(value) != 1 or value in '\\"\r\n')
    ]
    if pair[0] == pair[1]:
        problems.append("csv_delimiter and string_split_delimiter: must differ.")
    return problems


def _wrong_files(values: Mapping[str, Any]) -> list[str]:
    problems = []
    for key in ("csv_files_train", "csv_files_eval", "lookup_alphabet_file"):
        value = values[key]
        entries = value if isinstance(value, tuple) else (value,)
        if value is not None and not (entries and all(isinstance(e, str) and e for e in entries)):
            problems.append(f"{key}: must be a path or a list of paths, not {value!r}.")
    return problems


def _wrong_network(values: Mapping[str, Any]) -> list[str]:
    problems = []
    if not _is_pair(values["input_shape"]):
        problems.append(
            f"input_shape: must be [height, width] in pixels, not {values['input_shape']!r}."
        )
    units = values["rnn_units"]
    if not (_is_sequence(units) and all(_is_int(unit) and unit >= 1 for unit in units)):
        problems.append(f"rnn_units: must hold one whole number for each layer, not {units!r}.")
    lists = {key: values[key] for key in CNN_LISTS}
    problems += [
        f"{key}: must be a list, not {value!r}."
        for key, value in lists.items()
        if not _is_sequence(value)
    ]
    if problems:
        return problems
    if len({len(value) for value in lists.values()}) > 1 or not lists["cnn_features_list"]:
        lengths = ", ".join(f"{key} {len(value)}" for key, value in lists.items())
        problems.append(
            f"cnn lists: must be of one length, one entry for each block; found {lengths}."
        )
    return problems + _wrong_blocks(lists)


def _wrong_blocks(lists: Mapping[str, Sequence[Any]]) -> list[str]:
    problems = []
    for key in ("cnn_stride_size", "cnn_pool_size"):
        if not all(_is_pair(pair) for pair in lists[key]):
            problems.append(
                f"{key}: must hold [height, width] pairs of at least 1, not {lists[key]!r}."
            )
    for key in ("cnn_features_list", "cnn_kernel_size"):
        if not all(_is_int(entry) and entry >= 1 for entry in lists[key]):
            problems.append(f"{key}: must hold whole numbers of at least 1, not {lists[key]!r}.")
    if not all(isinstance(entry, bool) for entry in lists["cnn_batch_norm"]):
        problems.append(
            f"cnn_batch_norm: must hold true or false, not {lists['cnn_batch_norm']!r}."
        )
    return problems


def _too_many_chars(values: Mapping[str, Any]) -> list[str]:
    if not _is_int(values["max_chars_per_string"]):
        return []
    downscale = downscale_factor(values["cnn_pool_size"], values["cnn_stride_size"])
    width_px = values["input_shape"][1]
    needed_px = (values["max_chars_per_string"] + 1) * downscale
    if needed_px <= width_px:
        return []
    return [
        f"max_chars_per_string: {values['max_chars_per_string']} units need {needed_px} px at "
        f"{downscale} px for each time step, but input_shape gives {width_px} px. Lower it to "
        f"{max(1, width_px // downscale - 1)}, raise input_shape[1], or pool less in width."
    ]


def downscale_factor(pool_sizes: Sequence[Any], strides: Sequence[Any]) -> int:
    """Pixels of width for each time step: the product of all pool and stride widths."""
    return int(math.prod(pair[1] for pair in (*pool_sizes, *strides)))


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return (_is_int(value) or isinstance(value, float)) and math.isfinite(value)  # type: ignore[arg-type]


def _is_sequence(value: object) -> bool:
    return isinstance(value, list | tuple)


def _is_pair(value: Any) -> bool:
    return _is_sequence(value) and len(value) == 2 and all(_is_int(v) and v >= 1 for v in value)
