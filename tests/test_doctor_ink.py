"""Contrast, polarity, bars and hashes of drawn lines."""

import io

import numpy as np
import pytest
from PIL import Image
from support.doctor import WORDS, draw

from tf_crnn.doctor.ink import hash_pixels, measure_image, sketch


def as_line(picture: np.ndarray) -> np.ndarray:
    return picture[:, :, None]


def bits_apart(first: np.ndarray, second: np.ndarray) -> int:
    looks = [measure_image(as_line(picture)).look for picture in (first, second)]
    return int(np.bitwise_count(looks[0] ^ looks[1]).sum())


def saved_again(picture: np.ndarray) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=60)
    return np.asarray(Image.open(stream).convert("L"))


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (60, 200), (110, 150)])
def test_contrast_is_the_difference_of_ink_and_paper(ink: int, paper: int) -> None:
    measures = measure_image(as_line(draw("a quiet winter", ink=ink, paper=paper)))

    assert measures.contrast == pytest.approx(paper - ink, abs=3)


def test_dark_and_light_writing_are_told_apart() -> None:
    dark = measure_image(as_line(draw("a quiet winter")))
    light = measure_image(as_line(draw("a quiet winter", ink=255, paper=0)))

    assert dark.lightness < 0.1
    assert light.lightness > 0.9


def test_noise_and_shading_are_no_ink() -> None:
    noise = np.random.default_rng(1).normal(0, 3, (48, 400))
    shaded = np.linspace(90, 220, 400)[None] + noise

    measures = measure_image(as_line(shaded.clip(0, 255).astype(np.uint8)))

    assert measures.contrast < 18


def test_the_white_around_a_line_cut_by_a_polygon_is_no_ink() -> None:
    line = draw("bread and salt", ink=90, paper=180).copy()
    line[:6, : line.shape[1] // 2] = 255
    line[-5:, line.shape[1] // 2 :] = 255

    measures = measure_image(as_line(line))

    assert measures.lightness < 0.5
    assert measures.contrast == pytest.approx(90, abs=10)


def test_bars_are_rows_that_are_dark_all_along() -> None:
    line = draw("bread and salt").copy()
    line[:8] = 0

    assert measure_image(as_line(line)).bars == pytest.approx(8 / 32)
    assert measure_image(as_line(draw("bread and salt"))).bars == 0
    assert measure_image(as_line(draw("bread and salt", ink=255, paper=0))).bars == 0


def test_hashes_of_a_line_saved_again_are_near_and_those_of_other_lines_far() -> None:
    lines = [draw(text) for text in WORDS[:8]]

    again = [bits_apart(line, saved_again(line)) for line in lines]
    others = [bits_apart(lines[i], lines[j]) for i in range(8) for j in range(i)]

    assert max(again) <= 12
    assert min(others) > 30


def test_margins_do_not_count() -> None:
    line = draw("bread and salt")
    wider = np.pad(line, ((3, 2), (30, 11)), constant_values=255)

    assert sketch(as_line(line)) @ sketch(as_line(wider)) > 0.95
    assert measure_image(as_line(wider)).aspect == pytest.approx(
        measure_image(as_line(line)).aspect, rel=0.02
    )


def test_sketches_have_length_one_and_agree_with_themselves_only() -> None:
    first, second = (sketch(as_line(draw(text))) for text in WORDS[:2])

    assert np.linalg.norm(first) == pytest.approx(1)
    assert first @ second < 0.5


def test_a_blank_image_has_a_sketch_of_zeros_and_no_aspect() -> None:
    blank = np.full((32, 200, 1), 255, np.uint8)

    assert not sketch(blank).any()
    assert measure_image(blank).aspect == 0


def test_the_hash_of_pixels_depends_on_values_and_shape() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)

    assert hash_pixels(image) == hash_pixels(image.copy())
    assert hash_pixels(image) != hash_pixels(image.reshape(4, 3, 1))
    assert hash_pixels(image) != hash_pixels(image + np.uint8(1))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 300, 1), (300, 1, 3), (2, 2, 3)])
def test_the_smallest_images_are_measured(shape: tuple[int, int, int]) -> None:
    measures = measure_image(np.zeros(shape, np.uint8))

    assert (measures.height_px, measures.width_px) == shape[:2]
    assert sketch(np.zeros(shape, np.uint8)).shape == (3072,)
