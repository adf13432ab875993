"""A module for each format of `IMPORTERS`, named as it is, for its contract test.

Each has:

- `write(folder, lines) -> Path`: a source that holds these lines, written into the folder; what to
  give to `read`. It holds the images themselves, or they lie in the folder.
- `OPTIONS`: keywords of `read`, may be empty.
- `KEEPS`: what the format can carry, of "names" (a sample's name ends with the line's), "splits",
  "documents", "spaces" (inside a label) and "units" (marked, of several characters).
- `damaged(folder) -> Path`: a source of which a part or all is broken.
- `without_image(folder) -> Path | None`: a source of at least two lines, one of which has an image
  that is not there; None where the format cannot.
- `LACKS`: characters that are mark-up there, so that no text can hold them; may be absent.
- `malicious(folder) -> list[Path]`: sources that attack; empty where none applies. `SECRET` lies
  in `folder / "secret.txt"`; no label may hold it.
"""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image

SECRET = "the-secret-of-this-machine"


class Line(NamedTuple):
    """A line to be written: `name` without suffix, `image` a PNG, `units` those of `text`."""

    name: str
    text: str
    image: bytes
    split: str = ""
    document: str = ""
    units: tuple[str, ...] = ()


class Source(Protocol):
    """What each module has."""

    OPTIONS: Mapping[str, Any]
    KEEPS: set[str]

    def write(self, folder: Path, lines: Sequence[Line]) -> Path: ...
    def damaged(self, folder: Path) -> Path: ...
    def without_image(self, folder: Path) -> Path | None: ...
    def malicious(self, folder: Path) -> list[Path]: ...


def draw_png(seed: int, width_px: int = 60, height_px: int = 20) -> bytes:
    """A grey picture, another for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height_px, width_px), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def claiming_png(width_px: int = 100_000, height_px: int = 100_000) -> bytes:
    """A small PNG that claims to be huge."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def plain_lines(n_lines: int) -> list[Line]:
    """Lines without anything particular, all of one picture."""
    png = draw_png(0)
    return [Line(f"line{number:05d}", f"text{number}", png) for number in range(n_lines)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
