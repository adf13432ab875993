"""From the user's CSVs to `preprocessed/updated_{train,eval}.csv`, every rejected line named."""

import csv
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tf_crnn.config import CONST, Params
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import line_width_px, resized_width_px
from tf_crnn.packs.description import check_packs
from tf_crnn.packs.lines import read_line_size
from tf_crnn.rejections import REJECTED_CSV, Reasons, RejectedFile, Rejection
from tf_crnn.samples import Row, as_paths, read_rows, resolve_image_path

logger = logging.getLogger(__name__)

UPDATED_CSV = "updated_{}.csv"
UPDATED_DELIMITER = ";"
_ROWS_AT_A_TIME = 4096
_THREADS = 8
_UNITS_NAMED = 10
_ROWS_NAMED = 5


class PreparedLine(NamedTuple):
    """A line that can be trained on.

    Attributes:
        image_path: of the image.
        codes: of its label.
        width_px: after resizing.
        squeeze: how many times too wide it is for `input_shape`; at most 1 where it fits.
        other_order: its row, where its label cannot be told from the order in its image; else 0.
    """

    image_path: Path
    codes: Sequence[int]
    width_px: int
    squeeze: float = 1.0
    other_order: int = 0


class PreprocessedData(NamedTuple):
    """The two CSVs that training reads, and how many lines each holds."""

    csv_train: str
    csv_eval: str
    n_train: int
    n_eval: int


def data_preprocessing(params: Params) -> PreprocessedData:
    """Check every line of the training and validation CSVs.

    Writes `updated_train.csv`, `updated_eval.csv` (see `preprocess_csv`) and `rejected.csv`
    (csv;row;path;reason) into `<output_model_dir>/preprocessed/`.

    Raises:
        DataError: no usable line is left in one of the sets; the message counts the reasons.
    """
    folder = Path(params.output_model_dir) / CONST.PREPROCESSING_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    paths, counts = [], []
    with RejectedFile(folder / REJECTED_CSV) as rejected:
        for split, csv_files in (
            ("train", params.csv_files_train),
            ("eval", params.csv_files_eval),
        ):
            output = folder / UPDATED_CSV.format(split)
            counts.append(_preprocess(as_paths(csv_files or ()), params, output, rejected))
            paths.append(str(output))
    return PreprocessedData(paths[0], paths[1], counts[0], counts[1])


def preprocess_csv(
    csv_filename: str | Sequence[str],
    parameters: Params,
    output_csv_filename: str | os.PathLike[str],
) -> int:
    """Write the usable lines of a CSV as `path;c1 c2 ... ;number of codes;width in pixels`.

    Rejected lines go to `rejected.csv` beside the output.

    Args:
        csv_filename: one path or several.
        parameters: alphabet, input shape, delimiters and limits.
        output_csv_filename: the file to write.

    Returns:
        The number of lines written.

    Raises:
        DataError: no usable line is left; the message counts the reasons.
    """
    output = Path(output_csv_filename)
    with RejectedFile(output.with_name(REJECTED_CSV)) as rejected:
        return _preprocess(as_paths(csv_filename), parameters, output, rejected)


def needed_time_steps(codes: Sequence[object]) -> int:
    """Least number of time steps in which CTC can write some codes.

    One for each code, and one more for the blank between two equal neighbours.
    """
    repeats = sum(first == second for first, second in zip(codes, codes[1:], strict=False))
    return len(codes) + repeats


def _preprocess(csv_paths: list[Path], params: Params, output: Path, rejected: RejectedFile) -> int:
    check_packs(csv_paths, params.show_experiment_params())
    tally = _Tally()
    unfinished = output.with_name(f".{output.name}.part")
    with (
        ThreadPoolExecutor(_THREADS) as pool,
        unfinished.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, delimiter=UPDATED_DELIMITER, lineterminator="\n")
        for csv_path in csv_paths:
            for result in _check_rows(csv_path, params, pool):
                tally.add(result)
                if isinstance(result, Rejection):
                    rejected.add(result)
                else:
                    codes = " ".join(map(str, result.codes))
                    writer.writerow([result.image_path, codes, len(result.codes), result.width_px])
    unfinished.replace(output)
    tally.report(csv_paths, rejected.path)
    return tally.n_usable


def _check_rows(
    csv_path: Path, params: Params, pool: Executor
) -> Iterator[PreparedLine | Rejection]:
    rows = read_rows(csv_path, params.csv_delimiter, params.string_split_delimiter)
    check = partial(check_row, csv_path=csv_path.resolve(), params=params)
    while chunk := list(islice(rows, _ROWS_AT_A_TIME)):
        yield from pool.map(check, chunk, chunksize=64)


def check_row(row: Row, csv_path: Path, params: Params) -> PreparedLine | Rejection:
    """What a training makes of a row, or why it leaves it out.

    Args:
        row: of the CSV.
        csv_path: absolute; images are looked for beside it.
        params: alphabet, input shape, delimiters and limits.
    """
    units = read_units(row, csv_path, params)
    if isinstance(units, Rejection):
        return units
    reject = partial(Rejection, csv_path, row.number, row.image_path)
    if problem := _label_problem(units, params):
        return reject(*problem)
    line = _check_image(row, params.line_codes.encode(units), params, reject)
    if isinstance(line, PreparedLine) and _is_read_otherwise(row, units, params):
        return line._replace(other_order=row.number)
    return line


