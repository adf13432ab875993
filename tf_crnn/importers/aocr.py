"""TFRecords of attention-ocr (`aocr dataset`): an encoded image and its label in each record."""

from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.names import as_name
from tf_crnn.importers.record_files import MOST_LABEL, Example, read_examples
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.rejections import Rejection

_ENCODINGS = ("auto", "utf-8", "latin-1")


def read(source: Path, *, encoding: str = "auto") -> Iterator[Sample | Rejection]:
    """The records of one file, or of all files of a folder.

    Raises:
        DataError: there is no such file or no record, or google-crc32c is not installed.
    """
    for example in read_examples(source):
        yield example if isinstance(example, Rejection) else _sample(example, encoding)


def _sample(example: Example, encoding: str) -> Sample | Rejection:
    for feature in ("image", "label"):
        values = example.features.get(feature, ())
        if len(values) != 1 or not isinstance(values[0], bytes):
            return example.reject("not of aocr", _missing(example, feature))
    comment = example.text("comment")
    if (n_bytes := len(example.features["label"][0])) > MOST_LABEL:
        return example.reject("label too long", f"a label of {n_bytes:,} bytes", comment)
    try:
        label = _decode(example.features["label"][0], encoding)
    except UnicodeDecodeError as error:
        reason = f"the label is not UTF-8 at its byte {error.start + 1}: encoding=latin-1?"
        return example.reject("label not UTF-8", reason, comment)
    return Sample(
        example.file,
        example.number,
        name=as_name(comment) or example.name,
        image=example.features["image"][0],
        label=label,
        split=example.split,
    )


def _decode(label: bytes, encoding: str) -> str:
    if encoding != "auto":
        return label.decode(encoding)
    try:
        return label.decode("utf-8")
    except UnicodeDecodeError:
        return label.decode("latin-1")


def _missing(example: Example, feature: str) -> str:
    there = ", ".join(sorted(example.features)) or "nothing"
    hint = ": is it of CRNN_Tensorflow? Use crnn_tensorflow" if "images" in there else ""
    return f"the record has no single {feature!r} of bytes, but {there}{hint}"


IMPORTER = Importer(
    read,
    "A TFRecord file of attention-ocr (`aocr dataset`), or a folder of them.",
    (
        Option(
            "encoding",
            "auto",
            "Of the labels; auto takes what is not UTF-8 as Latin-1.",
            choices=_ENCODINGS,
        ),
    ),
)
