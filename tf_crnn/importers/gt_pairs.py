"""Pairs of `x.png` and `x.gt.txt`: of OCRopus, kraken, Calamari and tesstrain."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.importers.archives import ArchiveError, Member, is_zip, open_zip, tar_members
from tf_crnn.importers.names import split_of_folders
from tf_crnn.importers.pairing import TEXT_END, Pair, Pairing
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.rejections import Rejection

_MOST_TEXT_BYTES = 100_000
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

_Read = Callable[[], bytes]


class _TextError(Exception):
    """Why a file is no text of one line."""


def read(source: Path, *, images: str = "") -> Iterator[Sample | Rejection]:
    """The pairs of a folder and of those below it, or of a zip or tar archive.

    Raises:
        DataError: it is none of these, or there is neither an image nor a text.
    """
    if source.is_dir():
        found = _read_folder(source, images)
    else:
        found = _read_zip(source, images) if is_zip(source) else _read_tar(source, images)
    is_empty = True
    for item in found:
        is_empty = False
        yield item
    if is_empty:
        raise DataError(f"{source}: holds no image and no {TEXT_END}, nor do folders in it.")


def _read_folder(source: Path, images: str) -> Iterator[Sample | Rejection]:
    for folder, folders, names in os.walk(source):
        folders.sort()
        pairing = Pairing(images)
        for name in sorted(names):
            pairing.add(name)
        for pair in pairing.pairs():
            image, text = Path(folder, pair.image), Path(folder, pair.text)
            stem = Path(folder, pair.stem).relative_to(source)
            try:
                label = _one_line(_start_of(text))
            except (_TextError, OSError) as error:
                yield Rejection(text, 1, str(image), "no line of text", str(error))
                continue
            split = split_of_folders(Path(source.name, stem))
            yield Sample(text, 1, stem.as_posix(), image, label, split)
        for name, kind, reason in pairing.unpaired():
            yield Rejection(Path(folder, name), 0, str(Path(folder, name)), kind, reason)


def _read_zip(source: Path, images: str) -> Iterator[Sample | Rejection]:
    members: dict[str, Member] = {}
    pairing = Pairing(images)
    with open_zip(source) as found:
        for member in found:
            members.setdefault(member.name, member)
            pairing.add(member.name)
        for row, pair in enumerate(pairing.pairs(), start=1):
            yield _archived(source, row, pair, members[pair.text].read, members[pair.image].read)
    yield from _unpaired(source, pairing)


def _read_tar(source: Path, images: str) -> Iterator[Sample | Rejection]:
    # Twice through the file: an image may stand before its text, and a compressed tar cannot seek.
    pairing, texts, fault = Pairing(images), dict[str, _Text](), ""
    try:
        for member in tar_members(source):
            pairing.add(member.name)
            if member.name.lower().endswith(TEXT_END):
                texts.setdefault(member.name, _read_text(member))
    except ArchiveError as error:
        fault = str(error)
    wanted = {pair.image: pair for pair in pairing.pairs()}
    row = 0
    for member in _until_fault(source) if wanted else ():
        pair = wanted.pop(member.name, None)
        if pair is not None:
            row += 1
            yield _archived(source, row, pair, texts.pop(pair.text).read, member.read)
    yield from _unpaired(source, pairing)
    if fault:
        yield Rejection(source, 0, source.name, "damaged archive", fault)


class _Text(NamedTuple):
    content: bytes
    fault: str

    def read(self) -> bytes:
        if self.fault:
            raise ArchiveError(self.fault)
        return self.content


def _read_text(member: Member) -> _Text:
    try:
        return _Text(member.read()[: _MOST_TEXT_BYTES + 1], "")
    except ArchiveError as error:
        return _Text(b"", str(error))


def _until_fault(source: Path) -> Iterator[Member]:
    # What is damaged was found out the first time.
    with suppress(ArchiveError):
        yield from tar_members(source)


def _archived(
    source: Path, row: int, pair: Pair, read_text: _Read, read_image: _Read
) -> Sample | Rejection:
    try:
        label, image = _one_line(read_text()), read_image()
    except _TextError as error:
        return Rejection(source, row, pair.image, "no line of text", f"{pair.text}: {error}")
    except ArchiveError as error:
        return Rejection(source, row, pair.image, "unreadable member", f"{pair.stem}: {error}")
    return Sample(source, row, pair.stem, image, label, split_of_folders(PurePath(pair.stem)))


def _unpaired(source: Path, pairing: Pairing) -> Iterator[Rejection]:
    for name, kind, reason in pairing.unpaired():
        yield Rejection(source, 0, name, kind, reason)


def _start_of(text_file: Path) -> bytes:
    with text_file.open("rb") as stream:
        return stream.read(_MOST_TEXT_BYTES + 1)


def _one_line(content: bytes) -> str:
    """The text of a `.gt.txt`, without the line end.

    Raises:
        _TextError: it is not UTF-8, or has several lines.
    """
    if content.startswith(_UTF16_MARKS):
        raise _TextError("is written in UTF-16: save it as UTF-8")
    if len(content) > _MOST_TEXT_BYTES:
        raise _TextError(f"more than {_MOST_TEXT_BYTES:,} bytes: that is no line")
    try:
        text = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise _TextError(f"not UTF-8 at byte {error.start + 1}") from error
    if "\n" in text or "\r" in text:
        raise _TextError(f"holds {len(text.splitlines())} lines, and an image is one line")
    return text


IMPORTER = Importer(
    read,
    "Pairs of `x.png` (.bin.png, .nrm.png, .tif, .jpg, ...) and `x.gt.txt`, as OCRopus, kraken, "
    "Calamari and tesstrain have them: a folder and those below it, or a zip or tar archive.",
    (Option("images", "", "Ending of the image to take where a text has several, as '.nrm.png'."),),
)
