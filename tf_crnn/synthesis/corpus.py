"""A text file as runs of an alphabet's units."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from tf_crnn.errors import DataError
from tf_crnn.synthesis.runs import as_runs
from tf_crnn.text_rules import TextRules

logger = logging.getLogger(__name__)


def read_corpus(
    path: Path,
    units: Sequence[str],
    *,
    used: Sequence[str] | None = None,
    rules: TextRules | None = None,
) -> list[str]:
    """The lines of a UTF-8 text as runs; words that hold something else are left out.

    A text is cut into the longest units that fit, from the left.

    Args:
        path: of the text.
        units: the unit of each code, from code 1 on.
        used: those of the units that texts may hold; all of them without.
        rules: of the labels: each line is brought to their form, and its units to the order in
            which they stand in the image.

    Raises:
        DataError: the file cannot be read, or no word is left.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: no readable UTF-8 text ({error}). Check the file.") from error
    rules = rules or TextRules()
    wanted = set(units if used is None else used)
    codes = {unit: code for code, unit in enumerate(units, start=1) if unit in wanted}
    pattern = re.compile("|".join(map(re.escape, sorted(codes, key=len, reverse=True))))
    space = [" "] if " " in codes else []
    lines, n_words, n_left_out = [], 0, 0
    for line in text.splitlines():
        line_units: list[str] = []
        for word in rules.clean(line).split():
            found = pattern.findall(word)
            n_words += 1
            if sum(map(len, found)) == len(word):
                line_units += [*space, *found] if line_units else found
            else:
                n_left_out += 1
        lines.append(as_runs(codes[unit] for unit in rules.visual(line_units)))
    if not any(lines):
        raise DataError(f"{path}: holds no word that these units can write. Check the file.")
    if n_left_out:
        logger.warning(
            "%s: left out %s of %s words with other units",
            path, f"{n_left_out:,}", f"{n_words:,}",
        )  # fmt: skip
    return [line for line in lines if line]
