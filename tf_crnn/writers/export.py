"""From the CSVs of a training to another format; the folder is whole or not there at all."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tf_crnn.datasets.image_folder import check_image
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import REJECTED_CSV, Reasons, RejectedFile, Rejection
from tf_crnn.stamped import new_folder
from tf_crnn.writers import WRITERS
from tf_crnn.writers.writer import has_longer_units, split_name

logger = logging.getLogger(__name__)


class Export:
    """What one export wrote and left out.

    Attributes:
        splits: number of lines written by split, `lines` for those without.
        reasons: what was left out.
        n_units_lost: lines written whose units of several characters became plain text.
        first_units_lost: the first of these, as `file, row`.
    """

    def __init__(self, keeps_units: bool) -> None:
        """Nothing yet."""
        self.splits: Counter[str] = Counter()
        self.reasons = Reasons()
        self.n_units_lost = 0
        self.first_units_lost = ""
        self._keeps_units = keeps_units

    @property
    def n_written(self) -> int:
        """Lines in the output."""
        return self.splits.total()

    def add(self, sample: Sample, by: int = 1) -> None:
        """Count a line as written; `by` -1 takes it back."""
        self.splits[split_name(sample)] += by
        if not self._keeps_units and has_longer_units(sample):
            self.n_units_lost += by
            self.first_units_lost = self.first_units_lost or f"{sample.source}, row {sample.row}"


def export_dataset(
    writer_name: str,
    csv_paths: Iterable[Path],
    *,
    output: Path,
    options: Mapping[str, Any],
    reading: Mapping[str, Any],
) -> Export:
    """Write the lines of CSVs in another format.

    Args:
        writer_name: a key of `WRITERS`.
        csv_paths: CSVs or folders of them; train.csv, val.csv and test.csv give their lines that
            split.
        output: a folder that is absent or empty; with `rejected.csv` if a line was left out.
        options: of the writer.
        reading: of the importer `csv`.

    Raises:
        DataError: a CSV cannot be read, the folder is in use, an option is wrong, or no line is
            usable.
    """
    writer = WRITERS[writer_name]
    paths = list(csv_paths)
    done = Export(writer.keeps_units)
    with new_folder(output) as folder:
        with _Rejected(folder / REJECTED_CSV, done) as rejected:
            samples = _usable(paths, reading, rejected, done)
            writer.write(samples, folder, reject=rejected.take_back, **options)
        if not done.n_written:
            raise DataError(_nothing_usable(paths, done))
    if done.n_units_lost:
        logger.warning(
            "%s of %s lines have units of several characters, of which %s keeps the text alone "
            "(%s). Units are kept by %s.",
            f"{done.n_units_lost:,}", f"{done.n_written:,}", writer_name, done.first_units_lost,
            ", ".join(name for name, other in WRITERS.items() if other.keeps_units),
        )  # fmt: skip
    return done


class _Rejected:
    """`rejected.csv`, made with its first row: a folder of pairs needs none without one."""

    def __init__(self, path: Path, done: Export) -> None:
        self._path, self._done = path, done
        self._stack = ExitStack()
        self._file: RejectedFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, rejection: Rejection) -> None:
        """Name a line that is left out."""
        if self._file is None:
            self._file = self._stack.enter_context(RejectedFile(self._path))
        self._file.add(rejection)
        self._done.reasons.add(rejection)

    def take_back(self, sample: Sample, kind: str, reason: str) -> None:
        """Leave out a line that was handed to the writer already."""
        self._done.add(sample, -1)
        self.add(_rejection(sample, kind, reason))


def _usable(
    csv_paths: Iterable[Path], reading: Mapping[str, Any], rejected: _Rejected, done: Export
) -> Iterator[Sample]:
    for csv_path in csv_paths:
        for result in IMPORTERS["csv"].read(csv_path, **reading):
            checked = result if isinstance(result, Rejection) else _check_image(result)
            if isinstance(checked, Rejection):
                rejected.add(checked)
                continue
            name = _name_of(checked)
            sample = checked._replace(name=name)
            done.add(sample)
            yield sample


def _name_of(sample: Sample) -> str:
    """The path below the CSV's folder, else the file's name: nobody else needs to know our disk."""
    csv_folder = sample.source.resolve().parent
    path = sample.image if isinstance(sample.image, Path) else Path(sample.name)
    beside = path.relative_to(csv_folder) if path.is_relative_to(csv_folder) else Path(path.name)
    return beside.with_suffix("").as_posix().removeprefix("images/")


def _check_image(sample: Sample) -> Sample | Rejection:
    try:
        check_image(sample.image)
    except LineImageError as error:
        return _rejection(sample, str(error).partition(" (")[0], str(error))
    return sample


def _rejection(sample: Sample, kind: str, reason: str) -> Rejection:
    image = sample.name if isinstance(sample.image, bytes) else str(sample.image)
    return Rejection(sample.source, sample.row, image, kind, reason)


def _nothing_usable(csv_paths: list[Path], done: Export) -> str:
    named = ", ".join(map(str, csv_paths))
    return (
        f"{named}: no line can be written.\n{done.reasons}" if done.reasons.n_rejected
        else f"{named}: no line is in there."
    )  # fmt: skip
