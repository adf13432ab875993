"""Line images as the content of a PNG file."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Twice as fast as the default, for a few per cent more bytes.
_COMPRESS_LEVEL = 3


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """The content of a PNG file; `images.read_image` reads the same pixels from it.

    Args:
        image: (H, W, 1) grey or (H, W, 3) RGB.
    """
    stream = io.BytesIO()
    pixels = np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image)
    Image.fromarray(pixels).save(stream, "PNG", compress_level=_COMPRESS_LEVEL)
    return stream.getvalue()
