"""What every writer takes, and how a writer describes itself."""

import io
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from PIL import Image

from tf_crnn.errors import LineImageError
from tf_crnn.images import read_image
from tf_crnn.importers.sample import Option, Sample
from tf_crnn.png import encode_png

# Where a line has no split of its own: the name of its file.
NO_SPLIT = "lines"
_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tif"}
_FAULTS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)

# Called with a line that cannot be written: the line, the kind of the reason, the reason.
Reject = Callable[[Sample, str, str], None]


class Writer(NamedTuple):
    """A format.

    Attributes:
        write: `write(samples, folder, reject=reject, **options)` streams lines into an empty folder
            and reports to `reject` what the format cannot hold.
        meaning: what it writes, one sentence.
        options: the keywords of `write`, all but `reject`.
        keeps_units: whether units of several characters survive; else the text alone does.
    """

    write: Callable[..., None]
    meaning: str
    options: tuple[Option, ...] = ()
    keeps_units: bool = False

    def defaults(self) -> Mapping[str, Any]:
        """Every option with its default."""
        return {option.name: option.default for option in self.options}


def text_of(sample: Sample) -> str:
    """The label as plain text."""
    return sample.label if isinstance(sample.label, str) else "".join(sample.label)


def units_of(sample: Sample) -> tuple[str, ...]:
    """The units of the label; of plain text, its code points."""
    return tuple(sample.label)


def has_longer_units(sample: Sample) -> bool:
    """Whether the text alone does not tell the units."""
    return not isinstance(sample.label, str) and any(len(unit) != 1 for unit in sample.label)


class ImageFile(NamedTuple):
    """An image as a file: its content, and the suffix that fits it, whatever it was called."""

    content: bytes
    suffix: str


def read_image_file(sample: Sample, reject: Reject) -> ImageFile | None:
    """The image of a line; None after a rejection where it cannot be read."""
    try:
        content = sample.image if isinstance(sample.image, bytes) else sample.image.read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            kind = str(image.format)
    except _FAULTS as error:
        reject(sample, "unreadable image", f"unreadable image ({error})")
        return None
    return ImageFile(content, _SUFFIXES.get(kind, f".{kind.lower()}"))


def read_image_file_as(
    sample: Sample, reject: Reject, suffixes: Collection[str]
) -> ImageFile | None:
    """The image of a line, written anew as PNG where its suffix is none of some.

    None after a rejection where it cannot be read.
    """
    image = read_image_file(sample, reject)
    if image is None or image.suffix in suffixes:
        return image
    try:
        pixels = read_image(image.content)
    except LineImageError as error:
        reject(sample, "unreadable image", str(error))
        return None
    return ImageFile(encode_png(pixels), ".png")


def split_name(sample: Sample) -> str:
    """The split, or what its file is called where the line has none."""
    return sample.split or NO_SPLIT
