"""The running error rate: both counters against a Levenshtein distance written out here."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tf_crnn import training_metrics_tensorflow
from tf_crnn.training_metrics import UnitErrorRate, portable_edits

COUNTERS = [training_metrics_tensorflow.edits, portable_edits]
N_CLASSES = 4


def levenshtein(truth: Sequence[int], reading: Sequence[int]) -> int:
    row = list(range(len(reading) + 1))
    for above, expected in enumerate(truth):
        diagonal, row[0] = row[0], above + 1
        for column, found in enumerate(reading, start=1):
            cheapest = min(row[column] + 1, row[column - 1] + 1, diagonal + (expected != found))
            diagonal, row[column] = row[column], cheapest
    return row[-1]


def greedy(path: Sequence[int]) -> list[int]:
    kept = []
    for before, code in zip([0, *path], path, strict=False):
        if code not in (0, before):
            kept.append(code)
    return kept


def peaked_logits(paths: Sequence[Sequence[int]]) -> np.ndarray:
    """(B, T, K) logits whose best path is the given one."""
    rng = np.random.default_rng(1)
    return (np.eye(N_CLASSES)[np.asarray(paths)] * 3 + rng.uniform(size=N_CLASSES)).astype("f")


def random_batch(n_lines: int, seed: int) -> tuple[np.ndarray, ...]:
    """Labels (B, L), their lengths, best paths (B, T) and time steps; some lines blank."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(1, N_CLASSES, size=(n_lines, 7)).astype(np.int32)
    lengths = rng.integers(1, 8, size=n_lines).astype(np.int32)
    labels[np.arange(7)[None, :] >= lengths[:, None]] = 0
    paths = rng.integers(0, N_CLASSES, size=(n_lines, 9))
    paths[::5] = 0
    steps = rng.integers(1, 10, size=n_lines).astype(np.int32)
    return labels, lengths, paths, steps


@pytest.mark.parametrize("count", COUNTERS)
@pytest.mark.parametrize("seed", range(4))
def test_edits_are_levenshtein_distances_of_greedy_readings(
    count: Callable[..., Any], seed: int
) -> None:
    labels, lengths, paths, steps = random_batch(40, seed)

    edits = count(tf.constant(labels), tf.constant(lengths), peaked_logits(paths), steps)

    expected = [
        levenshtein(label[:length], greedy(path[:n_steps]))
        for label, length, path, n_steps in zip(labels, lengths, paths, steps, strict=True)
    ]
    assert np.asarray(edits).tolist() == expected
    assert 0 < len(set(expected)) < len(expected)


@pytest.mark.parametrize("count", COUNTERS)
def test_a_batch_read_as_empty_costs_its_whole_length(count: Callable[..., Any]) -> None:
    labels = tf.constant([[1, 2, 3], [1, 0, 0]])

    edits = count(labels, tf.constant([3, 1]), peaked_logits([[0, 0], [0, 0]]), tf.constant([2, 2]))

    assert np.asarray(edits).tolist() == [3, 1]


@pytest.mark.parametrize("count", COUNTERS)
def test_the_last_line_read_as_empty_is_counted(count: Callable[..., Any]) -> None:
    labels = tf.constant([[1, 2], [3, 3]])

    edits = count(labels, tf.constant([2, 2]), peaked_logits([[1, 2], [0, 0]]), tf.constant([2, 2]))

    assert np.asarray(edits).tolist() == [0, 2]


@pytest.mark.parametrize("count", COUNTERS)
def test_an_empty_label_costs_what_is_read(count: Callable[..., Any]) -> None:
    labels = tf.constant([[0, 0], [0, 0]])

    edits = count(labels, tf.constant([0, 0]), peaked_logits([[1, 2], [0, 0]]), tf.constant([2, 2]))

    assert np.asarray(edits).tolist() == [2, 0]


def update(metric: UnitErrorRate, batch: tuple[np.ndarray, ...]) -> None:
    labels, lengths, paths, steps = batch
    logits = tf.constant(peaked_logits(paths))
    metric.update_state((labels, lengths[:, None]), (logits, steps[:, None]))


def test_the_rate_is_of_all_lines_and_not_a_mean_of_batches() -> None:
    metric = UnitErrorRate()
    batches = [random_batch(3, seed=8), random_batch(30, seed=9)]
    edits = length = 0
    for labels, lengths, paths, steps in batches:
        lines = zip(labels, lengths, paths, steps, strict=True)
        edits += sum(levenshtein(la[:le], greedy(p[:s])) for la, le, p, s in lines)
        length += int(lengths.sum())

    for batch in batches:
        update(metric, batch)

    assert float(metric.result()) == pytest.approx(edits / length)


def test_the_rate_starts_anew_after_a_reset() -> None:
    metric = UnitErrorRate()
    update(metric, random_batch(5, seed=2))

    metric.reset_state()

    assert float(metric.result()) == 0.0
    update(metric, (np.array([[1, 2]]), np.array([2]), np.array([[1, 3]]), np.array([2])))
    assert float(metric.result()) == 0.5
