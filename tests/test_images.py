"""Reading image files, and the one rule for sizes."""

import io
import math
import os
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.errors import LineImageError
from tf_crnn.images import (
    Size,
    as_line_image,
    line_width_px,
    pad_width,
    prepare_line,
    read_image,
    read_size,
    resize,
    resized_width_px,
    standardise,
)

GREY = np.array([[0, 50, 100], [150, 200, 255]], dtype=np.uint8)
RGB = np.stack([GREY, 255 - GREY, GREY // 2], axis=-1)
WHITE = 255

# What a viewer shows of stored pixels (EXIF 2.32, table 6).
ORIENTATIONS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


def save(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)
    return path


def noise(height_px: int, width_px: int, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height_px, width_px, channels), dtype=np.uint8)


def triangle_weights(n_old: int, n_new: int) -> np.ndarray:
    """(n_new, n_old): how much each old pixel counts in each new one."""
    scale = n_old / n_new
    centres = (np.arange(n_new)[:, None] + 0.5) * scale
    distances = np.abs(np.arange(n_old)[None, :] + 0.5 - centres)
    weights = np.maximum(0, 1 - distances / max(scale, 1))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "webp", "pgm"])
def test_grey_files_keep_their_pixels(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(GREY), lossless=True)

    # WebP knows no grey.
    assert np.array_equal(as_line_image(read_image(path), 1)[:, :, 0], GREY)
    assert read_size(path) == Size(height_px=2, width_px=3)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "webp", "ppm"])
def test_colour_files_keep_their_pixels(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(RGB), lossless=True)

    assert np.array_equal(read_image(path), RGB)


def test_jpeg_files_keep_their_shades(tmp_path: Path) -> None:
    shades = np.repeat(np.repeat(GREY, 8, axis=0), 8, axis=1)
    grey = save(tmp_path / "grey.jpg", Image.fromarray(shades), quality=95)
    colour = save(tmp_path / "rgb.jpg", Image.fromarray(np.full((8, 8, 3), (250, 20, 90), "u1")))

    assert np.abs(read_image(grey)[:, :, 0].astype(int) - shades).max() <= 2
    assert np.abs(read_image(colour).astype(int) - (250, 20, 90)).max() <= 3


def test_palettes_become_their_colours(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8)).convert("P")
    picture.putpalette([10, 20, 30, 200, 100, 0, 7, 7, 9])
    opaque = save(tmp_path / "p.png", picture)
    transparent = save(tmp_path / "t.gif", picture, transparency=1)

    assert read_image(opaque).tolist() == [[[10, 20, 30], [200, 100, 0], [7, 7, 9]]]
    assert read_image(transparent).tolist() == [[[10, 20, 30], [WHITE] * 3, [7, 7, 9]]]


