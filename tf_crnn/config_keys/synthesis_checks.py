"""Checks of the configuration's synthetic lines: each problem as a sentence for the user."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SOURCES = ("stitch_pieces", "synthetic_fonts")
BANK_FILE = "bank.json"
BUILTIN_FONTS, SYSTEM_FONTS = "builtin", "system"


def wrong_synthesis(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used; `values` holds every key of `Params`."""
    problems = _wrong_types(values)
    ratio, size = values["synthetic_ratio"], values["train_batch_size"]
    if not (isinstance(ratio, int | float) and not isinstance(ratio, bool) and 0 <= ratio < 1):
        return [
            *problems,
            f"synthetic_ratio: must be at least 0 and below 1, as a share of each batch, not "
            f"{ratio!r}.",
        ]
    strength = values["synthetic_degradation"]
    if not (isinstance(strength, int | float) and 0 <= strength <= 1) or strength is True:
        problems.append(f"synthetic_degradation: must be from 0 to 1, not {strength!r}.")
    if problems or not ratio:
        return problems
    if not any(values[key] for key in SOURCES):
        problems.append(
            f"synthetic_ratio: is {ratio}, but nothing says of what such lines are made. Name a "
            "folder of pieces in stitch_pieces, or fonts in synthetic_fonts."
        )
    if isinstance(size, int) and not 1 <= round(ratio * size) < size:
        problems.append(
            f"synthetic_ratio: {ratio} of train_batch_size {size} are {round(ratio * size)} lines; "
            "a batch needs at least one real and one synthetic line."
        )
    return problems


def missing_synthesis_inputs(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each file or folder that synthetic lines need and that does not exist."""
    if not values.get("synthetic_ratio"):
        return []
    problems = []
    pieces, corpus = values.get("stitch_pieces"), values.get("synthetic_corpus")
    if isinstance(pieces, str) and pieces and not (Path(pieces) / BANK_FILE).is_file():
        problems.append(
            f"stitch_pieces: {pieces} holds no {BANK_FILE}. Make the folder with "
            "hlp/generate_synthetic.py --from-model."
        )
    if isinstance(corpus, str) and corpus and not Path(corpus).is_file():
        problems.append(f"synthetic_corpus: {corpus} does not exist (looked from {Path.cwd()}).")
    fonts = values.get("synthetic_fonts") or ()
    problems += [
        f"synthetic_fonts: {name} does not exist (looked from {Path.cwd()})."
        for name in ((fonts,) if isinstance(fonts, str) else fonts)
        if isinstance(name, str)
        and name not in (BUILTIN_FONTS, SYSTEM_FONTS)
        and not Path(name).exists()
    ]
    return problems


def _wrong_types(values: Mapping[str, Any]) -> list[str]:
    problems = [
        f"{key}: must be a path, not {values[key]!r}."
        for key in ("stitch_pieces", "synthetic_corpus")
        if values[key] is not None and not (isinstance(values[key], str) and values[key])
    ]
    fonts = values["synthetic_fonts"]
    names = fonts if isinstance(fonts, tuple) else (fonts,)
    if fonts is not None and not (names and all(isinstance(n, str) and n for n in names)):
        problems.append(
            f"synthetic_fonts: must be a font file, a folder, builtin or system, or a list of "
            f"them, not {fonts!r}."
        )
    return problems
