"""What can be wrong within one label: one small function for each, listed in `MARKS`.

A function is given a label and says what it found and where, or nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tf_crnn.doctor.confusables import LOOK_ALIKES, code_points, described, script_of
from tf_crnn.doctor.severity import Severity
from tf_crnn.text import is_marked

JUNK = frozenset("\u200b\u2060\ufeff\u180e\ufff9\ufffa\ufffb")
LINE_BREAKS = frozenset("\t\n\x0b\x0c\r\x85\u2028\u2029")
SOFT_HYPHEN = "\u00ad"
_JOINERS = frozenset("\u200c\u200d")
# Scripts in which joiners change how letters are written.
_JOINED_SCRIPTS = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1780-\u17ff\u1800-\u18af\U0001f000-\U0001faff\u2600-\u27bf]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DIGIT_IN_WORD = re.compile(r"(?<=[^\W\d_])[01](?=[^\W\d_])|(?<=\d)[OolI](?=\d)")
# Not before a full stop or at the end of the line: there it may be an abbreviation or half a word.
_FINAL_LONG_S = re.compile(r"(?<=[^\W\d_])ſ(?=[\s,;:!?]\s*\S)")
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf\u0152-\u0178]|â€[\u0080-\u201d™œ]|Â[\u0080-\u00bf]|\ufffd")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|shy|#x?[0-9A-Fa-f]+);")
# None of these is a control, format, private-use or separating character but the space.
_PLAIN = re.compile(r"[\w !-/:-@\[-`{-~\u2010-\u2027\u00ab\u00bb]*")
_MOST_NAMED = 3


class Label(NamedTuple):
    """A label as a training sees it.

    Attributes:
        text: its units, joined.
        field: as it stands in the CSV.
        unit_delimiter: of the CSV.
    """

    text: str
    field: str
    unit_delimiter: str


class Mark(NamedTuple):
    """Something that can be wrong within a label.

    Attributes:
        key: names it in the JSON.
        severity: how much it matters.
        says: what such lines do, behind `3 of 2,000 lines`.
        advice: what to do.
        find: gives what was found, and where; empty where nothing was.
    """

    key: str
    severity: Severity
    says: str
    advice: str
    find: Callable[[Label], str]


def edge_spaces(label: Label) -> str:
    """Spaces at the ends."""
    stripped = label.text.strip()
    if stripped == label.text or not stripped:
        return ""
    ends = [
        end
        for end, is_there in (
            ("before the text", not label.text.startswith(stripped)),
            ("behind the text", not label.text.endswith(stripped)),
        )
        if is_there
    ]
    return f"space {' and '.join(ends)}"


def double_spaces(label: Label) -> str:
    """Several spaces in a row."""
    match = re.search(r"\S(\s{2,})\S", label.text)
    return f"{len(match[1])} spaces at character {match.start(1) + 1}" if match else ""


def only_spaces(label: Label) -> str:
    """Nothing but spaces."""
    return "nothing but spaces" if label.text and not label.text.strip() else ""


def control_characters(label: Label) -> str:
    """Control characters and line breaks of any kind."""
    return _named(label.text, lambda c: unicodedata.category(c) == "Cc" or c in LINE_BREAKS)


def unseen_characters(label: Label) -> str:
    """Characters without width, where no script needs them."""
    joined = bool(_JOINED_SCRIPTS.search(label.text))
    right_to_left = bool(_RIGHT_TO_LEFT.search(label.text))

    def is_stray(character: str) -> bool:
        if character in JUNK:
            return True
        if unicodedata.category(character) != "Cf" or character == SOFT_HYPHEN:
            return False
        return not (joined if character in _JOINERS else right_to_left)

    return _named(label.text, is_stray)


def soft_hyphens(label: Label) -> str:
    """Soft hyphens."""
    return _named(label.text, lambda c: c == SOFT_HYPHEN)


def private_use(label: Label) -> str:
    """Characters that mean something in one font only."""
    return _named(label.text, lambda c: unicodedata.category(c) == "Co")


def not_composed(label: Label) -> str:
    """Letters that have a composed form and are written in another (not NFC)."""
    if unicodedata.is_normalized("NFC", label.text):
        return ""
    for cluster in re.findall(r".[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]*", label.text):
        composed = unicodedata.normalize("NFC", cluster)
        if composed != cluster:
            return f"{composed} is written {code_points(cluster)}, not {code_points(composed)}"
    return "not in NFC"


def mixed_scripts(label: Label) -> str:
    """Words with letters of another script that look like those of the word's own."""
    for word in re.findall(r"[^\W\d_]+", label.text):
        if word.isascii():
            continue
        scripts = [script_of(letter) for letter in word]
        kinds = sorted({script for script in scripts if script}, key=scripts.count)
        for script in kinds[:-1]:
            strange = [x for x, own in zip(word, scripts, strict=True) if own == script]
            # A unit as Δt is no slip: its letters cannot be taken for each other.
            if all(letter in LOOK_ALIKES for letter in strange):
                named = ", ".join(map(described, dict.fromkeys(strange[:_MOST_NAMED])))
                return f"{named} in {word}"
    return ""


