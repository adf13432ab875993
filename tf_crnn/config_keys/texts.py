"""Keys of texts: the text rules, which `TextRules` checks, and how labels are learnt."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import key


@dataclass(frozen=True, init=False)
class TextKeys:
    """See `Params`."""

    unicode_form: str = key(
        "none", "texts are brought to this Unicode form: NFC, NFD, NFKC, NFKD, or none"
    )
    text_replacements: tuple[tuple[str, str], ...] = key(
        (), "pairs [old, new] of strings replaced in texts, the longest that fits first"
    )
    letter_case: str = key("keep", "of texts: keep, lower, upper, or fold (ß becomes ss)")
    white_space: str = key(
        "keep", "fold makes one space of each run of white space, and none at the ends; or keep"
    )
    text_units: str = key(
        "marked", "units: marked as the label has them, code_points, or graphemes"
    )
    bidi_reordering: str = key(
        "none",
        "labels are in reading order, in lines that run rtl, ltr, or as their first letter (auto); "
        "none: from left to right as in the image",
    )
    label_space_padding: bool = key(
        False, "the network learns a space before and after each label, which readings lack again"
    )