def test_a_palette_of_greys_becomes_grey(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    picture.putpalette([40, 40, 40, 210, 210, 210])

    assert read_image(save(tmp_path / "p.png", picture)).tolist() == [[[40], [210]]]


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_laid_on_white(tmp_path: Path, mode: str) -> None:
    alpha = Image.fromarray(np.array([[255, 0, 51]], dtype=np.uint8))
    grey = Image.fromarray(np.array([[100, 100, 100]], dtype=np.uint8))
    picture = Image.merge(mode, [grey] * (len(mode) - 1) + [alpha])

    # 100 * 51 / 255 + 255 * 204 / 255 = 20 + 204
    assert read_image(save(tmp_path / "a.png", picture)).tolist() == [[[100], [WHITE], [224]]]


def test_a_transparent_shade_is_white(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Image.fromarray(GREY), transparency=100)

    assert read_image(path)[:, :, 0].tolist() == [[0, 50, WHITE], [150, 200, 255]]


def test_bits_become_black_and_white(tmp_path: Path) -> None:
    bits = np.array([[True, False, True]])
    for suffix in ("png", "tif"):
        path = save(tmp_path / f"a.{suffix}", Image.fromarray(bits))
        assert read_image(path)[:, :, 0].tolist() == [[255, 0, 255]]


@pytest.mark.parametrize("options", [{}, {"transparency": 0}], ids=["opaque", "transparent"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_are_scaled_to_8(tmp_path: Path, suffix: str, options: dict[str, int]) -> None:
    deep = np.array([[0, 257, 250 * 257, 254 * 257 + 129, 65535]], dtype=np.uint16)

    path = save(tmp_path / f"a.{suffix}", Image.fromarray(deep), **options)

    assert read_image(path)[:, :, 0].tolist() == [[0, 1, 250, 255, 255]]


def test_numbers_of_32_bits_are_scaled_by_what_they_hold(tmp_path: Path) -> None:
    shares = save(tmp_path / "f.tif", Image.fromarray(np.array([[0, 0.2, 1]], dtype=np.float32)))
    shades = save(tmp_path / "i.tif", Image.fromarray(np.array([[0, 51, 255]], dtype=np.int32)))

    assert read_image(shares).tolist() == [[[0], [51], [255]]]
    assert read_image(shades).tolist() == [[[0], [51], [255]]]


def test_a_file_with_values_that_are_not_finite_is_named(tmp_path: Path) -> None:
    path = save(tmp_path / "f.tif", Image.fromarray(np.array([[0, np.nan]], dtype=np.float32)))

    with pytest.raises(LineImageError, match=r"f\.tif: array with values that are not finite"):
        read_image(path)


def test_printers_colours_become_rgb(tmp_path: Path) -> None:
    inks = bytes([0, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 0])

    path = save(tmp_path / "a.tif", Image.frombytes("CMYK", (3, 1), inks))

    assert read_image(path).tolist() == [[[255, 255, 255], [0, 0, 0], [255, 0, 0]]]


def test_bytes_are_read_like_a_file() -> None:
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, "PNG")

    assert np.array_equal(read_image(stream.getvalue()), RGB)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("suffix", ["jpg", "tif", "webp"])
def test_images_stand_upright(tmp_path: Path, suffix: str, orientation: int) -> None:
    stored = np.repeat(np.repeat(GREY, 16, axis=0), 16, axis=1)
    exif = Image.Exif()
    exif[0x0112] = orientation

    path = save(tmp_path / f"a.{suffix}", Image.fromarray(stored), exif=exif, quality=95)

    shown = ORIENTATIONS[orientation](stored)
    found = as_line_image(read_image(path), 1)[:, :, 0]
    assert read_size(path) == shown.shape
    assert found.shape == shown.shape
    assert np.abs(found[8::16, 8::16].astype(int) - shown[8::16, 8::16]).max() <= 2


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp", "webp"])
def test_truncated_files_are_found_without_and_with_decoding(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(noise(40, 300)[:, :, 0]))
    whole = path.read_bytes()

    for kept in (0.3, 0.6, 0.95):
        path.write_bytes(whole[: int(len(whole) * kept)])
        with pytest.raises(LineImageError, match=r"^(truncated|unreadable) image \("):
            read_size(path)
        with pytest.raises(LineImageError, match=rf"a\.{suffix}: (truncated|unreadable) image \("):
            read_image(path)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_truncated_files_are_called_truncated(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(noise(40, 300)[:, :, 0]))
    path.write_bytes(path.read_bytes()[:-1000])

    with pytest.raises(LineImageError, match=r"^truncated image \("):
        read_size(path)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("appended", [b"", b"\0\0\0", b"\r\n", b"camera maker's data " * 9])
def test_whole_files_may_have_something_behind_them(
    tmp_path: Path, suffix: str, appended: bytes
) -> None:
    path = save(tmp_path / f"a.{suffix}", Image.fromarray(GREY))
    path.write_bytes(path.read_bytes() + appended)

    assert read_size(path) == Size(2, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"^empty file$"),
        (b"path;text\n", r"^unreadable image \(no known image format\)$"),
        (b"\x89PNG\r\n\x1a\n", r"^unreadable image \("),
        (b"P5 0 4 255\n", r"^unreadable image \("),
    ],
)
def test_files_that_are_no_image_are_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.png").write_bytes(content)

    with pytest.raises(LineImageError, match=reason):
        read_size(tmp_path / "a.png")


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(LineImageError, match=r"^missing file$"):
        read_size(tmp_path / "a.png")
    with pytest.raises(LineImageError, match=r"a\.png: missing file$"):
        read_image(tmp_path / "a.png")
    with pytest.raises(LineImageError, match=r"^is a folder, not an image$"):
        read_size(tmp_path)
    with pytest.raises(LineImageError, match=r"^unreadable image \(.*null byte"):
        read_size("a\0b.png")
    with pytest.raises(LineImageError, match=r"^image bytes: unreadable image \("):
        read_image(b"nothing")


def test_decompression_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.png", Image.fromarray(noise(30, 30)[:, :, 0]))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    with pytest.raises(LineImageError, match=r"^too many pixels \(Image size \(900 pixels\)"):
        read_size(path)
    with pytest.raises(LineImageError, match=r"a\.png: unreadable image \(Image size"):
        read_image(path)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        ([[0, 128, 255]], [0, 128, 255]),
        (np.array([[0, 1, 1]], dtype=np.uint8), [0, 1, 1]),
        (np.array([[True, False, True]]), [255, 0, 255]),
        (np.array([[0.0, 0.2, 1.0]]), [0, 51, 255]),
        (np.array([[0.0, 51.4, 254.5]]), [0, 51, 254]),
        (np.array([[-5.0, 3.0, 255.0]]), [0, 3, 255]),
        (np.array([[0, 257, 65535]], dtype=np.uint16), [0, 1, 255]),
    ],
)
def test_numbers_of_any_kind_become_a_line_image(array: object, expected: list[int]) -> None:
    image = as_line_image(array, 1)

    assert (image.dtype, image.shape) == (np.uint8, (1, 3, 1))
    assert image[0, :, 0].tolist() == expected


