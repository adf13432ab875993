"""Pictures as data URIs, for pages that stand alone."""

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tf_crnn.errors import LineImageError
from tf_crnn.packs.lines import read_line_image

_METHOD = 2  # the fastest that is still small


def thumbnail_data_uri(
    path: Path, *, max_height_px: int = 40, max_width_px: int = 900, quality: int = 60
) -> str | None:
    """A line image, scaled down, as a WebP picture in a URI; None if it cannot be read.

    Args:
        path: of the image file.
        max_height_px: of the thumbnail; nothing is scaled up.
        max_width_px: likewise.
        quality: of the WebP, 0 to 100.
    """
    try:
        picture = as_picture(read_line_image(path))
    except LineImageError:
        return None
    stream = io.BytesIO()
    fit_picture(picture, max_width_px, max_height_px).save(
        stream, "WEBP", quality=quality, method=_METHOD
    )
    return _data_uri("image/webp", stream.getvalue())


def png_data_uri(path: Path) -> str:
    """A PNG file as it is, in a URI."""
    return _data_uri("image/png", path.read_bytes())


def as_picture(line_image: NDArray[np.uint8]) -> Image.Image:
    """A line image (H, W, C), 0 to 255, C 1 or 3, for Pillow."""
    return Image.fromarray(line_image[:, :, 0] if line_image.shape[2] == 1 else line_image)


def fit_picture(picture: Image.Image, max_width_px: int, max_height_px: int) -> Image.Image:
    """The picture, scaled down in proportion if it is too large."""
    scale = min(1.0, max_width_px / picture.width, max_height_px / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _data_uri(content_type: str, content: bytes) -> str:
    return f"data:{content_type};base64,{base64.b64encode(content).decode('ascii')}"
