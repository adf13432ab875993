"""Which words and units of a reading are right, beside how sure the model is of them."""

from collections.abc import Callable, Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from tf_crnn.decoding.confidence import word_members
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.scoring.certainty import Certainty, Judged
from tf_crnn.text import words


def judge_reading(
    reading: Transcription, truth: str, finish: Callable[[str], str] = str
) -> Certainty:
    """Confidences of a reading with whether each is of something right.

    Truth and reading are aligned with the fewest edits, units by their characters; a unit is right
    if all its characters are.

    Args:
        reading: with places; without, only the line is judged.
        truth: of the line.
        finish: brings units to the form in which truth and reading are compared; those of which
            nothing is left are passed over.
    """
    if not reading.places:
        return Certainty(reading.confidence)
    units = [finish(unit) for unit in reading.units]
    members = word_members(reading.units)
    texts = ["".join(units[index] for index in word) for word in members]
    right_words = _are_equal(words(truth), texts)
    return Certainty(
        reading.confidence,
        tuple(map(Judged, reading.word_confidences, right_words)),
        tuple(_judge_units(reading, units, truth)),
    )


def _judge_units(reading: Transcription, units: Sequence[str], truth: str) -> Iterator[Judged]:
    right = iter(_are_equal(truth, "".join(units)))
    for unit, place in zip(units, reading.places, strict=True):
        flags = [next(right) for _ in unit]
        if flags:
            yield Judged(place.confidence, all(flags))


def _are_equal(truth: Sequence[str], reading: Sequence[str]) -> list[bool]:
    """Whether each part of the reading is equal to a part of the truth, by the fewest edits."""
    return [
        op.tag == "equal"
        for op in Levenshtein.opcodes(truth, reading)
        for _ in range(op.dest_start, op.dest_end)
    ]
