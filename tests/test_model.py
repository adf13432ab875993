"""The recogniser: shapes, optimizers, padding, and that it can learn."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from conftest import LineReading, Trained
from rapidfuzz.distance import Levenshtein

from tf_crnn.config import Params
from tf_crnn.images import read_image
from tf_crnn.model import get_crnn_output, get_model_inference, get_model_train, get_network
from tf_crnn.samples import read_rows
from tf_crnn.text import split_units

ParamsFactory = Callable[..., Params]

# Widths in pixels; all networks below use 4 pixels a time step or fewer.
WIDTHS = (40, 120, 24, 64)
NETWORKS = {
    "pools": {"cnn_stride_size": [(1, 1), (1, 1)], "cnn_pool_size": [(2, 2), (2, 2)]},
    "strides": {"cnn_stride_size": [(2, 2), (2, 2)], "cnn_pool_size": [(1, 1), (1, 1)]},
    "mixed": {
        "cnn_kernel_size": [5, 4],
        "cnn_stride_size": [(2, 1), (1, 2)],
        "cnn_pool_size": [(1, 2), (2, 1)],
        "rnn_units": [6, 5],
    },
    "colour": {"input_channels": 3, "cnn_pool_size": [(2, 1), (3, 2)]},
}


def noise_line(params: Params, width_px: int, seed: int) -> np.ndarray:
    height, channels = params.input_shape[0], params.input_channels
    return np.random.default_rng(seed).normal(size=(height, width_px, channels)).astype(np.float32)


def batch_of(params: Params, lines: list[np.ndarray], width_px: int) -> dict[str, np.ndarray]:
    """Lines side by side, zeros beyond their ends."""
    padded = [np.pad(line, ((0, 0), (0, width_px - line.shape[1]), (0, 0))) for line in lines]
    steps = [[line.shape[1] // params.downscale_factor] for line in lines]
    return {"input_images": np.stack(padded), "input_seq_length": np.array(steps, dtype=np.int32)}


def shake(network: keras.Model) -> None:
    """Give every weight, moving statistics too, a value of its own."""
    rng = np.random.default_rng(6)
    network.set_weights([rng.uniform(0.05, 0.4, w.shape) for w in network.get_weights()])


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_logits_of_a_line_do_not_change_with_its_neighbours_or_its_padding(
    name: str, batch_norm: bool, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, cnn_batch_norm=[batch_norm] * 2, **NETWORKS[name])
    network = get_network(params)
    shake(network)
    lines = [noise_line(params, width, seed) for seed, width in enumerate(WIDTHS)]

    together = np.asarray(network(batch_of(params, lines, max(WIDTHS) + 36), training=False))

    for line, logits in zip(lines, together, strict=True):
        alone = np.asarray(network(batch_of(params, [line], line.shape[1]), training=False))[0]
        np.testing.assert_allclose(logits[: len(alone)], alone, atol=1e-5)
        assert np.ptp(alone, axis=0).max() > 1e-3


def test_moving_statistics_do_not_change_with_the_padding(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, cnn_batch_norm=[True, True])
    lines = [noise_line(params, width, seed) for seed, width in enumerate(WIDTHS)]
    narrow, wide = get_network(params), get_network(params)
    wide.set_weights(narrow.get_weights())
    before = narrow.get_weights()

    narrow(batch_of(params, lines, max(WIDTHS)), training=True)
    wide(batch_of(params, lines, max(WIDTHS) + 80), training=True)

    after = zip(before, narrow.get_weights(), wide.get_weights(), strict=True)
    changed = 0
    for old, few, many in after:
        np.testing.assert_allclose(few, many, atol=1e-5)
        changed += not np.array_equal(old, few)
    assert changed == 4  # mean and variance of both blocks


def test_the_training_model_gives_logits_and_a_loss_for_each_line(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path)
    model = get_model_train(params)
    lines = [noise_line(params, width, seed) for seed, width in enumerate(WIDTHS)]
    labels = {
        "label_codes": np.array([[1, 2], [3, 0], [2, 2], [1, 0]], dtype=np.int32),
        "label_seq_length": np.array([[2], [1], [2], [1]], dtype=np.int32),
    }

    outputs = model.predict_on_batch(batch_of(params, lines, 128) | labels)

    assert outputs["logits"].shape == (4, 128 // params.downscale_factor, 13)
    assert outputs["line_losses"].shape == (4,)
    assert (outputs["line_losses"] > 0).all()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", keras.optimizers.Adam),
        ("rms", keras.optimizers.RMSprop),
        ("ada", keras.optimizers.Adadelta),
    ],
)
def test_the_optimizer_is_the_one_of_the_parameters(
    name: str, kind: type, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, optimizer=name, learning_rate=0.25, max_gradient_norm=3.0)

    optimizer = get_model_train(params).optimizer

    assert type(optimizer) is kind
    assert float(optimizer.learning_rate) == 0.25
    assert optimizer.global_clipnorm == 3.0


def test_a_gradient_norm_of_0_is_no_limit(tiny_params: ParamsFactory, tmp_path: Path) -> None:
    optimizer = get_model_train(tiny_params(tmp_path, max_gradient_norm=0)).optimizer

    assert optimizer.global_clipnorm is None


def test_the_seed_decides_the_first_weights(tiny_params: ParamsFactory, tmp_path: Path) -> None:
    params = tiny_params(tmp_path)

    first, second = (get_model_train(params).network.get_weights() for _ in range(2))
    other = get_model_train(tiny_params(tmp_path, seed=7)).network.get_weights()

    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_dropout_is_for_training_alone(tiny_params: ParamsFactory, tmp_path: Path) -> None:
    params = tiny_params(tmp_path, rnn_dropout=0.5)
    network = get_model_train(params).network
    batch = batch_of(params, [noise_line(params, 64, 0)], 64)

    reading = [np.asarray(network(batch, training=False)) for _ in range(2)]
    training = [np.asarray(network(batch, training=True)) for _ in range(2)]

    assert np.array_equal(*reading)
    assert not np.array_equal(*training)


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def test_the_inference_model_gives_the_softmax_of_the_trained_logits(
    trained: Trained, tmp_path: Path
) -> None:
    weights = tmp_path / "model.weights.h5"
    trained.model.network.save_weights(weights)
    lines = [noise_line(trained.params, width, seed) for seed, width in enumerate(WIDTHS)]
    batch = batch_of(trained.params, lines, 128)
    names = np.array([[f"{width}.png"] for width in WIDTHS], dtype=object)

    model = get_model_inference(trained.params, str(weights))
    probs, steps, filenames = (
        np.asarray(output) for output in model({**batch, "filename_images": names.astype(str)})
    )

    logits = np.asarray(trained.model.network(batch, training=False))
    np.testing.assert_allclose(probs, softmax(logits), atol=1e-6)
    assert steps.tolist() == batch["input_seq_length"].tolist()
    assert [name.decode() for name in filenames.ravel()] == names.ravel().tolist()


@pytest.mark.parametrize("width_px", [None, 64])
def test_get_crnn_output_builds_a_network_of_images_alone(
    width_px: int | None, tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path)
    images = keras.Input((params.input_shape[0], width_px, 1))

    model = keras.Model(images, get_crnn_output(images, params))
    probs = model.predict_on_batch(np.stack([noise_line(params, 64, seed) for seed in range(3)]))

    assert probs.shape == (3, 64 // params.downscale_factor, params.alphabet.n_classes)
    np.testing.assert_allclose(probs.sum(axis=-1), 1.0, rtol=1e-5)
    assert np.ptp(probs) > 0


def test_get_crnn_output_heeds_the_time_steps(tiny_params: ParamsFactory, tmp_path: Path) -> None:
    params = tiny_params(tmp_path)
    images = keras.Input((params.input_shape[0], None, 1))
    steps = keras.Input((1,), dtype="int32")
    model = keras.Model([images, steps], get_crnn_output(images, params, steps))
    whole = keras.Model(images, get_crnn_output(images, params))
    whole.set_weights(model.get_weights())
    line = noise_line(params, 64, 0)
    batch = batch_of(params, [line], 128)

    padded = model([batch["input_images"], batch["input_seq_length"]])
    alone = whole(line[None])

    np.testing.assert_allclose(np.asarray(padded)[:, :16], alone, atol=1e-6)


def test_eight_lines_are_learnt_by_heart(
    trained: Trained, read_line: Callable[[np.ndarray], LineReading]
) -> None:
    rows = list(read_rows(trained.csv_path))
    pictures = [read_image(trained.csv_path.parent / row.image_path) for row in rows]

    readings = [read_line(picture).text for picture in pictures]

    truths = ["".join(split_units(row.label)) for row in rows]
    edits = sum(map(Levenshtein.distance, truths, readings))
    assert len(truths) == 8
    assert edits / sum(map(len, truths)) < 0.05
