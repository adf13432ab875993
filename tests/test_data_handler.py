"""`tf.data` sets of lines: their elements, their epochs, and which CSVs they take."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tf_crnn.config import Params
from tf_crnn.data_handler import (
    augment_data,
    batches_for,
    dataset_generator,
    get_resized_width,
    padding_inputs_width,
    random_rotation,
    to_dataset,
)
from tf_crnn.errors import DataError
from tf_crnn.images import as_line_image, prepare_line, read_image, standardise
from tf_crnn.model import get_model_inference
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.samples import read_rows

ParamsFactory = Callable[..., Params]
N_LINES = 8


@pytest.fixture
def params(tiny_params: ParamsFactory, tmp_path: Path) -> Params:
    return tiny_params(tmp_path)


@pytest.fixture
def updated_csv(line_csv: Path, params: Params, tmp_path: Path) -> str:
    """The eight lines as `preprocess_csv` writes them."""
    preprocess_csv(str(line_csv), params, tmp_path / "updated.csv")
    return str(tmp_path / "updated.csv")


def inputs_of(dataset: tf.data.Dataset) -> list[dict[str, np.ndarray]]:
    """The elements' dicts, targets left out."""
    elements = dataset.as_numpy_iterator()
    return [element[0] if isinstance(element, tuple) else element for element in elements]


def names_of(batch: dict[str, np.ndarray]) -> list[str]:
    return [Path(name.decode()).name for name in batch["filename_images"].ravel()]


def file_names(dataset: tf.data.Dataset) -> list[str]:
    return [name for batch in inputs_of(dataset) for name in names_of(batch)]


def test_labelled_elements_have_the_documented_structure(params: Params, updated_csv: str) -> None:
    dataset = dataset_generator(updated_csv, params, batch_size=3, num_epochs=1)

    inputs, targets = next(iter(dataset))

    assert {name: (t.dtype, t.shape[0], t.shape.rank) for name, t in inputs.items()} == {
        "input_images": (tf.float32, 3, 4),
        "input_seq_length": (tf.int32, 3, 2),
        "label_codes": (tf.int32, 3, 2),
        "label_seq_length": (tf.int32, 3, 2),
    }
    assert inputs["input_images"].shape[1::2] == (32, 1)
    assert targets.numpy().tolist() == [0.0, 0.0, 0.0]


def test_unlabelled_elements_have_the_documented_structure(
    params: Params, updated_csv: str
) -> None:
    dataset = dataset_generator(updated_csv, params, use_labels=False, batch_size=3, num_epochs=1)

    inputs = next(iter(dataset))

    assert {name: (t.dtype, t.shape[0], t.shape.rank) for name, t in inputs.items()} == {
        "input_images": (tf.float32, 3, 4),
        "input_seq_length": (tf.int32, 3, 2),
        "filename_images": (tf.string, 3, 2),
    }


def test_an_element_holds_the_lines_and_labels_of_the_csv(
    params: Params, line_csv: Path, updated_csv: str
) -> None:
    dataset = dataset_generator(updated_csv, params, batch_size=N_LINES, shuffle=False)
    named = dataset_generator(
        updated_csv, params, use_labels=False, batch_size=N_LINES, shuffle=False
    )
    rows = {Path(row.image_path).name: row for row in read_rows(line_csv)}

    labelled, _ = next(dataset.as_numpy_iterator())
    names = names_of(next(named.as_numpy_iterator()))

    assert sorted(names) == sorted(rows)
    for index, name in enumerate(names):
        image = as_line_image(read_image(line_csv.parent / name), 1)
        line = standardise(prepare_line(image, params.input_shape, params.downscale_factor))
        width_px = line.shape[1]
        assert np.array_equal(labelled["input_images"][index, :, :width_px], line)
        assert not labelled["input_images"][index, :, width_px:].any()
        assert labelled["input_seq_length"][index, 0] == width_px // params.downscale_factor
        length = labelled["label_seq_length"][index, 0]
        units = params.alphabet.decode(labelled["label_codes"][index, :length])
        assert f"|{'|'.join(units)}|" == rows[name].label
        assert not labelled["label_codes"][index, length:].any()


