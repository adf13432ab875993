"""Tiny real data: drawn line images, their CSV, an alphabet and a small network's parameters."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from support.servers import GivenServer, MongoServer, mongo_server, new_database_name

from tf_crnn.alphabet import Alphabet
from tf_crnn.config import Params

UNITS = "abcdeno 0123"
TEXTS = (
    "a bone",
    "ocean 12",
    "bad code",
    "no decade 30",
    "bacon and bean",
    "a cocoa bean 2",
    "once a decade 01",
    "dance on a bond 23",
)


@pytest.fixture
def alphabet() -> Alphabet:
    """Some letters and digits, and the space."""
    return Alphabet.from_units(UNITS)


@pytest.fixture(scope="session")
def draw_line() -> Callable[..., np.ndarray]:
    """`draw_line(text, height_px=32)`: black text on white, (H, W, 1) uint8."""
    return _draw_line


@pytest.fixture(scope="session")
def write_csv() -> Callable[..., Path]:
    """`write_csv(path, rows)`: rows of (path, text), one unit a character; returns the path."""
    return _write_csv


@pytest.fixture
def line_csv(tmp_path: Path) -> Path:
    """A CSV of eight drawn lines of 6 to 18 characters, the images beside it."""
    return _draw_data_set(tmp_path / "lines")


@pytest.fixture(scope="session")
def draw_data_set() -> Callable[[Path], Path]:
    """`draw_data_set(folder)`: the same lines in a new folder; returns the CSV."""
    return _draw_data_set


@pytest.fixture(scope="session")
def tiny_params() -> Callable[..., Params]:
    """`tiny_params(folder, **overrides)`: two blocks, one BiLSTM, 4 pixels a time step."""
    return _tiny_params


@pytest.fixture(scope="session")
def mongo_of_session(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MongoServer | GivenServer]:
    """A MongoDB server that all tests share."""
    with mongo_server(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture
def mongo(mongo_of_session: MongoServer | GivenServer) -> Iterator[MongoServer | GivenServer]:
    """A MongoDB server with a database for this test."""
    mongo_of_session.database = new_database_name()
    yield mongo_of_session
    mongo_of_session.remove_database()


class Trained(NamedTuple):
    """A model of `get_model_train` that reads the lines of a CSV."""

    params: Params
    model: Any
    csv_path: Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A tiny network after a hundred steps on the eight drawn lines; leave it as it is."""
    # Only here, so that tests of modules without TensorFlow start at once.
    from tf_crnn.data_handler import dataset_generator
    from tf_crnn.model import get_model_train
    from tf_crnn.preprocessing import preprocess_csv

    folder = tmp_path_factory.mktemp("trained")
    csv_path = _draw_data_set(folder / "lines")
    params = _tiny_params(folder, rnn_units=[32], rnn_dropout=0.0, learning_rate=0.01)
    preprocess_csv(str(csv_path), params, folder / "updated.csv")
    model = get_model_train(params)
    lines = dataset_generator(str(folder / "updated.csv"), params, batch_size=len(TEXTS))
    model.fit(lines, steps_per_epoch=100, epochs=1, shuffle=False, verbose=0)
    return Trained(params, model, csv_path)


class LineReading(NamedTuple):
    """What a network says of one line: logits (T, K) and the text of the best path."""

    logits: np.ndarray
    text: str


