"""What a text consists of when errors are counted, and what of it may not count.

Characters that readers see as one and words follow Unicode Standard Annex 29.
"""

import unicodedata

import regex

_GRAPHEME = regex.compile(r"\X")
_BOUNDARY = regex.compile(r"\b", regex.V1 | regex.WORD)
# What makes a stretch between two word boundaries a word.
_OF_A_WORD = regex.compile(r"[^\p{M}\p{P}\p{Z}\p{S}\p{Cc}\p{Cf}]")
_WORD_OR_SIGN = regex.compile(r"[\p{P}\p{S}]\p{M}*|[^\p{P}\p{S}\s]+")
_PUNCTUATION = regex.compile(r"\p{P}\p{M}*")
# Without those that make other syllables of Japanese ones.
_DIACRITIC = regex.compile(r"[\p{Mn}&&\p{Diacritic}--[\u3099\u309a]]", regex.V1)


def graphemes(text: str) -> list[str]:
    """What readers see as characters, in NFC: a letter with its accents is one."""
    return _GRAPHEME.findall(unicodedata.normalize("NFC", text))


def unicode_words(text: str) -> list[str]:
    """Words between the boundaries of UAX 29, in NFC; those of punctuation alone are left out."""
    pieces = _BOUNDARY.split(unicodedata.normalize("NFC", text))
    return [piece for piece in pieces if _OF_A_WORD.search(piece)]


def words_and_signs(text: str) -> list[str]:
    """Words between white space, where each sign of punctuation or symbol is a word of its own."""
    return _WORD_OR_SIGN.findall(text)


def without_case(text: str) -> str:
    """A text for comparing without case: ß becomes ss."""
    return text.casefold()


def without_punctuation(text: str) -> str:
    """A text without what Unicode calls punctuation, and one space where several are left."""
    return " ".join(_PUNCTUATION.sub("", text).split())


def without_diacritics(text: str) -> str:
    """A text, in NFC, without accents, points and other marks that Unicode calls diacritics.

    Letters above letters and vowel signs stay, and so do letters that have no such mark: ø, ł.
    """
    return unicodedata.normalize("NFC", _DIACRITIC.sub("", unicodedata.normalize("NFD", text)))
