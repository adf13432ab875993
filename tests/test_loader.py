"""`PredictionModel`: every documented input and key, and the same text whatever the company."""

import itertools
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tensorflow as tf
from conftest import HEBREW_UNITS, TEXTS, UNITS, LineReading, Trained, in_hebrew
from PIL import Image
from rapidfuzz.distance import Levenshtein

from tf_crnn import read_ahead
from tf_crnn.checkpoints import WEIGHTS_H5, write_companions
from tf_crnn.config import Params
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.errors import LineImageError, ModelFolderError
from tf_crnn.images import read_image
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_network
from tf_crnn.straightening import straighten
from tf_crnn.text_rules import TextRules

ReadLine = Callable[[np.ndarray], LineReading]


@pytest.fixture(scope="module", params=["saving", "export"])
def model(request: pytest.FixtureRequest, run_folder: Path) -> PredictionModel:
    """The model from its weights, and from its export."""
    return PredictionModel(run_folder / request.param)


@pytest.fixture(scope="module")
def saved(run_folder: Path) -> PredictionModel:
    return PredictionModel(run_folder / "saving")


def with_other_config(run_folder: Path, folder: Path, **values: Any) -> PredictionModel:
    """The same weights under another configuration."""
    [save] = (run_folder / "saving").iterdir()
    shutil.copytree(save, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))
    return PredictionModel(folder)