@pytest.mark.parametrize("batch_size", [3, 7, 8, 50])
def test_an_epoch_has_every_line_once_and_its_last_batch_may_be_smaller(
    batch_size: int, params: Params, updated_csv: str
) -> None:
    dataset = dataset_generator(
        updated_csv, params, use_labels=False, batch_size=batch_size, num_epochs=1
    )

    batches = [names_of(batch) for batch in inputs_of(dataset)]

    sizes = sorted(map(len, batches), reverse=True)
    full = N_LINES // batch_size
    assert sizes == [batch_size] * full + [N_LINES % batch_size] * (N_LINES % batch_size > 0)
    assert sorted(itertools.chain(*batches)) == [f"{number}.png" for number in range(N_LINES)]


@pytest.mark.parametrize("num_epochs", [1, 3])
def test_the_lines_are_repeated_num_epochs_times(
    num_epochs: int, params: Params, updated_csv: str
) -> None:
    dataset = dataset_generator(updated_csv, params, batch_size=4, num_epochs=num_epochs)

    assert len(inputs_of(dataset)) == 2 * num_epochs


def test_without_num_epochs_the_lines_never_end(params: Params, updated_csv: str) -> None:
    dataset = dataset_generator(updated_csv, params, use_labels=False, batch_size=N_LINES)

    names = file_names(dataset.take(20))

    assert len(names) == 20 * N_LINES
    assert sorted(names[-N_LINES:]) == [f"{number}.png" for number in range(N_LINES)]


def test_the_order_changes_with_each_epoch_and_comes_again_with_the_seed(
    params: Params, updated_csv: str
) -> None:
    def order() -> list[str]:
        dataset = dataset_generator(
            updated_csv, params, use_labels=False, batch_size=1, num_epochs=4
        )
        return file_names(dataset)

    first, second = order(), order()

    epochs = [tuple(first[start : start + N_LINES]) for start in range(0, len(first), N_LINES)]
    assert first == second
    assert len(set(epochs)) == 4


def test_lines_that_are_not_shuffled_come_by_width(params: Params, updated_csv: str) -> None:
    dataset = dataset_generator(updated_csv, params, batch_size=1, num_epochs=1, shuffle=False)

    widths = [int(batch["input_seq_length"][0, 0]) for batch in inputs_of(dataset)]

    assert widths == sorted(widths)
    assert len(set(widths)) > 4


def test_augmentation_changes_the_lines_anew_in_each_epoch(
    params: Params, updated_csv: str
) -> None:
    def epochs(data_augmentation: bool) -> list[np.ndarray]:
        dataset = dataset_generator(
            updated_csv,
            params,
            batch_size=N_LINES,
            data_augmentation=data_augmentation,
            num_epochs=2,
            shuffle=False,
        )
        return [batch["input_images"] for batch in inputs_of(dataset)]

    plain, changed = epochs(False), epochs(True)

    assert np.array_equal(*plain)
    assert not np.array_equal(plain[0], changed[0])
    assert not np.array_equal(*changed)


def test_the_keys_of_the_augmentation_reach_the_lines(
    tmp_path: Path, updated_csv: str, tiny_params: Callable[..., Params]
) -> None:
    negative = tiny_params(
        tmp_path, data_augmentation_invert=1, data_augmentation_max_rotation=0,
        data_augmentation_max_slant=0, data_augmentation_max_contrast=0,
        data_augmentation_max_brightness=0,
    )  # fmt: skip

    plain, changed = (
        inputs_of(
            dataset_generator(
                updated_csv, negative, batch_size=3, data_augmentation=augment, num_epochs=1,
                shuffle=False,
            )
        )
        for augment in (False, True)
    )  # fmt: skip

    # Standardised lines have mean 0, so the negative of a line is -1 times the line.
    for batch, inverted in zip(plain, changed, strict=True):
        assert inverted["input_images"] == pytest.approx(-batch["input_images"], abs=1e-5)


