"""The compiled search against every path, every label and every n-gram, spelt out."""

import itertools
import logging
import math
from typing import Any

import numpy as np
import pytest

from tf_crnn.alphabet import Alphabet
from tf_crnn.decoding.beam_kernel import label_log_prob, search
from tf_crnn.decoding.beam_language import compiled
from tf_crnn.decoding.lexicon import word_tables
from tf_crnn.decoding.ngram_learn import learn_ngrams
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.tables import no_ngrams, no_words
from tf_crnn.text_rules import NO_RULES

NO_LANGUAGE = (no_ngrams(), no_words(), (0.0, 0.0, 0.0))


def random_log_probs(seed: int, steps: int, classes: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (steps, classes))
    return (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)


def label_probs(log_probs: np.ndarray) -> dict[tuple[int, ...], float]:
    """P(label | line) of every label, as the sum over each single path."""
    probs: dict[tuple[int, ...], float] = {}
    steps, classes = log_probs.shape
    for path in itertools.product(range(classes), repeat=steps):
        label = tuple(code for code, _ in itertools.groupby(path) if code)
        prob = math.exp(sum(float(log_probs[t, code]) for t, code in enumerate(path)))
        probs[label] = probs.get(label, 0.0) + prob
    return probs


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("steps", "classes"), [(1, 3), (3, 2), (4, 4), (5, 3)])
def test_a_wide_search_finds_every_label_with_its_probability(
    seed: int, steps: int, classes: int
) -> None:
    log_probs = random_log_probs(seed, steps, classes)
    probs = label_probs(log_probs)

    readings = search(log_probs, (500, 500, math.inf), *NO_LANGUAGE)

    found = {tuple(codes.tolist()): math.exp(log_prob) for codes, _, log_prob in readings}
    assert found == pytest.approx(probs, rel=1e-4)
    assert len(readings) == len(probs)
    ranked = [log_prob for _, _, log_prob in readings]
    assert ranked == sorted(ranked, reverse=True)


def test_the_probability_of_any_label_is_that_of_its_paths() -> None:
    log_probs = random_log_probs(7, 5, 4)
    probs = label_probs(log_probs)

    for label, prob in probs.items():
        result = label_log_prob(log_probs, np.array(label, dtype=np.int32))

        assert result == pytest.approx(math.log(prob), abs=1e-4)


@pytest.mark.parametrize("label", [(1, 1, 1), (1, 2, 1, 2, 1, 2)])
def test_a_label_that_does_not_fit_has_no_probability(label: tuple[int, ...]) -> None:
    result = label_log_prob(random_log_probs(1, 4, 3), np.array(label, dtype=np.int32))

    assert result == -math.inf


UNITS = list("ab c")
WORDS = word_tables(["ab", "cab", "b"], Alphabet.from_units(UNITS), NO_RULES)


@pytest.mark.parametrize("weights", [(0.7, 0.3, 0.0), (0.0, -0.4, 1.5), (1.2, 0.5, 2.0)])
@pytest.mark.parametrize("seed", range(4))
def test_language_model_length_and_lexicon_count_as_they_should(
    seed: int, weights: tuple[float, float, float]
) -> None:
    model = LanguageModel(learn_ngrams([[1, 2, 3, 4], [2, 3, 1, 2], [3, 1]], 4, 3), UNITS)
    log_probs = random_log_probs(seed, 5, 5)
    expected = {}
    for label, prob in label_probs(log_probs).items():
        words = "".join(UNITS[code - 1] for code in label).split()
        n_non_words = sum(word.lower() not in ("ab", "cab", "b") for word in words)
        added = weights[0] * model.log_prob(label) + weights[1] * len(label)
        expected[label] = (math.log(prob), added - weights[2] * n_non_words)

    readings = search(log_probs, (999, 999, math.inf), model.tables, WORDS, weights)

    found = {tuple(codes.tolist()): (log_prob, added) for codes, added, log_prob in readings}
    assert found.keys() == expected.keys()
    for label, parts in expected.items():
        assert found[label] == pytest.approx(parts, abs=1e-3)
    best = max(expected, key=lambda label: sum(expected[label]))
    assert tuple(readings[0][0].tolist()) == best


def test_a_narrow_search_returns_as_many_readings_as_are_wanted() -> None:
    log_probs = np.log(np.array([[0.001, 0.998, 0.001], [0.998, 0.001, 0.001]], np.float32))

    readings = search(log_probs, (3, 3, 2.0), *NO_LANGUAGE)

    assert len(readings) == 3
    assert readings[0][0].tolist() == [1]


def test_prefixes_far_behind_the_best_are_left_out() -> None:
    log_probs = np.log(np.array([[0.04, 0.95, 0.01], [0.95, 0.04, 0.01]], np.float32))

    few = search(log_probs, (1, 50, 1.0), *NO_LANGUAGE)
    [(codes, _, log_prob)] = few

    assert codes.tolist() == [1]
    # Over all paths of [a], those of the prefixes left out among them.
    assert math.exp(log_prob) == pytest.approx(0.95 * 0.95 + 0.04 * 0.04 + 0.95 * 0.04, rel=1e-4)


def test_equal_readings_come_in_the_same_order_each_time() -> None:
    log_probs = np.full((4, 4), -math.log(4), dtype=np.float32)

    once = search(log_probs, (20, 20, math.inf), *NO_LANGUAGE)
    again = search(log_probs, (20, 20, math.inf), *NO_LANGUAGE)

    assert [codes.tolist() for codes, _, _ in once] == [codes.tolist() for codes, _, _ in again]


def test_what_can_be_kept_nowhere_is_compiled_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    of_no_file: dict[str, Any] = {}
    # numba keeps nothing of functions without a file, as where all folders are read-only.
    exec("def double(x):\n    return 2 * x", of_no_file)

    with caplog.at_level(logging.INFO):
        double = compiled(of_no_file["double"])

    assert double(21) == 42
    assert "cannot cache function 'double'" in caplog.text
    assert "Name a folder for it in NUMBA_CACHE_DIR" in caplog.text
