"""Lines bent straight and cut to their script, in numpy and as a part of exports."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from tf_crnn.errors import LineImageError
from tf_crnn.export import straightening_graph
from tf_crnn.images import as_line_image
from tf_crnn.packs.lines import read_line_image, read_line_size
from tf_crnn.straightening import find_course, straighten

HEIGHT_PX, WIDTH_PX = 96, 600


def script(rise_px: float, *, bend_px: float = 0.0, channels: int = 1) -> NDArray[np.uint8]:
    """Strokes 16 px high on grey paper along a rising and bent course, cut out on white."""
    rng = np.random.default_rng(3)
    image = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
    course = course_of(rise_px, bend_px)
    for column in range(WIDTH_PX):
        top, bottom = int(course[column]) - 18, int(course[column]) + 19
        image[max(0, top) : bottom, column] = 205 + rng.integers(0, 6)
    for column in range(10, WIDTH_PX - 10, 9):
        middle = int(course[column])
        cv2.line(image, (column, middle - 8), (column + 3, middle + 8), 40, 2)
    return np.repeat(image[:, :, None], channels, axis=2)


def course_of(rise_px: float, bend_px: float = 0.0) -> NDArray[np.floating]:
    along = np.linspace(-0.5, 0.5, WIDTH_PX)
    return HEIGHT_PX / 2 - rise_px * along + bend_px * (4 * along**2 - 0.5)


def ink_rows(image: NDArray[np.uint8], part: slice) -> float:
    """Mean row of the dark pixels in some columns."""
    return float(np.nonzero(image[:, part, 0] < 100)[0].mean())


@pytest.mark.parametrize(("rise_px", "bend_px"), [(0, 0), (40, 0), (-30, 0), (20, 8)])
def test_script_on_any_course_comes_to_lie_in_the_middle(rise_px: float, bend_px: float) -> None:
    line = straighten(script(rise_px, bend_px=bend_px))

    middle = (line.shape[0] - 1) / 2
    for start in range(0, WIDTH_PX, 100):
        assert ink_rows(line, slice(start, start + 100)) == pytest.approx(middle, abs=2.5)


def test_the_course_is_told_in_pixels_of_the_image() -> None:
    course = find_course(script(40))

    assert np.abs(course.middle - course_of(40))[30:-30].max() < 2
    assert 12 < course.half_height < 30  # the strokes reach 8 px up and down


def test_columns_and_channels_stay() -> None:
    line = straighten(script(30, channels=3))

    assert line.shape[1:] == (WIDTH_PX, 3)
    assert line.dtype == np.uint8


def test_script_is_as_high_in_its_line_wherever_it_ran() -> None:
    level, rising = straighten(script(0)), straighten(script(40))

    assert rising.shape[0] == pytest.approx(level.shape[0], abs=3)


@pytest.mark.parametrize("size", [(40, 90), (1, 1), (3, 50), (200, 2)])
def test_a_line_without_ink_keeps_its_size(size: tuple[int, int]) -> None:
    line = straighten(np.full((*size, 1), 180, np.uint8))

    assert line.shape == (max(8, size[0]), size[1], 1)
    assert (line == 180).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("rise_px", [0, 40])
def test_the_graph_makes_the_same_of_a_line(rise_px: float, channels: int) -> None:
    image = script(rise_px, bend_px=8, channels=channels)
    grey = as_line_image(image, 1)

    graph = tf.function(straightening_graph.straighten)
    line = graph(tf.constant(image, tf.float32), tf.constant(grey, tf.float32)).numpy()

    expected = straighten(image)
    assert line.shape == expected.shape
    differences = np.abs(line - expected)
    assert differences.max() <= 1
    assert (differences > 0).mean() < 0.001


@pytest.mark.parametrize("size", [(40, 90), (1, 1), (3, 50), (200, 2), (57, 411)])
def test_the_graph_agrees_on_lines_of_odd_sizes(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(size[1]).integers(0, 256, (*size, 1))
    image = cv2.blur(pixels.astype(np.uint8), (3, 3)).reshape(*size, 1)

    line = straightening_graph.straighten(
        tf.constant(image, tf.float32), tf.constant(image, tf.float32)
    ).numpy()

    expected = straighten(image)
    assert line.shape == expected.shape
    assert (np.abs(line - expected) > 1).mean() < 0.001


def test_a_file_is_read_straight_where_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "line.png"
    image = script(40)
    Image.fromarray(image[:, :, 0]).save(path)

    assert np.array_equal(read_line_image(path, straight=True), straighten(image))
    assert read_line_size(path, straight=True) == straighten(image).shape[:2]
    assert read_line_size(path) == image.shape[:2]


def test_damage_that_only_decoding_finds_is_told_without_the_path(tmp_path: Path) -> None:
    path = tmp_path / "line.png"
    Image.fromarray(script(40)[:, :, 0]).save(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40] = bytes(40)
    path.write_bytes(content)

    assert read_line_size(path) == (HEIGHT_PX, WIDTH_PX)
    with pytest.raises(LineImageError) as caught:
        read_line_size(path, straight=True)

    assert str(path) not in str(caught.value)
