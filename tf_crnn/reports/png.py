"""PNG files that stay small, whatever is on them."""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

MAX_BYTES = 1_000_000
_COLOURS = (256, 64, 24)
_SCALE = 0.8
_LEAST_WIDTH_PX = 64


def save_png(image: Image.Image, path: Path, max_bytes: int = MAX_BYTES) -> None:
    """Write a picture, with fewer colours and then fewer pixels if it would be too large.

    Raises:
        ValueError: not even a picture of 64 pixels' width is small enough.
    """
    for smaller in _ever_smaller(image):
        stream = io.BytesIO()
        smaller.save(stream, "PNG")
        if len(content := stream.getvalue()) <= max_bytes:
            path.write_bytes(content)
            return
    raise ValueError(f"{path}: max_bytes={max_bytes} is too little for a picture.")


def _ever_smaller(image: Image.Image) -> Iterator[Image.Image]:
    yield image
    original = image.convert("RGB")
    image = original
    while image.width >= _LEAST_WIDTH_PX:
        for n_colours in _COLOURS:
            # Without dithering: its noise would not compress.
            yield image.quantize(n_colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        size = round(image.width * _SCALE), max(1, round(image.height * _SCALE))
        image = original.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
