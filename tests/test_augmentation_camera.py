"""Blur, noise and JPEG."""

import io

import numpy as np
import pytest
from PIL import Image
from support.fixed_rng import FixedRng

from tf_crnn.augmentation.camera import blur, jpeg, noise


@pytest.mark.parametrize(("share", "deviation"), [(0.5, 1.2), (1, 2.0)])
def test_blur_spreads_a_point_by_its_deviation(share: float, deviation: float) -> None:
    image = np.zeros((64, 65, 1), dtype=np.uint8)
    image[:, 32] = 250

    row = blur(image, 1.0, FixedRng(share))[32, :, 0].astype(float)

    places = np.arange(65) - 32
    assert np.sqrt((row * places**2).sum() / row.sum()) == pytest.approx(deviation, abs=0.1)
    assert row.sum() == pytest.approx(250, rel=0.02)


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_is_normal_with_the_deviation_that_was_drawn(channels: int) -> None:
    image = np.full((64, 500, channels), 128, dtype=np.uint8)

    grain = noise(image, 0.5, FixedRng(1)).astype(float) - 128

    assert grain.mean() == pytest.approx(0, abs=0.5)
    assert grain.std() == pytest.approx(20, rel=0.03)
    # Of a normal distribution, 68.3 % lie within one deviation.
    assert (np.abs(grain) <= 20).mean() == pytest.approx(0.683, abs=0.03)
    if channels == 3:
        assert abs(np.corrcoef(grain[..., 0].ravel(), grain[..., 1].ravel())[0, 1]) < 0.05


def test_noise_stops_at_black_and_white() -> None:
    image = np.array([[0, 255]] * 400, dtype=np.uint8)[..., None]

    noisy = noise(image, 1.0, FixedRng(1))

    assert noisy[:, 0].max() < 128 < noisy[:, 1].min()


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_that_of_another_library(channels: int) -> None:
    rng = np.random.default_rng(0)
    smooth = np.kron(rng.integers(0, 256, (8, 20, channels)), np.ones((8, 8, 1))).astype(np.uint8)

    found = jpeg(smooth, 1.0, FixedRng(0))

    stream = io.BytesIO()
    quality = round(95 - 85 * 0.3)
    subsampling = "4:2:0"
    Image.fromarray(smooth.squeeze()).save(stream, "jpeg", quality=quality, subsampling=subsampling)
    expected = np.asarray(Image.open(stream)).reshape(smooth.shape).astype(int)
    assert np.abs(found.astype(int) - expected).mean() < 2
