"""Thumbnails in URIs."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.reports.thumbnails import png_data_uri, thumbnail_data_uri


def decoded(uri: str, content_type: str) -> Image.Image:
    head, _, data = uri.partition(",")
    assert head == f"data:{content_type};base64"
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


@pytest.mark.parametrize(
    ("size", "expected"), [((200, 30), (200, 30)), ((400, 80), (200, 40)), ((9000, 90), (900, 9))]
)
def test_a_thumbnail_fits_and_keeps_its_proportions(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    Image.new("L", size, 90).save(tmp_path / "line.png")

    uri = thumbnail_data_uri(tmp_path / "line.png")

    assert uri is not None
    with decoded(uri, "image/webp") as picture:
        assert picture.size == expected
        assert abs(float(np.asarray(picture.convert("L")).mean()) - 90) < 3


def test_quality_costs_bytes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "line.png")

    low, high = (thumbnail_data_uri(tmp_path / "line.png", quality=quality) for quality in (10, 90))

    assert low is not None and high is not None
    assert len(low) < len(high) / 2


def test_an_image_that_cannot_be_read_has_no_thumbnail(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")

    assert thumbnail_data_uri(tmp_path / "broken.png") is None
    assert thumbnail_data_uri(tmp_path / "gone.png") is None


def test_a_png_is_taken_as_it_is(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "x.png")

    with decoded(png_data_uri(tmp_path / "x.png"), "image/png") as picture:
        assert picture.size == (30, 20)
