"""Greedy decoding: the best path, repeats merged, blanks dropped."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tf_crnn.alphabet import BLANK_CODE


def greedy_codes(logits: NDArray[Any], time_steps: NDArray[Any]) -> list[list[int]]:
    """Codes on the best path of each line.

    Args:
        logits: (B, T, K), or probabilities: only their order matters.
        time_steps: (B,), how many of the T steps are the line.

    Returns:
        One list of codes (1..N) a line.
    """
    best = np.argmax(logits, axis=-1)
    return [collapse(path[:steps]) for path, steps in zip(best, np.ravel(time_steps), strict=True)]


def greedy_readings(
    outputs: Mapping[str, NDArray[Any]], time_steps: NDArray[Any]
) -> list[list[int]]:
    """Codes of each line from what a training model gives.

    Args:
        outputs: logits (B, T, K), or the codes (B, T) that a decoder has written, 0 beyond the end.
        time_steps: (B,), how many of the T steps are the line.
    """
    if "logits" in outputs:
        return greedy_codes(outputs["logits"], time_steps)
    return [[int(code) for code in codes if code != BLANK_CODE] for codes in outputs["codes"]]


def collapse(path: NDArray[Any]) -> list[int]:
    """A path over time without its repeats and then without its blanks."""
    starts = np.concatenate(([True], path[1:] != path[:-1])) if len(path) else np.zeros(0, bool)
    return [int(code) for code in path[starts] if code != BLANK_CODE]
