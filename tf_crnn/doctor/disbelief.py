"""Labels that a trained model disbelieves: likely slips of the transcriber.

A label is weighed against the best reading: log P(label | image) - log P(reading | image), over
the number of units. 0 where both agree; the lower, the less the model believes it.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.alignment import log_probability
from tf_crnn.decoding.greedy import collapse
from tf_crnn.doctor.findings import Finding
from tf_crnn.doctor.reading import OnProgress
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey
from tf_crnn.errors import LineImageError
from tf_crnn.loader import PredictionModel
from tf_crnn.preprocessing import read_units
from tf_crnn.rejections import Rejection

_LINES_AT_A_TIME = 512


class Disbelief(NamedTuple):
    """How a model reads a line.

    Attributes:
        score: nats a unit, at most 0; minus infinity where the label does not fit into the line.
        line: its place.
        reading: the text that the model reads.
    """

    score: float
    line: int
    reading: str


def score_label(probs: NDArray[np.floating], codes: Sequence[int], reading: Sequence[int]) -> float:
    """Log probability of a label against that of a reading, over the units of the longer.

    Args:
        probs: (T, K) of one line.
        codes: of the label.
        reading: codes of the best reading.

    Returns:
        Nats a unit, at most 0.
    """
    if list(codes) == list(reading):
        return 0.0
    difference = log_probability(probs, codes) - log_probability(probs, reading)
    return min(0.0, difference / max(len(codes), len(reading), 1))


def find_disbelieved(
    survey: Survey, reader: PredictionModel, worst: int, on_progress: OnProgress | None = None
) -> list[Finding]:
    """The lines whose labels a model disbelieves most, worst first; none where it believes all.

    Lines that cannot be read, or whose label has units that the model does not know, are left out.
    """
    n_read = n_differing = 0
    kept: list[Disbelief] = []
    for number, found in enumerate(_disbeliefs(survey, reader), start=1):
        if on_progress is not None:
            on_progress(number, number / max(1, len(survey.seen)))
        if found is None:
            continue
        n_read += 1
        if found.score < 0:
            n_differing += 1
            if np.isfinite(found.score):
                # The heap's first is the one that is believed most.
                entry = Disbelief(-found.score, -found.line, found.reading)
                (heapq.heappush if len(kept) < worst else heapq.heappushpop)(kept, entry)
    if not kept:
        return []
    ordered = [Disbelief(-k.score, -k.line, k.reading) for k in sorted(kept, reverse=True)]
    scores = {found.line: found.score for found in ordered}
    return [
        Finding(
            "disbelieved",
            Severity.WORTH_A_LOOK,
            f"{n_differing:,} of {n_read:,} labels are not what the model reads; the "
            f"{len(ordered):,} that it disbelieves most",
            "Slips of the transcriber come first; the model errs too.",
            n_differing,
            n_read,
            np.array(list(scores), dtype=np.int64),
            remark=lambda index: f"{scores[index]:.2f} nats a unit",
            readings={found.line: found.reading for found in ordered},
        )
    ]


def _disbeliefs(survey: Survey, reader: PredictionModel) -> Iterator[Disbelief | None]:
    """One for each line whose image was read; None where the model cannot weigh its label."""
    indices = map(int, survey.seen)
    while chunk := list(islice(indices, _LINES_AT_A_TIME)):
        paths = [survey.named(index).image_path for index in chunk]
        for index, probs in zip(chunk, reader.probabilities(paths), strict=True):
            yield (
                None if isinstance(probs, LineImageError) else _weigh(survey, reader, index, probs)
            )


def _weigh(
    survey: Survey, reader: PredictionModel, index: int, probs: NDArray[np.float32]
) -> Disbelief | None:
    units = read_units(survey.row(index), Path(), reader.params)
    if isinstance(units, Rejection) or reader.alphabet.unknown_units(units):
        return None
    reading = collapse(probs.argmax(axis=-1))
    score = score_label(probs, reader.params.line_codes.encode(units), reading)
    return Disbelief(
        score, index, reader.params.text_rules.read_text(reader.params.line_codes.decode(reading))
    )
