"""The graphs of an export: image preparation and search against plain Python."""

import itertools
import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tf_crnn.config import Params
from tf_crnn.export.graph import ReadingGraph
from tf_crnn.images import as_line_image, prepare_line, standardise
from tf_crnn.model import get_network
from tf_crnn.straightening import straighten

ParamsFactory = Callable[..., Params]
UNITS = "abcdeno 0123"  # of `tiny_params`


def fake_network(n_classes: int) -> keras.Model:
    """A network that returns its images (B, K, T, 1) as logits (B, T, K)."""
    images = keras.Input((n_classes, None, 1), name="input_images")
    steps = keras.Input((1,), dtype="int32", name="input_seq_length")
    logits = keras.layers.Permute((2, 1))(keras.layers.Reshape((n_classes, -1))(images))
    return keras.Model({"input_images": images, "input_seq_length": steps}, logits)


@pytest.fixture
def search(tmp_path: Path) -> Callable[..., ReadingGraph]:
    """`search(n_classes, **overrides)`: a graph over a fake network, one pixel a time step."""

    def make(n_classes: int, **overrides: object) -> ReadingGraph:
        lookup = tmp_path / "units.json"
        units = (f'"{unit}": {code}' for code, unit in enumerate(UNITS[: n_classes - 1], start=1))
        lookup.write_text(f"{{{', '.join(units)}}}")
        params = Params(
            input_shape=(n_classes, 64),
            cnn_features_list=[1],
            cnn_kernel_size=[1],
            cnn_stride_size=[(1, 1)],
            cnn_pool_size=[(1, 1)],
            cnn_batch_norm=[False],
            max_chars_per_string=10,
            lookup_alphabet_file=str(lookup),
            **overrides,
        )
        return ReadingGraph(fake_network(n_classes), params)

    return make


def read(graph: ReadingGraph, logits: np.ndarray, steps: list[int]) -> dict[str, np.ndarray]:
    """`read_batch` of logits (B, T, K)."""
    images = tf.constant(logits.transpose(0, 2, 1)[..., None], tf.float32)
    outputs = graph.read_batch(images, tf.constant(steps)[:, None])
    return {name: tensor.numpy() for name, tensor in outputs.items()}


def enumerated_readings(logits: np.ndarray) -> list[tuple[str, float]]:
    """Every text that (T, K) logits can spell with its log probability, best first."""
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    totals: dict[str, float] = defaultdict(float)
    for path in itertools.product(range(probs.shape[1]), repeat=len(probs)):
        text = "".join(UNITS[code - 1] for code, _ in itertools.groupby(path) if code)
        totals[text] += math.prod(probs[step, code] for step, code in enumerate(path))
    ranked = sorted(totals.items(), key=lambda item: -item[1])
    return [(text, math.log(total)) for text, total in ranked]


def random_logits(n_lines: int, n_steps: int, n_classes: int) -> np.ndarray:
    return np.random.default_rng(n_steps).normal(size=(n_lines, n_steps, n_classes)) * 1.5


@pytest.mark.parametrize(("n_steps", "n_classes"), [(4, 4), (5, 3), (2, 6), (1, 3)])
def test_beam_search_finds_the_most_probable_texts_with_their_exact_probabilities(
    n_steps: int, n_classes: int, search: Callable[..., ReadingGraph]
) -> None:
    logits = random_logits(12, n_steps, n_classes)

    outputs = read(search(n_classes, num_beam_paths=3), logits, [n_steps] * 12)

    assert outputs["best_transcriptions"].shape == (3, 12)
    for index, line in enumerate(logits):
        expected = enumerated_readings(line)[:3]
        texts = [text.decode() for text in outputs["best_transcriptions"][:, index]]
        assert texts == [text for text, _ in expected]
        np.testing.assert_allclose(
            outputs["logprob_ctc"][index], [log_prob for _, log_prob in expected], atol=1e-4
        )


