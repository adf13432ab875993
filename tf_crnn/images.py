"""Line images: reading any common file, one rule for widths, resizing, standardising and padding.

A line image is a uint8 array (H, W, C), 0 to 255, with 1 or 3 channels, until `standardise` makes
it float32. `export/graph.py` repeats resizing and standardising as graph operations; a test holds
both equal.
"""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from tf_crnn.errors import LineImageError

IMAGE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".pgm", ".pbm")
) | {".ppm"}
GREY_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R BT.601 luma
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"
# Batches are as wide as a multiple of this, so that kernels meet few distinct shapes.
_WIDTH_STEP_PX = 32
_ORIENTATION = 0x0112
_ORIENTED_FORMATS = ("JPEG", "MPO", "TIFF", "WEBP")
_PIL_FAULTS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError)


class Size(NamedTuple):
    """Size of an image in pixels, as it is seen (EXIF orientation applied)."""

    height_px: int
    width_px: int


def read_size(source: str | os.PathLike[str] | bytes) -> Size:
    """Size of an image file from its header; the pixels are read only where the file looks cut off.

    Args:
        source: the file, or its content.

    Raises:
        LineImageError: the file is missing, unreadable, truncated or without pixels; the message
            is the reason alone, since the caller knows the file.
    """
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as stream:
            return _read_size(stream)
    except FileNotFoundError as error:
        raise LineImageError("missing file") from error
    except IsADirectoryError as error:
        raise LineImageError("is a folder, not an image") from error
    except Image.DecompressionBombError as error:
        raise LineImageError(f"too many pixels ({error})") from error
    except _PIL_FAULTS as error:
        raise LineImageError(_why_unreadable(error)) from error


def read_image(source: str | os.PathLike[str] | bytes) -> NDArray[np.uint8]:
    """Decode an image file, or its bytes.

    PNG, JPEG, TIFF, BMP, WebP, GIF (first frame) and what else Pillow reads; palette, 1-bit,
    16-bit and colour spaces arrive as 8-bit grey or RGB; transparency is laid on white; EXIF
    orientation is applied.

    Returns:
        (H, W, 1) grey or (H, W, 3) RGB.

    Raises:
        LineImageError: the image cannot be decoded; a path is named in the message.
    """
    name = "image bytes" if isinstance(source, bytes) else os.fspath(source)
    try:
        # From a path, Pillow 13 maps turned TIFF files into memory with sides exchanged.
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        if not content:
            raise LineImageError("empty file")
        with Image.open(io.BytesIO(content)) as image:
            return _to_array(_upright(image))
    except FileNotFoundError as error:
        raise LineImageError(f"{name}: missing file") from error
    except IsADirectoryError as error:
        raise LineImageError(f"{name}: is a folder, not an image") from error
    except (LineImageError, *_PIL_FAULTS) as error:
        raise LineImageError(f"{name}: {_why_unreadable(error)}") from error


def as_line_image(array: Any, channels: int) -> NDArray[np.uint8]:
    """Any numeric picture as a line image with the wanted channels.

    Args:
        array: (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGBA; integers 0-255, 16-bit integers,
            booleans, or floats 0-255. Floats that never exceed 1 are taken as 0-1.
        channels: 1 or 3.

    Raises:
        LineImageError: another shape, an empty picture, or values that are not finite.
    """
    picture = np.asarray(array)
    if picture.ndim == 2:
        picture = picture[:, :, None]
    if picture.ndim != 3 or picture.shape[2] not in (1, 3, 4) or 0 in picture.shape:
        raise LineImageError(
            f"array of shape {np.shape(array)}: a line image is (H, W), (H, W, 1), (H, W, 3) or "
            "(H, W, 4), with at least one pixel."
        )
    return _to_channels(_to_uint8(picture), channels)


def resized_width_px(size_px: tuple[int, int], height_px: int, downscale: int) -> int:
    """Width after scaling to `height_px`, rounded to whole time steps (halves up).

    Args:
        size_px: (height, width) of the original, both >= 1.
        height_px: height after scaling.
        downscale: pixels per time step.

    Returns:
        A multiple of `downscale`, at least `downscale`.
    """
    height, width = size_px
    steps = (2 * width * height_px + height * downscale) // (2 * height * downscale)
    return max(1, int(steps)) * downscale


def line_width_px(size_px: tuple[int, int], input_shape: tuple[int, int], downscale: int) -> int:
    """`resized_width_px` within `input_shape`: longer lines are squeezed to the greatest width."""
    greatest = input_shape[1] // downscale * downscale
    return min(resized_width_px(size_px, input_shape[0], downscale), greatest)


def resize(image: NDArray[Any], height_px: int, width_px: int) -> NDArray[np.uint8]:
    """Scale to exactly (height_px, width_px) with an antialiasing triangle filter.

    Args:
        image: (H, W, C), 0 to 255.
        height_px: new height.
        width_px: new width.

    Returns:
        (height_px, width_px, C), rounded; the image itself where it has this size already.
    """
    if image.shape[:2] == (height_px, width_px) and image.dtype == np.uint8:
        return image
    channels = [
        Image.fromarray(np.ascontiguousarray(image[:, :, channel], dtype=np.float32)).resize(
            (width_px, height_px), Image.Resampling.BILINEAR
        )
        for channel in range(image.shape[2])
    ]
    scaled = np.stack([np.asarray(channel) for channel in channels], axis=-1)
    return np.asarray(np.rint(scaled).clip(0, 255), dtype=np.uint8)


