"""Images checked, and those that are not files yet written into the folder of a data set."""

import io
import os
import shutil
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image

from tf_crnn.errors import LineImageError
from tf_crnn.file_names import safe_name
from tf_crnn.images import read_image, read_size

IMAGES_FOLDER = "images"
# Of one line: 200 px high, 100,000 px long. A page that claims to be a line would fill the memory.
MOST_PIXELS = 20_000_000
_IMAGES_A_FOLDER = 1000
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = struct.Struct(">16sII")
_STORED_DEPTH = len(Path(IMAGES_FOLDER, "0000", "name.png").parts)
_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2"}
_NO_IMAGE = (OSError, ValueError, SyntaxError, MemoryError)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class CheckedImage(NamedTuple):
    """An image that can be read.

    Attributes:
        suffix: of a file that holds it, by its format.
        size_bytes: of the file.
    """

    suffix: str
    size_bytes: int


def check_image(image: Path | bytes) -> CheckedImage:
    """Make sure that an image can be read: a file by its header, bytes by decoding them.

    Raises:
        LineImageError: it cannot; the message is the reason alone.
    """
    if isinstance(image, bytes):
        suffix = _check_header(io.BytesIO(image))
        try:
            read_image(image)
        except LineImageError as error:
            raise LineImageError(str(error).removeprefix("image bytes: ")) from error
        return CheckedImage(suffix, len(image))
    try:
        return _check_file(image)
    except OSError as error:  # A name that is too long, a folder that may not be read.
        raise LineImageError(f"cannot be read ({error.strerror})") from error


def _check_file(image: Path) -> CheckedImage:
    suffix = ""
    if image.is_file():
        with image.open("rb") as stream:
            suffix = _check_header(stream)
    elif image.exists() and not image.is_dir():
        # A pipe may never answer, a device never end.
        raise LineImageError("is no ordinary file")
    read_size(image)
    return CheckedImage(suffix, image.stat().st_size)


class ImageFolder:
    """`images/` of a data set: at most 1,000 files in each of its folders, never one over another.

    Attributes:
        n_images: written so far.
    """

    def __init__(self, dataset: Path) -> None:
        """Of a data set's folder; `images/` is made with its first image."""
        self._dataset = dataset
        self.n_images = 0

    def add(self, image: Path | bytes, name: str, suffix: str) -> str:
        """Write an image.

        Args:
            image: a file to copy, or the content of one.
            name: as the source has it; see `safe_name`.
            suffix: of the file, with its dot.

        Returns:
            Its path, relative to the data set's folder.
        """
        folder = Path(IMAGES_FOLDER, f"{self.n_images // _IMAGES_A_FOLDER:04d}")
        (self._dataset / folder).mkdir(parents=True, exist_ok=True)
        self.n_images += 1
        stem = safe_name(name)
        path = folder / f"{stem}{suffix}"
        while not _write_new(self._dataset / path, image):
            stem = f"{stem}-{self.n_images}"
            path = folder / f"{stem}{suffix}"
        return path.as_posix()


def place_of_file(image: Path) -> str:
    """Names an image file wherever it is named from; a link is not followed, its folders are."""
    folder, name = os.path.split(image)
    return f"{_resolved_folder(folder)}/{name}"


def place_of_stored(name: str) -> str:
    """Names an image in `images/` of a data set, by its name in the source."""
    return f"{IMAGES_FOLDER}: {safe_name(name)}"


def places_of_row(image_path: str, folder: Path) -> Iterator[str]:
    """What the image of a row of a data set's CSV may be called, by the two functions above."""
    path = Path(image_path)
    yield place_of_file(folder / path)
    if len(path.parts) == _STORED_DEPTH and path.parts[0] == IMAGES_FOLDER:
        yield place_of_stored(path.stem)


@lru_cache(maxsize=1024)
def _resolved_folder(folder: str) -> str:
    return str(Path(folder).resolve())


def _check_header(stream: BinaryIO) -> str:
    """The suffix of the format; empty where the header cannot be read."""
    start = stream.read(_PNG_HEADER.size)
    stream.seek(0)
    if start.startswith(_PNG_MARK) and len(start) == _PNG_HEADER.size:
        # Most lines are PNGs, and Pillow takes as long for a header as for a small line.
        _, width, height = _PNG_HEADER.unpack(start)
        _check_size(width, height)
        return ".png"
    try:
        with Image.open(stream) as image:
            image_format, (width, height) = image.format or "", image.size
    except _BOMBS as error:
        raise LineImageError(f"too many pixels ({error})") from error
    except _NO_IMAGE:
        return ""
    _check_size(width, height)
    if image_format == "EPS":
        # Decoding would run a program on what a stranger wrote.
        raise LineImageError("unreadable image (PostScript is not read)")
    return _SUFFIXES.get(image_format, f".{image_format.lower()}")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise LineImageError(
            f"too many pixels ({width:,} x {height:,}; at most {MOST_PIXELS:,}: one image holds "
            "one line)"
        )


def _write_new(path: Path, image: Path | bytes) -> bool:
    """Whether the file was written; false where one of this name is there."""
    try:
        with path.open("xb") as stream:
            if isinstance(image, bytes):
                stream.write(image)
            else:
                with image.open("rb") as source:
                    shutil.copyfileobj(source, stream)
    except FileExistsError:
        return False
    return True
