"""Formats of labelled lines, one small module each; `IMPORTERS` names them."""

from tf_crnn.importers import aocr, crnn_tensorflow, delimited, parquet
from tf_crnn.importers.sample import Importer

IMPORTERS: dict[str, Importer] = {
    "aocr": aocr.IMPORTER,
    "crnn_tensorflow": crnn_tensorflow.IMPORTER,
    "csv": delimited.IMPORTER,
    "parquet": parquet.IMPORTER,
}