@pytest.fixture(scope="module")
def three_readings(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> PredictionModel:
    """A beam search for three readings."""
    return with_other_config(run_folder, tmp_path_factory.mktemp("beam") / "save", num_beam_paths=3)


@pytest.fixture(scope="module")
def straightening(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> PredictionModel:
    """One for lines that are made straight."""
    folder = tmp_path_factory.mktemp("straight") / "save"
    return with_other_config(run_folder, folder, straighten_lines=True)


@pytest.fixture(scope="module")
def paths(trained: Trained) -> list[Path]:
    return [trained.csv_path.with_name(f"{number}.png") for number in range(len(TEXTS))]


@pytest.fixture(scope="module")
def pictures(paths: list[Path]) -> list[np.ndarray]:
    return [read_image(path) for path in paths]


def rgba(picture: np.ndarray) -> np.ndarray:
    """Black ink, as opaque as the picture is dark."""
    return np.concatenate([np.zeros_like(picture).repeat(3, axis=2), 255 - picture], axis=2)


ARRAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "(H, W)": lambda picture: picture[:, :, 0],
    "(H, W, 1)": lambda picture: picture,
    "(H, W, 3)": lambda picture: picture.repeat(3, axis=2),
    "(H, W, 4)": rgba,
    "16 bit": lambda picture: picture.astype(np.uint16) * 257,
    "floats to 1": lambda picture: picture / 255.0,
    "floats to 255": lambda picture: picture.astype(np.float32),
    "int64": lambda picture: picture.astype(np.int64),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_every_kind_are_read(
    kind: str, model: PredictionModel, pictures: list[np.ndarray]
) -> None:
    result = model.predict(ARRAYS[kind](pictures[4]))

    assert result["text"] == TEXTS[4]
    assert result["filenames"].tolist() == [""]


@pytest.mark.parametrize("form", ["path", "bytes", "array", "colours"])
def test_lines_are_made_straight_for_a_model_that_learnt_them_so(
    form: str,
    straightening: PredictionModel,
    saved: PredictionModel,
    pictures: list[np.ndarray],
    tmp_path: Path,
) -> None:
    height, width, _ = pictures[4].shape
    lean = cv2.getRotationMatrix2D((width / 2, height / 2), 3.0, 1.0)
    leaning = cv2.warpAffine(pictures[4], lean, (width, height), borderValue=255)[:, :, None]
    path = tmp_path / "leaning.png"
    Image.fromarray(leaning[:, :, 0]).save(path)
    sources = {
        "path": path,
        "bytes": path.read_bytes(),
        "array": leaning,
        "colours": leaning.repeat(3, axis=2),
    }

    result = straightening.predict(sources[form])

    expected = saved.predict(straighten(leaning))
    assert not np.array_equal(straighten(leaning), leaning)
    np.testing.assert_allclose(result["probs"], expected["probs"], atol=1e-5)
    assert result["text"] == expected["text"]


@pytest.mark.parametrize("kind", [Path, str, Path.read_bytes])
def test_files_are_read_by_their_paths_or_bytes(
    kind: Callable[[Path], Any], model: PredictionModel, paths: list[Path]
) -> None:
    result = model.predict(kind(paths[4]))

    assert result["text"] == TEXTS[4]
    assert result["filenames"].tolist() == ["" if kind is Path.read_bytes else str(paths[4])]


@pytest.mark.parametrize("kind", [list, tuple])
def test_several_lines_are_read_in_their_order(
    kind: type, model: PredictionModel, paths: list[Path]
) -> None:
    result = model.predict(kind(paths))

    assert result["text"] == list(TEXTS)
    assert result["filenames"].tolist() == [str(path) for path in paths]


def test_a_list_may_mix_paths_bytes_and_arrays(
    model: PredictionModel, paths: list[Path], pictures: list[np.ndarray]
) -> None:
    result = model.predict([pictures[0], paths[1], paths[2].read_bytes(), str(paths[3])])

    assert result["text"] == list(TEXTS[:4])
    assert result["filenames"].tolist() == ["", str(paths[1]), "", str(paths[3])]


@pytest.mark.parametrize("channels", [1, 3])
def test_an_array_of_four_axes_is_a_list(
    channels: int, model: PredictionModel, pictures: list[np.ndarray]
) -> None:
    two = np.stack([pictures[2], pictures[2][::-1]]).repeat(channels, axis=3)

    result = model.predict(two)

    alone = [model.predict(picture)["text"] for picture in two]
    assert result["text"] == alone
    assert alone[0] == TEXTS[2]


def test_every_documented_key_of_one_line(
    model: PredictionModel, pictures: list[np.ndarray], read_line: ReadLine
) -> None:
    expected = read_line(pictures[5])
    n_steps, n_classes = expected.logits.shape

    result = model.predict(pictures[5])

    assert result["text"] == TEXTS[5]
    assert result["words"].tolist() == [TEXTS[5]]
    assert result["best_transcriptions"].tolist() == [[TEXTS[5]]]
    assert result["codes"].tolist() == [[UNITS.index(unit) + 1 for unit in TEXTS[5]]]
    assert result["probs"].shape == (n_steps, 1, n_classes)
    assert result["time_steps"].tolist() == [n_steps]
    assert result["logprob_ctc"].shape == (1, 1)
    assert isinstance(result["score"], float)
    assert result["readings"] == [(TEXTS[5], result["logprob_ctc"][0, 0])]
    exponentials = np.exp(expected.logits)
    probs = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(result["probs"][:, 0], probs, atol=1e-5)


def test_every_documented_key_of_several_lines(
    model: PredictionModel, pictures: list[np.ndarray], read_line: ReadLine
) -> None:
    n_steps = [len(read_line(picture).logits) for picture in pictures]
    longest = max(map(len, TEXTS))

    result = model.predict(pictures)

    assert result["words"].tolist() == result["text"] == list(TEXTS)
    assert result["best_transcriptions"].tolist() == [list(TEXTS)]
    assert result["time_steps"].tolist() == n_steps
    assert result["score"].shape == (8,)
    assert result["logprob_ctc"].shape == (8, 1)
    assert result["probs"].shape == (max(n_steps), 8, len(UNITS) + 1)
    assert result["codes"].shape == (8, longest)
    assert [len(readings) for readings in result["readings"]] == [1] * 8
    for line, text in enumerate(TEXTS):
        assert not result["probs"][n_steps[line] :, line].any()
        np.testing.assert_allclose(result["probs"][: n_steps[line], line].sum(axis=-1), 1, 1e-5)
        codes = [*(UNITS.index(unit) + 1 for unit in text), *[0] * (longest - len(text))]
        assert result["codes"][line].tolist() == codes


def test_a_list_of_one_line_has_the_shapes_of_a_list(
    model: PredictionModel, pictures: list[np.ndarray]
) -> None:
    result = model.predict([pictures[0]])

    assert result["text"] == [TEXTS[0]]
    assert result["score"].shape == (1,)
    assert len(result["readings"]) == 1
    assert result["readings"][0][0].text == TEXTS[0]


def test_a_line_without_ink_is_read(model: PredictionModel) -> None:
    result = model.predict([np.full((32, 40, 1), 255, dtype=np.uint8)] * 2)

    assert result["text"][0] == result["text"][1]
    assert np.isfinite(result["score"]).all()
    assert np.isfinite(result["probs"]).all()


@pytest.mark.parametrize("num_beam_paths", [1, 2])
def test_lines_that_are_all_read_as_empty_have_no_codes(
    num_beam_paths: int, trained: Trained, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    network = get_network(trained.params)
    *others, bias = network.get_weights()
    network.set_weights([*others, np.where(np.arange(len(bias)) == 0, 50.0, 0.0)])
    network.save_weights(tmp_path / WEIGHTS_H5)
    params = Params(**{**trained.params.to_dict(), "num_beam_paths": num_beam_paths})
    write_companions(tmp_path, params)

    result = PredictionModel(tmp_path).predict(pictures[:3])

    assert result["text"] == ["", "", ""]
    assert result["codes"].shape == (3, 0)
    assert (result["logprob_ctc"][:, 0] > -1e-3).all()
    assert (result["score"] > 10).all()


def test_several_readings_come_best_first(
    three_readings: PredictionModel, pictures: list[np.ndarray]
) -> None:
    result = three_readings.predict(pictures)

    assert result["best_transcriptions"].shape == (3, 8)
    assert result["logprob_ctc"].shape == (8, 3)
    assert (np.diff(result["logprob_ctc"], axis=1) < 0).all()
    np.testing.assert_allclose(
        result["score"], result["logprob_ctc"][:, 0] - result["logprob_ctc"][:, 1], rtol=1e-4
    )
    for line, readings in enumerate(result["readings"]):
        assert [reading.text for reading in readings] == (
            result["best_transcriptions"][:, line].tolist()
        )
        assert len({reading.text for reading in readings}) == 3
    assert result["text"] == list(TEXTS)


def test_one_line_has_all_its_readings(
    three_readings: PredictionModel, pictures: list[np.ndarray]
) -> None:
    result = three_readings.predict(pictures[1])

    assert [reading.text for reading in result["readings"]] == (
        result["best_transcriptions"][:, 0].tolist()
    )
    assert sum(math.exp(reading.log_prob) for reading in result["readings"]) <= 1


def test_places_are_columns_of_the_image_as_it_was_given(
    saved: PredictionModel, pictures: list[np.ndarray]
) -> None:
    wide = np.asarray(Image.fromarray(pictures[4][:, :, 0]).resize((1000, 64)))

    [plain, line] = saved.transcribe([pictures[4], wide], places=True)
    [without] = saved.transcribe([wide])

    assert isinstance(line, Transcription) and isinstance(plain, Transcription)
    assert len(line.places) == len(line.units)
    assert line.places[-1].end_px == pytest.approx(1000, abs=150)
    assert plain.places[-1].end_px <= pictures[4].shape[1]
    starts = [place.start_px for place in line.places]
    assert starts == sorted(starts)
    assert isinstance(without, Transcription) and list(without.places) == []


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_a_line_is_read_alike_in_every_batch(
    batch_size: int, saved: PredictionModel, pictures: list[np.ndarray]
) -> None:
    together = saved.predict(pictures)

    again = saved.predict(pictures[::-1], batch_size=batch_size)

    assert again["text"][::-1] == together["text"]
    np.testing.assert_allclose(again["score"][::-1], together["score"], rtol=1e-3)
    np.testing.assert_allclose(again["logprob_ctc"][::-1], together["logprob_ctc"], rtol=1e-3)
    np.testing.assert_allclose(again["probs"][:, ::-1], together["probs"], atol=1e-5)


@pytest.mark.parametrize("signature", ["predictions", "default"])
def test_these_signatures_take_everything(
    signature: str, run_folder: Path, paths: list[Path], pictures: list[np.ndarray]
) -> None:
    model = PredictionModel(run_folder / "saving", signature=signature)

    result = model.predict([paths[0], pictures[1], pictures[2].repeat(3, axis=2)])

    assert result["text"] == list(TEXTS[:3])


def test_rgb_images_takes_colour_arrays_alone(
    run_folder: Path, paths: list[Path], pictures: list[np.ndarray]
) -> None:
    model = PredictionModel(run_folder / "saving", signature="rgb_images")

    assert model.predict(pictures[0].repeat(3, axis=2))["text"] == TEXTS[0]
    with pytest.raises(LineImageError, match=r"'rgb_images' takes \(H, W, 3\), not \(32, \d+, 1\)"):
        model.predict(pictures[0])
    with pytest.raises(
        LineImageError, match="'rgb_images' takes arrays; use 'filename' for a path"
    ):
        model.predict(paths[0])


def test_filename_takes_paths_alone(
    run_folder: Path, paths: list[Path], pictures: list[np.ndarray]
) -> None:
    model = PredictionModel(run_folder / "saving", signature="filename")

    assert model.predict(str(paths[0]))["text"] == TEXTS[0]
    with pytest.raises(
        LineImageError, match="'filename' takes paths; use 'predictions' for pixels"
    ):
        model.predict(pictures[0])


def test_an_unknown_signature_is_refused(run_folder: Path) -> None:
    with pytest.raises(
        ValueError, match="signature 'grey': must be one of predictions, rgb_images"
    ):
        PredictionModel(run_folder, signature="grey")


def test_a_session_is_not_needed(run_folder: Path) -> None:
    with pytest.warns(DeprecationWarning, match="session is not needed"):
        PredictionModel(run_folder / "saving", object())


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="holds no model"):
        PredictionModel(tmp_path)


@pytest.mark.parametrize("name", ["units[64]", "a*b", "what?", "{x}"])
def test_a_folder_may_have_a_name_that_looks_like_a_pattern(
    run_folder: Path, pictures: list[np.ndarray], tmp_path: Path, name: str
) -> None:
    shutil.copytree(run_folder, tmp_path / name)

    model = PredictionModel(tmp_path / name / "export")

    assert model.predict(pictures[0])["text"] == TEXTS[0]


def test_a_run_folder_works_where_it_was_copied_to(
    run_folder: Path, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    shutil.copytree(run_folder, tmp_path / "copy")

    model = PredictionModel(tmp_path / "copy")

    assert model.folder.is_relative_to(tmp_path / "copy")
    assert Path(model.params.lookup_alphabet_file).is_relative_to(tmp_path)
    assert model.predict(pictures[0])["text"] == TEXTS[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "missing file"), (b"", "empty file"), (b"no image", "unreadable image")],
)
def test_an_unreadable_file_is_named(
    content: bytes | None, reason: str, saved: PredictionModel, paths: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    if content is not None:
        bad.write_bytes(content)

    with pytest.raises(LineImageError, match=rf"bad\.png: {reason}"):
        saved.predict([paths[0], bad])


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((4, 4, 2)), r"shape \(4, 4, 2\): a line image is"),
        (np.zeros((0, 4)), r"shape \(0, 4\): a line image is"),
        (np.full((4, 4), np.nan), "values that are not finite"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(
    array: np.ndarray, reason: str, saved: PredictionModel
) -> None:
    with pytest.raises(LineImageError, match=reason):
        saved.predict(array)


def test_an_empty_list_is_refused(saved: PredictionModel) -> None:
    with pytest.raises(LineImageError, match="the list of images is empty"):
        saved.predict([])


def test_transcribe_keeps_the_order_and_puts_errors_in_their_places(
    saved: PredictionModel, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead, "CHUNK_LINES", 3)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    sources = [paths[7], bad, paths[0], paths[3], tmp_path / "gone.png", paths[5], paths[1]]

    results = list(saved.transcribe(sources, batch_size=2))

    shown = [r.text if isinstance(r, Transcription) else type(r) for r in results]
    texts = [TEXTS[7], LineImageError, TEXTS[0], TEXTS[3], LineImageError, TEXTS[5], TEXTS[1]]
    assert shown == texts
    assert "bad.png" in str(results[1])
    assert "gone.png" in str(results[4])


def test_transcribe_reads_only_as_far_ahead_as_it_must(
    saved: PredictionModel, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead, "CHUNK_LINES", 4)
    taken: list[Path] = []

    def endless() -> Any:
        for path in itertools.cycle(paths):
            taken.append(path)
            yield path

    results = list(itertools.islice(saved.transcribe(endless()), 6))

    assert [result.text for result in results] == list(TEXTS[:6])
    assert len(taken) == 4 * (2 + read_ahead.CHUNKS_AHEAD)


def test_a_transcription_agrees_with_predict(
    three_readings: PredictionModel, paths: list[Path]
) -> None:
    expected = three_readings.predict(paths[6])

    [line] = three_readings.transcribe([paths[6]])

    assert line.text == expected["text"] == TEXTS[6]
    assert list(line.units) == list(TEXTS[6])
    assert line.log_prob == pytest.approx(expected["logprob_ctc"][0, 0])
    assert line.score == pytest.approx(expected["score"])
    assert [reading.text for reading in line.readings] == (
        expected["best_transcriptions"][:, 0].tolist()
    )


def test_a_colour_page_is_read_in_grey(
    saved: PredictionModel, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    # Blue ink on yellow paper.
    ink = 1 - pictures[3] / 255.0
    colours = (np.array([255, 255, 200]) * (1 - ink) + np.array([20, 20, 60]) * ink).astype("u1")
    Image.fromarray(colours).save(tmp_path / "colour.png")

    assert saved.predict(tmp_path / "colour.png")["text"] == TEXTS[3]


def test_probabilities_come_in_order_with_errors_in_their_places(
    saved: PredictionModel, paths: list[Path]
) -> None:
    sources = [paths[4], "missing.png", paths[0]]

    fourth, error, first = saved.probabilities(sources, batch_size=2)

    assert isinstance(error, LineImageError)
    for probs, path in ((fourth, paths[4]), (first, paths[0])):
        np.testing.assert_allclose(probs, saved.predict(path)["probs"][:, 0], atol=1e-5)


@pytest.mark.parametrize("kind", ["saving", "export"])
def test_lines_from_right_to_left_are_given_in_reading_order(
    kind: str, hebrew_run: Path, paths: list[Path]
) -> None:
    model = PredictionModel(hebrew_run / kind)
    expected = [in_hebrew(text) for text in TEXTS]

    results = model.predict(paths)
    transcriptions = list(model.transcribe(paths))

    assert results["text"] == [*results["words"]] == expected
    assert [t.text for t in transcriptions if isinstance(t, Transcription)] == expected
    for text, transcription, readings in zip(
        TEXTS, transcriptions, results["readings"], strict=True
    ):
        assert isinstance(transcription, Transcription)
        assert len(transcription.units) == len(text)
        assert transcription.readings == readings and len(readings) == 2
        # The second reading is another text of about the same words, in the same order.
        assert readings[1].text != readings[0].text
        assert Levenshtein.distance(*(reading.text for reading in readings)) <= 2


def test_codes_stay_in_the_order_of_the_image(hebrew_run: Path, paths: list[Path]) -> None:
    codes = PredictionModel(hebrew_run / "saving").predict(paths[1])["codes"]

    assert codes.tolist() == [[UNITS.index(unit) + 1 for unit in TEXTS[1]]]


def test_an_export_by_itself_gives_the_order_of_the_image(
    hebrew_run: Path, pictures: list[np.ndarray]
) -> None:
    [export] = (hebrew_run / "export").iterdir()
    letters = dict(zip(UNITS, HEBREW_UNITS, strict=True))

    loaded = tf.saved_model.load(str(export))
    signature = loaded.signatures["serving_default"]
    result = signature(tf.constant(pictures[1], tf.float32))

    word = result["words"].numpy()[0].decode()
    assert word == "".join(letters[unit] for unit in TEXTS[1])


def test_a_model_may_read_by_other_rules(hebrew_run: Path, paths: list[Path]) -> None:
    model = PredictionModel(hebrew_run / "saving", text_rules=TextRules())
    letters = dict(zip(UNITS, HEBREW_UNITS, strict=True))

    text = model.predict(paths[0])["text"]

    assert text == "".join(letters[unit] for unit in TEXTS[0])
    assert model.params.text_rules == TextRules(bidi_reordering="rtl")
