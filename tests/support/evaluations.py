"""Evaluations made up from texts, without a model."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tf_crnn.evaluation import EvaluationResult, LabelledLine, LineResult, Skipped, sum_up
from tf_crnn.metrics import compare_line
from tf_crnn.scoring.certainty import Certainty


def evaluation_of(
    folder: Path,
    texts: Iterable[tuple[str, str]],
    skipped: Sequence[Skipped] = (),
    *,
    documents: Sequence[str] = (),
    certainties: Sequence[Certainty] = (),
) -> EvaluationResult:
    """The result of reading lines `0.png`, `1.png`, ... of a folder, whose images are made.

    Args:
        folder: of the images.
        texts: truth and reading of each line.
        skipped: rows left out.
        documents: of the lines, if they are known.
        certainties: likewise.
    """
    results = []
    for number, (truth, reading) in enumerate(texts):
        path = folder / f"{number}.png"
        pixels = np.random.default_rng(number).integers(0, 256, (30, 200), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        document = documents[number] if documents else ""
        line = LabelledLine(folder / "val.csv", number + 1, path, truth, document)
        certainty = certainties[number] if certainties else None
        results.append(LineResult(line, reading, 1.5, compare_line(truth, reading), certainty))
    return sum_up(results, list(skipped))
