"""From what importers yield to usable lines: text brought to its form, images checked, in order."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from tf_crnn.datasets.image_folder import (
    CheckedImage,
    ImageFolder,
    check_image,
    place_of_file,
)
from tf_crnn.datasets.label_units import code_points, units_of, unwritable
from tf_crnn.datasets.lines import Line
from tf_crnn.documents import document_of
from tf_crnn.errors import LineImageError
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection
from tf_crnn.text_rules import TextRules

_THREADS = 4
_MOST_SAMPLES = 256
# Handed to a thread at once: handing over takes as long as an image.
_A_PIECE = 16
_MOST_BYTES = 32_000_000
_UNITS_NAMED = 10


class Rules(NamedTuple):
    """What makes a sample a line of the data set.

    Attributes:
        text_rules: how text is changed, and what is a unit.
        alphabet: units that a label may hold; all if None.
        documents: names the document by the path of the image.
        is_copying: whether image files are copied into the data set.
    """

    text_rules: TextRules
    alphabet: Mapping[str, int] | None = None
    documents: re.Pattern[str] | None = None
    is_copying: bool = False


class _Checked(NamedTuple):
    sample: Sample
    units: list[str]
    image: CheckedImage


class LineMaker:
    """Makes lines of samples.

    Attributes:
        unknown_units: how often each unit occurs that the alphabet lacks.
    """

    def __init__(self, rules: Rules, output_dir: Path, unfinished: Path) -> None:
        """For a data set.

        Args:
            rules: what is usable.
            output_dir: where the data set will lie; paths are relative to it.
            unfinished: where it is written.
        """
        self.unknown_units: Counter[str] = Counter()
        self._rules = rules
        self._output_dir = str(output_dir.resolve())
        self._images = ImageFolder(unfinished)
        self._lock = Lock()

    def make(self, found: Iterable[Sample | Rejection]) -> Iterator[Line | Rejection]:
        """Lines and rejections in the order of what was found."""
        with ThreadPoolExecutor(_THREADS) as pool:
            for chunk in _chunks(found):
                pieces = [chunk[n : n + _A_PIECE] for n in range(0, len(chunk), _A_PIECE)]
                for results in pool.map(self._check_all, pieces):
                    for result in results:
                        yield result if isinstance(result, Rejection) else self._place(result)

    def _check_all(self, piece: Sequence[Sample | Rejection]) -> list[_Checked | Rejection]:
        return [self._check(found) for found in piece]

    def _check(self, found: Sample | Rejection) -> _Checked | Rejection:
        if isinstance(found, Rejection):
            return found
        units = units_of(found.label, self._rules.text_rules)
        if problem := self._label_problem(units):
            return _reject(found, *problem)
        try:
            return _Checked(found, units, check_image(found.image))
        except LineImageError as error:
            return _reject(found, str(error).partition(" (")[0], str(error))

    def _label_problem(self, units: list[str]) -> tuple[str, str] | None:
        if not units:
            return "empty label", "empty label"
        if problem := unwritable(units):
            return "label that no CSV can hold", problem
        alphabet = self._rules.alphabet
        unknown = [] if alphabet is None else [unit for unit in units if unit not in alphabet]
        if not unknown:
            return None
        with self._lock:
            self.unknown_units.update(unknown)
        distinct = list(dict.fromkeys(unknown))
        named = ", ".join(f"{unit!r} ({code_points(unit)})" for unit in distinct[:_UNITS_NAMED])
        named += f" and {len(distinct) - _UNITS_NAMED} more" * (len(distinct) > _UNITS_NAMED)
        return "unit not in the alphabet", f"not in the alphabet: {named}"

    def _place(self, checked: _Checked) -> Line | Rejection:
        sample, units, image = checked
        place = "" if isinstance(sample.image, bytes) else place_of_file(sample.image)
        if isinstance(sample.image, bytes) or self._rules.is_copying:
            path = self._images.add(sample.image, sample.name, image.suffix)
        else:
            path = _relative(place, self._output_dir)
            if "\n" in path or "\r" in path or not _is_utf8(path):
                return _reject(
                    sample, "path that no CSV can hold",
                    f"path that no CSV can hold: {path!r}. Copy the images: --copy",
                )  # fmt: skip
        return Line(
            path, units, image.size_bytes, sample.name, place, sample.split, self._document(sample)
        )

    def _document(self, sample: Sample) -> str:
        document = sample.document
        if self._rules.documents is not None:
            where = sample.name if isinstance(sample.image, bytes) else sample.image.as_posix()
            document = document_of(where, self._rules.documents)
        return document.encode("utf-8", "backslashreplace").decode()


def _chunks(found: Iterable[Sample | Rejection]) -> Iterator[list[Sample | Rejection]]:
    chunk: list[Sample | Rejection] = []
    size_bytes = 0
    for item in found:
        chunk.append(item)
        if isinstance(item, Sample) and isinstance(item.image, bytes):
            size_bytes += len(item.image)
        if len(chunk) >= _MOST_SAMPLES or size_bytes >= _MOST_BYTES:
            yield chunk
            chunk, size_bytes = [], 0
    if chunk:
        yield chunk


def _reject(sample: Sample, kind: str, reason: str) -> Rejection:
    shown = sample.name if isinstance(sample.image, bytes) else str(sample.image)
    return Rejection(sample.source, sample.row, shown, kind, reason)


def _relative(path: str, folder: str) -> str:
    image_folder, _, name = path.rpartition("/")
    return f"{_relative_folder(image_folder or '/', folder)}{name}"


@lru_cache(maxsize=1024)
def _relative_folder(path: str, folder: str) -> str:
    try:
        relative = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # Another drive.
        relative = Path(path).as_posix()
    return "" if relative == "." else f"{relative.rstrip('/')}/"


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
