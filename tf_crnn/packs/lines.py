"""Line images wherever they lie: image files, and records of packs.

Whoever reads the image of a row of a CSV takes `read_line_image`, so that a pack serves like files.
"""

import math
import os
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import Size, read_image, read_size
from tf_crnn.packs.files import Reference, parse_reference
from tf_crnn.straightening import straighten
from tf_crnn.tf_example import decode_example, encode_example
from tf_crnn.tfrecord import read_record_at

_MOST_OPEN_FILES = 32
# Beyond any line, and little enough to be refused before it is read.
_MOST_RECORD_BYTES = 1 << 28

_Taken = TypeVar("_Taken")


class PackedLine(NamedTuple):
    """A line in a pack.

    Attributes:
        image: (H, W, C) as `images.prepare_line` makes it.
        original_size: of the image that it was made of, after it was made straight, if it was.
        image_path: of that image, as in the CSV.
        label: as in the CSV.
    """

    image: NDArray[np.uint8]
    original_size: Size
    image_path: str
    label: str


def read_line_image(
    source: str | os.PathLike[str] | bytes, *, straight: bool = False
) -> NDArray[np.uint8]:
    """The image of a line: of a file, as `images.read_image`, or as it lies in a pack.

    Args:
        source: path of a file, a reference into a pack, or the content of an image file.
        straight: as `straightening.straighten` makes it, which a pack for it holds already.

    Returns:
        (H, W, 1) grey or (H, W, 3) RGB; that of a pack cannot be written to.

    Raises:
        LineImageError: it cannot be read; file or record are named in the message.
    """
    reference = None if isinstance(source, bytes) else parse_reference(source)
    if reference is None:
        image = read_image(source)
        return straighten(image) if straight else image
    try:
        return _read_packed(reference, _pixels)
    except LineImageError as error:
        place = f"{reference.shard}, record at byte {reference.offset}"
        raise LineImageError(f"{place}: {error}") from error


def read_line_size(path: str | os.PathLike[str], *, straight: bool = False) -> Size:
    """Size of a line's image before it was scaled, see `images.read_size`; a record is checked.

    Args:
        path: of a file, or a reference into a pack.
        straight: the size that `straightening.straighten` leaves, for which it must be decoded.

    Raises:
        LineImageError: it cannot be read; the message is the reason alone.
    """
    reference = parse_reference(path)
    if reference is not None:
        return _read_packed(reference, decode).original_size
    size = read_size(path)
    if not straight:
        return size
    try:
        return Size(*straighten(read_image(path)).shape[:2])
    except LineImageError as error:
        raise LineImageError(str(error).removeprefix(f"{path}: ")) from error


def encode(line: PackedLine) -> bytes:
    """A line as the content of a record, a `tf.train.Example`.

    The shape stands in front and the pixels behind, as messages of their own: of messages one
    behind the other, protobuf makes one. So the pixels can be used where they lie; parsing would
    copy them.
    """
    about = {
        "original_size": list(line.original_size),
        "name": line.image_path.encode(),
        "label": line.label.encode(),
    }
    shape = encode_example({"shape": [*line.image.shape]})
    return shape + encode_example(about) + encode_example({"image": line.image.tobytes()})


def decode(content: bytes) -> PackedLine:
    """The line of a record; the pixels cannot be written to.

    Raises:
        DataError: the record holds something else; the message is the reason alone.
    """
    features = decode_example(content)
    try:
        return PackedLine(
            _pixels(content),
            Size(*features["original_size"]),
            features["name"][0].decode(),
            features["label"][0].decode(),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _no_line(error) from error


def _pixels(content: bytes) -> NDArray[np.uint8]:
    try:
        # A tag, the number of bytes (below 128), so many bytes: the message of the shape.
        shape = tuple(decode_example(content[: 2 + content[1]])["shape"])
        n_values = math.prod(shape)
        if not 0 < n_values <= len(content):
            raise ValueError(f"of shape {shape}, in {len(content):,} bytes")
        return np.frombuffer(content, np.uint8, n_values, len(content) - n_values).reshape(shape)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _no_line(error) from error


def _no_line(error: Exception) -> DataError:
    return DataError(f"holds no line of a pack ({error})")


def _read_packed(reference: Reference, take: Callable[[bytes], _Taken]) -> _Taken:
    try:
        file = _open_files.get(reference.shard)
        content = read_record_at(file.descriptor, reference.offset, _MOST_RECORD_BYTES)
        return take(content)
    except FileNotFoundError as error:
        raise LineImageError("missing file") from error
    except OSError as error:
        raise LineImageError(f"unreadable file ({error.strerror})") from error
    except DataError as error:
        raise LineImageError(f"damaged record ({error})") from error


class _OpenFile:
    """An open file, closed when nobody reads from it any more."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        self.identity = _identity(os.fstat(self.descriptor))

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)


class _OpenFiles:
    """The files read last, kept open: a training reads each of them thousands of times."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, _OpenFile] = OrderedDict()
        self._lock = Lock()

    def get(self, path: str) -> _OpenFile:
        with self._lock:
            file = self._files.get(path)
            # A pack that was made anew has other files of the same names.
            if file is None or file.identity != _identity(os.stat(path)):  # noqa: PTH116 - of many
                file = _OpenFile(path)
                self._files[path] = file
            self._files.move_to_end(path)
            if len(self._files) > _MOST_OPEN_FILES:
                self._files.popitem(last=False)
            return file


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


_open_files = _OpenFiles()
