"""Which image belongs to which `.gt.txt`, by their names."""

from collections.abc import Iterator
from typing import NamedTuple

from tf_crnn.errors import DataError

TEXT_END = ".gt.txt"
# Where a text has several images, the first of these: as it was scanned, then as OCRopus made it
# black and white, then as it evened out the grey.
IMAGE_ENDS = (
    ".png", ".bin.png", ".nrm.png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp", ".jp2",
    ".gif", ".pgm", ".ppm",
)  # fmt: skip
_LONGEST_FIRST = sorted(IMAGE_ENDS, key=len, reverse=True)


class Pair(NamedTuple):
    """An image and its text by their names, which begin with `stem`."""

    stem: str
    image: str
    text: str


class Unpaired(NamedTuple):
    """A name without its counterpart, and why that matters."""

    name: str
    kind: str
    reason: str


class Pairing:
    """Names of one folder or archive, put together."""

    def __init__(self, image_end: str = "") -> None:
        """No name yet.

        Args:
            image_end: taken before the others where a text has several images.

        Raises:
            DataError: no image ends so.
        """
        if image_end and image_end not in IMAGE_ENDS:
            raise DataError(f"images {image_end!r}: give one of {', '.join(IMAGE_ENDS)}.")
        ends = dict.fromkeys((image_end, *IMAGE_ENDS) if image_end else IMAGE_ENDS)
        self._ranks = {end: rank for rank, end in enumerate(ends)}
        # The ends as they are written, in capitals too, by stem.
        self._texts: dict[str, str] = {}
        self._images: dict[str, str] = {}
        self._twice: list[str] = []

    def add(self, name: str) -> None:
        """Take a name; one that is neither an image nor a text is none of ours."""
        if name.lower().endswith(TEXT_END):
            stem = name[: -len(TEXT_END)]
            self._keep(self._texts, stem, name)
        elif end := image_end_of(name):
            stem = name[: -len(end)]
            known = self._images.get(stem, "").lower()
            if not known or known == end or self._ranks[end] < self._ranks[known]:
                if known and known != end:
                    del self._images[stem]
                self._keep(self._images, stem, name)

    def pairs(self) -> Iterator[Pair]:
        """Images with a text, in the order of the texts."""
        for stem, text_end in self._texts.items():
            if stem in self._images:
                yield Pair(stem, stem + self._images[stem], stem + text_end)

    def unpaired(self) -> Iterator[Unpaired]:
        """Texts without an image, images without a text, and names that stand there twice."""
        for stem, end in self._texts.items():
            if stem not in self._images:
                reason = f"missing file: no image of this name, such as {stem}.png"
                yield Unpaired(stem + end, "missing file", reason)
        for stem, end in self._images.items():
            if stem not in self._texts:
                reason = f"no transcription: {stem}{TEXT_END} is not there"
                yield Unpaired(stem + end, "no transcription", reason)
        for name in self._twice:
            yield Unpaired(name, "name twice", "stands there twice; the first was taken")

    def _keep(self, ends: dict[str, str], stem: str, name: str) -> None:
        if stem in ends:
            self._twice.append(name)
        else:
            ends[stem] = name[len(stem) :]


def image_end_of(name: str) -> str:
    """How the name of an image ends, in small letters; empty if it is none."""
    small = name.lower()
    return next((end for end in _LONGEST_FIRST if small.endswith(end)), "")
