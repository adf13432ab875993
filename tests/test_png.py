"""PNG content, read back by Pillow."""

import io

import numpy as np
import pytest
from PIL import Image

from tf_crnn.png import encode_png


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_the_pixels_come_back(channels: int, mode: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype(np.uint8)

    content = encode_png(image[:, ::-1])

    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.mode) == ("PNG", mode)
        assert np.array_equal(np.asarray(picture).reshape(image.shape), image[:, ::-1])
