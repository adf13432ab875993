"""Readings as a model would give them, of drawn lines whose characters stand at known places."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from support.drawn_pages import DrawnLine
from tf_crnn.decoding.confidence import word_members
from tf_crnn.decoding.transcription import Reading, Transcription, UnitPlace
from tf_crnn.pages.cutting import CutLine
from tf_crnn.text_rules import TextRules


def reading_of(
    units: Sequence[str], places: Sequence[tuple[float, float]], confidence: float = 0.75
) -> Transcription:
    """A reading with one confidence for the line, its words and all units."""
    text = "".join(units)
    stand = [UnitPlace(start, end, confidence) for start, end in places]
    reading = Transcription(text, list(units), -0.1, 9.0, [Reading(text, -0.1)], stand)
    words = [confidence] * len(word_members(units))
    return reading._replace(confidence=confidence, word_confidences=words)


def true_reading(
    line: DrawnLine, cut: CutLine, to_page: Callable[..., np.ndarray] = np.asarray
) -> Transcription:
    """What is drawn, each character between the columns of the line image where it stands."""
    places = []
    for glyph in line.glyphs:
        middle = (glyph.top + glyph.bottom) / 2
        ends = to_page(np.array([(glyph.left, middle), (glyph.right, middle)]))
        start, end = cut.frame.from_page(ends)[:, 0]
        places.append((float(start), float(end)))
    return reading_of(list(line.text), places)


class Dictated:
    """Reads whatever it is given as the next of some texts, its characters evenly spread.

    In the place of a model where a test needs to know what is read.
    """

    folder = Path("models/dictated/export/1700000000")
    text_rules = TextRules()

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)

    def transcribe(
        self, sources: Iterable[Any], batch_size: int = 32, *, places: bool = False
    ) -> Iterator[Transcription]:
        for image in sources:
            text = next(self._texts)
            edges = np.linspace(0, image.shape[1], len(text) + 1)
            yield reading_of(list(text), list(zip(edges[:-1], edges[1:], strict=True)))
