"""TFRecords of attention-ocr: an encoded image, its label and its path in each record."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from tf_crnn.importers.sample import Option, Sample
from tf_crnn.tf_example import encode_example
from tf_crnn.tfrecord import RecordWriter
from tf_crnn.writers.writer import Reject, Writer, read_image_file_as, split_name, text_of

# What TensorFlow decodes.
_DECODED = (".png", ".jpg", ".gif", ".bmp")


def write(
    samples: Iterable[Sample], folder: Path, *, reject: Reject, uppercase: bool = False
) -> None:
    """Write `<split>.tfrecords`; `lines.tfrecords` for lines without a split.

    Images that TensorFlow cannot decode are written as PNG.

    Args:
        samples: the lines; units are joined to text.
        folder: empty.
        reject: told of images that cannot be read.
        uppercase: as `aocr dataset` does, whose model knows no lower case without `--full-ascii`.
    """
    with ExitStack() as stack:
        writers: dict[str, RecordWriter] = {}
        for sample in samples:
            image = read_image_file_as(sample, reject, _DECODED)
            if image is None:
                continue
            split = split_name(sample)
            if split not in writers:
                writer = RecordWriter(folder / f"{split}.tfrecords")
                writers[split] = stack.enter_context(writer)
            text = text_of(sample).upper() if uppercase else text_of(sample)
            features = {
                "image": image.content,
                "label": text.encode(),
                "comment": f"{sample.name}{image.suffix}".encode(),
            }
            writers[split].write(encode_example(features))


WRITER = Writer(
    write,
    "TFRecords of attention-ocr, one file for each split.",
    (Option("uppercase", False, "As `aocr dataset` does: its small alphabet has no lower case."),),
)
