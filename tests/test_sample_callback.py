"""Contact sheets during a training: which lines, when, and what is on them."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TEXTS, LineReading, Trained, in_hebrew
from PIL import Image

from tf_crnn import sample_callback
from tf_crnn.batches import LineBatches
from tf_crnn.checkpoints import load_params
from tf_crnn.config import Params
from tf_crnn.data_handler import batches_for, to_dataset
from tf_crnn.images import read_image
from tf_crnn.model import get_model_train
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.reports.contact_sheet import ReadLine, draw_contact_sheet
from tf_crnn.sample_callback import N_LINES, SampleCallback, join_lines, spread_evenly
from tf_crnn.training_callbacks import EpochSeeds


def batches(csv_path: Path, params: Params, *, batch_size: int = 3) -> LineBatches:
    updated = csv_path.with_name("updated.csv")
    preprocess_csv(str(csv_path), params, updated)
    return batches_for(updated, params, batch_size=batch_size, augment=False, shuffle=False)


def sampler(
    trained: Trained, lines: LineBatches, folder: Path, *, every: int = 5
) -> tuple[SampleCallback, list[Path]]:
    written: list[Path] = []
    callback = SampleCallback(lines, trained.params, folder, every=every, on_written=written.append)
    callback.set_model(trained.model)
    return callback, written


@pytest.fixture
def lines(trained: Trained, line_csv: Path) -> LineBatches:
    """The eight drawn lines."""
    return batches(line_csv, trained.params)


@pytest.mark.parametrize(
    ("every", "n_epochs", "expected"),
    [(5, 12, [5, 10, 12]), (5, 10, [5, 10]), (1, 3, [1, 2, 3]), (5, 3, [3]), (0, 6, [])],
)
def test_samples_come_every_so_many_epochs_and_at_the_end(
    every: int,
    n_epochs: int,
    expected: list[int],
    trained: Trained,
    lines: LineBatches,
    tmp_path: Path,
) -> None:
    callback, written = sampler(trained, lines, tmp_path / "samples", every=every)

    for epoch in range(n_epochs):
        callback.on_epoch_end(epoch, {})
    callback.on_train_end({})

    names = [f"samples_epoch_{epoch:04d}.png" for epoch in expected]
    assert [path.name for path in written] == names
    assert all(path.parent == tmp_path / "samples" and path.exists() for path in written)
    assert (tmp_path / "samples").exists() == bool(expected)


def test_a_restored_training_goes_on_counting(
    trained: Trained, lines: LineBatches, tmp_path: Path
) -> None:
    callback, written = sampler(trained, lines, tmp_path, every=5)

    for epoch in (7, 8, 9, 10):
        callback.on_epoch_end(epoch, {})

    assert [path.name for path in written] == ["samples_epoch_0010.png"]


def test_the_sheet_shows_the_file_the_label_and_the_greedy_reading(
    trained: Trained,
    lines: LineBatches,
    line_csv: Path,
    read_line: Callable[[np.ndarray], LineReading],
    tmp_path: Path,
) -> None:
    callback, [*_] = sampler(trained, lines, tmp_path, every=1)

    callback.on_epoch_end(2, {})

    images = [read_image(line_csv.parent / f"{number}.png") for number in range(len(TEXTS))]
    expected = draw_contact_sheet(
        [
            ReadLine(image, text, read_line(image).text)
            for image, text in zip(images, TEXTS, strict=True)
        ],
        "Epoch 3: 8 of 8 validation lines",
    )
    with Image.open(tmp_path / "samples_epoch_0003.png") as sheet:
        np.testing.assert_array_equal(np.asarray(sheet.convert("RGB")), np.asarray(expected))


@pytest.mark.parametrize(
    ("n_lines", "expected"),
    [(3, [0, 1, 2]), (12, list(range(12))), (24, list(range(1, 24, 2))), (0, [])],
)
def test_lines_are_spread_evenly(n_lines: int, expected: list[int]) -> None:
    assert spread_evenly(n_lines, N_LINES).tolist() == expected


def test_of_many_lines_each_comes_from_its_own_part() -> None:
    chosen = spread_evenly(10_007, N_LINES)

    assert [int(number * N_LINES / 10_007) for number in chosen] == list(range(N_LINES))


def test_only_the_lines_drawn_are_read(
    trained: Trained, line_csv: Path, write_csv: Any, tmp_path: Path
) -> None:
    write_csv(line_csv, [(f"{number % 8}.png", TEXTS[number % 8]) for number in range(16)])
    many = batches(line_csv, trained.params)
    needed = {int(number) % 8 for number in spread_evenly(16, N_LINES)}
    unneeded = set(range(8)) - needed
    for number in unneeded:
        (line_csv.parent / f"{number}.png").unlink()
    callback, written = sampler(trained, many, tmp_path, every=1)

    callback.on_epoch_end(0, {})

    assert len(written) == 1


def test_the_same_lines_are_prepared_as_batches_prepare_them(
    trained: Trained, lines: LineBatches
) -> None:
    [batch] = batches(
        Path(lines.index.paths[0]).with_name("lines.csv"), trained.params, batch_size=8
    ).epoch(0)
    chosen = lines.index.read(np.arange(8))
    joined = join_lines(chosen, [read_image(line.image_path) for line in chosen], lines.geometry)

    places = [joined.paths.index(path) for path in batch.paths]
    np.testing.assert_array_equal(joined.images[places], batch.images)
    np.testing.assert_array_equal(joined.time_steps[places], batch.time_steps)
    np.testing.assert_array_equal(joined.label_codes[places], batch.label_codes)
    np.testing.assert_array_equal(joined.label_lengths[places], batch.label_lengths)


def test_an_image_that_is_gone_is_left_out(
    trained: Trained, lines: LineBatches, line_csv: Path, tmp_path: Path
) -> None:
    whole, written = sampler(trained, lines, tmp_path / "whole", every=1)
    whole.on_epoch_end(0, {})
    (line_csv.parent / "3.png").unlink()
    less, written_less = sampler(trained, lines, tmp_path / "less", every=1)

    less.on_epoch_end(0, {})

    heights = []
    for path in (*written, *written_less):
        with Image.open(path) as sheet:
            heights.append(sheet.height)
    assert heights[1] < heights[0]


def test_without_any_image_there_is_a_warning_and_no_sheet(
    trained: Trained,
    lines: LineBatches,
    line_csv: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for image in line_csv.parent.glob("*.png"):
        image.unlink()
    callback, written = sampler(trained, lines, tmp_path, every=1)

    with caplog.at_level(logging.WARNING):
        callback.on_epoch_end(4, {})

    assert written == []
    assert "no sample of epoch 5: no image can be read" in caplog.text


@pytest.mark.slow
def test_sampling_does_not_change_what_is_learnt(
    tiny_params: Callable[..., Params], line_csv: Path, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, rnn_dropout=0.5)
    weights = []
    for every in (0, 1):
        lines = batches(line_csv, params, batch_size=8)
        model = get_model_train(params)
        callback = SampleCallback(
            lines, params, tmp_path / "s", every=every, on_written=lambda path: None
        )
        model.fit(
            to_dataset(lines), steps_per_epoch=1, epochs=2, shuffle=False, verbose=0,
            callbacks=[EpochSeeds(params.seed), callback],
        )  # fmt: skip
        weights.append(model.get_weights())

    assert len(list((tmp_path / "s").iterdir())) == 2
    for without, with_samples in zip(*weights, strict=True):
        np.testing.assert_allclose(without, with_samples, atol=1e-6)


def test_texts_are_drawn_in_reading_order(
    trained: Trained,
    hebrew_run: Path,
    lines: LineBatches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[ReadLine] = []

    def keep(read: list[ReadLine], title: str) -> Image.Image:
        drawn.extend(read)
        return draw_contact_sheet(read, title)

    monkeypatch.setattr(sample_callback, "draw_contact_sheet", keep)
    params = load_params(next((hebrew_run / "saving").iterdir()))
    callback = SampleCallback(lines, params, tmp_path, every=1, on_written=lambda path: None)
    callback.set_model(trained.model)

    callback.on_epoch_end(0, {})

    texts = {in_hebrew(text) for text in TEXTS}
    assert {line.truth for line in drawn} == {line.reading for line in drawn} == texts
