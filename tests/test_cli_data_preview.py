"""`tf-crnn data preview`: lines plain and changed, on one picture."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from tf_crnn.augmentation.preview import Showing, describe_doses, preview_lines
from tf_crnn.cli import main
from tf_crnn.config import Params
from tf_crnn.errors import DataError

STILL = {
    "data_augmentation_max_rotation": 0, "data_augmentation_max_slant": 0,
    "data_augmentation_max_brightness": 0, "data_augmentation_max_contrast": 0,
}  # fmt: skip


@pytest.fixture
def preview(tmp_path: Path) -> Callable[..., Result]:
    def run(*arguments: object, output: str = "preview.png") -> Result:
        words = [*map(str, arguments), "-o", str(tmp_path / output)]
        return CliRunner().invoke(main, ["data", "preview", *words])

    return run


@pytest.fixture
def make_params(tmp_path: Path, tiny_params: Callable[..., Params]) -> Callable[..., Params]:
    return lambda **values: tiny_params(tmp_path, **{**STILL, "seed": 1, **values})


def test_lines_are_shown_plain_and_changed_as_often_as_asked(
    line_csv: Path, make_params: Callable[..., Params]
) -> None:
    params = make_params(data_augmentation_blur=1, data_augmentation_blur_probability=1)

    lines = preview_lines([str(line_csv)], params, showing=Showing(times=3), n_lines=2)

    assert len(lines) == 2
    for line in lines:
        captions, images = zip(*line.variants, strict=True)
        assert captions == ("as it is", "blur", "blur", "blur")
        assert len({image.tobytes() for image in images}) == 4
        assert {image.shape[0] for image in images} == {params.input_shape[0]}


def test_captions_say_what_was_drawn_and_notes_what_could_be(
    line_csv: Path, make_params: Callable[..., Params]
) -> None:
    params = make_params(
        data_augmentation_noise=0.5, data_augmentation_grid=1, data_augmentation_max_stretch=0.25
    )

    [line] = preview_lines([str(line_csv)], params, showing=Showing(times=40), n_lines=1)

    captions = {caption for caption, _ in line.variants}
    assert captions == {"as it is", "noise", "grid", "grid, noise", "only what all lines get"}
    assert describe_doses(params, Showing()) == [
        "All lines, up to: stretch 0.25",
        "Share of the lines: grid 1 (50%), noise 0.5 (25%)",
    ]


def test_each_augmentation_alone_at_the_strength_of_the_configuration(
    line_csv: Path, make_params: Callable[..., Params]
) -> None:
    params = make_params(data_augmentation_blots=0.5, data_augmentation_max_stretch=0.2)
    showing = Showing(times=2, each=True)

    [line] = preview_lines([str(line_csv)], params, showing=showing, n_lines=1)

    captions = [caption for caption, _ in line.variants]
    assert captions == ["as it is", "blots", "blots", "stretch", "stretch"]
    assert describe_doses(params, showing) == ["Each alone, up to: blots 0.5, stretch 0.2"]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_strength_turns_on_what_has_one_from_0_to_1(
    line_csv: Path, make_params: Callable[..., Params], channels: int
) -> None:
    params = make_params(input_channels=channels)
    showing = Showing(times=1, each=True, strength=0.75)

    [line] = preview_lines([str(line_csv)], params, showing=showing, n_lines=1)

    shown = [caption for caption, _ in line.variants][1:]
    assert len(shown) == (16 - 1 if channels == 1 else 16 - 1 + 2)
    assert ("hue" in shown) is (channels == 3)
    assert {"perspective", "strike_out", "jpeg"} < set(shown)
    [note] = describe_doses(params, showing)
    assert "perspective 0.75" in note


def test_the_seed_decides_lines_and_changes(
    line_csv: Path, make_params: Callable[..., Params]
) -> None:
    params = make_params(data_augmentation_elastic=1, data_augmentation_elastic_probability=1)

    first, again, other = (
        preview_lines([str(line_csv)], params, showing=Showing(), n_lines=2, seed=seed)
        for seed in (1, 1, 2)
    )

    assert [line.title for line in first] == [line.title for line in again]
    for line, twin in zip(first, again, strict=True):
        pairs = zip(line.variants, twin.variants, strict=True)
        assert all(np.array_equal(one.image, two.image) for one, two in pairs)
    assert first[0].variants[1].image.tobytes() != other[0].variants[1].image.tobytes()


def test_an_image_that_cannot_be_read_is_named_and_another_is_shown(
    line_csv: Path, make_params: Callable[..., Params], caplog: pytest.LogCaptureFixture
) -> None:
    text = line_csv.read_text()
    line_csv.write_text("".join(f"gone{n}.png;|a|\n" for n in range(4)) + text)
    params = make_params(data_augmentation_blur=1)

    lines = preview_lines([str(line_csv)], params, showing=Showing(), n_lines=8)

    assert len(lines) == 8
    assert sorted(r.getMessage().rpartition("/")[2] for r in caplog.records) == [
        f"gone{n}.png: missing file" for n in range(4)
    ]


def test_rows_that_cannot_be_used_are_told(
    tmp_path: Path, make_params: Callable[..., Params]
) -> None:
    params = make_params(data_augmentation_blur=1)
    csv_path = tmp_path / "lines.csv"

    for content, message in (
        (b"", r"lines.csv: no rows. Name a CSV with path;label"),
        (b"gone.png;|a|\n", r"none of the 1 images that were tried can be read. Paths are looked"),
        (b"a\xff.png;|a|\n", r"lines.csv, row 1: not UTF-8 at byte 2"),
    ):
        csv_path.write_bytes(content)
        with pytest.raises(DataError, match=message):
            preview_lines([str(csv_path)], params, showing=Showing())


def test_the_command_draws_the_training_lines_of_a_configuration(
    tmp_path: Path,
    line_csv: Path,
    make_params: Callable[..., Params],
    preview: Callable[..., Result],
) -> None:
    params = make_params(csv_files_train=str(line_csv), data_augmentation_grid=1)
    params.save(tmp_path / "config.json")

    result = preview(tmp_path / "config.json", "--lines", 3, "--times", 2)

    assert result.exit_code == 0, result.output
    assert result.stdout == f"{tmp_path / 'preview.png'}: 3 lines, each with 2 variants\n"
    with Image.open(tmp_path / "preview.png") as picture:
        assert picture.format == "PNG"
        # Three variants of each, 32 pixels high, and the words.
        assert picture.height > 3 * 3 * 32 and picture.width > 300


def test_later_configurations_win_and_lines_may_be_named(
    tmp_path: Path,
    line_csv: Path,
    make_params: Callable[..., Params],
    preview: Callable[..., Result],
) -> None:
    make_params(csv_files_train="gone.csv").save(tmp_path / "config.json")
    (tmp_path / "more.json").write_text('{"data_augmentation_scale": 1}')
    image = next(line_csv.parent.glob("*.png"))

    result = preview(
        tmp_path / "config.json", tmp_path / "more.json", line_csv, image, "--lines", 50
    )

    assert result.exit_code == 0, result.output
    assert "9 lines" in result.stdout


def test_a_preset_is_a_configuration_of_which_later_ones_win(
    tmp_path: Path, line_csv: Path, preview: Callable[..., Result]
) -> None:
    values = {"csv_files_train": str(line_csv)}
    (tmp_path / "lines.json").write_text(json.dumps(values))
    (tmp_path / "off.json").write_text('{"data_augmentation": false}')

    alone = preview("handwriting", line_csv, "--lines", 1)
    with_lines = preview("print", tmp_path / "lines.json", "--lines", 2)
    turned_off = preview("handwriting", tmp_path / "off.json", line_csv)

    assert alone.exit_code == 0, alone.output
    assert "1 line, each with 4 variants" in alone.stdout
    assert with_lines.exit_code == 0, with_lines.output
    assert "2 lines" in with_lines.stdout
    assert "data_augmentation is false" in turned_off.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{csv}", "--strength", "0.5"], "--strength needs --each."),
        (["{config}"], "Name a CSV, a pack or an image, or a configuration with csv_files_train."),
        (["{csv}", "--lines", "0"], "0 is not in the range"),
        (["{config}", "{csv}"], "no augmentation has a strength above 0: there is nothing"),
        (["{off}", "{csv}"], "data_augmentation is false: a training would change no line."),
        (["gone.csv"], "gone.csv: cannot be read"),
    ],
)
def test_a_wrong_command_says_what_to_do(
    tmp_path: Path,
    line_csv: Path,
    make_params: Callable[..., Params],
    preview: Callable[..., Result],
    arguments: list[str],
    message: str,
) -> None:
    names = {name: tmp_path / f"{name}.json" for name in ("config", "off")}
    make_params(csv_files_train=None).save(names["config"])
    make_params(data_augmentation=False, data_augmentation_blur=1).save(names["off"])

    result = preview(*(word.format(csv=line_csv, **names) for word in arguments))

    assert result.exit_code != 0
    assert message in result.stderr
    assert not (tmp_path / "preview.png").exists()


def test_the_picture_must_be_a_png(line_csv: Path, preview: Callable[..., Result]) -> None:
    result = preview(line_csv, output="preview.jpg")

    assert result.exit_code == 2
    assert "must end in .png" in result.stderr