@pytest.fixture(scope="session")
def read_line(trained: Trained) -> Callable[[np.ndarray], LineReading]:
    """`read_line(picture)`: a line (H, W, C) read alone, the best path spelt out here."""
    import tensorflow as tf

    from tf_crnn.images import as_line_image, prepare_line, standardise

    params = trained.params
    network = tf.function(trained.model.network, reduce_retracing=True)

    def read(picture: np.ndarray) -> LineReading:
        image = as_line_image(picture, params.input_channels)
        line = standardise(prepare_line(image, params.input_shape, params.downscale_factor))
        steps = tf.constant([[line.shape[1] // params.downscale_factor]])
        inputs = {"input_images": tf.constant(line[None]), "input_seq_length": steps}
        logits = network(inputs, training=False).numpy()[0]
        path = [code for code, _ in groupby(logits.argmax(axis=-1).tolist()) if code]
        return LineReading(logits, "".join(UNITS[code - 1] for code in path))

    return read


@pytest.fixture(scope="session")
def run_folder(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with one save and one export of the trained model; leave it as it is."""
    from tf_crnn.checkpoints import write_save
    from tf_crnn.export.saved_model import export_saved_model
    from tf_crnn.run_folder import RunFolder

    folder = RunFolder(tmp_path_factory.mktemp("run"))
    state = {"epoch": 1, "keep": True, "val_cer": 0.0}
    write_save(folder.saving, trained.model, trained.model.network, trained.params, state)
    export_saved_model(folder.export, trained.model.network, trained.params, state)
    return folder.path


# The letters of UNITS, in their order; a unit of two characters among them.
HEBREW_UNITS = ("א", "ב", "ג", "ד", "ה", "נט", "ו", *UNITS[7:])


def in_hebrew(text: str) -> str:
    """What the Hebrew model reads, in reading order, from a drawn line of `TEXTS`."""
    letters = dict(zip(UNITS, HEBREW_UNITS, strict=True))
    # From the right: the words in turn, their letters too, but the digits of a number stay.
    words = [word if word.isdigit() else word[::-1] for word in reversed(text.split(" "))]
    return " ".join("".join(letters[unit] for unit in word) for word in words)


@pytest.fixture(scope="session")
def hebrew_run(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder, saved and exported, of a model that reads lines from right to left."""
    from tf_crnn.checkpoints import write_save
    from tf_crnn.export.saved_model import export_saved_model
    from tf_crnn.run_folder import RunFolder

    folder = tmp_path_factory.mktemp("hebrew")
    lookup = folder / "alphabet.json"
    lookup.write_text(json.dumps({unit: code for code, unit in enumerate(HEBREW_UNITS, start=1)}))
    rules = {"bidi_reordering": "rtl", "num_beam_paths": 2, "lookup_alphabet_file": str(lookup)}
    params = Params(**{**trained.params.to_dict(), **rules})
    run = RunFolder(folder / "run")
    state = {"epoch": 1, "keep": True, "val_cer": 0.0}
    write_save(run.saving, trained.model, trained.model.network, params, state)
    export_saved_model(run.export, trained.model.network, params, state)
    return run.path


def _draw_data_set(folder: Path) -> Path:
    folder.mkdir()
    for number, text in enumerate(TEXTS):
        Image.fromarray(_draw_line(text)[:, :, 0]).save(folder / f"{number}.png")
    return _write_csv(
        folder / "lines.csv", [(f"{number}.png", text) for number, text in enumerate(TEXTS)]
    )


def _draw_line(text: str, height_px: int = 32) -> np.ndarray:
    font = ImageFont.load_default(size=height_px * 0.7)
    width_px = round(font.getlength(text)) + 16
    picture = Image.new("L", (width_px, height_px), "white")
    ImageDraw.Draw(picture).text((8, 2), text, fill="black", font=font)
    return np.asarray(picture)[:, :, None]


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerows((image_path, f"|{'|'.join(text)}|") for image_path, text in rows)
    return path


def _tiny_params(folder: Path, **overrides: object) -> Params:
    lookup = folder / "alphabet.json"
    lookup.write_text(json.dumps({unit: code for code, unit in enumerate(UNITS, start=1)}))
    values = {
        "input_shape": (32, 320),
        "cnn_features_list": [8, 16],
        "cnn_kernel_size": [3, 3],
        "cnn_stride_size": [(2, 2), (1, 1)],
        "cnn_pool_size": [(1, 1), (2, 2)],
        "cnn_batch_norm": [False, False],
        "rnn_units": [16],
        "max_chars_per_string": 20,
        "language_model_order": 0,
        "lookup_alphabet_file": str(lookup),
        "output_model_dir": str(folder / "run"),
    }
    return Params(**{**values, **overrides})
