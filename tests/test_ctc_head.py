"""The CTC head against the definition: the sum over all paths, enumerated."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tf_crnn.heads.ctc import CTCLineLosses, line_losses, portable_line_losses

T, K = 4, 3
PATHS = [line_losses, portable_line_losses]
LABELS = [
    label for length in range(T + 1) for label in itertools.product(range(1, K), repeat=length)
]


def collapse(path: Iterable[int]) -> tuple[int, ...]:
    return tuple(code for code, _ in itertools.groupby(path) if code != 0)


def enumerated_loss(logits: np.ndarray, label: Sequence[int]) -> float:
    """-log of the probabilities of all paths over (T, K) logits that spell the label."""
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    total = sum(
        math.prod(probs[step, code] for step, code in enumerate(path))
        for path in itertools.product(range(probs.shape[1]), repeat=len(probs))
        if collapse(path) == tuple(label)
    )
    return -math.log(total) if total else math.inf


def random_logits(n_lines: int, n_steps: int = T) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(n_lines, n_steps, K)).astype(np.float32) * 2


def padded(labels: Sequence[Sequence[int]], length: int = T) -> tf.Tensor:
    return tf.constant([[*label, *[0] * (length - len(label))] for label in labels], tf.int32)


def lengths_of(labels: Sequence[Sequence[int]]) -> tf.Tensor:
    return tf.constant([len(label) for label in labels], tf.int32)


def is_feasible(label: Sequence[int], n_steps: int) -> bool:
    repeats = sum(first == second for first, second in itertools.pairwise(label))
    return len(label) + repeats <= n_steps


FEASIBLE = [label for label in LABELS if is_feasible(label, T)]


@pytest.mark.parametrize("compute", PATHS)
def test_the_loss_is_the_sum_over_all_paths(compute: Callable[..., Any]) -> None:
    logits = random_logits(len(FEASIBLE))
    steps = tf.fill([len(FEASIBLE)], T)

    losses = compute(tf.constant(logits), padded(FEASIBLE), steps, lengths_of(FEASIBLE))

    expected = [enumerated_loss(*pair) for pair in zip(logits, FEASIBLE, strict=True)]
    np.testing.assert_allclose(losses, expected, rtol=1e-4)


def test_the_labels_above_hold_the_hard_cases() -> None:
    assert () in FEASIBLE
    assert (1, 1) in FEASIBLE
    assert (1, 2, 1, 2) in FEASIBLE
    assert (1, 1, 2) in FEASIBLE


@pytest.mark.parametrize("compute", PATHS)
@pytest.mark.parametrize("label", [(), (1,), (2, 2), (1, 2)])
def test_steps_beyond_a_line_do_not_count(
    compute: Callable[..., Any], label: tuple[int, ...]
) -> None:
    logits = random_logits(1, n_steps=T + 3)
    logits[:, T:] *= 50

    [loss] = compute(tf.constant(logits), padded([label]), tf.constant([T]), lengths_of([label]))

    assert float(loss) == pytest.approx(enumerated_loss(logits[0, :T], label), rel=1e-4)


@pytest.mark.parametrize("compute", PATHS)
def test_padding_of_labels_does_not_count(compute: Callable[..., Any]) -> None:
    logits, label = random_logits(1), (1, 2)

    [short] = compute(tf.constant(logits), padded([label], 2), [T], lengths_of([label]))
    [long] = compute(tf.constant(logits), padded([label], 9), [T], lengths_of([label]))

    assert float(long) == pytest.approx(float(short), rel=1e-5)


@pytest.mark.parametrize("compute", PATHS)
@pytest.mark.parametrize("label", [(1, 1, 1), (2, 2, 2, 2), (1, 2, 2, 1), (1, 2, 1, 2, 1, 2)])
def test_a_label_that_needs_more_steps_than_there_are_costs_very_much(
    compute: Callable[..., Any], label: tuple[int, ...]
) -> None:
    logits = tf.constant(random_logits(2))

    losses = compute(logits, padded([label, (1,)], 6), tf.fill([2], T), lengths_of([label, (1,)]))

    assert not is_feasible(label, T)
    assert float(losses[0]) > 100
    assert float(losses[1]) == pytest.approx(enumerated_loss(logits[1].numpy(), (1,)), rel=1e-4)


def test_the_gradients_of_both_paths_agree() -> None:
    logits = tf.Variable(random_logits(len(FEASIBLE), n_steps=T + 2))
    steps = tf.fill([len(FEASIBLE)], T)
    gradients = []

    for compute in PATHS:
        with tf.GradientTape() as tape:
            losses = compute(logits, padded(FEASIBLE), steps, lengths_of(FEASIBLE))
        gradients.append(tape.gradient(losses, logits).numpy())

    np.testing.assert_allclose(*gradients, atol=1e-5)
    assert np.abs(gradients[0][:, :T]).max(axis=(1, 2)).min() > 1e-3
    assert (gradients[0][:, T:] == 0).all()


@pytest.mark.parametrize("compute", PATHS)
def test_the_gradient_is_the_slope_of_the_loss(compute: Callable[..., Any]) -> None:
    logits, label, step = random_logits(1), (1, 1), 1e-2
    variable = tf.Variable(logits)

    with tf.GradientTape() as tape:
        losses = compute(variable, padded([label]), tf.constant([T]), lengths_of([label]))
    gradient = tape.gradient(losses, variable).numpy()

    for position in itertools.product(range(T), range(K)):
        change = np.zeros((T, K))
        change[position] = step
        above, below = (enumerated_loss(logits[0] + sign * change, label) for sign in (1, -1))
        assert gradient[0][position] == pytest.approx((above - below) / (2 * step), abs=1e-3)


def test_the_layer_takes_lengths_as_columns() -> None:
    labels = [(1, 2), (2,)]
    logits = random_logits(2)

    losses = CTCLineLosses()(logits, padded(labels), np.array([[4], [3]]), np.array([[2], [1]]))

    expected = [enumerated_loss(logits[0], labels[0]), enumerated_loss(logits[1, :3], labels[1])]
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
