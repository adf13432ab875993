"""Every head: it is trained, saved, restored, exported and read with, and all agree."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from conftest import TEXTS
from PIL import Image

from tf_crnn.alphabet import BLANK_CODE
from tf_crnn.checkpoints import load_weights, write_save
from tf_crnn.config import Params
from tf_crnn.config_keys.head import HEADS
from tf_crnn.data_handler import batches_for, dataset_generator
from tf_crnn.decoding.alignment import log_probability
from tf_crnn.errors import ConfigError, DataError
from tf_crnn.export.saved_model import export_saved_model
from tf_crnn.images import as_line_image, prepare_line, read_image, standardise
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_model_inference, get_model_train, get_network
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.run_folder import RunFolder
from tf_crnn.training_callbacks import validate

STATE = {"epoch": 1, "keep": True, "val_cer": 0.0}


class TrainedHead(NamedTuple):
    """A model with one of the heads that has seen the eight drawn lines often, and its save."""

    params: Params
    model: Any
    updated_csv: Path
    images: list[Path]
    folder: RunFolder
    reader: PredictionModel


# Attention alone learns slowest; its decoder is in joint too.
SLOW = [pytest.param(head, marks=pytest.mark.slow) for head in HEADS if head == "attention"]


@pytest.fixture(scope="module", params=[*(head for head in HEADS if head != "attention"), *SLOW])
def trained_head(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tiny_params: Callable[..., Params],
    draw_data_set: Callable[[Path], Path],
) -> TrainedHead:
    folder = tmp_path_factory.mktemp(request.param)
    parts = HEADS[request.param]
    params = tiny_params(
        folder, head=request.param, rnn_units=[32], rnn_dropout=0.0, learning_rate=0.01,
        attention_units=32, attention_size=16, attention_embedding=8, attention_kernel=7,
        attention_dropout=0.1, num_beam_paths=3 if parts.has_attention
        else 1, attention_beam_width=4, joint_scoring_weight=0.4
        if request.param == "joint" else 0,
    )  # fmt: skip
    csv_path = draw_data_set(folder / "lines")
    preprocess_csv(str(csv_path), params, folder / "updated.csv")
    model = get_model_train(params)
    lines = dataset_generator(str(folder / "updated.csv"), params, batch_size=len(TEXTS))
    model.fit(
        lines, steps_per_epoch=100 if parts.has_ctc else 170, epochs=1, shuffle=False, verbose=0
    )
    run = RunFolder(folder / "run")
    save = write_save(run.saving, model, model.network, params, STATE)
    network = get_network(params)
    load_weights(network, save.folder)
    export_saved_model(run.export, network, params, STATE)
    images = [csv_path.parent / f"{number}.png" for number in range(len(TEXTS))]
    reader = PredictionModel(run.saving)
    return TrainedHead(params, model, folder / "updated.csv", images, run, reader)


def batch_of(trained: TrainedHead) -> dict[str, np.ndarray]:
    batches = dataset_generator(
        str(trained.updated_csv), trained.params, batch_size=8, num_epochs=1, shuffle=False
    )
    [(inputs, _)] = list(batches)
    return {name: np.asarray(value) for name, value in inputs.items()}


def outputs_of(network: Any, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    inputs = {name: batch[name] for name in ("input_images", "input_seq_length")}
    outputs = network(inputs, training=False)
    outputs = outputs if isinstance(outputs, dict) else {"logits": outputs}
    if network.decoder is not None:
        features = outputs["features"]
        decoded = network.decoder(features, batch["input_seq_length"], batch["label_codes"])
        outputs = {**outputs, "unit_logits": decoded.logits, "looks": decoded.weights}
    return {name: np.asarray(value) for name, value in outputs.items()}


def test_a_restored_network_is_the_one_that_was_saved(trained_head: TrainedHead) -> None:
    network = get_network(trained_head.params)
    batch = batch_of(trained_head)

    load_weights(network, next(trained_head.folder.saving.iterdir()))

    expected = outputs_of(trained_head.model.network, batch)
    restored = outputs_of(network, batch)
    assert set(expected) == set(restored)
    for name, values in restored.items():
        np.testing.assert_allclose(values, expected[name], atol=1e-5, err_msg=name)
    parts = trained_head.params.head_parts
    assert ("logits" in restored, "looks" in restored) == parts


def test_saves_and_exports_read_alike_and_well(trained_head: TrainedHead) -> None:
    saved, exported = (
        reader.predict(list(map(str, trained_head.images)))
        for reader in (trained_head.reader, PredictionModel(trained_head.folder.export))
    )

    assert saved["text"] == exported["text"]
    np.testing.assert_allclose(saved["logprob_ctc"], exported["logprob_ctc"], atol=1e-3)
    n_right = sum(map(str.__eq__, saved["text"], TEXTS))
    assert n_right >= 6


def test_readings_of_one_image_of_any_size_are_the_same_in_the_signature(
    trained_head: TrainedHead,
) -> None:
    image = trained_head.images[0]
    [export] = trained_head.folder.export.iterdir()
    loaded = tf.saved_model.load(str(export))

    results = loaded.signatures["input_filename:serving_default"](tf.constant(str(image)))

    assert results["words"].numpy()[0].decode() == TEXTS[0]
    assert results["best_transcriptions"].shape == (trained_head.params.num_beam_paths, 1)
    assert ("probs" in results, "features" in results) == trained_head.params.head_parts


def test_probabilities_are_those_of_the_head_by_another_way(trained_head: TrainedHead) -> None:
    params, image = trained_head.params, read_image(trained_head.images[0])
    shape, downscale = params.input_shape, params.downscale_factor
    line = standardise(prepare_line(as_line_image(image, 1), shape, downscale))
    steps = np.array([[line.shape[1] // downscale]], dtype=np.int32)

    [reading] = trained_head.reader.transcribe([trained_head.images[0]])

    codes = params.alphabet.encode(TEXTS[0])
    batch = {"input_images": line[None], "input_seq_length": steps}
    batch["label_codes"] = np.array([codes], dtype=np.int32)
    outputs = outputs_of(trained_head.model.network, batch)
    if params.head_parts.has_ctc:
        logits = outputs["logits"][0].astype(np.float64)
        expected = log_probability(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), codes)
    else:
        logits = outputs["unit_logits"][0].astype(np.float64)
        log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        expected = log_probs[np.arange(len(codes) + 1), [*codes, BLANK_CODE]].sum()
    assert reading.text == TEXTS[0]
    assert reading.log_prob == pytest.approx(expected, abs=1e-3)


def test_units_have_places_with_each_head_and_looks_with_a_decoder(
    trained_head: TrainedHead,
) -> None:
    image = trained_head.images[1]
    width_px = read_image(image).shape[1]

    [reading] = trained_head.reader.transcribe([image], places=True, looks=True)

    assert reading.text == TEXTS[1]
    middles = [(place.start_px + place.end_px) / 2 for place in reading.places]
    # The letters of the drawn line stand side by side, eight pixels from both ends.
    expected = 8 + (np.arange(len(middles)) + 0.5) * (width_px - 16) / len(middles)
    assert len(middles) == len(TEXTS[1])
    assert np.abs(np.array(middles) - expected).mean() < 0.15 * width_px
    if not trained_head.params.head_parts.has_attention:
        assert reading.looks == []
        return
    assert [look.unit for look in reading.looks] == [*TEXTS[1], ""]
    np.testing.assert_allclose([look.weights.sum() for look in reading.looks], 1, atol=1e-5)
    log_prob = np.log([look.confidence for look in reading.looks]).sum()
    if not trained_head.params.head_parts.has_ctc:
        assert log_prob == pytest.approx(reading.log_prob, abs=1e-3)


def test_validation_counts_the_errors_of_greedy_readings(trained_head: TrainedHead) -> None:
    params = trained_head.params
    batches = batches_for(
        str(trained_head.updated_csv), params, batch_size=3, augment=False, shuffle=False
    )

    result = validate(trained_head.model, batches, params.line_codes)

    losses = trained_head.model.predict_on_batch(batch_of(trained_head))["line_losses"]
    assert result.loss == pytest.approx(float(np.mean(losses)), rel=1e-3)
    assert result.errors.n_lines == len(TEXTS)
    assert result.errors.cer < 0.1


def test_the_error_rate_of_the_training_falls(trained_head: TrainedHead) -> None:
    lines = dataset_generator(
        str(trained_head.updated_csv), trained_head.params, batch_size=8, num_epochs=1
    )

    measured = trained_head.model.evaluate(lines, verbose=0, return_dict=True)

    assert 0 <= measured["cer"] < 0.2


def test_no_probabilities_of_time_steps_are_made_up_for_a_head_without_ctc(
    tiny_params: Callable[..., Params], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="head attention: has no probabilities for time steps"):
        get_model_inference(tiny_params(tmp_path, head="attention"))


def test_scoring_by_both_needs_both(tiny_params: Callable[..., Params], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="joint_scoring_weight: 0.3 needs head joint"):
        tiny_params(tmp_path, head="attention", joint_scoring_weight=0.3)


def test_a_label_for_attention_needs_no_step_between_equal_units(
    tiny_params: Callable[..., Params],
    draw_line: Callable[..., np.ndarray],
    write_csv: Callable[..., Path],
    tmp_path: Path,
) -> None:
    Image.fromarray(draw_line("b")[:, :20, 0]).save(tmp_path / "narrow.png")  # 5 time steps
    csv_path = write_csv(tmp_path / "lines.csv", [("narrow.png", "bbbbb")])

    n_lines = preprocess_csv(
        str(csv_path), tiny_params(tmp_path, head="attention"), tmp_path / "updated.csv"
    )

    assert n_lines == 1
    with pytest.raises(DataError, match="5 units need 9 time steps, 20 px at 4 px each give 5"):
        preprocess_csv(str(csv_path), tiny_params(tmp_path), tmp_path / "ctc.csv")
