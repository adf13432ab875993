"""Formats that labelled lines are handed on in, one small module each; `WRITERS` names them."""

from tf_crnn.writers import aocr, delimited, gt_pairs, jsonl, parquet
from tf_crnn.writers.writer import Writer

WRITERS: dict[str, Writer] = {
    "aocr": aocr.WRITER,
    "csv": delimited.WRITER,
    "gt_pairs": gt_pairs.WRITER,
    "jsonl": jsonl.WRITER,
    "parquet": parquet.WRITER,
}
