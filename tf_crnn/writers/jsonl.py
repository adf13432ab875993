"""JSON Lines: `metadata.jsonl` beside the images, as Hugging Face's `imagefolder` loads it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tf_crnn.file_names import FileNames
from tf_crnn.importers.sample import Sample
from tf_crnn.writers.text_files import TextFiles, write_file
from tf_crnn.writers.writer import (
    Reject,
    Writer,
    has_longer_units,
    read_image_file,
    split_name,
    text_of,
)

METADATA = "metadata.jsonl"


def write(samples: Iterable[Sample], folder: Path, *, reject: Reject) -> None:
    """Write `<split>/metadata.jsonl` and `<split>/images/`; `lines/` for lines without a split.

    Each line is an object of `file_name` and `text`; of `units` where the characters of the text
    are not its units; of `document` where it is known.
    """
    names = FileNames()
    with TextFiles(folder) as files:
        for sample in samples:
            image = read_image_file(sample, reject)
            if image is None:
                continue
            split = split_name(sample)
            name = names.take(sample.name, image.suffix, in_folder=f"{split}/images")
            write_file(folder, name, image.content)
            row = _as_object(sample, name.removeprefix(f"{split}/"))
            files[f"{split}/{METADATA}"].write(json.dumps(row, ensure_ascii=False) + "\n")


def _as_object(sample: Sample, file_name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"file_name": file_name, "text": text_of(sample)}
    if has_longer_units(sample):
        row["units"] = list(sample.label)
    if sample.document:
        row["document"] = sample.document
    return row


WRITER = Writer(
    write,
    "JSON Lines and images in a folder for each split, as Hugging Face's `imagefolder` loads them.",
    keeps_units=True,
)
