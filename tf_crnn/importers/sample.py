"""What every importer yields, and how an importer describes itself."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.rejections import Rejection

SPLITS = ("train", "val", "test")


class Sample(NamedTuple):
    """One labelled line of a source.

    Attributes:
        source: the file that names it.
        row: where it stands there, counted from 1: a line of text, a record, a text line of a page.
        name: names it within the source and ends without a suffix; it may hold `/`. The file of an
            image that is not a file yet is named after it.
        image: the file as it lies, or the content of an image file.
        label: plain text; or its units, where the source marks them.
        split: 'train', 'val' or 'test' where the source says so.
        document: the page, writer or book it is from, where the source says so: lines of one
            document stay in one split.
    """

    source: Path
    row: int
    name: str
    image: Path | bytes
    label: str | tuple[str, ...]
    split: str = ""
    document: str = ""


# Reads a file or folder, with the importer's options by name. What it cannot read it yields as a
# Rejection in its place; it raises DataError only where nothing of the source can be read.
Reader = Callable[..., Iterator[Sample | Rejection]]


class Option(NamedTuple):
    """An option of an importer, `--name` on the command line and a keyword of its `read`.

    Attributes:
        name: a Python identifier.
        default: where it is not given; its type is the option's: str, int, float or bool.
        meaning: one sentence for --help and the documentation.
        choices: the values it may have, any if empty.
    """

    name: str
    default: str | int | float | bool
    meaning: str
    choices: tuple[str, ...] = ()


class Importer(NamedTuple):
    """A format.

    Attributes:
        read: `read(path, **options)` streams the lines of a source.
        meaning: what a source is, one sentence.
        options: the keywords of `read`, all of them.
    """

    read: Reader
    meaning: str
    options: tuple[Option, ...] = ()

    def defaults(self) -> Mapping[str, Any]:
        """Every option with its default."""
        return {option.name: option.default for option in self.options}
