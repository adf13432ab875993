"""Texts that a language model is learnt from: labels of CSVs, and plain text files."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tf_crnn.config import Params
from tf_crnn.errors import DataError
from tf_crnn.line_codes import LineCodes
from tf_crnn.samples import as_paths, read_rows

logger = logging.getLogger(__name__)

# Of more text, memory and the file would grow, the readings would hardly be better.
_MOST_UNITS = 20_000_000


def language_texts(
    params: Params, csv_files: Any, text_files: Sequence[str | Path] = ()
) -> Iterator[list[int]]:
    """Codes of each line as it stands in the image, brought to the text rules of the model.

    Labels that cannot be read, and lines with units that the alphabet does not hold, are left out,
    counted and logged; so is what lies beyond twenty million units.

    Args:
        params: of the model.
        csv_files: one path or several, or packs.
        text_files: in UTF-8.

    Raises:
        DataError: a file cannot be read.
    """
    rules, delimiter = params.text_rules, params.string_split_delimiter
    labels = (
        label
        for path in as_paths(csv_files)
        for row in read_rows(path, params.csv_delimiter, delimiter)
        if not row.problem and (label := row.label) is not None
    )
    n_lines = n_left_out = n_units = 0
    for units in _units([labels, _read_lines(text_files)], rules, delimiter):
        n_lines += 1
        codes = _codes(units, params.line_codes)
        if codes is None:
            n_left_out += 1
            continue
        n_units += len(codes)
        if n_units > _MOST_UNITS:
            logger.warning("language model: only the first %s units are learnt", f"{n_units:,}")
            break
        yield codes
    if n_left_out:
        logger.warning(
            "language model: left out %s of %s lines: they hold units that the model does not know",
            f"{n_left_out:,}", f"{n_lines:,}",
        )  # fmt: skip


def _units(
    sources: Iterable[Iterable[str]], rules: Any, delimiter: str
) -> Iterator[list[str] | None]:
    for source in sources:
        for label in source:
            try:
                yield rules.visual(rules.units(label, delimiter))
            except ValueError:
                yield None


def _codes(units: list[str] | None, codes: LineCodes) -> list[int] | None:
    if units is None or codes.alphabet.unknown_units(units):
        return None
    return codes.encode(units)


def _read_lines(paths: Sequence[str | Path]) -> Iterator[str]:
    """The lines of text files that are not blank."""
    for path in map(Path, paths):
        try:
            with path.open(encoding="utf-8-sig") as stream:
                yield from (line.strip() for line in stream if line.strip())
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}: is not UTF-8 near byte {error.start}. Save it as UTF-8."
            ) from error
