"""The SavedModel export: every signature reads what the network in memory reads."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from conftest import LineReading, Trained
from PIL import Image

from tf_crnn.checkpoints import find_model, load_params, read_state, write_save
from tf_crnn.config import Params
from tf_crnn.export.saved_model import (
    copy_or_export,
    export_saved_model,
    load_exported_weights,
)
from tf_crnn.images import read_image
from tf_crnn.model import get_network
from tf_crnn.run_folder import RunFolder

UNITS = "abcdeno 0123"
ONE_LINE_KEYS = {
    "probs",
    "codes",
    "words",
    "best_transcriptions",
    "logprob_ctc",
    "score",
    "time_steps",
}


class DrawnLine(NamedTuple):
    path: Path
    picture: np.ndarray
    reading: LineReading


@pytest.fixture(scope="module")
def drawn_lines(
    trained: Trained,
    read_line: Callable[[np.ndarray], LineReading],
    draw_line: Callable[..., np.ndarray],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[DrawnLine]:
    """A hundred lines of random text and height, with what the network in memory reads."""
    folder = tmp_path_factory.mktemp("drawn")
    rng = random.Random(11)
    lines = []
    for number in range(100):
        text = "".join(rng.choices(UNITS, k=rng.randint(1, 16)))
        picture = draw_line(text, height_px=rng.randint(20, 60))
        path = folder / f"{number}.png"
        Image.fromarray(picture[:, :, 0]).save(path)
        lines.append(DrawnLine(path, picture, read_line(picture)))
    return lines


@pytest.fixture(scope="module")
def export(run_folder: Path) -> Path:
    return find_model(run_folder / "export").folder


@pytest.fixture(scope="module")
def signatures(export: Path) -> Any:
    return tf.saved_model.load(str(export)).signatures


def grey(line: DrawnLine) -> dict[str, tf.Tensor]:
    return {"images": tf.constant(line.picture, tf.float32)}


def unit_range(line: DrawnLine) -> dict[str, tf.Tensor]:
    return {"images": tf.constant(line.picture / 255.0, tf.float32)}


def rgb(line: DrawnLine) -> dict[str, tf.Tensor]:
    return {"rgb_images": tf.constant(np.repeat(line.picture, 3, axis=2), tf.float32)}


def filename(line: DrawnLine) -> dict[str, tf.Tensor]:
    return {"filename": tf.constant(str(line.path))}


SIGNATURES = [
    ("predictions", grey),
    ("serving_default", unit_range),
    ("input_rgb:serving_default", rgb),
    ("input_filename:serving_default", filename),
]


def test_the_drawn_lines_make_the_network_say_many_different_things(
    drawn_lines: list[DrawnLine],
) -> None:
    assert len({line.reading.text for line in drawn_lines}) > 80


@pytest.mark.parametrize(("key", "make_input"), SIGNATURES)
def test_every_signature_reads_what_the_network_in_memory_reads(
    key: str,
    make_input: Callable[[DrawnLine], dict[str, tf.Tensor]],
    drawn_lines: list[DrawnLine],
    signatures: Any,
) -> None:
    outputs = [signatures[key](**make_input(line)) for line in drawn_lines]

    texts = [output["words"].numpy()[0].decode() for output in outputs]
    assert texts == [line.reading.text for line in drawn_lines]


def test_there_are_no_other_signatures(signatures: Any) -> None:
    assert set(signatures) == {key for key, _ in SIGNATURES}


@pytest.mark.parametrize(("key", "make_input"), SIGNATURES)
def test_every_signature_gives_the_documented_tensors(
    key: str,
    make_input: Callable[[DrawnLine], dict[str, tf.Tensor]],
    drawn_lines: list[DrawnLine],
    signatures: Any,
) -> None:
    line = drawn_lines[0]
    n_steps, n_classes = line.reading.logits.shape

    outputs = signatures[key](**make_input(line))

    named = {"filenames"} if key.startswith("input_filename") else set()
    assert set(outputs) == ONE_LINE_KEYS | named
    assert outputs["probs"].shape == (n_steps, 1, n_classes)
    assert outputs["best_transcriptions"].shape == (1, 1)
    assert outputs["logprob_ctc"].shape == (1, 1)
    assert outputs["score"].shape == (1,)
    assert outputs["time_steps"].numpy().tolist() == [n_steps]
    codes = outputs["codes"].numpy()[0]
    assert "".join(UNITS[code - 1] for code in codes) == line.reading.text


def test_probabilities_are_those_of_the_network(
    drawn_lines: list[DrawnLine], signatures: Any
) -> None:
    line = drawn_lines[1]

    probs = signatures["predictions"](**grey(line))["probs"].numpy()[:, 0]

    exponentials = np.exp(line.reading.logits)
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probs, expected, atol=5e-3)


def test_a_file_is_named_in_its_result(drawn_lines: list[DrawnLine], signatures: Any) -> None:
    outputs = signatures["input_filename:serving_default"](**filename(drawn_lines[2]))

    assert outputs["filenames"].numpy().tolist() == [str(drawn_lines[2].path).encode()]


def as_rgba(image: Image.Image) -> Image.Image:
    """Black ink on a transparent page."""
    ink = Image.new("RGBA", image.size, "black")
    ink.putalpha(image.point(lambda value: 255 - value))
    return ink


CONVERSIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "rgb.png": lambda image: image.convert("RGB"),
    "rgba.png": as_rgba,
    "la.png": lambda image: as_rgba(image).convert("LA"),
    "bilevel.png": lambda image: image.convert("1"),
    "palette.png": lambda image: image.convert("P"),
    "16bit.png": lambda image: Image.fromarray(np.asarray(image).astype(np.uint16) * 257),
    "zeros_and_ones.png": lambda image: image.point(lambda value: int(value > 127)),
    "grey.jpg": lambda image: image,
    "colour.bmp": lambda image: image.convert("RGB"),
    "first.gif": lambda image: image,
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_files_of_every_kind_are_read_as_the_package_reads_them(
    name: str,
    trained: Trained,
    read_line: Callable[[np.ndarray], LineReading],
    signatures: Any,
    tmp_path: Path,
) -> None:
    with Image.open(trained.csv_path.with_name("4.png")) as image:
        CONVERSIONS[name](image).save(tmp_path / name)
    expected = read_line(read_image(tmp_path / name)).text

    outputs = signatures["input_filename:serving_default"](tf.constant(str(tmp_path / name)))

    assert outputs["words"].numpy()[0].decode() == expected
    assert len(expected) > 9


LOAD_WITHOUT_THIS_PACKAGE = """
import json, sys
import numpy as np
import tensorflow as tf

