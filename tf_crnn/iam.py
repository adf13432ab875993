"""The IAM database of handwritten lines as splits, CSVs and an alphabet for training."""

import csv
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.alphabet import Alphabet
from tf_crnn.errors import DataError
from tf_crnn.samples import format_row

LINES_FOLDER = "lines"
ASCII_FOLDER = "ascii"
TASK_FOLDER = "largeWriterIndependentTextLineRecognitionTask"

SPLIT_FILES = {
    "train": "trainset.txt",
    "test": "testset.txt",
    "validation1": "validationset1.txt",
    "validation2": "validationset2.txt",
}
EXPECTED_LINES = 13353
EXPECTED_SPLIT_LINES = {"train": 6161, "test": 1861, "validation1": 900, "validation2": 940}

ALPHABET_FILE = Path("generated_alphabet", "iam_alphabet_lookup.json")
MISSING_FILE = Path("generated_csv", "missing.csv")

_N_COLUMNS = 9
_N_SHOWN = 5
_UNIT_OF_CHARACTER = {"|": " ", "#": "[-]"}


class IamLine(NamedTuple):
    """One row of `ascii/lines.txt`.

    Attributes:
        line_id: for instance a01-000u-00.
        measures: seg_state gray_level n_components x y w h, as they stand in the file.
        transcription: as it stands in the file: `|` between words, `#` for struck-out text.
    """

    line_id: str
    measures: str
    transcription: str

    @property
    def units(self) -> list[str]:
        """The label: a space for `|`, the one unit `[-]` for `#`, else each character."""
        return [_UNIT_OF_CHARACTER.get(character, character) for character in self.transcription]


class LineTable(NamedTuple):
    """The content of `ascii/lines.txt`.

    Attributes:
        lines: by line id.
        malformed: numbers, from 1, of the rows with too few columns.
    """

    lines: dict[str, IamLine]
    malformed: list[int]


class MissingLine(NamedTuple):
    """A line of a split that cannot be used.

    Attributes:
        split: train, test, validation1 or validation2.
        line_id: as it stands in the split's file.
        image_path: the image that is absent; None where lines.txt has no transcription.
    """

    split: str
    line_id: str
    image_path: Path | None


class Split(NamedTuple):
    """The lines of one split.

    Attributes:
        name: train, test, validation1 or validation2.
        images: absolute path of the image and row of each usable line, in the split's order.
        missing: the others.
    """

    name: str
    images: dict[Path, IamLine]
    missing: list[MissingLine]

    @property
    def n_listed(self) -> int:
        """Number of line ids in the split's file."""
        return len(self.images) + len(self.missing)

    def count_units(self) -> Counter[str]:
        """How often each unit stands in the split's labels."""
        return Counter(unit for line in self.images.values() for unit in line.units)


class IamDataSet(NamedTuple):
    """What `prepare_data_set` made.

    Attributes:
        n_lines: rows of lines.txt that could be read.
        splits: train, test, validation1, validation2.
        alphabet: the units of the training split.
        warnings: what is odd about the data, one sentence each.
    """

    n_lines: int
    splits: list[Split]
    alphabet: Alphabet
    warnings: list[str]


def prepare_data_set(download_dir: Path, generated_data_dir: Path) -> IamDataSet:
    """Write splits, CSVs and alphabet; files of an earlier run are replaced, all at the end.

    Written are `generated_splits/lines_<split>.txt` (rows of lines.txt),
    `generated_csv/lines_<split>.csv` (`absolute path;|u|n|i|t|s|`), `generated_csv/missing.csv`
    (`split;line id;path of the absent image`, without a path where lines.txt has no such line) and
    `generated_alphabet/iam_alphabet_lookup.json`.

    Args:
        download_dir: holds the extracted folders `lines`, `ascii` and
            `largeWriterIndependentTextLineRecognitionTask`.
        generated_data_dir: made if absent.

    Raises:
        DataError: a file is absent or unreadable, no training line is usable, or the disk fails.
    """
    table = read_line_table(download_dir / ASCII_FOLDER / "lines.txt")
    lines_folder = download_dir.resolve() / LINES_FOLDER
    splits = [
        _collect_split(name, read_line_ids(download_dir / TASK_FOLDER / file), table, lines_folder)
        for name, file in SPLIT_FILES.items()
    ]
    alphabet = _alphabet_of_training(splits, lines_folder)
    try:
        _write_all(splits, alphabet, generated_data_dir)
    except OSError as error:
        raise DataError(
            f"{generated_data_dir}: cannot be written ({error.strerror}). Free some space or give "
            "another --generated_data_dir."
        ) from error
    return IamDataSet(len(table.lines), splits, alphabet, list(_warnings(table, splits)))


def csv_path(generated_data_dir: Path, split_name: str) -> Path:
    """The CSV of a split."""
    return generated_data_dir / "generated_csv" / f"lines_{split_name}.csv"


