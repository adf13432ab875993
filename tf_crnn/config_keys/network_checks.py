"""Checks of the network's keys, which hang together: each problem as a sentence for the user."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tf_crnn.config_keys.key import is_int, is_pair, is_sequence
from tf_crnn.config_keys.network import NetworkKeys
from tf_crnn.config_values import plain

CNN_LISTS = (
    "cnn_features_list",
    "cnn_kernel_size",
    "cnn_stride_size",
    "cnn_pool_size",
    "cnn_batch_norm",
)
STAGE_LISTS = ("stage_features", "stage_blocks", "stage_strides")
_PAIRS = ("cnn_stride_size", "cnn_pool_size", "stage_strides")
_WHOLE = ("cnn_features_list", "cnn_kernel_size", "stage_features", "stage_blocks")
_FLAGS = ("cnn_batch_norm",)


def wrong_network(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used; `values` holds every key of `Params`."""
    problems = []
    if not is_int(values["input_channels"]) or values["input_channels"] not in (1, 3):
        problems.append(
            f"input_channels: must be 1 (grey) or 3 (colour), not {values['input_channels']!r}."
        )
    network = _wrong_layers(values)
    return problems + (network or _too_many_chars(values))


def unused_lists(values: Mapping[str, Any]) -> list[str]:
    """The lists of the documented network that are set, though another backbone is chosen."""
    if values["backbone"] == "tf_crnn":
        return []
    defaults = {field.name: field.default for field in dataclasses.fields(NetworkKeys)}
    return [key for key in CNN_LISTS if values[key] != plain(defaults[key])]


def downscale_factor(values: Mapping[str, Any]) -> int:
    """Pixels of width for each time step: the product of all pool and stride widths."""
    return _downscale(values, axis=1)


def _downscale(values: Mapping[str, Any], axis: int) -> int:
    """By how much the backbone shrinks the height (0) or the width (1)."""
    if values["backbone"] == "tf_crnn":
        pairs = (*values["cnn_pool_size"], *values["cnn_stride_size"])
    else:
        stem = (values["stem_stride"],) if values["stem_features"] else ()
        pairs = (*stem, *values["stage_strides"])
    return int(math.prod(pair[axis] for pair in pairs))


def _wrong_layers(values: Mapping[str, Any]) -> list[str]:
    problems = [
        f"{key}: must be [height, width] in pixels, not {values[key]!r}."
        for key in ("input_shape", "stem_stride")
        if not is_pair(values[key])
    ]
    units = values["rnn_units"]
    if not (is_sequence(units) and all(is_int(unit) and unit >= 1 for unit in units)):
        problems.append(f"rnn_units: must hold one whole number for each layer, not {units!r}.")
    lists = {key: values[key] for key in (*CNN_LISTS, *STAGE_LISTS)}
    problems += [
        f"{key}: must be a list, not {value!r}."
        for key, value in lists.items()
        if not is_sequence(value)
    ]
    if problems:
        return problems
    for kind, names, one in (("cnn", CNN_LISTS, "block"), ("stage", STAGE_LISTS, "stage")):
        if len({len(lists[name]) for name in names}) > 1 or not lists[names[0]]:
            lengths = ", ".join(f"{name} {len(lists[name])}" for name in names)
            problems.append(
                f"{kind} lists: must be of one length, one entry for each {one}; found {lengths}."
            )
    return problems + _wrong_entries(lists) or _too_flat(values)


def _wrong_entries(lists: Mapping[str, Sequence[Any]]) -> list[str]:
    problems = [
        f"{key}: must hold [height, width] pairs of at least 1, not {lists[key]!r}."
        for key in _PAIRS
        if not all(map(is_pair, lists[key]))
    ]
    problems += [
        f"{key}: must hold whole numbers of at least 1, not {lists[key]!r}."
        for key in _WHOLE
        if not all(is_int(entry) and entry >= 1 for entry in lists[key])
    ]
    problems += [
        f"{key}: must hold true or false, not {lists[key]!r}."
        for key in _FLAGS
        if not all(isinstance(entry, bool) for entry in lists[key])
    ]
    return problems


def _too_flat(values: Mapping[str, Any]) -> list[str]:
    height_px, shrunk = values["input_shape"][0], _downscale(values, axis=0)
    if values["backbone"] == "tf_crnn" or height_px >= shrunk:
        return []
    return [
        f"stage_strides: shrink the height by {shrunk}, but input_shape gives {height_px} px. "
        "Raise input_shape[0], or pool less in height."
    ]


def _too_many_chars(values: Mapping[str, Any]) -> list[str]:
    if not is_int(values["max_chars_per_string"]):
        return []
    downscale = downscale_factor(values)
    width_px = values["input_shape"][1]
    needed_px = (values["max_chars_per_string"] + 1) * downscale
    if needed_px <= width_px:
        return []
    return [
        f"max_chars_per_string: {values['max_chars_per_string']} units need {needed_px} px at "
        f"{downscale} px for each time step, but input_shape gives {width_px} px. Lower it to "
        f"{max(1, width_px // downscale - 1)}, raise input_shape[1], or pool less in width."
    ]
