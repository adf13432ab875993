"""Characters as they are seen: a base with its marks, and where two texts differ in them."""

import unicodedata

from rapidfuzz.distance import Levenshtein

from tf_crnn.differences import Segment

_MARKS = ("Mn", "Me", "Mc")
_JOINERS = "\u200c\u200d"
_NOT_A_BASE = ("Cc", "Zs", "Zl", "Zp")


def split_clusters(text: str) -> list[str]:
    """A text in pieces of one base and the marks on it; joined, they are the text.

    A mark at the start, or behind a white space, stands alone.
    """
    clusters: list[str] = []
    for character in text:
        if clusters and is_mark(character) and not _is_blank(clusters[-1]):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def is_mark(character: str) -> bool:
    """Whether a character is seen on the one before it: accents, vowel signs, joiners."""
    return unicodedata.category(character) in _MARKS or character in _JOINERS


def align_clusters(truth: str, reading: str) -> list[Segment]:
    """As `align`, but by clusters: a letter that lost its accent differs as a whole."""
    left, right = split_clusters(truth), split_clusters(reading)
    return [
        Segment(
            "".join(left[op.src_start : op.src_end]), "".join(right[op.dest_start : op.dest_end])
        )
        for op in Levenshtein.opcodes(left, right)
    ]


def name_characters(text: str) -> str:
    """Code points and names, for those who cannot see a character: `U+0020 SPACE`."""
    return ", ".join(
        f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip() for character in text
    )


def _is_blank(cluster: str) -> bool:
    return unicodedata.category(cluster[0]) in _NOT_A_BASE
