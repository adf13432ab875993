"""Greedy decoding: the best path, repeats merged, blanks dropped."""

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


def collapse(path: NDArray[Any]) -> list[int]:
    """A path over time without its repeats and then without its blanks."""
    starts = np.concatenate(([True], path[1:] != path[:-1])) if len(path) else np.zeros(0, bool)
    return [int(code) for code in path[starts] if code != BLANK_CODE]
