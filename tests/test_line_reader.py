"""Saves and exports read as a call asks, whatever they were made for."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from conftest import TEXTS, UNITS

from tf_crnn.config import Params
from tf_crnn.export.graph import ReadingGraph
from tf_crnn.export.saved_model import export_saved_model
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_network

ATTENTION = {
    "head": "attention", "attention_units": 8, "attention_size": 8, "attention_embedding": 4,
}  # fmt: skip
# Of one time step: nothing and each unit are all that it can say.
NARROW = np.tile(np.arange(32, dtype=np.uint8)[:, None, None] * 8, (1, 4, 1))


@pytest.fixture
def export(tiny_params: Callable[..., Params], tmp_path: Path) -> Callable[..., Path]:
    """`export(**overrides)`: of a network that was never trained, but is sure of something."""

    def make(**overrides: Any) -> Path:
        params = tiny_params(tmp_path, **overrides)
        network = get_network(params)
        rng = np.random.default_rng(2)
        network.set_weights([rng.normal(0, 0.7, w.shape) for w in network.get_weights()])
        return export_saved_model(tmp_path / "export[1]", network, params)

    return make


@pytest.fixture
def lines(draw_line: Callable[..., np.ndarray]) -> list[np.ndarray]:
    return [draw_line(text) for text in TEXTS[:4]]


def test_an_attention_decoder_gives_as_many_readings_as_are_asked_for(
    export: Callable[..., Path], lines: list[np.ndarray]
) -> None:
    wanted = {"num_beam_paths": 4, "decoding": "beam"}

    asked = PredictionModel(export(**ATTENTION), decoding=wanted).predict(lines)

    expected = PredictionModel(export(**ATTENTION, **wanted)).predict(lines)
    assert [len(readings) for readings in asked["readings"]] == [4] * 4
    assert asked["readings"] != [[reading] * 4 for [reading, *_] in asked["readings"]]
    assert asked["text"] == expected["text"]
    np.testing.assert_allclose(asked["logprob_ctc"], expected["logprob_ctc"], atol=1e-3)


def test_greedy_reading_takes_the_best_path_of_an_export_that_searches(
    export: Callable[..., Path], lines: list[np.ndarray]
) -> None:
    folder = export(num_beam_paths=3)
    model = PredictionModel(folder, decoding={"decoding": "greedy", "num_beam_paths": 1})

    read = model.predict(lines)["text"]

    paths = [probs.argmax(axis=-1) for probs in model.probabilities(lines)]
    merged = [[code for code, _ in groupby(path.tolist()) if code] for path in paths]
    assert read == ["".join(UNITS[code - 1] for code in codes) for codes in merged]
    assert read != PredictionModel(folder).predict(lines)["text"]


def test_a_short_line_has_no_more_readings_by_attention_than_there_are(
    export: Callable[..., Path],
) -> None:
    folder = export(**ATTENTION, num_beam_paths=len(UNITS) + 4)

    [reading] = PredictionModel(folder).transcribe([NARROW])

    assert sorted(text for text, _ in reading.readings) == sorted(["", *UNITS])
    assert min(log_prob for _, log_prob in reading.readings) > -100


def test_a_graph_leaves_readings_empty_that_a_short_line_lacks(
    tiny_params: Callable[..., Params], tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, **ATTENTION, num_beam_paths=len(UNITS) + 4)
    graph = ReadingGraph(get_network(params), params)

    results = graph.read_batch(tf.ones((1, 32, 4, 1)), tf.constant([[1]]))

    texts = [text.decode() for text in results["best_transcriptions"].numpy()[:, 0]]
    assert sorted(texts[:-3]) == sorted(["", *UNITS])
    assert texts[-3:] == ["", "", ""]
    best, second = results["logprob_ctc"].numpy()[0, :2]
    assert results["score"].numpy()[0] == pytest.approx(best - second, abs=1e-4)