def test_a_set_goes_on_at_an_epoch_as_if_it_had_begun_before(
    params: Params, updated_csv: str
) -> None:
    batches = batches_for(updated_csv, params, batch_size=3, augment=True, shuffle=True)

    whole = inputs_of(to_dataset(batches, num_epochs=4))
    later = inputs_of(to_dataset(batches, num_epochs=4, initial_epoch=2))

    assert len(later) == 6
    for expected, batch in zip(whole[6:], later, strict=True):
        assert all(np.array_equal(expected[key], batch[key]) for key in expected)


@pytest.fixture
def path_csv(line_csv: Path) -> Path:
    """A CSV of paths alone, one of them with the delimiter in it."""
    (line_csv.parent / "0.png").rename(line_csv.parent / "a;b.png")
    csv_path = line_csv.with_name("paths.csv")
    names = ["a\\;b.png", *(f"{number}.png" for number in range(1, N_LINES))]
    csv_path.write_text("\ufeff" + "\n\n".join(names), encoding="utf-8")
    return csv_path


def test_without_labels_a_csv_of_one_column_is_read(params: Params, path_csv: Path) -> None:
    dataset = dataset_generator(str(path_csv), params, use_labels=False, batch_size=3, num_epochs=1)

    names = file_names(dataset)

    assert sorted(names) == [*(f"{number}.png" for number in range(1, N_LINES)), "a;b.png"]


def test_without_labels_a_labelled_csv_of_the_user_is_read(params: Params, line_csv: Path) -> None:
    dataset = dataset_generator(str(line_csv), params, use_labels=False, batch_size=3, num_epochs=1)

    names = file_names(dataset)

    assert sorted(names) == [f"{number}.png" for number in range(N_LINES)]


def test_several_csvs_with_another_delimiter_are_read(
    tiny_params: ParamsFactory, line_csv: Path, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, csv_delimiter="\t")
    csv_paths = [line_csv.with_name("first.tsv"), line_csv.with_name("second.tsv")]
    csv_paths[0].write_text("0.png\tsome;text\n1.png\t\n", encoding="utf-8")
    csv_paths[1].write_text("2.png\n", encoding="utf-8")

    dataset = dataset_generator(
        [str(path) for path in csv_paths], params, use_labels=False, num_epochs=1
    )

    assert sorted(file_names(dataset)) == ["0.png", "1.png", "2.png"]


@pytest.mark.parametrize("batch_size", [1, 7, N_LINES])
def test_all_lines_are_predicted_also_where_one_is_left_over(
    batch_size: int, params: Params, line_csv: Path
) -> None:
    model = get_model_inference(params)
    dataset = dataset_generator(
        str(line_csv), params, use_labels=False, batch_size=batch_size, num_epochs=1
    )

    predicted = [model.predict_on_batch(batch) for batch in dataset]

    shapes = [(probs.shape[0], steps.shape, names.shape) for probs, steps, names in predicted]
    assert shapes == [(len(names), (len(names), 1), (len(names), 1)) for *_, names in predicted]
    assert sum(count for count, *_ in shapes) == N_LINES


def test_labels_are_taken_from_preprocessed_csvs_alone(params: Params, line_csv: Path) -> None:
    with pytest.raises(DataError, match=r"lines\.csv, row 1: is not path;codes;length\. Make this"):
        dataset_generator(str(line_csv), params)


def test_a_missing_csv_is_named(params: Params, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv: cannot be read"):
        dataset_generator(str(tmp_path / "gone.csv"), params, use_labels=False)


def test_a_row_that_is_not_utf8_is_named(params: Params, line_csv: Path) -> None:
    line_csv.write_bytes(b"0.png\n\xe4.png\n")

    with pytest.raises(DataError, match=r"lines\.csv, row 2: not UTF-8 at byte 1 of the row"):
        dataset_generator(str(line_csv), params, use_labels=False)


def test_a_missing_image_is_named(params: Params, line_csv: Path) -> None:
    line_csv.write_text("0.png\nnowhere.png\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"nowhere\.png: missing file"):
        dataset_generator(str(line_csv), params, use_labels=False)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((50, 200), 128), ((32, 33), 32), ((32, 34), 36), ((100, 3), 4), ((64, 66), 32)],
)
def test_get_resized_width_rounds_to_whole_increments(size: tuple[int, int], expected: int) -> None:
    width, ratio = get_resized_width(np.zeros((*size, 1)), target_height=32, increment=4)

    assert width == expected
    assert ratio == size[1] / size[0]


