"""The layout of Synth90k: `annotation_train.txt` of `./path index`, and `lexicon.txt`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tf_crnn.errors import DataError
from tf_crnn.importers.names import as_name, split_of
from tf_crnn.importers.sample import SPLITS, Importer, Option, Sample
from tf_crnn.importers.text_rows import TextRow, read_text_rows
from tf_crnn.rejections import Rejection
from tf_crnn.samples import resolve_image_path

LEXICON = "lexicon.txt"
_ANNOTATION = "annotation_{}.txt"


def read(source: Path, *, words: str = "lexicon") -> Iterator[Sample | Rejection]:
    """The rows of `annotation_*.txt` of a folder, or of one such file; the lexicon lies beside.

    Raises:
        DataError: there is no such file, or no lexicon where it is asked.
    """
    files = _find_files(source)
    lexicon = _read_lexicon(files[0].with_name(LEXICON)) if words == "lexicon" else None
    for file in files:
        folder = file.resolve().parent
        split = split_of(file.stem)
        for row in read_text_rows(file):
            if isinstance(row, TextRow):
                yield _read_row(row, file, folder, lexicon, split)
            else:
                yield row


def _find_files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    paths = (source / _ANNOTATION.format(split) for split in SPLITS)
    found = [path for path in paths if path.is_file()]
    if not found:
        names = ", ".join(_ANNOTATION.format(split) for split in SPLITS)
        raise DataError(f"{source}: holds none of {names}. Name the file itself.")
    return found


def _read_lexicon(path: Path) -> Sequence[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}). It holds the words, one a line; without it use "
            "--words file_names."
        ) from error
    return text.removesuffix("\n").split("\n")


def _read_row(
    row: TextRow, file: Path, folder: Path, lexicon: Sequence[str] | None, split: str
) -> Sample | Rejection:
    path, _, index = row.text.strip().rpartition(" ")
    label, problem = _word(path, index, lexicon)
    if problem:
        return Rejection(file, row.number, path or row.text[:80], "malformed row", problem)
    return Sample(
        file,
        row.number,
        name=as_name(path) or path,
        image=resolve_image_path(path, folder),
        label=label,
        split=split,
    )


def _word(path: str, index: str, lexicon: Sequence[str] | None) -> tuple[str, str]:
    """The word, or why there is none."""
    if not path or not index.isdecimal():
        return "", "is not `./path index`"
    if lexicon is None:
        parts = Path(path).stem.split("_")
        return ("_".join(parts[1:-1]), "") if len(parts) >= 3 else ("", "name is not n_Word_index")
    number = int(index)
    if number >= len(lexicon):
        return "", f"index {number:,}: {LEXICON} has {len(lexicon):,} words, counted from 0"
    return lexicon[number].strip(), ""


IMPORTER = Importer(
    read,
    "Synth90k: a folder of annotation_train.txt, annotation_val.txt and annotation_test.txt, rows "
    "of `./path index`, and lexicon.txt; or one of these files.",
    (
        Option(
            "words",
            "lexicon",
            "The lexicon's words, or those of the file names, which have the capitals as drawn.",
            ("lexicon", "file_names"),
        ),
    ),
)