def read_line_table(lines_txt: Path) -> LineTable:
    """Read `ascii/lines.txt`: `id seg_state gray_level n_components x y w h transcription`.

    Rows that begin with `#` are comments. The transcription is all that follows the eighth column,
    spaces included.

    Raises:
        DataError: the file is absent, is not UTF-8 or holds no line.
    """
    table = line_table(_rows(lines_txt))
    if not table.lines:
        raise DataError(f"{lines_txt}: holds no line. Fetch the IAM archive ascii.tgz again.")
    return table


def line_table(rows: Iterable[tuple[int, str]]) -> LineTable:
    """The content of `ascii/lines.txt` by its rows, numbered, without space at their ends."""
    table = LineTable({}, [])
    for number, row in rows:
        if row.startswith("#"):
            continue
        columns = row.split(maxsplit=_N_COLUMNS - 1)
        if len(columns) < _N_COLUMNS:
            table.malformed.append(number)
        else:
            table.lines[columns[0]] = IamLine(columns[0], " ".join(columns[1:-1]), columns[-1])
    return table


def read_line_ids(split_txt: Path) -> list[str]:
    """The line ids of a split's file, each once, in order.

    Raises:
        DataError: the file is absent or is not UTF-8.
    """
    return list(dict.fromkeys(row for _, row in _rows(split_txt)))


def image_path(lines_folder: Path, line_id: str) -> Path:
    """Where the image of a line lies: `a01/a01-000u/a01-000u-00.png` for `a01-000u-00`."""
    form_id = line_id.rpartition("-")[0]
    return lines_folder / form_id.partition("-")[0] / form_id / f"{line_id}.png"


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            for number, row in enumerate(stream, start=1):
                if row.strip():
                    yield number, row.strip()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). Remove {path.parent} to have it extracted "
            "again, or put the content of the IAM archive there by hand."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: is not UTF-8 ({error.reason}). Fetch the IAM archive again."
        ) from error


def _collect_split(
    name: str, line_ids: Iterable[str], table: LineTable, lines_folder: Path
) -> Split:
    split = Split(name, {}, [])
    for line_id in line_ids:
        line = table.lines.get(line_id)
        path = image_path(lines_folder, line_id)
        if line and path.is_file():
            split.images[path] = line
        else:
            split.missing.append(MissingLine(name, line_id, path if line else None))
    return split


def _alphabet_of_training(splits: Iterable[Split], lines_folder: Path) -> Alphabet:
    train = next(split for split in splits if split.name == "train")
    if not train.images:
        raise DataError(
            f"{lines_folder}: none of the {train.n_listed:,} training lines has an image there. "
            "Expected is a01/a01-000u/a01-000u-00.png and so on; extract lines.tgz again."
        )
    # Units that only the other splits hold stay out: a model must not be chosen with them in view.
    return Alphabet.from_units(sorted(train.count_units()))


def _write_all(splits: list[Split], alphabet: Alphabet, generated_data_dir: Path) -> None:
    generated_data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".generating-", dir=generated_data_dir) as temporary:
        staging = Path(temporary)
        for folder in ("generated_splits", "generated_csv", "generated_alphabet"):
            (staging / folder).mkdir()
        for split in splits:
            _write_split(split, staging)
        _write_missing([line for split in splits for line in split.missing], staging / MISSING_FILE)
        alphabet.save(staging / ALPHABET_FILE)
        _move_files(staging, generated_data_dir)


def _write_split(split: Split, folder: Path) -> None:
    rows = (f"{' '.join(line)}\n" for line in split.images.values())
    _write_rows(folder / "generated_splits" / f"lines_{split.name}.txt", rows)
    samples = (format_row(str(path), line.units) for path, line in split.images.items())
    _write_rows(csv_path(folder, split.name), samples)


def _write_rows(path: Path, rows: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(rows)


def _write_missing(missing: Iterable[MissingLine], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";", lineterminator="\n").writerows(missing)


def _move_files(source: Path, target: Path) -> None:
    for path in sorted(source.glob("*/*")):
        moved = target / path.relative_to(source)
        moved.parent.mkdir(exist_ok=True)
        path.replace(moved)


def _warnings(table: LineTable, splits: Iterable[Split]) -> Iterator[str]:
    if table.malformed:
        shown = ", ".join(map(str, table.malformed[:_N_SHOWN]))
        yield (
            f"{ASCII_FOLDER}/lines.txt: {len(table.malformed):,} rows have fewer than {_N_COLUMNS} "
            f"columns and were left out (row {shown}{', ...' * (len(table.malformed) > _N_SHOWN)})."
        )
    yield from _odd_count(f"{ASCII_FOLDER}/lines.txt", EXPECTED_LINES, len(table.lines))
    for split in splits:
        file = f"{TASK_FOLDER}/{SPLIT_FILES[split.name]}"
        yield from _odd_count(file, EXPECTED_SPLIT_LINES[split.name], split.n_listed)


def _odd_count(file: str, n_expected: int, n_found: int) -> Iterator[str]:
    if n_found != n_expected:
        yield f"{file}: expected {n_expected:,} lines of the IAM database, found {n_found:,}."
