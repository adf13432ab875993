"""Alignment against an enumeration of all paths."""

from itertools import product

import numpy as np
import pytest

from tf_crnn.decoding.alignment import UnitSpan, align, boundaries, fits, log_probability
from tf_crnn.decoding.greedy import collapse


def random_probs(time_steps: int, n_classes: int, seed: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (time_steps, n_classes))
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def best_path_by_enumeration(probs: np.ndarray, codes: list[int]) -> tuple[int, ...]:
    steps, n_classes = probs.shape
    paths = [p for p in product(range(n_classes), repeat=steps) if collapse(np.array(p)) == codes]
    return max(paths, key=lambda path: np.log(probs[range(steps), path]).sum())


def spans_of(path: tuple[int, ...]) -> list[tuple[int, int]]:
    starts = [i for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
    ends = [i + 1 for i, c in enumerate(path) if c and (i + 1 == len(path) or path[i + 1] != c)]
    return list(zip(starts, ends, strict=True))


@pytest.mark.parametrize("codes", [[1], [2, 1], [1, 1], [1, 2, 1], [2, 2, 1], [1, 2]])
@pytest.mark.parametrize("seed", range(5))
def test_the_spans_are_those_of_the_best_of_all_paths(codes: list[int], seed: int) -> None:
    probs = random_probs(time_steps=6, n_classes=3, seed=seed)

    spans = align(probs, codes)

    path = best_path_by_enumeration(probs, codes)
    assert [(span.start, span.end) for span in spans] == spans_of(path)
    assert [span.confidence for span in spans] == pytest.approx(
        [probs[start:end, path[start]].max() for start, end in spans_of(path)]
    )


@pytest.mark.parametrize("codes", [[], [1], [1, 2], [1, 1], [2, 2, 2], [1, 2, 2, 1]])
@pytest.mark.parametrize("time_steps", range(1, 6))
def test_a_label_fits_where_a_path_of_so_many_steps_reads_it(
    codes: list[int], time_steps: int
) -> None:
    paths = product(range(3), repeat=time_steps)

    assert fits(codes, time_steps) == any(collapse(np.array(path)) == codes for path in paths)


@pytest.mark.parametrize("seed", range(20))
def test_the_spans_of_a_greedy_reading_are_those_of_its_path(seed: int) -> None:
    probs = random_probs(time_steps=12, n_classes=3, seed=seed)
    path = probs.argmax(axis=1)

    spans = align(probs, collapse(path))

    assert [(span.start, span.end) for span in spans] == spans_of(tuple(path.tolist()))
    assert [span.confidence for span in spans] == [
        probs[start:end, path[start]].max() for start, end in spans_of(tuple(path.tolist()))
    ]


@pytest.mark.parametrize("codes", [[], [1], [2, 1], [1, 1], [2, 2, 1]])
def test_the_probability_of_a_label_is_the_sum_over_its_paths(codes: list[int]) -> None:
    probs = random_probs(time_steps=5, n_classes=3, seed=7)

    result = log_probability(probs, codes)

    paths = [p for p in product(range(3), repeat=5) if collapse(np.array(p)) == codes]
    total = sum(np.prod(probs[range(5), path]) for path in paths)
    assert result == pytest.approx(np.log(total))


def test_a_label_that_does_not_fit_has_no_probability() -> None:
    assert log_probability(random_probs(2, 3, seed=0), [1, 1]) == -np.inf


def test_a_label_that_fills_the_line_takes_one_step_for_each_unit() -> None:
    probs = random_probs(time_steps=3, n_classes=4, seed=1)

    spans = align(probs, [3, 1, 2])

    assert [(span.start, span.end) for span in spans] == [(0, 1), (1, 2), (2, 3)]


def test_a_label_of_more_units_than_an_int8_counts_is_aligned() -> None:
    codes = [1, 2] * 70
    probs = np.full((140, 3), 0.01)
    probs[range(140), codes] = 0.98

    spans = align(probs, codes)

    assert [(span.start, span.end) for span in spans] == [(i, i + 1) for i in range(140)]


def test_a_label_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="3 units do not fit into 3 time steps"):
        align(random_probs(time_steps=3, n_classes=3, seed=0), [1, 1, 2])


def test_an_empty_label_has_no_spans() -> None:
    assert align(random_probs(time_steps=3, n_classes=3, seed=0), []) == []


def test_boundaries_lie_half_way_between_two_units() -> None:
    spans = [UnitSpan(1, 2, 0.9), UnitSpan(5, 7, 0.9), UnitSpan(7, 8, 0.9)]

    assert boundaries(spans, 10).tolist() == [0.0, 3.5, 7.0, 10.0]
