"""What is kept of a line while a data set is looked over: numbers and hashes, about 110 bytes."""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.ink import HASH_WORDS

NOT_REJECTED = 0


class LineRecord(NamedTuple):
    """One line.

    Attributes:
        source: number of its CSV.
        row: in that CSV, counted from 1.
        offset: of the row's first byte.
        rejection: number of the kind of reason why a training leaves it out; 0 if it does not.
        marks: bit n is set where `labels.MARKS[n]` found something in the label.
        n_units: of the label.
        label: hash of its units; 0 where they cannot be read.
        path: hash of the image's path.
        document: hash of the name of its document; 0 where none is known.
        height_px: of the image; 0 where it cannot be read, and so the following.
        width_px: of the image.
        contrast: see `ink.ImageMeasures`, likewise the following.
        lightness: 0 (dark on light) to 1.
        bars: share of rows that are dark all along.
        aspect: of what bears ink.
        pixels: hash.
        look: (4,) hash.
    """

    source: int
    row: int
    offset: int
    rejection: int = NOT_REJECTED
    marks: int = 0
    n_units: int = 0
    label: int = 0
    path: int = 0
    document: int = 0
    height_px: int = 0
    width_px: int = 0
    contrast: float = 0.0
    lightness: float = 0.0
    bars: float = 0.0
    aspect: float = 0.0
    pixels: int = 0
    look: NDArray[np.uint64] | tuple[int, ...] = (0,) * HASH_WORDS


RECORD = np.dtype(
    [
        ("source", "u2"), ("row", "u4"), ("offset", "u8"), ("rejection", "u1"), ("marks", "u4"),
        ("n_units", "u2"), ("label", "u8"), ("path", "u8"), ("document", "u8"),
        ("height_px", "u4"), ("width_px", "u4"), ("contrast", "f4"), ("lightness", "f4"),
        ("bars", "f4"), ("aspect", "f4"), ("pixels", "u8"), ("look", "u8", (HASH_WORDS,)),
    ]
)  # fmt: skip
_MOST_UNITS = 2**16 - 1


def as_array(records: Iterable[LineRecord]) -> NDArray[Any]:
    """Records as one structured array, (N,) of `RECORD`."""
    rows = [tuple(r._replace(n_units=min(r.n_units, _MOST_UNITS))) for r in records]
    return np.array(rows, dtype=RECORD)


def hash_text(text: str) -> int:
    """64 bits of a text, never 0."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def hash_units(units: Iterable[str]) -> int:
    """64 bits of a label; the same units give the same."""
    return hash_text("\x1f".join(units))
