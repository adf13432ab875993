"""Pairs of `x.png` and `x.gt.txt`, as kraken, Calamari and tesstrain read them."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tf_crnn.file_names import FileNames
from tf_crnn.importers.sample import Option, Sample
from tf_crnn.writers.text_files import write_file
from tf_crnn.writers.writer import (
    ImageFile,
    Reject,
    Writer,
    read_image_file,
    read_image_file_as,
    split_name,
    text_of,
)

FOLDER, ZIP, TAR = "folder", "zip", "tar"
_READ_BY_ALL = (".png", ".tif")

# Writes one file: its name and content.
_WriteFile = Callable[[str, bytes], None]


def write(
    samples: Iterable[Sample],
    folder: Path,
    *,
    reject: Reject,
    archive: str = FOLDER,
    png: bool = False,
) -> None:
    """Write `<split>/x.gt.txt` and `<split>/x.png`; `lines/` for lines without a split.

    Dots of a name become `_`: Calamari takes everything from the first dot on as the suffix.

    Args:
        samples: the lines; units are joined to text.
        folder: empty.
        reject: told of lines with a line end in their text, and of images that cannot be read.
        archive: `zip` and `tar` put all pairs into `pairs.zip` or `pairs.tar`. A zip remembers each
            member until its end, some 400 bytes.
        png: write images anew that are neither PNG nor TIFF.
    """
    names = FileNames()
    with _OPENERS[archive](folder) as write_one:
        for sample in samples:
            image = _image_for_pair(sample, reject, png)
            if image is None:
                continue
            stem = names.take(sample.name.replace(".", "_"), in_folder=split_name(sample))
            write_one(f"{stem}{image.suffix}", image.content)
            write_one(f"{stem}.gt.txt", f"{text_of(sample)}\n".encode())


def _image_for_pair(sample: Sample, reject: Reject, png: bool) -> ImageFile | None:
    if any(end in text_of(sample) for end in "\n\r"):
        reject(sample, "line end in the text", "a .gt.txt holds one line of text")
        return None
    return (
        read_image_file_as(sample, reject, _READ_BY_ALL) if png else read_image_file(sample, reject)
    )


@contextmanager
def _into_folder(folder: Path) -> Iterator[_WriteFile]:
    yield partial(write_file, folder)


@contextmanager
def _into_zip(folder: Path) -> Iterator[_WriteFile]:
    with zipfile.ZipFile(folder / "pairs.zip", "x") as archive:
        yield partial(_add_to_zip, archive)


@contextmanager
def _into_tar(folder: Path) -> Iterator[_WriteFile]:
    with tarfile.open(folder / "pairs.tar", "x", format=tarfile.PAX_FORMAT) as archive:
        yield partial(_add_to_tar, archive)


def _add_to_zip(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # A ZipInfo has a fixed date, so that equal lines make equal files, but no rights.
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o644 << 16
    archive.writestr(member, content)


def _add_to_tar(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
    # It would keep all members for going back to them.
    archive.members = []  # type: ignore[attr-defined]


_OPENERS = {FOLDER: _into_folder, ZIP: _into_zip, TAR: _into_tar}

WRITER = Writer(
    write,
    "Pairs of an image and a `.gt.txt`, as kraken, Calamari and tesstrain read them.",
    (
        Option("archive", FOLDER, "Into a folder, or into one archive.", (FOLDER, ZIP, TAR)),
        Option("png", False, "Write JPEG and others as PNG: tesstrain takes PNG and TIFF alone."),
    ),
)