model = tf.saved_model.load("moved")
pictures = np.load("pictures.npz")
read = model.signatures["predictions"]
texts = [
    read(images=tf.constant(pictures[name], tf.float32))["words"].numpy()[0].decode()
    for name in pictures
]
print(json.dumps({"texts": texts, "package": "tf_crnn" in sys.modules}))
"""


def test_an_export_is_read_in_another_place_by_tensorflow_alone(
    drawn_lines: list[DrawnLine], export: Path, tmp_path: Path
) -> None:
    shutil.copytree(export, tmp_path / "moved")
    pictures = {str(number): line.picture for number, line in enumerate(drawn_lines)}
    np.savez(tmp_path / "pictures.npz", **pictures)

    result = subprocess.run(
        [sys.executable, "-I", "-c", LOAD_WITHOUT_THIS_PACKAGE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    expected = [line.reading.text for line in drawn_lines]
    assert json.loads(result.stdout) == {"texts": expected, "package": False}


def test_config_alphabet_and_state_lie_beside_the_model(trained: Trained, export: Path) -> None:
    params = load_params(export)

    assert params.alphabet.lookup_str2int == trained.params.alphabet.lookup_str2int
    assert params.cnn_pool_size == trained.params.cnn_pool_size
    assert read_state(export) == {"epoch": 1, "keep": True, "val_cer": 0.0}
    assert (export / "variables").is_dir()


def test_an_export_is_copied_as_it_is(export: Path, tmp_path: Path) -> None:
    copy = copy_or_export(find_model(export), tmp_path / "copies", load_params(export), {})

    names = {path.relative_to(copy) for path in copy.rglob("*")}
    assert names == {path.relative_to(export) for path in export.rglob("*")}
    assert (copy / "saved_model.pb").read_bytes() == (export / "saved_model.pb").read_bytes()


def test_a_save_is_exported(run_folder: Path, drawn_lines: list[DrawnLine], tmp_path: Path) -> None:
    files = find_model(run_folder / "saving")
    line = drawn_lines[3]

    folder = copy_or_export(files, tmp_path / "exports", load_params(files.folder), {"epoch": 4})

    assert not files.is_export
    assert read_state(folder) == {"epoch": 4}
    outputs = tf.saved_model.load(str(folder)).signatures["predictions"](**grey(line))
    assert outputs["words"].numpy()[0].decode() == line.reading.text


def test_an_export_that_fails_leaves_no_folder(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(tf.saved_model, "save", fail)

    with pytest.raises(OSError, match="no space left"):
        export_saved_model(tmp_path / "export", trained.model.network, trained.params)

    assert list((tmp_path / "export").iterdir()) == []


def test_a_run_finds_the_export_before_a_save_that_is_not_better(
    trained: Trained, run_folder: Path, tmp_path: Path
) -> None:
    copy = RunFolder(tmp_path / "run")
    shutil.copytree(run_folder, copy.path)
    assert find_model(copy.path).is_export

    state = {"epoch": 2, "keep": True, "val_cer": -0.1}
    better = write_save(copy.saving, trained.model, trained.model.network, trained.params, state)

    assert find_model(copy.path) == (better.folder, False)


@pytest.mark.parametrize(
    "network_keys",
    [
        {"head": "attention", "attention_layers": 2},
        {"head": "joint", "attention_cell": "gru"},
        {"backbone": "residual"},
    ],
)
def test_every_weight_comes_back_from_an_export(
    network_keys: dict[str, Any], tiny_params: Callable[..., Params], tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, **network_keys)
    network, other = get_network(params), get_network(params)
    rng = np.random.default_rng(4)
    network.set_weights([rng.uniform(0.1, 1, w.shape) for w in network.get_weights()])

    load_exported_weights(other, export_saved_model(tmp_path / "export", network, params))

    for variable, expected in zip(other.weights, network.get_weights(), strict=True):
        np.testing.assert_array_equal(variable, expected, err_msg=variable.path)
