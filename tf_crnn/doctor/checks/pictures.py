"""Images that hardly show a line: blank, faint, or with light and dark exchanged."""

from collections.abc import Iterator

import numpy as np

from tf_crnn.doctor.findings import Finding, of_lines
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

# Of 255. Paper alone, photographed, reaches about 15.
BLANK_CONTRAST = 18.0
_FAINT_CONTRAST = 36.0
_FAINT_SHARE = 0.4
# Lightness beyond which a line is surely the one or the other: bright frames mislead it.
_DARK, _LIGHT = 0.2, 0.8
_BARS_SHARE = 0.12
# Above this share, both ways are usual.
_USUAL_SHARE = 0.2


def find_blank(survey: Survey) -> Iterator[Finding]:
    """Images without a stroke."""
    contrast = survey.records["contrast"]
    lines = survey.seen[contrast[survey.seen] < BLANK_CONTRAST]
    if len(lines):
        yield Finding(
            "blank",
            Severity.LIKELY_WRONG,
            of_lines(len(lines), len(survey), "show no ink"),
            "Cut at the wrong place, or a damaged image? Leave them out.",
            len(lines),
            len(survey),
            lines[np.argsort(contrast[lines], kind="stable")],
            remark=lambda index: f"contrast {contrast[index]:.0f} of 255",
        )


def find_bars(survey: Survey) -> Iterator[Finding]:
    """Images crossed by bars: the edge of a scan, or a spoilt one."""
    bars = survey.records["bars"]
    lines = survey.seen[bars[survey.seen] > _BARS_SHARE]
    if len(lines):
        yield Finding(
            "bars",
            Severity.LIKELY_WRONG,
            of_lines(len(lines), len(survey), "are crossed by black bars"),
            "The edge of a scan, or a damaged image? Cut them anew, or leave them out.",
            len(lines),
            len(survey),
            lines[np.argsort(-bars[lines], kind="stable")],
            remark=lambda index: f"{bars[index]:.0%} of the height",
        )


def find_faint(survey: Survey) -> Iterator[Finding]:
    """Images with far less contrast than others."""
    contrast = survey.records["contrast"]
    inked = survey.seen[contrast[survey.seen] >= BLANK_CONTRAST]
    if not len(inked):
        return
    limit = min(_FAINT_CONTRAST, _FAINT_SHARE * float(np.median(contrast[inked])))
    lines = inked[contrast[inked] < limit]
    if len(lines):
        median = float(np.median(contrast[inked]))
        yield Finding(
            "faint",
            Severity.WORTH_A_LOOK,
            of_lines(len(lines), len(survey), "have very low contrast"),
            "Can you read them?",
            len(lines),
            len(survey),
            lines[np.argsort(contrast[lines], kind="stable")],
            remark=lambda index: (
                f"contrast {contrast[index]:.0f} of 255, the median is {median:.0f}"
            ),
        )


def find_inverted(survey: Survey) -> Iterator[Finding]:
    """Light on dark among dark on light, or the other way round."""
    records = survey.records
    inked = survey.seen[records["contrast"][survey.seen] >= BLANK_CONTRAST]
    lightness = records["lightness"][inked]
    light, dark = inked[lightness > _LIGHT], inked[lightness < _DARK]
    few, says = (
        (light, "are light on dark, unlike the others")
        if len(light) <= len(dark)
        else (dark, "are dark on light, unlike the others")
    )
    if len(few):
        is_usual = len(few) > _USUAL_SHARE * len(inked)
        yield Finding(
            "inverted",
            Severity.INFORMATION if is_usual else Severity.LIKELY_WRONG,
            of_lines(len(few), len(survey), says),
            "Invert them, unless the lines to be read later are mixed too.",
            len(few),
            len(survey),
            few,
        )
