"""What a model read of a line, laid on its page: words and their units with outlines."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tf_crnn.decoding.confidence import word_members
from tf_crnn.decoding.transcription import Transcription, UnitPlace
from tf_crnn.pages.cutting import CutLine
from tf_crnn.pages.text_line import Points, TextLine

# XML 1.0 cannot hold these, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"


class ReadUnit(NamedTuple):
    """A unit of a word.

    Attributes:
        text: of the unit.
        confidence: see `UnitPlace`.
        outline: (N, 2), in the unit of the XML.
    """

    text: str
    confidence: float
    outline: Points


class ReadWord(NamedTuple):
    """What stands between two spaces.

    Attributes:
        text: of the word.
        confidence: see `Transcription.word_confidences`.
        outline: (N, 2), in the unit of the XML.
        units: of the word, in reading order.
    """

    text: str
    confidence: float
    outline: Points
    units: Sequence[ReadUnit]


class ReadLine(NamedTuple):
    """A line with its reading.

    Attributes:
        line: as the XML describes it.
        text: the best reading.
        confidence: see `Transcription.confidence`.
        outline: (N, 2) of the line as it was cut, in the unit of the XML.
        words: in reading order.
    """

    line: TextLine
    text: str
    confidence: float
    outline: Points
    words: Sequence[ReadWord]


def lay_on_page(
    line: TextLine,
    cut: CutLine,
    reading: Transcription,
    scale: Points,
    normalise: Callable[[str], str] = str,
) -> ReadLine:
    """Words and units of a reading on the page that its line was cut from.

    Args:
        line: as the XML describes it.
        cut: the line image that was read.
        reading: with places, if they are known.
        scale: (2,) pixels per unit of the XML.
        normalise: brings texts to the Unicode form of the model.
    """

    def outline(places: Sequence[UnitPlace]) -> Points:
        start, end = min(p.start_px for p in places), max(p.end_px for p in places)
        return np.asarray(cut.place(start, end) / scale)

    words = []
    # Where places are not known, the line has its text alone.
    members_of_words = word_members(reading.units) if reading.places else []
    for members, confidence in zip(members_of_words, reading.word_confidences, strict=True):
        places = [reading.places[index] for index in members]
        texts = [reading.units[index] for index in members]
        units = [
            ReadUnit(_xml_text(normalise(unit)), place.confidence, outline([place]))
            for unit, place in zip(texts, places, strict=True)
        ]
        text = _xml_text(normalise("".join(texts)))
        words.append(ReadWord(text, confidence, outline(places), units))
    return ReadLine(line, _xml_text(reading.text), reading.confidence, cut.outline / scale, words)


def format_page_line(source: Path, read: ReadLine) -> str:
    """A line as one JSON object."""
    fields = {
        "path": str(source),
        "line": read.line.id,
        "text": read.text,
        "confidence": round(read.confidence, 4),
        "points": _whole(read.outline),
        "words": [
            {**_described(word), "units": [_described(unit) for unit in word.units]}
            for word in read.words
        ],
    }
    return json.dumps(fields, ensure_ascii=False)


def _described(part: ReadWord | ReadUnit) -> dict[str, Any]:
    return {
        "text": part.text,
        "confidence": round(part.confidence, 4),
        "points": _whole(part.outline),
    }


def _whole(outline: Points) -> list[list[int]]:
    return [[round(x), round(y)] for x, y in outline.tolist()]


def _xml_text(text: str) -> str:
    return _NOT_XML.sub(_REPLACEMENT, text)