def test_colours_become_grey_by_their_luma() -> None:
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)

    # 0.299, 0.587 and 0.114 of 255
    assert as_line_image(primaries, 1)[0, :, 0].tolist() == [76, 150, 29, 255]
    assert np.array_equal(as_line_image(primaries, 3), primaries)


def test_grey_becomes_three_equal_channels() -> None:
    assert as_line_image([[7]], 3).tolist() == [[[7, 7, 7]]]


def test_transparent_arrays_are_laid_on_white() -> None:
    rgba = np.array([[[100, 0, 0, 51], [9, 9, 9, 0]]], dtype=np.uint8)

    assert as_line_image(rgba, 3).tolist() == [[[224, 204, 204], [255, 255, 255]]]


@pytest.mark.parametrize("shape", [(3,), (0, 5), (2, 3, 2), (2, 3, 5), (1, 2, 3, 1)])
def test_arrays_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(LineImageError, match=r"array of shape \(.*\): a line image is \(H, W\)"):
        as_line_image(np.zeros(shape), 1)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(LineImageError, match="values that are not finite"):
        as_line_image([[0.0, value]], 1)


def test_the_resized_width_is_the_nearest_number_of_time_steps() -> None:
    rng = random.Random(0)

    for _ in range(2000):
        height, width = rng.randrange(1, 300), rng.randrange(1, 3000)
        height_px, downscale = rng.randrange(1, 200), rng.randrange(1, 33)
        steps = math.floor(Fraction(width * height_px, height * downscale) + Fraction(1, 2))
        expected = max(1, steps) * downscale
        assert resized_width_px((height, width), height_px, downscale) == expected


def test_half_a_time_step_is_rounded_up() -> None:
    assert resized_width_px((10, 10), 10, 4) == 12
    assert resized_width_px((10, 9), 10, 4) == 8
    assert resized_width_px((10, 1), 10, 4) == 4


def test_long_lines_are_squeezed_to_the_greatest_whole_width() -> None:
    assert line_width_px((32, 1000), (32, 323), 4) == 320
    assert line_width_px((32, 100), (32, 323), 4) == 100


@pytest.mark.parametrize("size", [(5, 3), (32, 40), (3, 80), (20, 17), (41, 1), (1, 1), (20, 30)])
@pytest.mark.parametrize("channels", [1, 3])
def test_resizing_is_a_triangle_filter(size: tuple[int, int], channels: int) -> None:
    image = noise(20, 30, channels)
    rows, columns = triangle_weights(20, size[0]), triangle_weights(30, size[1])
    expected = np.einsum("ij,jkc,lk->ilc", rows, image.astype(np.float64), columns)

    resized = resize(image, *size)

    assert (resized.dtype, resized.shape) == (np.uint8, (*size, channels))
    assert np.abs(resized - expected).max() <= 0.501


def test_resizing_to_the_same_size_changes_nothing() -> None:
    assert np.array_equal(resize(noise(20, 30, 3), 20, 30), noise(20, 30, 3))


def test_a_prepared_line_has_the_height_and_whole_time_steps() -> None:
    assert prepare_line(noise(64, 203), (32, 320), 4).shape == (32, 100, 1)
    assert prepare_line(noise(16, 900, 3), (32, 320), 4).shape == (32, 320, 3)


def test_standardised_lines_have_mean_0_and_deviation_1() -> None:
    line = standardise(noise(32, 100))

    assert line.dtype == np.float32
    assert abs(line.mean()) < 1e-5
    assert abs(line.std() - 1) < 1e-5


def test_standardising_keeps_the_order_of_shades() -> None:
    assert standardise(np.array([[[10], [30]]], np.uint8)).tolist() == [[[-1.0], [1.0]]]


def test_a_blank_line_is_standardised_to_zeros() -> None:
    assert not standardise(np.full((32, 100, 1), 200, np.uint8)).any()


def test_lines_are_padded_with_zeros_on_the_right() -> None:
    padded = pad_width(np.ones((2, 3, 1), np.float32), 5)

    assert padded[:, :, 0].tolist() == [[1, 1, 1, 0, 0]] * 2
    assert padded.dtype == np.float32


def test_paths_may_be_of_any_kind(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Image.fromarray(GREY))

    assert read_size(os.fspath(path)) == read_size(path)
    assert np.array_equal(read_image(os.fspath(path)), read_image(path))
