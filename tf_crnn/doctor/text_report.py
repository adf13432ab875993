"""What was found, as a page of text for a terminal."""

from collections.abc import Iterator

from tf_crnn.doctor.confusables import code_points, described, shown
from tf_crnn.doctor.examination import Examination, ShownLine
from tf_crnn.doctor.findings import Finding
from tf_crnn.doctor.severity import Severity

_LINES, _CHARACTERS = 3, 6
_LINES_OF_MODEL = 10
_LONGEST = 60
_N_RARE = 12


def format_text(examination: Examination) -> str:
    """The page."""
    return "\n".join(_page(examination)) + "\n"


def _page(examination: Examination) -> Iterator[str]:
    yield examination.sentence
    for severity in Severity:
        findings = examination.of(severity)
        if findings:
            yield ""
            yield severity.heading.upper()
            for finding, follower in zip(findings, [*findings[1:], None], strict=True):
                yield from _finding(examination, finding)
                if finding.advice and (follower is None or follower.advice != finding.advice):
                    yield f"    > {finding.advice}"
    yield from _distributions(examination)
    yield from _characters(examination)
    unverified = examination.survey.copies.n_unverified
    if unverified:
        yield ""
        yield f"{unverified:,} pairs of pictures that may be alike were too many to compare."


def _finding(examination: Examination, finding: Finding) -> Iterator[str]:
    yield f"* {finding.says}."
    most = _LINES_OF_MODEL if finding.readings else _LINES
    lines = list(examination.shown(finding, most))
    previous = None
    for line in lines:
        bullet = "  " if previous in (None, line.group) or line.group < 0 else "  and\n  "
        previous = line.group
        yield f"{bullet}  {_line(line)}"
    for row in finding.characters[:_CHARACTERS]:
        places = ", ".join(examination.places(row))
        remark = f", {row.remark}" if row.remark else ""
        yield f"    {described(row.unit)}: {row.times:,}{remark}{f', {places}' if places else ''}"
    rest = max(len(finding.lines) - len(lines), len(finding.characters) - _CHARACTERS)
    if rest > 0:
        yield f"    ... and {rest:,} more"


def _line(line: ShownLine) -> str:
    remark = f" ({line.remark})" if line.remark else ""
    reading = f"\n      reads {_short(line.reading)}" if line.reading is not None else ""
    return f"{line.csv}:{line.row} {line.path} {_short(line.label)}{remark}{reading}"


def _short(text: str) -> str:
    visible = shown(text)
    return f"“{visible[:_LONGEST]}{'…' if len(visible) > _LONGEST else ''}”"


def _distributions(examination: Examination) -> Iterator[str]:
    if not examination.distributions:
        return
    yield ""
    yield f"{'SIZES':34}{'least':>9}{'5 %':>9}{'median':>9}{'95 %':>9}{'greatest':>9}"
    for distribution in examination.distributions:
        numbers = "".join(f"{value:>9,.4g}" for value in distribution.percentiles)
        yield f"{distribution.name:34}{numbers}"


def _characters(examination: Examination) -> Iterator[str]:
    characters = examination.survey.characters
    if not characters:
        return
    total = sum(use.times for use in characters.values())
    rare = list(characters.items())[: -_N_RARE - 1 : -1]
    named = ", ".join(
        f"{shown(character)} {code_points(character)} {use.times:,}" for character, use in rare
    )
    yield ""
    yield f"CHARACTERS: {len(characters):,} different ones, {total:,} in all; the rarest: {named}"
