"""Text files of `path label`: of attention-ocr, CRNN_Tensorflow, TextRecognitionDataGenerator."""

from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.names import SPLIT_OF_NAME, as_name, split_of
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.importers.text_rows import ENCODINGS, TextRow, read_text_rows
from tf_crnn.rejections import Rejection
from tf_crnn.samples import resolve_image_path


def read(
    source: Path, *, images: str = "", suffix: str = "", encoding: str = "utf-8"
) -> Iterator[Sample | Rejection]:
    """The rows of a file; what stands before the first white space is the path of the image.

    Raises:
        DataError: the file cannot be read, or is written in UTF-16.
    """
    folder = source.resolve().parent / images
    split = split_of(source.stem) or SPLIT_OF_NAME.get(folder.name.lower(), "")
    for row in read_text_rows(source, encoding):
        yield row if isinstance(row, Rejection) else _read_row(row, source, folder, suffix, split)


def _read_row(
    row: TextRow, source: Path, folder: Path, suffix: str, split: str
) -> Sample | Rejection:
    path, space, label = _parted(row.text)
    if not space:
        reason = "no label: no white space stands behind the path"
        return Rejection(source, row.number, path, "malformed row", reason)
    image_path = path if Path(path).suffix else f"{path}{suffix}"
    return Sample(
        source,
        row.number,
        name=as_name(image_path) or image_path,
        image=resolve_image_path(image_path, folder),
        label=label,
        split=split,
    )


def _parted(text: str) -> tuple[str, bool, str]:
    path, *label = text.split(maxsplit=1)
    return path, bool(label) or text[-1].isspace(), "".join(label)


IMPORTER = Importer(
    read,
    "A text file of `path label`; the label may hold spaces (annotations.txt of attention-ocr, "
    "sample.txt and labels.txt of CRNN_Tensorflow and others).",
    (
        Option("images", "", "Folder that the paths start from, seen from the file's folder."),
        Option("suffix", "", "Of images that are named without one, as '.png'."),
        Option("encoding", "utf-8", "Of the file.", ENCODINGS),
    ),
)
