"""PNG files that stay under a size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.reports.contact_sheet import ReadLine, draw_contact_sheet
from tf_crnn.reports.png import save_png


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, channels), dtype=np.uint8)


def test_what_is_small_enough_is_kept_as_it_is(tmp_path: Path) -> None:
    pixels = noise(100, 200)

    save_png(Image.fromarray(pixels), tmp_path / "x.png")

    with Image.open(tmp_path / "x.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("max_bytes", [1_000_000, 200_000, 20_000])
def test_noise_becomes_small_enough(tmp_path: Path, max_bytes: int) -> None:
    save_png(Image.fromarray(noise(900, 1200)), tmp_path / "x.png", max_bytes)

    assert (tmp_path / "x.png").stat().st_size <= max_bytes
    with Image.open(tmp_path / "x.png") as image:
        assert image.format == "PNG"
        assert image.width / image.height == pytest.approx(4 / 3, rel=0.02)
        # As large as can be: a quarter more pixels each way would be too many.
        assert (tmp_path / "x.png").stat().st_size > max_bytes / 4


def test_colours_are_given_up_before_pixels(tmp_path: Path) -> None:
    gradient = np.repeat(np.linspace(0, 255, 900, dtype=np.uint8)[:, None], 1000, axis=1)
    coloured = np.stack(
        [
            gradient,
            gradient.T[:900, :900].mean(axis=1)[:, None] + 0 * gradient,
            np.roll(gradient, 300, axis=0),
        ],
        axis=-1,
    ).astype(np.uint8)
    slightly = (coloured + noise(900, 1000) % 4).astype(np.uint8)

    save_png(Image.fromarray(slightly), tmp_path / "x.png", 400_000)

    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (1000, 900)
        assert image.mode == "P"


def test_a_contact_sheet_of_noisy_photographs_stays_under_a_megabyte(tmp_path: Path) -> None:
    lines = [ReadLine(noise(100, 2000), "some text " * 6, "sone text " * 6) for _ in range(12)]

    save_png(draw_contact_sheet(lines, "epoch 5"), tmp_path / "x.png")

    assert (tmp_path / "x.png").stat().st_size < 1_000_000
    with Image.open(tmp_path / "x.png") as image:
        assert image.width > 600


def test_too_little_room_for_any_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="max_bytes=100 is too little"):
        save_png(Image.fromarray(noise(50, 80)), tmp_path / "x.png", 100)

    assert not (tmp_path / "x.png").exists()
