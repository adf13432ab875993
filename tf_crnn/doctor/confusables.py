"""Characters that look alike: letters of other scripts, and variants of dashes, quotes, spaces."""

import unicodedata
from functools import cache

# Letters of one look; the Latin one first. Compiled by eye from the Unicode charts.
_SAME_LOOK = (
    "AΑА", "BΒВ", "CСϹ", "EΕЕ", "HΗН", "IΙІӀ", "JЈͿ", "KΚК", "MΜМ", "NΝ", "OΟО", "PΡР", "QԚ",
    "SЅ", "TΤТ", "WԜ", "XΧХ", "YΥҮ", "ZΖ", "aаɑα", "cсϲ", "dԁ", "eе", "hһ", "iіι", "jјϳ", "kκ",
    "lӏ", "oоο", "pрρ", "qԛ", "sѕ", "uυ", "vνѵ", "wԝω", "xхχ", "yуγ", "ïї", "ëё", "ÄӒ", "äӓ", "ÖӦ",
    "öӧ", "ӕæ",
)  # fmt: skip
LOOK_ALIKES = {letter: letters[0] for letters in _SAME_LOOK for letter in letters}
SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")

# Variants that a reader does not tell apart; those of one group are rarely all meant.
VARIANTS = (
    ("hyphens", "-\u2010\u2011\ufe63\uff0d"),
    ("short dashes", "\u2013\u2012\u2212"),
    ("long dashes", "\u2014\u2015\u2e3a"),
    ("double hyphens", "\u2e17="),
    ("apostrophes", "'\u2019\u02bc\u2032\u00b4\u02b9"),
    ("double quotes, closing", "\"\u201d\u2033\u02ba"),
    ("middle dots", "\u00b7\u2219\u22c5\u2027"),
    ("long s", "ſʃ∫"),
    ("degree and ordinal signs", "\u00b0\u00ba\u02da"),
    ("micro and mu", "\u00b5\u03bc"),
    ("sharp s and beta", "ßβ"),
    ("spaces", " \u00a0\u202f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))),
)  # fmt: skip


@cache
def script_of(character: str) -> str:
    """LATIN, GREEK or CYRILLIC of a letter; empty for what is none of these."""
    if not character.isalpha():
        return ""
    first = unicodedata.name(character, "").partition(" ")[0]
    return first if first in SCRIPTS else ""


def name_of(character: str) -> str:
    """The Unicode name in small letters, or what kind of character it is."""
    fallback = {"Cc": "control character", "Co": "private use"}.get(
        unicodedata.category(character), "unassigned"
    )
    return unicodedata.name(character, fallback).lower()


def code_points(text: str) -> str:
    """`U+00E9` for é; several are parted by spaces."""
    return " ".join(f"U+{ord(character):04X}" for character in text)


def shown(text: str) -> str:
    """A text in which spaces other than the usual and unseen characters can be seen."""
    return "".join(_shown_character(character) for character in text)


def described(text: str) -> str:
    """As `é (U+00E9 latin small letter e with acute)`."""
    names = " + ".join(name_of(character) for character in text)
    seen = shown(text)
    visible = "" if seen.startswith("[U+") else f"{seen} " if seen.strip() else "␣ "
    mark = "◌" if visible and unicodedata.combining(text[0]) else ""
    return f"{mark}{visible}({code_points(text)} {names})"


def _shown_character(character: str) -> str:
    category = unicodedata.category(character)
    if character != " " and (category[0] in "CZ"):
        return f"[U+{ord(character):04X}]"
    return character