def read_units(row: Row, csv_path: Path, params: Params) -> list[str] | Rejection:
    """Units of a row's label as they stand in the image, or why it has none that can be read."""
    reject = partial(Rejection, csv_path, row.number, row.image_path)
    if row.problem:
        return reject("malformed row", row.problem)
    if row.label is None:
        return reject("malformed row", f"no label: the row has no {params.csv_delimiter!r}")
    try:
        units = params.text_rules.units(row.label, params.string_split_delimiter)
        shown = params.text_rules.visual(units)
    except ValueError as error:
        return reject("malformed row", f"label {row.label!r}: {error}")
    return shown or reject("empty label", "empty label")


def _is_read_otherwise(row: Row, shown: Sequence[str], params: Params) -> bool:
    """Whether reading the image in its order does not lead back to the label."""
    rules = params.text_rules
    if rules.bidi_reordering == "none":
        return False
    return rules.logical(shown) != rules.units(row.label or "", params.string_split_delimiter)


def _label_problem(units: Sequence[str], params: Params) -> tuple[str, str] | None:
    if unknown := params.alphabet.unknown_units(units):
        named = ", ".join(f"{unit!r} ({_code_points(unit)})" for unit in unknown[:_UNITS_NAMED])
        named += f" and {len(unknown) - _UNITS_NAMED} more" * (len(unknown) > _UNITS_NAMED)
        return "unit not in the alphabet", f"not in the alphabet: {named}"
    if len(units) > params.max_chars_per_string:
        limit = f"max_chars_per_string allows {params.max_chars_per_string}"
        return "label too long", f"label too long: {len(units)} units, {limit}"
    return None


def _check_image(
    row: Row, codes: list[int], params: Params, reject: "partial[Rejection]"
) -> PreparedLine | Rejection:
    csv_path: Path = reject.args[0]
    image_path = resolve_image_path(row.image_path, csv_path.parent)
    try:
        size = read_line_size(image_path, straight=params.straighten_lines)
    except LineImageError as error:
        return reject(str(error).partition(" (")[0], str(error))
    width_px = line_width_px(size, params.input_shape, params.downscale_factor)
    # An attention decoder writes at most one unit a time step, and no blanks.
    has_ctc = params.head_parts.has_ctc or params.shortcut_loss_weight
    needed = needed_time_steps(codes) if has_ctc else len(codes)
    steps = params.time_steps(width_px)
    if needed > steps:
        return reject(
            "image too narrow for its label",
            f"image too narrow for its label: {len(codes)} units need {needed} time steps, "
            f"{width_px} px at {params.downscale_factor} px each give {steps}",
        )
    wanted_px = resized_width_px(size, params.input_shape[0], params.downscale_factor)
    return PreparedLine(image_path.absolute(), codes, width_px, wanted_px / width_px)


def _code_points(unit: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in unit)


class _Tally:
    """Counts usable and rejected lines."""

    def __init__(self) -> None:
        self.n_usable = 0
        self.n_squeezed = 0
        self.worst: PreparedLine | None = None
        self.other_order: list[int] = []
        self.reasons = Reasons()

    def add(self, result: PreparedLine | Rejection) -> None:
        if isinstance(result, PreparedLine):
            self._add_usable(result)
        else:
            self.reasons.add(result)

    def _add_usable(self, line: PreparedLine) -> None:
        self.n_usable += 1
        if line.other_order:
            self.other_order.append(line.other_order)
        if line.squeeze > 1:
            self.n_squeezed += 1
            if self.worst is None or line.squeeze > self.worst.squeeze:
                self.worst = line

    def report(self, csv_paths: Iterable[Path], rejected_path: Path) -> None:
        """Log one summary.

        Raises:
            DataError: no line is usable.
        """
        n_rejected = self.reasons.n_rejected
        source = ", ".join(map(str, csv_paths)) or "no CSV"
        if not self.n_usable:
            raise DataError(
                f"{source}: no usable line among {n_rejected:,}.\n"
                f"{str(self.reasons) or '  The CSV has no rows.'}\n"
                f"All are listed in {rejected_path}."
            )
        if self.worst is not None:
            logger.warning(
                "%s: %s of %s lines are wider than input_shape[1] and are squeezed, up to %.1f "
                "times (%s); raise input_shape[1] to keep their proportions",
                source, f"{self.n_squeezed:,}", f"{self.n_usable:,}", self.worst.squeeze,
                self.worst.image_path,
            )  # fmt: skip
        if self.other_order:
            rows = ", ".join(map(str, self.other_order[:_ROWS_NAMED]))
            logger.warning(
                "%s: bidi_reordering: the images of %s of %s lines fit another label too, as which "
                "they will be read (rows %s%s)",
                source, f"{len(self.other_order):,}", f"{self.n_usable:,}", rows,
                ", ..." if len(self.other_order) > _ROWS_NAMED else "",
            )  # fmt: skip
        if n_rejected:
            total = n_rejected + self.n_usable
            logger.warning(
                "%s: rejected %s of %s lines, listed in %s:\n%s",
                source, f"{n_rejected:,}", f"{total:,}", rejected_path, self.reasons,
            )  # fmt: skip
        else:
            logger.info("%s: all %s lines are usable", source, f"{self.n_usable:,}")
