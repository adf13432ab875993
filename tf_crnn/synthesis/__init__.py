"""Synthetic lines: fonts, words and a seed -> line images and their transcriptions."""

from tf_crnn.config_keys.synthesis_checks import BUILTIN_FONTS
from tf_crnn.synthesis.fonts import (
    Font,
    GreyImage,
    OpenCvFont,
    PillowFont,
    baseline_row,
    choose_font,
    load_fonts,
)
from tf_crnn.synthesis.rendering import MIN_HEIGHT_PX, render_line
from tf_crnn.synthesis.words import (
    ARITHMETIC_CHARACTERS,
    DIGITS,
    PUNCTUATION,
    arithmetic_expression,
    load_words,
    random_words,
)

__all__ = [
    "ARITHMETIC_CHARACTERS",
    "BUILTIN_FONTS",
    "DIGITS",
    "MIN_HEIGHT_PX",
    "PUNCTUATION",
    "Font",
    "GreyImage",
    "OpenCvFont",
    "PillowFont",
    "arithmetic_expression",
    "baseline_row",
    "choose_font",
    "load_fonts",
    "load_words",
    "random_words",
    "render_line",
]