def test_steps_beyond_a_line_do_not_count(search: Callable[..., ReadingGraph]) -> None:
    logits = random_logits(4, 5, 4)
    logits[:, 3:] *= 30

    outputs = read(search(4, num_beam_paths=2), logits, [3, 2, 3, 1])

    for index, steps in enumerate([3, 2, 3, 1]):
        expected = enumerated_readings(logits[index, :steps])[:2]
        assert [t.decode() for t in outputs["best_transcriptions"][:, index]] == [
            text for text, _ in expected
        ]
        np.testing.assert_allclose(
            outputs["logprob_ctc"][index], [log_prob for _, log_prob in expected], atol=1e-4
        )


def test_more_paths_than_there_are_texts_are_cut_to_what_exists(
    search: Callable[..., ReadingGraph],
) -> None:
    logits = random_logits(2, 1, 3)

    outputs = read(search(3, num_beam_paths=50), logits, [1, 1])

    for index in range(2):
        texts = [text.decode() for text in outputs["best_transcriptions"][:, index]]
        assert texts == [text for text, _ in enumerated_readings(logits[index])]
        assert sorted(texts) == ["", "a", "b"]


def test_a_narrow_beam_is_as_wide_as_the_paths_asked_for(
    search: Callable[..., ReadingGraph],
) -> None:
    outputs = read(search(4, num_beam_paths=3, beam_width=1), random_logits(1, 4, 4), [4])

    assert outputs["best_transcriptions"].shape == (3, 1)


def test_the_first_reading_is_what_words_and_codes_say(
    search: Callable[..., ReadingGraph],
) -> None:
    outputs = read(search(4, num_beam_paths=3), random_logits(6, 4, 4), [4] * 6)

    assert outputs["words"].tolist() == outputs["best_transcriptions"][0].tolist()
    for word, codes in zip(outputs["words"], outputs["codes"], strict=True):
        assert "".join(UNITS[code - 1] for code in codes if code) == word.decode()
    assert (np.diff(outputs["logprob_ctc"], axis=1) <= 0).all()


def test_greedy_search_merges_repeats_before_it_drops_blanks(
    search: Callable[..., ReadingGraph],
) -> None:
    path = [1, 1, 0, 1, 2, 2, 0, 0]
    logits = np.eye(4)[path][None] * 9.0

    outputs = read(search(4), logits, [8])

    assert outputs["words"].tolist() == [b"aab"]
    assert outputs["codes"].tolist() == [[1, 1, 2]]
    assert outputs["logprob_ctc"].shape == (1, 1)


@pytest.mark.parametrize("num_beam_paths", [1, 2])
def test_a_line_without_text_gives_an_empty_reading(
    num_beam_paths: int, search: Callable[..., ReadingGraph]
) -> None:
    logits = np.zeros((2, 3, 4))
    logits[:, :, 0] = 4.0

    outputs = read(search(4, num_beam_paths=num_beam_paths), logits, [3, 2])

    assert outputs["words"].tolist() == [b"", b""]
    assert not outputs["codes"].any()
    expected = [dict(enumerated_readings(logits[0, :steps]))[""] for steps in (3, 2)]
    np.testing.assert_allclose(outputs["logprob_ctc"][:, 0], expected, atol=1e-5)


def test_with_one_reading_its_probability_is_exact_and_the_score_is_its_log_odds(
    search: Callable[..., ReadingGraph],
) -> None:
    logits = random_logits(5, 4, 3)

    outputs = read(search(3), logits, [4] * 5)

    for index, line in enumerate(logits):
        log_prob = dict(enumerated_readings(line))[outputs["words"][index].decode()]
        assert outputs["logprob_ctc"][index, 0] == pytest.approx(log_prob, abs=1e-4)
        odds = math.exp(log_prob) / (1 - math.exp(log_prob))
        assert outputs["score"][index] == pytest.approx(math.log(odds), abs=1e-3)


