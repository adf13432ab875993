"""Checks of the network's keys, which hang together: each problem as a sentence for the user."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tf_crnn.config_keys.key import is_int, is_pair, is_sequence

CNN_LISTS = (
    "cnn_features_list",
    "cnn_kernel_size",
    "cnn_stride_size",
    "cnn_pool_size",
    "cnn_batch_norm",
)


def wrong_network(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used; `values` holds every key of `Params`."""
    problems = []
    if not is_int(values["input_channels"]) or values["input_channels"] not in (1, 3):
        problems.append(
            f"input_channels: must be 1 (grey) or 3 (colour), not {values['input_channels']!r}."
        )
    network = _wrong_layers(values)
    return problems + (network or _too_many_chars(values))


def downscale_factor(values: Mapping[str, Any]) -> int:
    """Pixels of width for each time step: the product of all pool and stride widths."""
    pairs = (*values["cnn_pool_size"], *values["cnn_stride_size"])
    return int(math.prod(pair[1] for pair in pairs))


def _wrong_layers(values: Mapping[str, Any]) -> list[str]:
    problems = []
    if not is_pair(values["input_shape"]):
        problems.append(
            f"input_shape: must be [height, width] in pixels, not {values['input_shape']!r}."
        )
    units = values["rnn_units"]
    if not (is_sequence(units) and all(is_int(unit) and unit >= 1 for unit in units)):
        problems.append(f"rnn_units: must hold one whole number for each layer, not {units!r}.")
    lists = {key: values[key] for key in CNN_LISTS}
    problems += [
        f"{key}: must be a list, not {value!r}."
        for key, value in lists.items()
        if not is_sequence(value)
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
        if not all(map(is_pair, lists[key])):
            problems.append(
                f"{key}: must hold [height, width] pairs of at least 1, not {lists[key]!r}."
            )
    for key in ("cnn_features_list", "cnn_kernel_size"):
        if not all(is_int(entry) and entry >= 1 for entry in lists[key]):
            problems.append(f"{key}: must hold whole numbers of at least 1, not {lists[key]!r}.")
    if not all(isinstance(entry, bool) for entry in lists["cnn_batch_norm"]):
        problems.append(
            f"cnn_batch_norm: must hold true or false, not {lists['cnn_batch_norm']!r}."
        )
    return problems


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
