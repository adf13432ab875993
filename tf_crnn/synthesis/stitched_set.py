"""A data set of stitched lines: images and their CSV."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tf_crnn.samples import format_row
from tf_crnn.synthesis.bank import PieceBank
from tf_crnn.synthesis.corpus import read_corpus
from tf_crnn.synthesis.stitching import Stitcher, spaces_of
from tf_crnn.synthesis.texts import CorpusTexts, MarkovTexts, Texts
from tf_crnn.text_rules import TextRules


class StitchedSet(NamedTuple):
    """What is to be written.

    Attributes:
        n_lines: how many.
        corpus: a text that the lines are taken from; None for the bank's own language.
        min_units: about the length of the shortest line; 0 for lengths as in the bank.
        max_units: about the length of the longest line.
        seed: of all choices.
        rules: of the labels, for the corpus.
    """

    n_lines: int
    corpus: Path | None
    min_units: int
    max_units: int
    seed: int
    rules: TextRules


def bank_texts(bank: PieceBank, corpus: Path | None, rules: TextRules) -> Texts:
    """The texts of a bank's lines: of a corpus, or new ones that follow its labels.

    Raises:
        DataError: the corpus cannot be read, or the bank writes no word of it.
    """
    spaces = spaces_of(bank.units)
    if corpus is None:
        return MarkovTexts(bank.index, spaces)
    lines = read_corpus(corpus, bank.units, used=bank.used_units, rules=rules)
    return CorpusTexts(lines, spaces)


def write_stitched_set(folder: Path, bank: PieceBank, wanted: StitchedSet) -> None:
    """Write `images/train_000001.png`, ... and `train.csv` into a folder that exists.

    Raises:
        DataError: the corpus cannot be used.
    """
    stitcher = Stitcher(bank, bank_texts(bank, wanted.corpus, wanted.rules))
    rng = np.random.default_rng(wanted.seed)
    (folder / "images").mkdir(exist_ok=True)
    with (folder / "train.csv").open("w", encoding="utf-8", newline="\n") as stream:
        for number in range(1, wanted.n_lines + 1):
            line = stitcher.draw(_draw_width(bank, wanted, rng), rng)
            image_path = f"images/train_{number:06d}.png"
            picture = line.image[:, :, 0] if bank.channels == 1 else line.image
            Image.fromarray(picture).save(folder / image_path)
            stream.write(format_row(image_path, [bank.units[code - 1] for code in line.codes]))


def _draw_width(bank: PieceBank, wanted: StitchedSet, rng: np.random.Generator) -> int:
    if not wanted.min_units:
        return int(rng.choice(np.diff(bank.line_columns)))
    return round(int(rng.integers(wanted.min_units, wanted.max_units + 1)) * bank.unit_width_px)
