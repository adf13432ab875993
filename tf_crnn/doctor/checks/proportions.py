"""Sizes that do not fit: to the label, to the other lines, to the input of the network."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.findings import Finding, of_lines
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

# Deviations of the logarithm from the median, in robust standard deviations, and as a factor.
_FAR = 6.0
_FACTOR = 2.5
_LEAST_LINES = 20
_MAD_TO_DEVIATION = 1.4826
_UPRIGHT = 1.5  # times higher than wide
_LONG_LABEL = 4
_USUAL_SHARE = 0.2


def find_squeezed(survey: Survey) -> Iterator[Finding]:
    """Lines that are wider than the input of the network."""
    if not survey.setting.has_config:
        return
    records, greatest_px = survey.records, survey.setting.params.input_shape[1]
    width_px = records["width_px"] * (survey.height_px / np.maximum(records["height_px"], 1))
    lines = survey.usable[width_px[survey.usable] > greatest_px]
    if len(lines):
        yield Finding(
            "squeezed",
            Severity.WORTH_A_LOOK,
            of_lines(
                len(lines), len(survey), f"are wider than {greatest_px:,} px and are squeezed"
            ),
            "Raise input_shape[1] to keep their proportions.",
            len(lines),
            len(survey),
            lines[np.argsort(-width_px[lines], kind="stable")],
            remark=lambda index: f"{width_px[index]:,.0f} px wide at {survey.height_px} px height",
        )


def find_upright(survey: Survey) -> Iterator[Finding]:
    """Lines that are higher than wide, though their label is long."""
    lines = survey.seen[_is_upright(survey)[survey.seen]]
    if len(lines):
        is_usual = len(lines) > _USUAL_SHARE * len(survey.seen)
        yield Finding(
            "turned",
            Severity.INFORMATION if is_usual else Severity.LIKELY_WRONG,
            of_lines(len(lines), len(survey), "are higher than wide, with a long label"),
            "Turned by 90 degrees? Turn the image.",
            len(lines),
            len(survey),
            lines,
            remark=lambda index: _size(survey, index),
        )


def find_odd_widths(survey: Survey) -> Iterator[Finding]:
    """Lines with far more or fewer pixels for each unit than others."""
    width_px = survey.unit_width_px
    candidates = survey.seen[~_is_upright(survey)[survey.seen]]
    candidates = candidates[np.isfinite(width_px[candidates])]
    if len(candidates) < _LEAST_LINES:
        return
    logs = np.log(width_px[candidates])
    # Of short labels, the margins count for most of the width.
    tolerance = 1 + 3 / np.sqrt(survey.records["n_units"][candidates])
    median = float(np.median(logs))
    deviation = max(_MAD_TO_DEVIATION * float(np.median(np.abs(logs - median))), 0.02)
    distance = np.abs(logs - median) / tolerance
    is_far = (distance > _FAR * deviation) & (distance > np.log(_FACTOR) / 2)
    for key, severity, is_side, says, advice in (
        ("too_narrow", Severity.LIKELY_WRONG, logs < median,
         "have very little width for their label", "Cut off, or the label of another line?"),
        # Wide gaps, as in tables of contents, are no fault.
        ("too_wide", Severity.WORTH_A_LOOK, logs > median,
         "have very much width for their label",
         "A wide margin or gap, something not transcribed, or the label of another line?"),
    ):  # fmt: skip
        chosen = is_far & is_side
        order = np.argsort(-distance[chosen], kind="stable")
        if chosen.any():
            yield Finding(
                key,
                severity,
                of_lines(int(chosen.sum()), len(survey), says),
                advice,
                int(chosen.sum()),
                len(survey),
                candidates[chosen][order],
                remark=lambda index: (
                    f"{width_px[index]:.1f} px a unit, the median is {np.exp(median):.1f}"
                ),
            )


def _is_upright(survey: Survey) -> NDArray[np.bool_]:
    records = survey.records
    higher = records["height_px"] >= _UPRIGHT * records["width_px"]
    return np.asarray(higher & (records["n_units"] >= _LONG_LABEL))


def _size(survey: Survey, index: int) -> str:
    record = survey.records[index]
    return f"{record['width_px']} x {record['height_px']} px for {record['n_units']} units"
