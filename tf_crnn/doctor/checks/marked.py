"""Lines whose labels bear a mark of `labels.MARKS`."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from tf_crnn.doctor.findings import Finding, of_lines
from tf_crnn.doctor.labels import MARKS, Mark
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

# What so many lines do is the way of the data set.
_USUAL_SHARE = 0.05


def find_marked(survey: Survey) -> Iterator[Finding]:
    """One finding for each mark that any label bears."""
    total = len(survey)
    marks = survey.records["marks"]
    for place, mark in enumerate(MARKS):
        lines = np.flatnonzero(marks & np.uint32(1 << place))
        if not len(lines):
            continue
        is_usual = mark.severity == Severity.WORTH_A_LOOK and len(lines) > _USUAL_SHARE * total
        yield Finding(
            mark.key,
            Severity.INFORMATION if is_usual else mark.severity,
            of_lines(len(lines), total, mark.says),
            mark.advice,
            len(lines),
            total,
            lines,
            remark=partial(_found, survey, mark),
        )


def _found(survey: Survey, mark: Mark, index: int) -> str:
    return mark.find(survey.label(index))