def test_padding_inputs_width_fills_up_with_zeros() -> None:
    image = np.full((16, 40, 1), 200, dtype=np.uint8)

    padded, width = padding_inputs_width(image, (32, 128), increment=8)

    assert width == 80
    assert padded.shape == (32, 128, 1)
    assert padded.dtype == np.float32
    assert (padded[:, :80] == 200).all()
    assert (padded[:, 80:] == 0).all()


def test_padding_inputs_width_squeezes_a_line_that_is_too_wide() -> None:
    image = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (16, 4, 3))

    padded, width = padding_inputs_width(image, (32, 100), increment=10)

    assert width == 100
    assert padded.shape == (32, 100, 3)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def grey_gradient() -> np.ndarray:
    return np.tile(np.linspace(60, 200, 90, dtype=np.uint8)[None, :, None], (40, 1, 1))


def test_augment_data_depends_on_the_generator_alone() -> None:
    image = grey_gradient()

    same = [augment_data(image, 0.1, rng=rng(3)) for _ in range(2)]
    other = augment_data(image, 0.1, rng=rng(4))

    assert np.array_equal(*same)
    assert not np.array_equal(same[0], image)
    assert same[0].shape != other.shape or not np.array_equal(same[0], other)


def test_augment_data_leaves_the_size_where_the_crop_would_be_too_narrow() -> None:
    image = grey_gradient()

    changed = augment_data(image, 0.1, minimum_width=90, rng=rng(3))

    assert changed.shape == image.shape
    # Rows stay equal to each other only without a rotation.
    assert (changed == changed[:1]).all()


def test_random_rotation_crops_what_it_turned_in() -> None:
    image = np.full((40, 90, 3), 200, dtype=np.uint8)
    image[:, ::9] = 60  # turned corners would be filled with the paper's 200, in wide areas

    cropped = random_rotation(image, 0.5, rng(0))

    height, width, channels = cropped.shape
    assert (height < 38, width < 88, channels) == (True, True, 3)
    runs_of_paper = (cropped[..., 0] == 200).astype(int)
    longest = max(len(run) for row in runs_of_paper for run in "".join(map(str, row)).split("0"))
    assert longest <= 8


def test_random_rotation_keeps_an_image_whose_crop_is_too_narrow() -> None:
    image = grey_gradient()

    kept: Any = random_rotation(image, 0.1, rng(1), minimum_width=89)

    assert np.array_equal(kept, image)


def test_an_unreadable_image_is_left_out_and_named(
    params: Params, updated_csv: str, line_csv: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batches = batches_for(updated_csv, params, batch_size=4, augment=False, shuffle=True)
    (line_csv.parent / "3.png").write_bytes(b"no image")

    read = inputs_of(to_dataset(batches, use_labels=False, num_epochs=2))

    names = [name for batch in read for name in names_of(batch)]
    assert sorted(names) == sorted(2 * [f"{n}.png" for n in range(N_LINES) if n != 3])
    assert list(batches.unreadable) == [str(line_csv.parent / "3.png")]
    assert caplog.text.count("3.png") == 1


def test_a_colour_network_gets_colour_lines(
    tiny_params: ParamsFactory, line_csv: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (60, 32), "red").save(line_csv.parent / "0.png")
    Image.fromarray(np.arange(60 * 32, dtype=np.uint8).reshape(32, 60)).save(
        line_csv.parent / "1.png"
    )
    params = tiny_params(tmp_path, input_channels=3)

    batch = next(
        dataset_generator(
            str(line_csv), params, use_labels=False, batch_size=N_LINES
        ).as_numpy_iterator()
    )

    images = dict(zip(names_of(batch), batch["input_images"], strict=True))
    red, grey = images["0.png"][:, :60], images["1.png"][:, :60]
    assert (red[..., 0] > red[..., 1]).all()
    assert np.array_equal(grey[..., 0], grey[..., 2])
