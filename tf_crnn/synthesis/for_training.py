"""The synthetic lines that a training's parameters ask for."""

import os
from pathlib import Path

import numpy as np

from tf_crnn.config import Params
from tf_crnn.errors import DataError
from tf_crnn.line_index import Geometry, LineIndex, parse_prepared
from tf_crnn.synthesis.bank import PieceBank
from tf_crnn.synthesis.corpus import read_corpus
from tf_crnn.synthesis.fonts import load_fonts
from tf_crnn.synthesis.runs import RunIndex, join_lines
from tf_crnn.synthesis.share import SyntheticShare, SyntheticSource
from tf_crnn.synthesis.sources import FontSource, MixedSource, StitchedSource
from tf_crnn.synthesis.stitched_set import bank_texts
from tf_crnn.synthesis.stitching import Stitcher, spaces_of
from tf_crnn.synthesis.texts import CorpusTexts, MarkovTexts, Texts


def synthetic_share(params: Params, csv_train: str | os.PathLike[str]) -> SyntheticShare | None:
    """What the parameters ask for; None where that is nothing.

    Args:
        params: of the run.
        csv_train: as `preprocess_csv` writes it; the texts of fonts follow its labels unless there
            is a corpus.

    Raises:
        DataError: a bank, font or corpus cannot be used.
    """
    if not params.synthetic_ratio:
        return None
    sources: list[SyntheticSource] = []
    if params.stitch_pieces:
        sources.append(_stitched(params, Path(params.stitch_pieces)))
    if params.synthetic_fonts:
        sources.append(_drawn(params, csv_train))
    source = sources[0] if len(sources) == 1 else MixedSource(sources)
    return SyntheticShare(
        source, params.synthetic_ratio, params.synthetic_short_epochs, params.synthetic_short_units
    )


def _stitched(params: Params, folder: Path) -> StitchedSource:
    bank = PieceBank(folder)
    wanted = params.input_shape[0], params.input_channels
    if (bank.height, bank.channels) != wanted:
        raise DataError(
            f"{folder}: its pieces are {bank.height} px high with {bank.channels} channels, but "
            f"input_shape and input_channels ask for {wanted[0]} px and {wanted[1]}. Make them "
            "again with --height or with a model of that shape."
        )
    corpus = Path(params.synthetic_corpus) if params.synthetic_corpus else None
    texts = bank_texts(bank, corpus, params.text_rules)
    return StitchedSource(Stitcher(bank, texts), params.line_codes)


def _drawn(params: Params, csv_train: str | os.PathLike[str]) -> FontSource:
    names = params.synthetic_fonts or ()
    units = params.alphabet.alphabet_units
    return FontSource(
        load_fonts((names,) if isinstance(names, str) else names),
        _texts(params, units, csv_train),
        codes=params.line_codes,
        spaces=spaces_of(units),
        shape=(params.input_shape[0], params.input_channels),
        logical=params.text_rules.logical,
        degradation=params.synthetic_degradation,
    )


def _texts(params: Params, units: list[str], csv_train: str | os.PathLike[str]) -> Texts:
    spaces = spaces_of(units)
    if params.synthetic_corpus:
        corpus = read_corpus(Path(params.synthetic_corpus), units, rules=params.text_rules)
        return CorpusTexts(corpus, spaces)
    geometry = Geometry.of(params)
    lines = LineIndex(csv_train, geometry, parse_prepared)
    labels = [line.codes for line in lines.read(np.arange(len(lines)))]
    return MarkovTexts(RunIndex(join_lines(labels)), spaces)
