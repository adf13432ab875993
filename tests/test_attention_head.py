"""The attention decoder against numpy, its loss against a plain sum, and that it can learn."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_crnn.heads.attention import CELLS, AttentionDecoder
from tf_crnn.heads.attention_loss import AttentionLineLosses, diagonal_losses, line_losses

N_FEATURES = 7
TIME_STEPS = (4, 6, 3)
LABELS = ((1, 2), (3,), (2, 2, 1))


def features_of(n_steps: int = max(TIME_STEPS)) -> np.ndarray:
    rng = np.random.default_rng(2)
    return rng.normal(size=(len(TIME_STEPS), n_steps, N_FEATURES)).astype(np.float32)


def column(values: Any) -> np.ndarray:
    return np.array(values, dtype=np.int32)[:, None]


def padded(labels: Any, length: int) -> np.ndarray:
    rows = [[*label, *[0] * (length - len(label))] for label in labels]
    return np.array(rows, dtype=np.int32)


def make_decoder(**arguments: Any) -> AttentionDecoder:
    """A small decoder, every weight of which is drawn at random."""
    sizes = {"units": 5, "embedding": 3, "size": 6, "kernel": 3}
    decoder = AttentionDecoder(4, **{**sizes, **arguments})
    decoder(features_of(), column(TIME_STEPS), padded(LABELS, 3))
    rng = np.random.default_rng(4)
    decoder.set_weights([rng.normal(size=w.shape) for w in decoder.get_weights()])
    return decoder


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def softmax(values: np.ndarray) -> np.ndarray:
    exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def by_hand(decoder: AttentionDecoder, features: np.ndarray, label: Any) -> Any:
    """Logits and weights of one line with one LSTM layer, in plain numpy."""
    weights = {w.path.split("/", 1)[1]: np.asarray(w) for w in decoder.weights}
    kernel, width = weights["attention/location/kernel"], decoder.attention.kernel
    keys = features @ weights["attention/key/kernel"] + weights["attention/key/bias"]
    hidden, carry = np.zeros(decoder.units), np.zeros(decoder.units)
    looked_at, covered = np.zeros(keys.shape[1]), np.zeros(len(features))
    last = np.eye(len(features))[0]
    logits, looks = [], []
    for code in (0, *label):
        inputs = np.concatenate([weights["embedding/embeddings"][code], looked_at])
        gates = inputs @ weights["cell_0/kernel"] + hidden @ weights["cell_0/recurrent_kernel"]
        i, f, c, o = np.split(gates + weights["cell_0/bias"], 4)
        carry = sigmoid(f) * carry + sigmoid(i) * np.tanh(c)
        hidden = sigmoid(o) * np.tanh(carry)
        around = np.pad(np.stack([last, covered], axis=1), ((width // 2, width // 2), (0, 0)))
        location = [
            np.einsum("kc,kca->a", around[step : step + width], kernel)
            for step in range(len(features))
        ]
        compared = keys + hidden @ weights["attention/query/kernel"] + np.array(location)
        last = softmax((np.tanh(compared) @ weights["attention/energy/kernel"])[:, 0])
        covered = covered + last
        looked_at = last @ keys
        seen = np.concatenate([hidden, last @ features])
        logits.append(seen @ weights["logits/kernel"] + weights["logits/bias"])
        looks.append(last)
    return np.array(logits), np.array(looks)


def test_the_decoder_is_what_plain_numpy_says() -> None:
    decoder, features = make_decoder(), features_of()

    logits, weights = decoder(features, column(TIME_STEPS), padded(LABELS, 3))

    for index, (steps, label) in enumerate(zip(TIME_STEPS, LABELS, strict=True)):
        expected, looks = by_hand(decoder, features[index, :steps], label)
        n_units = len(label) + 1
        np.testing.assert_allclose(logits[index, :n_units], expected, atol=1e-4)
        np.testing.assert_allclose(weights[index, :n_units, :steps], looks, atol=1e-5)


@pytest.mark.parametrize("kernel", [0, 5])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_a_line_is_decoded_alike_whatever_stands_beside_it(
    cell: str, layers: int, kernel: int
) -> None:
    decoder = make_decoder(cell=cell, layers=layers, kernel=kernel)
    features = features_of(9)

    logits, weights = decoder(features, column(TIME_STEPS), padded(LABELS, 5))

    for index, (steps, label) in enumerate(zip(TIME_STEPS, LABELS, strict=True)):
        alone = decoder(features[index : index + 1, :steps], column([steps]), np.array([label]))
        n_units = len(label) + 1
        np.testing.assert_allclose(logits[index, :n_units], alone.logits[0], atol=1e-5)
        np.testing.assert_allclose(weights[index, :n_units, :steps], alone.weights[0], atol=1e-6)
        assert np.abs(weights[index, :n_units, steps:]).max() == 0
        assert np.ptp(alone.logits) > 1e-2


def test_the_units_before_decide_and_those_after_do_not() -> None:
    decoder, features = make_decoder(), features_of()

    one = decoder(features[:1], column([4]), np.array([[1, 2, 3]])).logits
    other = decoder(features[:1], column([4]), np.array([[1, 2, 1]])).logits

    np.testing.assert_allclose(one[0, :3], other[0, :3], atol=1e-6)
    assert np.abs(one[0, 3] - other[0, 3]).max() > 1e-3


def test_dropout_is_for_training_alone() -> None:
    decoder = make_decoder(dropout=0.5)
    line = features_of()[:1], column([4]), np.array([[1, 2]])

    reading = [np.asarray(decoder(*line).logits) for _ in range(2)]
    training = [np.asarray(decoder(*line, training=True).logits) for _ in range(2)]

    assert np.array_equal(*reading)
    assert not np.array_equal(*training)


def test_a_decoder_is_made_again_from_its_configuration() -> None:
    decoder = make_decoder(cell="gru", layers=2, dropout=0.25, seed=3)
    line = features_of()[:1], column([4]), np.array([[1, 2]])

    again = AttentionDecoder.from_config(decoder.get_config())
    again(*line)
    again.set_weights(decoder.get_weights())

    np.testing.assert_array_equal(again(*line).logits, decoder(*line).logits)
    assert again.get_config() == decoder.get_config()


def test_the_loss_is_the_sum_over_the_units_and_the_end() -> None:
    logits = np.random.default_rng(3).normal(size=(2, 4, 3)).astype(np.float32) * 3
    labels = ((1, 2), ())

    losses = line_losses(logits, padded(labels, 3), np.array([2, 0]))

    probs = softmax(logits)
    first = probs[0, 0, 1] * probs[0, 1, 2] * probs[0, 2, 0]
    np.testing.assert_allclose(losses, -np.log([first, probs[1, 0, 0]]), rtol=1e-5)


def test_smoothing_wishes_some_probability_for_every_class() -> None:
    logits = np.random.default_rng(3).normal(size=(1, 2, 3)).astype(np.float32)

    [loss] = line_losses(logits, np.array([[2]]), np.array([1]), smoothing=0.3)

    wished = np.array([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]])
    assert float(loss) == pytest.approx(-(wished * np.log(softmax(logits[0]))).sum(), rel=1e-5)


def test_a_look_far_from_the_diagonal_costs_more() -> None:
    steady = np.eye(3, 5)[None, :, [0, 3, 1, 4, 2]].astype(np.float32)  # steps 0, 2 and 4
    backwards = steady[:, ::-1]

    low, high = (
        float(diagonal_losses(weights, np.array([5]), np.array([2]))[0])
        for weights in (steady, backwards)
    )

    assert 0 <= low < 0.15
    assert high > 1.5


def test_looks_beyond_a_label_cost_nothing() -> None:
    weights = np.random.default_rng(1).dirichlet(np.ones(5), size=(1, 3)).astype(np.float32)
    longer = np.concatenate([weights, weights[:, ::-1]], axis=1)

    short, long = (diagonal_losses(w, np.array([5]), np.array([2])) for w in (weights, longer))

    np.testing.assert_allclose(short, long, rtol=1e-6)


def test_smoothing_and_guide_are_for_training_alone() -> None:
    decoder = make_decoder()
    lengths, codes = column([len(label) for label in LABELS]), padded(LABELS, 3)
    decoded = decoder(features_of(), column(TIME_STEPS), codes)
    plain, strict = AttentionLineLosses(), AttentionLineLosses(smoothing=0.1, guide=2.0)

    rest = codes, column(TIME_STEPS), lengths
    reading = [np.asarray(layer(decoded, *rest, training=False)) for layer in (plain, strict)]
    training = np.asarray(strict(decoded, *rest, training=True))

    np.testing.assert_array_equal(*reading)
    steps, n_units = np.array(TIME_STEPS), lengths[:, 0]
    smoothed = line_losses(decoded.logits, codes, n_units, smoothing=0.1)
    expected = smoothed + 2.0 * diagonal_losses(decoded.weights, steps, n_units)
    np.testing.assert_allclose(training, expected, rtol=1e-5)
    assert (training != reading[0]).all()


def test_a_guided_decoder_learns_where_the_units_of_some_texts_stand() -> None:
    keras.utils.set_random_seed(1)
    texts = np.random.default_rng(5).integers(1, 4, size=(16, 6))
    features = np.repeat(np.eye(4)[texts], 2, axis=1).astype(np.float32)  # two steps a unit
    steps, lengths = column([12] * 16), column([6] * 16)
    decoder = AttentionDecoder(4, units=32, embedding=8, size=32, kernel=5)
    decoder.build((None, None, 4))
    losses = AttentionLineLosses(guide=3.0)
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(decoder.trainable_variables)

    @tf.function
    def learn() -> Any:
        with tf.GradientTape() as tape:
            decoded = decoder(features, steps, texts, training=True)
            loss = tf.reduce_mean(losses(decoded, texts, steps, lengths, training=True))
        gradients = tape.gradient(loss, decoder.trainable_variables)
        optimizer.apply_gradients(zip(gradients, decoder.trainable_variables, strict=True))
        return loss

    first, *_, last = (float(learn()) for _ in range(250))

    places = np.argmax(decoder(features, steps, texts).weights[:, :6], axis=-1) // 2
    assert first > 8
    assert last < 1
    assert np.mean(np.abs(places - np.arange(6)) <= 1) > 0.95
