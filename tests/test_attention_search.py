"""The attention search against all readings there are, enumerated."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tf_crnn.heads.attention import AttentionDecoder
from tf_crnn.heads.attention_search import GreedyReadings, search_readings

N_FEATURES, N_CLASSES = 6, 3
TIME_STEPS = np.array([[3], [4], [2]], dtype=np.int32)


def make_decoder(seed: int, **arguments: Any) -> AttentionDecoder:
    decoder = AttentionDecoder(
        N_CLASSES, units=5, embedding=4, size=6, **{"kernel": 3, **arguments}
    )
    decoder.build((None, None, N_FEATURES))
    rng = np.random.default_rng(seed)
    decoder.set_weights([rng.normal(size=w.shape) for w in decoder.get_weights()])
    # The end is made less likely, so that readings have some length.
    bias = decoder.output_layer.bias
    bias.assign(np.asarray(bias) - 3.0 * (np.arange(N_CLASSES) == 0))
    return decoder


def lines() -> np.ndarray:
    shape = len(TIME_STEPS), int(TIME_STEPS.max()), N_FEATURES
    return np.random.default_rng(8).normal(size=shape).astype(np.float32)


def log_prob(decoder: AttentionDecoder, line: np.ndarray, codes: tuple[int, ...]) -> float:
    """Of a reading and its end, by the decoder's own answer for a given text."""
    label = np.array(codes, dtype=np.int32).reshape(1, -1)
    logits = np.asarray(decoder(line[None], np.array([[len(line)]]), label).logits)[0]
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return sum(float(step[code]) for step, code in zip(log_probs, (*codes, 0), strict=True))


def enumerated(decoder: AttentionDecoder, line: np.ndarray) -> list[tuple[float, tuple[int, ...]]]:
    texts = (
        text
        for length in range(len(line) + 1)
        for text in itertools.product(range(1, N_CLASSES), repeat=length)
    )
    return sorted(((log_prob(decoder, line, text), text) for text in texts), reverse=True)


def texts_of(codes: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(code) for code in reading if code) for reading in codes]


@pytest.mark.parametrize("arguments", [{}, {"cell": "gru", "layers": 2}, {"kernel": 0}])
def test_a_wide_beam_finds_the_best_readings_of_all(arguments: dict[str, Any]) -> None:
    decoder, features = make_decoder(3, **arguments), lines()

    found = search_readings(decoder, features, TIME_STEPS, n_beams=32, n_readings=6)

    lengths = set()
    for index, steps in enumerate(TIME_STEPS[:, 0]):
        best = enumerated(decoder, features[index, :steps])[:6]
        assert texts_of(np.asarray(found.codes)[index]) == [text for _, text in best]
        np.testing.assert_allclose(found.log_probs[index], [p for p, _ in best], atol=1e-4)
        lengths |= {len(text) for _, text in best}
    assert len(lengths) > 2


@pytest.mark.parametrize("seed", range(4))
def test_a_beam_of_one_takes_the_best_unit_each_time(seed: int) -> None:
    decoder, features = make_decoder(seed), lines()

    found = search_readings(decoder, features, TIME_STEPS, n_beams=1)

    for index, steps in enumerate(TIME_STEPS[:, 0]):
        line, codes = features[index, :steps], []
        while len(codes) < steps:
            label = np.array([codes], dtype=np.int32).reshape(1, -1)
            logits = decoder(line[None], np.array([[steps]]), label).logits[0, -1]
            if (code := int(np.argmax(logits))) == 0:
                break
            codes.append(code)
        assert texts_of(np.asarray(found.codes)[index]) == [tuple(codes)]
        expected = log_prob(decoder, line, tuple(codes))
        assert float(found.log_probs[index, 0]) == pytest.approx(expected, abs=1e-4)


def test_the_layer_of_greedy_readings_owns_no_weights_of_the_decoder() -> None:
    decoder, features = make_decoder(3), lines()
    layer = GreedyReadings(decoder)

    codes = layer(features, TIME_STEPS)

    expected = search_readings(decoder, features, TIME_STEPS, n_beams=1).codes[:, 0]
    np.testing.assert_array_equal(codes, expected)
    assert not layer.weights
    assert len(decoder.trainable_weights) > 5


def test_probabilities_of_all_readings_of_a_line_that_may_go_on_are_at_most_1() -> None:
    decoder, features = make_decoder(5), lines()

    found = search_readings(decoder, features, TIME_STEPS, n_beams=31, n_readings=31)

    n_texts = [2 ** (steps + 1) - 1 for steps in TIME_STEPS[:, 0]]
    log_probs = np.asarray(found.log_probs)
    totals = [np.exp(p[:n]).sum() for p, n in zip(log_probs, n_texts, strict=True)]
    assert all(0.01 < total <= 1 for total in totals)
    assert log_probs[2, 7] < -1e8


def eager(compute: Callable[..., Any]) -> Callable[..., Any]:
    return compute


def traced(compute: Callable[..., Any]) -> Callable[..., Any]:
    shapes = (tf.TensorSpec((None, None, N_FEATURES)), tf.TensorSpec((None, 1), tf.int32))
    return tf.function(compute, input_signature=shapes)


@pytest.mark.parametrize("run", [eager, traced])
@pytest.mark.parametrize("n_beams", [1, 3])
def test_a_line_is_read_alike_whatever_stands_beside_it(
    n_beams: int, run: Callable[..., Any]
) -> None:
    decoder, features = make_decoder(3), np.pad(lines(), ((0, 0), (0, 5), (0, 0)))
    read = run(
        lambda lines, steps: search_readings(
            decoder, lines, steps, n_beams=n_beams, n_readings=n_beams
        )
    )

    together = read(features, TIME_STEPS)

    for index, steps in enumerate(TIME_STEPS):
        alone = read(features[index : index + 1, : steps[0]], steps[None])
        of_line = np.asarray(together.codes)[index]
        assert texts_of(of_line) == texts_of(np.asarray(alone.codes)[0])
        np.testing.assert_allclose(together.log_probs[index], alone.log_probs[0], atol=1e-4)


def test_more_readings_than_the_beam_holds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"n_readings 3: must be from 1 to n_beams, 2"):
        search_readings(make_decoder(3), lines(), TIME_STEPS, n_beams=2, n_readings=3)
