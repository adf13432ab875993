"""What a model read of a line, laid on its page: words and their units with outlines."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

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
        confidence: the mean of its units'.
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
        confidence: the mean of its units', spaces included; 0 where nothing was read.
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
        reading: with places.
        scale: (2,) pixels per unit of the XML.
        normalise: brings texts to the Unicode form of the model.
    """

    def outline(places: Sequence[UnitPlace]) -> Points:
        start, end = min(p.start_px for p in places), max(p.end_px for p in places)
        return np.asarray(cut.place(start, end) / scale)

    words = []
    for members in _words(reading):
        units = [
            ReadUnit(_xml_text(normalise(unit)), place.confidence, outline([place]))
            for unit, place in members
        ]
        text = _xml_text(normalise("".join(unit for unit, _ in members)))
        places = [place for _, place in members]
        words.append(ReadWord(text, _mean(places), outline(places), units))
    return ReadLine(
        line, _xml_text(reading.text), _mean(reading.places), cut.outline / scale, words
    )


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


def _words(reading: Transcription) -> Iterator[list[tuple[str, UnitPlace]]]:
    word: list[tuple[str, UnitPlace]] = []
    for unit, place in zip(reading.units, reading.places, strict=True):
        if not unit.isspace():
            word.append((unit, place))
        elif word:
            yield word
            word = []
    if word:
        yield word


def _mean(places: Sequence[UnitPlace]) -> float:
    return float(np.mean([place.confidence for place in places])) if places else 0.0


def _xml_text(text: str) -> str:
    return _NOT_XML.sub(_REPLACEMENT, text)
