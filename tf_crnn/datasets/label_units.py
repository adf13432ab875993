"""The units of a label as a data set's CSV holds them."""

from collections.abc import Sequence

from tf_crnn.text_rules import TextRules


def units_of(label: str | Sequence[str], rules: TextRules) -> list[str]:
    """Units of what a source says, by the rules: of plain text, or those that it marks.

    Bars in plain text are text, unlike those in a CSV.
    """
    if isinstance(label, str) and rules.text_units == "marked":
        return list(rules.clean(label))
    return rules.units(tuple(label))


def unwritable(units: Sequence[str]) -> str:
    """Why a row of a CSV cannot hold these units; empty if it can."""
    text = "".join(units)
    if not all(units):
        return "empty unit"
    if "\n" in text or "\r" in text:
        return "line end in the label"
    if "|" in text and any("|" in unit and len(unit) > 1 for unit in units):
        return f"a unit of {text!r} holds '|', which parts units in the CSV"
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"half a character in {text!r}, which UTF-8 cannot hold"
    return ""


def code_points(unit: str) -> str:
    """`U+00E9` for é; several are parted by spaces."""
    return " ".join(f"U+{ord(character):04X}" for character in unit)
