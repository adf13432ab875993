"""TFRecords of CRNN_Tensorflow: raw pixels of one size, and a label of indices into a JSON map.

Two layouts are read: `labels`, `images`, `imagenames` (2018) and `labels`, `images`, `imagepaths`;
and both styles of `ord_map.json`, `{"0": "97"}` and `{"0_index": "97", "97_ord": "0"}`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_crnn.errors import DataError
from tf_crnn.importers.crnn_tensorflow_maps import find_map, read_characters
from tf_crnn.importers.names import as_name
from tf_crnn.importers.record_files import (
    MOST_LABEL,
    Example,
    find_record_files,
    read_examples,
)
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.png import encode_png
from tf_crnn.rejections import Rejection


class _Layout(NamedTuple):
    """Of the pixels; a width of 0 follows from their number."""

    height_px: int
    width_px: int
    channels: int
    is_bgr: bool


def read(
    source: Path,
    *,
    ord_map: str = "",
    char_dict: str = "",
    height: int = 32,
    width: int = 100,
    channels: int = 3,
    channel_order: str = "bgr",
) -> Iterator[Sample | Rejection]:
    """The records of one file, or of all files of a folder.

    Raises:
        DataError: there is no such file or no record, no map of the labels, an impossible size, or
            google-crc32c is not installed.
    """
    if height < 1 or width < 0 or channels not in (1, 3):
        raise DataError(
            f"height={height} width={width} channels={channels}: must be at least 1, at least 0 "
            "(0 takes it from the number of pixels), and 1 or 3."
        )
    folders = [source, *(file.parent for file in find_record_files(source))]
    characters = read_characters(
        Path(ord_map) if ord_map else find_map(folders), Path(char_dict) if char_dict else None
    )
    layout = _Layout(height, width, channels, channel_order == "bgr")
    for example in read_examples(source):
        if isinstance(example, Rejection):
            yield example
        else:
            yield _sample(example, characters, layout)


def _sample(example: Example, characters: Mapping[int, str], layout: _Layout) -> Sample | Rejection:
    pixels, codes = example.features.get("images", ()), example.features.get("labels", ())
    path = example.text("imagepaths") or example.text("imagenames")
    if len(pixels) != 1 or not isinstance(pixels[0], bytes):
        return example.reject("not of CRNN_Tensorflow", _missing(example, "images"), path)
    # All values of a feature are of one kind.
    if "labels" not in example.features or not all(isinstance(code, int) for code in codes[:1]):
        return example.reject("not of CRNN_Tensorflow", _missing(example, "labels"), path)
    if len(codes) > MOST_LABEL:
        return example.reject("label too long", f"a label of {len(codes):,} indices", path)
    if unknown := sorted(set(codes) - set(characters)):
        named = ", ".join(map(str, unknown[:5])) + ", ..." * (len(unknown) > 5)
        reason = f"ord_map has no index {named}: is it the map that the records were made with?"
        return example.reject("unknown index", reason, path)
    if problem := _wrong_length(len(pixels[0]), layout):
        return example.reject("wrong number of pixels", problem, path)
    units = tuple(characters[code] for code in codes)
    return Sample(
        example.file,
        example.number,
        name=as_name(path) or example.name,
        image=_as_png(pixels[0], layout),
        label="".join(units) if all(len(unit) == 1 for unit in units) else units,
        split=example.split,
    )


def _wrong_length(n_bytes: int, layout: _Layout) -> str:
    column = layout.height_px * layout.channels
    if layout.width_px and n_bytes != column * layout.width_px:
        return (
            f"{n_bytes:,} bytes of pixels, but height={layout.height_px} width={layout.width_px} "
            f"channels={layout.channels} make {column * layout.width_px:,}"
        )
    if not n_bytes or n_bytes % column:
        return (
            f"{n_bytes:,} bytes of pixels, no multiple of height={layout.height_px} times "
            f"channels={layout.channels}"
        )
    return ""


def _as_png(pixels: bytes, layout: _Layout) -> bytes:
    array = np.frombuffer(pixels, np.uint8).reshape(layout.height_px, -1, layout.channels)
    return encode_png(array[:, :, ::-1] if layout.channels == 3 and layout.is_bgr else array)


def _missing(example: Example, feature: str) -> str:
    there = ", ".join(sorted(example.features)) or "nothing"
    hint = ": is it of attention-ocr? Use aocr" if "image" in example.features else ""
    wanted = "single value of bytes" if feature == "images" else "list of integers"
    return f"the record has no {feature!r} that is a {wanted}, but {there}{hint}"


IMPORTER = Importer(
    read,
    "A TFRecord file of CRNN_Tensorflow, or a folder of them; with `ord_map.json`.",
    (
        Option("ord_map", "", "The JSON of indices; otherwise ord_map*.json beside the records."),
        Option("char_dict", "", "The JSON of characters; without it the code points decide."),
        Option("height", 32, "Of all images, in pixels."),
        Option("width", 100, "Of all images, in pixels; 0 takes it from the number of pixels."),
        Option("channels", 3, "Of all images: 1 or 3."),
        Option("channel_order", "bgr", "Of colours; that project wrote bgr.", ("bgr", "rgb")),
    ),
)