def digits_in_words(label: Label) -> str:
    """0 and 1 between letters, O and l between digits."""
    match = _DIGIT_IN_WORD.search(label.text)
    if not match:
        return ""
    near = label.text[max(0, match.start() - 6) : match.end() + 6]
    return f"{match[0]} in …{near}…"


def final_long_s(label: Label) -> str:
    """A long s at the end of a word, where writers of long s put a round one."""
    match = _FINAL_LONG_S.search(label.text)
    return f"…{label.text[max(0, match.start() - 10) : match.end()]}…" if match else ""


def wrong_encoding(label: Label) -> str:
    """UTF-8 that was read as another encoding, or the mark of lost characters."""
    match = _MOJIBAKE.search(label.text)
    return f"{match[0]!r} at character {match.start() + 1}" if match else ""


def entities(label: Label) -> str:
    """XML entities left in the text."""
    match = _ENTITY.search(label.text)
    return f"{match[0]} at character {match.start() + 1}" if match else ""


def bars_in_text(label: Label) -> str:
    """Unit delimiters in a label that is not marked: it would be read with its bars."""
    bar = label.unit_delimiter
    if is_marked(label.field, bar) or bar not in label.field:
        return ""
    return f"{label.field.count(bar)} {bar!r} in a label without {bar!r} at its ends"


_FIXED = "`--fix` mends it."
_L, _W = Severity.LIKELY_WRONG, Severity.WORTH_A_LOOK
MARKS: Sequence[Mark] = (
    Mark("edge_spaces", _L, "begin or end with a space",
         f"No image shows it, the model is told to read it. {_FIXED}", edge_spaces),
    Mark("double_spaces", _L, "have several spaces in a row",
         f"The width of a gap says nothing of the text. {_FIXED}", double_spaces),
    Mark("only_spaces", _L, "say nothing but spaces", "Leave them out, or transcribe them.",
         only_spaces),
    Mark("control_characters", _L, "hold control characters or line breaks", _FIXED,
         control_characters),
    Mark("unseen_characters", _L, "hold characters without width",
         f"`--fix` removes {', '.join(code_points(c) for c in sorted(JUNK)[:4])} and the like; "
         "marks of direction and joiners are left to you.", unseen_characters),
    Mark("not_composed", _L, "are not in the composed form (NFC)",
         f"One letter in two forms is two classes to the model. {_FIXED} Or set unicode_form.",
         not_composed),
    Mark("mixed_scripts", _L, "mix look-alike letters of two scripts in one word",
         "Correct the letters: to the model they are different.", mixed_scripts),
    Mark("wrong_encoding", _L, "hold what looks like a wrong encoding",
         "Convert the file again from its source.", wrong_encoding),
    Mark("entities", _L, "hold XML entities", "Put the characters in their place.", entities),
    Mark("bars_in_text", _L, "have unit delimiters but are not marked",
         "Put one at both ends of the label too, otherwise the model is told to read bars.",
         bars_in_text),
    Mark("soft_hyphens", _W, "hold soft hyphens",
         "If the image shows a hyphen, write one; otherwise remove it.", soft_hyphens),
    Mark("private_use", _W, "hold private-use characters",
         "They mean something in one font only; note which, or replace them.", private_use),
    Mark("digits_in_words", _W, "have 0 or 1 between letters, or O or l between digits",
         "Compare with the image.", digits_in_words),
    Mark("final_long_s", _W, "have a long s at the end of a word",
         "Printers put a round s there; compare with the image.", final_long_s),
)  # fmt: skip


def find_marks(label: Label) -> int:
    """Bits of the marks that were found."""
    return sum(1 << place for place, mark in enumerate(MARKS) if mark.find(label))


def _named(text: str, is_wanted: Callable[[str], bool]) -> str:
    if _PLAIN.fullmatch(text):
        return ""
    found = [(place, c) for place, c in enumerate(text, start=1) if is_wanted(c)]
    named = ", ".join(f"{described(c)} at {place}" for place, c in found[:_MOST_NAMED])
    return named + (f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else "")
