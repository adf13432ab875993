"""Formats of labelled lines, one small module each; `IMPORTERS` names them."""

from tf_crnn.importers import (
    alto_xml,
    aocr,
    bentham,
    crnn_tensorflow,
    delimited,
    gt_pairs,
    iam,
    id_label,
    jsonl,
    page_xml,
    parquet,
    path_label,
    read2016,
    rimes,
    synth90k,
)
from tf_crnn.importers.sample import Importer

IMPORTERS: dict[str, Importer] = {
    "alto": alto_xml.IMPORTER,
    "aocr": aocr.IMPORTER,
    "bentham": bentham.IMPORTER,
    "crnn_tensorflow": crnn_tensorflow.IMPORTER,
    "csv": delimited.IMPORTER,
    "gt_pairs": gt_pairs.IMPORTER,
    "iam": iam.IMPORTER,
    "id_label": id_label.IMPORTER,
    "jsonl": jsonl.IMPORTER,
    "page": page_xml.IMPORTER,
    "parquet": parquet.IMPORTER,
    "path_label": path_label.IMPORTER,
    "read2016": read2016.IMPORTER,
    "rimes": rimes.IMPORTER,
    "synth90k": synth90k.IMPORTER,
}
