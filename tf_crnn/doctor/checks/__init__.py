"""What is looked for in a data set: one small function for each, listed in `CHECKS`."""

from collections.abc import Callable, Iterator

from tf_crnn.doctor.checks import (
    characters,
    leaks,
    marked,
    pictures,
    proportions,
    rejected,
    same,
)
from tf_crnn.doctor.findings import Finding
from tf_crnn.doctor.survey import Survey

CHECKS: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    rejected.find_rejected,
    leaks.find_leaked_lines,
    leaks.find_leaked_documents,
    same.find_contradictions,
    pictures.find_blank,
    pictures.find_bars,
    pictures.find_inverted,
    proportions.find_upright,
    proportions.find_odd_widths,
    marked.find_marked,
    characters.find_long_units,
    characters.find_foreign_letters,
    characters.find_variants,
    characters.find_only_in_val,
    characters.find_rare,
    same.find_duplicates,
    leaks.find_shared_texts,
    pictures.find_faint,
    proportions.find_squeezed,
    characters.find_unused,
    same.find_repeated_labels,
)


def run_checks(survey: Survey) -> list[Finding]:
    """All findings, those first that matter most."""
    found = [finding for check in CHECKS for finding in check(survey)]
    return sorted(found, key=lambda finding: finding.severity)