def prepare_line(
    image: NDArray[np.uint8], input_shape: tuple[int, int], downscale: int
) -> NDArray[np.uint8]:
    """A line image at the height of `input_shape`, its width a multiple of `downscale`."""
    height, width = image.shape[:2]
    return resize(image, input_shape[0], line_width_px((height, width), input_shape, downscale))


def standardise(image: NDArray[Any]) -> NDArray[np.float32]:
    """Mean 0 and standard deviation 1 over the whole line, float32.

    The deviation is taken as at least 1 / sqrt(number of values), so that a blank line gives zeros.
    """
    pixels = image.astype(np.float32)
    pixels -= pixels.mean()
    total = max(float(np.vdot(pixels, pixels)), 1.0)
    pixels *= np.float32(np.sqrt(pixels.size / total))
    return pixels


def pad_width(image: NDArray[Any], width_px: int) -> NDArray[Any]:
    """The line with zeros to its right, (H, width_px, C)."""
    return np.pad(image, ((0, 0), (0, width_px - image.shape[1]), (0, 0)))


def stack_lines(images: Sequence[NDArray[Any]], downscale: int) -> NDArray[Any]:
    """Lines of one height side by side, zeros to the right of the shorter ones.

    Args:
        images: (H, W, C) each.
        downscale: pixels for each time step.

    Returns:
        (B, H, W, C), W a multiple of `downscale` and of about 32 pixels.
    """
    step = downscale * max(1, _WIDTH_STEP_PX // downscale)
    width_px = -(-max(image.shape[1] for image in images) // step) * step
    height, _, channels = images[0].shape
    batch = np.zeros((len(images), height, width_px, channels), dtype=images[0].dtype)
    for place, image in zip(batch, images, strict=True):
        place[:, : image.shape[1]] = image
    return batch


def _read_size(stream: BinaryIO) -> Size:
    if not stream.read(1):
        raise LineImageError("empty file")
    stream.seek(0)
    with Image.open(stream) as image:
        if _ends_well(stream, image.format):
            width, height = image.size
            turned = image.format == "JPEG" and image.getexif().get(_ORIENTATION, 1) >= 5
            return Size(width, height) if turned else Size(height, width)
    stream.seek(0)
    with Image.open(stream) as image:
        image.load()
        width, height = _upright(image).size
    return Size(height, width)


def _ends_well(stream: BinaryIO, file_format: str | None) -> bool:
    """Whether the last bytes are those of a whole file; of other formats that is unknown."""
    end = {"PNG": _PNG_END, "JPEG": _JPEG_END}.get(file_format or "")
    if end is None:
        return False
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - 64))
    return stream.read().rstrip(b"\x00\r\n").endswith(end.rstrip(b"\x00"))


def _why_unreadable(error: BaseException) -> str:
    if isinstance(error, LineImageError):
        return str(error)
    if isinstance(error, UnidentifiedImageError):
        return "unreadable image (no known image format)"
    text = str(error)
    if "truncated" in text or "broken data stream" in text or "Truncated" in text:
        return f"truncated image ({text})"
    return f"unreadable image ({text or type(error).__name__})"


def _upright(image: Image.Image) -> Image.Image:
    if image.format in _ORIENTED_FORMATS:
        return ImageOps.exif_transpose(image)
    return image


def _to_array(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith(("I", "F")):
        return _to_uint8(np.asarray(image)[:, :, None])
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
        return _drop_equal_channels(np.asarray(image))
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))[:, :, None]
    return np.asarray(image.convert("RGB"))


def _drop_equal_channels(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = (rgb[:, :, 0] == rgb[:, :, 1]).all() and (rgb[:, :, 1] == rgb[:, :, 2]).all()
    return rgb[:, :, :1] if grey else rgb


def _to_uint8(picture: NDArray[Any]) -> NDArray[np.uint8]:
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == np.bool_:
        return picture.astype(np.uint8) * np.uint8(255)
    if not np.isfinite(picture).all():
        raise LineImageError("array with values that are not finite: give pixels from 0 to 255.")
    greatest = picture.max()
    scale = 1.0
    if np.issubdtype(picture.dtype, np.floating) and greatest <= 1:
        scale = 255.0
    elif greatest > 255:
        scale = 1 / 257
    return np.asarray(np.rint(picture * scale).clip(0, 255), dtype=np.uint8)


def _to_channels(picture: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    if picture.shape[2] == 4:
        alpha = picture[:, :, 3:] / 255.0
        blended = picture[:, :, :3] * alpha + 255.0 * (1 - alpha)
        picture = np.rint(blended).astype(np.uint8)
    if picture.shape[2] == channels:
        return picture
    if channels == 3:
        return np.repeat(picture, 3, axis=2)
    grey = picture.astype(np.float32) @ np.array(GREY_WEIGHTS, dtype=np.float32)
    return np.rint(grey).clip(0, 255).astype(np.uint8)[:, :, None]