def test_with_several_readings_the_score_is_the_distance_of_the_first_two(
    search: Callable[..., ReadingGraph],
) -> None:
    logits = random_logits(5, 4, 3)

    outputs = read(search(3, num_beam_paths=2), logits, [4] * 5)

    for index, line in enumerate(logits):
        (_, first), (_, second), *_ = enumerated_readings(line)
        assert outputs["score"][index] == pytest.approx(first - second, abs=1e-3)


def test_with_joint_scoring_the_score_is_the_distance_of_the_joint_scores(
    tmp_path: Path, tiny_params: ParamsFactory
) -> None:
    sizes = {"attention_units": 8, "attention_size": 8, "attention_embedding": 4}
    params = tiny_params(
        tmp_path, head="joint", num_beam_paths=3, joint_scoring_weight=0.4, **sizes
    )
    network, rng = get_network(params), np.random.default_rng(3)
    for layer in (network.get_layer("logits"), network.decoder):
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    lines = rng.normal(size=(4, 32, 16, 1)).astype(np.float32)
    steps = np.full((4, 1), 4, np.int32)
    graph = ReadingGraph(network, params)

    outputs = graph.read_batch(lines, steps)

    features = network({"input_images": lines, "input_seq_length": steps})["features"]
    assert not np.allclose(outputs["score"], -np.diff(outputs["logprob_ctc"], axis=1)[:, 0])
    for index, texts in enumerate(outputs["best_transcriptions"].numpy().T):
        scores = []
        for text, log_prob in zip(texts, outputs["logprob_ctc"][index].numpy(), strict=True):
            codes = params.alphabet.encode(text.decode())
            label = np.array(codes, dtype=np.int32).reshape(1, -1)
            said = network.decoder(features[index : index + 1], steps[:1], label).logits[0].numpy()
            log_probs = said - np.log(np.exp(said).sum(axis=1, keepdims=True))
            written = log_probs[np.arange(len(codes) + 1), [*codes, 0]].sum()
            scores.append(0.6 * log_prob + 0.4 * written)
        assert scores == sorted(scores, reverse=True)
        assert outputs["score"][index].numpy() == pytest.approx(scores[0] - scores[1], abs=1e-3)


def test_a_certain_reading_has_a_finite_score(search: Callable[..., ReadingGraph]) -> None:
    outputs = read(search(3), np.eye(3)[[1, 0, 2]][None] * 1000.0, [3])

    assert outputs["words"].tolist() == [b"ab"]
    assert 10 < outputs["score"][0] < 100


def test_probs_are_the_softmax_time_major(search: Callable[..., ReadingGraph]) -> None:
    logits = random_logits(2, 4, 3)

    outputs = read(search(3), logits, [4, 4])

    exponentials = np.exp(logits)
    expected = (exponentials / exponentials.sum(axis=-1, keepdims=True)).transpose(1, 0, 2)
    np.testing.assert_allclose(outputs["probs"], expected, atol=1e-6)
    assert outputs["time_steps"].tolist() == [4, 4]


def test_units_of_several_characters_are_joined(tmp_path: Path) -> None:
    lookup = tmp_path / "units.json"
    lookup.write_text('{"[con]": 1, "ß": 2}', encoding="utf-8")
    params = Params(
        input_shape=(3, 64),
        cnn_features_list=[1],
        cnn_kernel_size=[1],
        cnn_stride_size=[(1, 1)],
        cnn_pool_size=[(1, 1)],
        cnn_batch_norm=[False],
        max_chars_per_string=10,
        lookup_alphabet_file=str(lookup),
    )

    outputs = read(ReadingGraph(fake_network(3), params), np.eye(3)[[2, 1, 2]][None] * 9, [3])

    assert outputs["words"][0].decode() == "ß[con]ß"


