"""What lens, sensor and file do to a line: blur, noise, JPEG.

Each takes a line image (H, W, C) uint8, a strength from 0 to 1 and a numpy Generator, and returns
an image of the same size.
"""

from statistics import NormalDist

import cv2
import numpy as np

from tf_crnn.augmentation.paper import LineImage, with_channels

_MAX_BLUR = 1 / 32  # of the height, as deviation
_MAX_NOISE = 40  # grey levels, as deviation
_BEST_JPEG_QUALITY, _LEAST_JPEG_QUALITY = 95, 10
# The middles of 256 equally likely slices of a normal distribution: a random byte looked up here
# is noise, ten times as fast as noise that is computed.
_NORMAL = np.array([NormalDist().inv_cdf((n + 0.5) / 256) for n in range(256)])


def blur(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Out of focus, by a deviation of up to a 32nd of the height."""
    deviation = _MAX_BLUR * image.shape[0] * strength * rng.uniform(0.2, 1)
    return with_channels(cv2.GaussianBlur(image, (0, 0), max(deviation, 0.1)))


def noise(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """Grain: normal noise of a deviation of up to 40 grey levels, in each channel its own."""
    deviation = _MAX_NOISE * strength * rng.uniform(0.2, 1)
    slices = np.frombuffer(rng.bytes(image.size), dtype=np.uint8).reshape(len(image), -1)
    grain = cv2.LUT(slices, np.rint(_NORMAL * deviation).astype(np.int16))
    noisy = cv2.add(image.reshape(len(image), -1), grain, dtype=cv2.CV_8U)
    return np.asarray(noisy, dtype=np.uint8).reshape(image.shape)


def jpeg(image: LineImage, strength: float, rng: np.random.Generator) -> LineImage:
    """JPEG and back, with a quality down to 10."""
    loss = (_BEST_JPEG_QUALITY - _LEAST_JPEG_QUALITY) * strength * rng.uniform(0.3, 1)
    quality = (cv2.IMWRITE_JPEG_QUALITY, round(_BEST_JPEG_QUALITY - loss))
    # OpenCV takes blue first.
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(image[:, :, ::-1]), quality)
    kind = cv2.IMREAD_GRAYSCALE if image.shape[2] == 1 else cv2.IMREAD_COLOR
    return np.ascontiguousarray(with_channels(cv2.imdecode(encoded, kind))[:, :, ::-1])
