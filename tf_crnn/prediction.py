"""Which line images a command line means, and how their readings are printed."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from tf_crnn.decoding.confidence import word_members
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.errors import DataError
from tf_crnn.images import IMAGE_SUFFIXES
from tf_crnn.packs.files import csv_of
from tf_crnn.samples import escape_path, read_rows, resolve_image_path

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
# What `str.splitlines` splits at. JSON writes the others as escapes anyway.
_UNICODE_BREAKS = re.compile("[\x85\u2028\u2029]")
_BREAKS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def find_images(
    source: str, stdin: TextIO, csv_delimiter: str = ";", unit_delimiter: str = "|"
) -> Iterator[Path]:
    """The images that a source names, one by one.

    Args:
        source: an image file; a folder, whose images are taken in the order of their names, with
            those of its subfolders; a CSV or a pack, of which only the paths are used; or `-` for
            one path a line on `stdin`.
        stdin: read if the source is `-`.
        csv_delimiter: of the CSV.
        unit_delimiter: of its labels.

    Raises:
        DataError: there is no such file, or a folder or CSV names no image.
    """
    path = csv_of(source)
    if source == "-":
        yield from (Path(line.rstrip("\r\n")) for line in stdin if line.strip())
    elif path.is_dir():
        yield from _some(_images_below(path), f"{path}: the folder holds no image")
    elif path.suffix.lower() in CSV_SUFFIXES:
        rows = read_rows(path, csv_delimiter, unit_delimiter)
        folder = path.resolve().parent
        images = (resolve_image_path(row.image_path, folder) for row in rows)
        yield from _some(images, f"{path}: the CSV has no rows")
    elif path.is_file():
        yield path
    else:
        raise DataError(f"{path}: no such file or folder.")


def check_sources(sources: Iterable[str], csv_delimiter: str = ";") -> None:
    """Look at the beginning of each source, so that a wrong one is found before any is read.

    Raises:
        DataError: see `find_images`.
    """
    for source in sources:
        if source != "-":
            next(find_images(source, sys.stdin, csv_delimiter), None)


def count_images(sources: Iterable[str], *delimiters: str) -> int | None:
    """How many images sources name; None where one is `-`, whose end nobody knows.

    Args:
        sources: as for `find_images`.
        delimiters: of the CSV, and of its labels.
    """
    if "-" in sources:
        return None
    return sum(1 for source in sources for _ in find_images(source, sys.stdin, *delimiters))


def format_text(path: Path, result: Transcription, delimiter: str = ";") -> str:
    """`path;text`; line breaks in the text are spaces."""
    return f"{row_path(path, delimiter)}{delimiter}{in_one_line(result.text)}"


def format_json(path: Path, result: Transcription) -> str:
    """One JSON object on a line."""
    fields = {
        "path": str(path),
        "text": result.text,
        "confidence": round(result.confidence, 4),
        "words": _words(result),
        "units": list(result.units),
        "places": [
            {
                "start_px": round(place.start_px, 1),
                "end_px": round(place.end_px, 1),
                "confidence": round(place.confidence, 4),
            }
            for place in result.places
        ],
        "score": round(result.score, 4),
        "log_prob": round(result.log_prob, 4),
        "readings": [
            {"text": reading.text, "log_prob": round(reading.log_prob, 4)}
            for reading in result.readings
        ],
    }
    return json_row(fields)


def row_path(path: Path, delimiter: str = ";") -> str:
    r"""A path as it stands in a row, its line breaks as `\n` and `\r`."""
    return escape_path(str(path), delimiter).replace("\n", "\\n").replace("\r", "\\r")


def json_row(fields: dict[str, Any]) -> str:
    """A JSON object on a line, also for who takes Unicode's line breaks for such."""
    text = json.dumps(fields, ensure_ascii=False)
    return _UNICODE_BREAKS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def in_one_line(text: str) -> str:
    """The text with a space for each line break."""
    return _BREAKS.sub(" ", text)


def _words(result: Transcription) -> list[dict[str, Any]]:
    if not result.word_confidences:
        return []
    texts = ("".join(result.units[i] for i in members) for members in word_members(result.units))
    return [
        {"text": text, "confidence": round(confidence, 4)}
        for text, confidence in zip(texts, result.word_confidences, strict=True)
    ]


def _images_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
            yield path


def _some(paths: Iterator[Path], otherwise: str) -> Iterator[Path]:
    first = next(paths, None)
    if first is None:
        raise DataError(f"{otherwise}.")
    yield first
    yield from paths
