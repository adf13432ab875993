"""Data sets of line images with transcriptions and lists of the lines of each split."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.importers.archives import ArchiveError
from tf_crnn.importers.sample import Sample
from tf_crnn.importers.source_files import SourceFile, walk
from tf_crnn.rejections import Rejection

Label = str | tuple[str, ...]


class Unreadable(NamedTuple):
    """Why a transcription cannot be read."""

    reason: str


class Listed(NamedTuple):
    """A line in the list of its split: that list, its row from 1, and the split."""

    source: Path
    row: int
    split: str


@dataclass
class LineSet:
    """What is known of the lines before their images are looked at, by the ids of lines.

    Attributes:
        labels: transcriptions; a rejection's reason where one cannot be read.
        listed: where each line is listed.
        document_of: the page or writer of a line's id.
    """

    labels: dict[str, "Label | Unreadable"] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)
    document_of: Callable[[str], str] = str

    def add_list(self, file: SourceFile, split: str) -> None:
        """Take the list of a split, one id a row; ids may end as image files do.

        Raises:
            DataError: the file cannot be read.
        """
        for row, line in enumerate(file.text().splitlines(), start=1):
            line_id = line.strip().removesuffix(".png").removesuffix(".jpg")
            if line_id:
                self.listed.setdefault(line_id, Listed(file.holder, row, split))

    def add_text(self, file: SourceFile, line_id: str, clean: Callable[[str], str]) -> None:
        """Take the transcription of a line; one that cannot be read is named with its image."""
        try:
            self.labels[line_id] = clean(file.text())
        except DataError as error:
            self.labels[line_id] = Unreadable(str(error))


def read_line_images(
    source: Path, lines: LineSet, line_id_of: Callable[[str], str]
) -> Iterator[Sample | Rejection]:
    """A sample for each image of a listed line, in the order of the images.

    Yields:
        Also a rejection for each image that no split lists, and for each listed line without image
        or transcription.

    Args:
        source: the folder or archive.
        lines: without images.
        line_id_of: the id of the line that a file shows, by the file's name; empty if it is no
            image of a line.
    """
    found: set[str] = set()
    for file in walk(source):
        if isinstance(file, Rejection):
            yield file
        elif line_id := line_id_of(file.name):
            yield _line(file, line_id, lines) if line_id not in found else _twice(file)
            found.add(line_id)
    for line_id, place in lines.listed.items():
        if line_id not in found:
            yield Rejection(
                place.source, place.row, line_id, "missing file",
                "missing file: no image of this line is there",
            )  # fmt: skip


def _line(file: SourceFile, line_id: str, lines: LineSet) -> Sample | Rejection:
    place = lines.listed.get(line_id)
    if place is None:
        return Rejection(file.holder, 0, file.name, "in no split", "no split lists this line")
    label = lines.labels.get(line_id, Unreadable("no transcription of this line is there"))
    if isinstance(label, Unreadable):
        return Rejection(place.source, place.row, line_id, "no transcription", label.reason)
    try:
        image = file.image()
    except ArchiveError as error:
        return Rejection(place.source, place.row, line_id, "unreadable image", str(error))
    return Sample(
        place.source, place.row, line_id, image, label, place.split,
        lines.document_of(line_id),
    )  # fmt: skip


def _twice(file: SourceFile) -> Rejection:
    return Rejection(
        file.holder, 0, file.name, "image twice", "another image of this line was taken"
    )


def check_is_whole(source: Path, lines: LineSet, what: str, needed: str) -> None:
    """Refuse a source that is no such data set.

    Raises:
        DataError: no line is listed, or none has a transcription.
    """
    if not lines.listed or not lines.labels:
        raise DataError(f"{source}: is no copy of {what}. It needs {needed}.")
