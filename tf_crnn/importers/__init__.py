"""Formats of labelled lines, one small module each; `IMPORTERS` names them."""

from tf_crnn.importers import delimited
from tf_crnn.importers.sample import Importer

IMPORTERS: dict[str, Importer] = {
    "csv": delimited.IMPORTER,
}
