"""Greedy decoding."""

from itertools import groupby, product

import numpy as np
import pytest

from tf_crnn.alphabet import BLANK_CODE
from tf_crnn.decoding.greedy import collapse, greedy_codes


def collapsed(path: tuple[int, ...]) -> list[int]:
    return [code for code, _ in groupby(path) if code != BLANK_CODE]


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ([1, 1, 0, 1, 2, 2], [1, 1, 2]),
        ([0, 0, 0], []),
        ([2, 2, 2], [2]),
        ([0, 3, 0], [3]),
        ([1, 2, 1], [1, 2, 1]),
        ([], []),
    ],
)
def test_repeats_are_merged_before_blanks_are_dropped(path: list[int], codes: list[int]) -> None:
    assert collapse(np.array(path, dtype=int)) == codes


def test_every_short_path_collapses_as_its_definition_says() -> None:
    for path in product(range(3), repeat=6):
        assert collapse(np.array(path)) == collapsed(path)


def test_the_codes_are_those_of_the_likeliest_of_all_paths() -> None:
    logits = np.random.default_rng(0).normal(size=(20, 4, 3))
    probs = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)

    found = greedy_codes(logits, np.full(20, 4))

    for line, codes in zip(probs, found, strict=True):
        paths = product(range(3), repeat=4)
        best = max(paths, key=lambda path: np.prod([line[t, k] for t, k in enumerate(path)]))
        assert codes == collapsed(best)


def test_only_the_time_steps_of_a_line_are_read() -> None:
    logits = np.eye(3)[[[1, 0, 2, 2], [2, 1, 1, 2], [1, 1, 1, 1]]]

    assert greedy_codes(logits, np.array([[2], [4], [0]])) == [[1], [2, 1, 2], []]


def test_codes_are_plain_integers() -> None:
    [[code]] = greedy_codes(np.eye(3)[[[1]]], np.array([1]))

    assert type(code) is int