def test_spaces_around_the_line_of_a_padded_network_are_left_out(
    search: Callable[..., ReadingGraph],
) -> None:
    graph = search(4, label_space_padding=True)
    graph._units = tf.constant(["", " ", "a", "b"])
    logits = np.eye(4)[[1, 2, 1, 3, 1]][None] * 9

    outputs = read(graph, logits, [5])

    assert outputs["words"][0].decode() == "a b"
    assert outputs["codes"][0].tolist() == [1, 2, 1, 3, 1]


@pytest.fixture(scope="module", params=[1, 3], ids=["grey", "colour"])
def preparation(
    request: pytest.FixtureRequest,
    tiny_params: ParamsFactory,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Params, Callable[..., np.ndarray]]:
    """Parameters of a grey and of a colour network, and the traced preparation."""
    params = tiny_params(tmp_path_factory.mktemp("p"), input_channels=request.param)
    # Image preparation does not touch the network.
    graph = ReadingGraph(None, params)
    spec = tf.TensorSpec((None, None, None), tf.float32)
    traced = tf.function(graph.prepare, input_signature=[spec])
    return params, lambda picture: traced(tf.constant(picture, tf.float32)).numpy()


def picture_of(height: int, width: int, channels: int) -> np.ndarray:
    """Smooth strokes and noise, 0 to 255."""
    rng = np.random.default_rng(height * width)
    base = 128 + 100 * np.sin(np.arange(width) / 3)[None, :, None]
    noise = rng.normal(scale=30, size=(height, width, channels))
    return (base + noise).clip(0, 255).astype(np.uint8)


SIZES = [(32, 100), (48, 10), (17, 333), (200, 1001), (64, 3000), (1, 1), (33, 2999), (3, 700)]


def assert_prepared(line: np.ndarray, picture: np.ndarray, params: Params) -> None:
    """Equal but for one grey level here and there: both round, after sums in another order."""
    image = as_line_image(picture, params.input_channels)
    resized = prepare_line(image, params.input_shape, params.downscale_factor)
    grey_level = 1 / max(resized.std(), 1.0)
    difference = np.abs(line - standardise(resized))
    assert line.shape == resized.shape
    assert difference.max() < 1.1 * grey_level
    assert (difference > 0.1 * grey_level).mean() < 0.01


@pytest.mark.parametrize("channels", [1, 3])
def test_the_graph_makes_lines_straight_where_the_package_does(
    channels: int, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, straighten_lines=True, input_channels=channels)
    picture = np.full((80, 300, channels), 230, np.uint8)
    for column in range(10, 290, 8):
        picture[50 - column // 8 : 62 - column // 8, column : column + 3] = 30

    line = ReadingGraph(None, params).prepare(tf.constant(picture, tf.float32)).numpy()

    straight = straighten(picture)
    assert straight.shape[0] < 60
    assert_prepared(line, straight, params)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", SIZES)
def test_the_graph_prepares_a_picture_as_the_package_does(
    size: tuple[int, int],
    channels: int,
    preparation: tuple[Params, Callable[..., np.ndarray]],
) -> None:
    params, prepare = preparation
    picture = picture_of(*size, channels)

    line = prepare(picture)

    assert_prepared(line, picture, params)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("greatest", [1.0, 200.5, 65535.0])
def test_the_graph_takes_pixels_of_every_range_the_package_takes(
    greatest: float, channels: int, preparation: tuple[Params, Callable[..., np.ndarray]]
) -> None:
    params, prepare = preparation
    picture = picture_of(40, 150, channels) / 255.0 * greatest

    line = prepare(picture)

    assert_prepared(line, picture, params)


@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_blank_picture_becomes_zeros(
    value: int, preparation: tuple[Params, Callable[..., np.ndarray]]
) -> None:
    _, prepare = preparation

    line = prepare(np.full((40, 80, 1), value))

    assert line.shape[:2] == (32, 64)
    np.testing.assert_allclose(line, 0.0, atol=1e-3)
