"""Lines that a training leaves out, by the kind of reason."""

from collections.abc import Iterator

import numpy as np

from tf_crnn.doctor.findings import Finding, of_lines
from tf_crnn.doctor.line import DAMAGED, TOO_LARGE
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

_ADVICE = {
    "malformed row": "Correct the row, or csv_delimiter and string_split_delimiter.",
    "empty label": "Nothing can be learnt from it; leave the row out.",
    "unit not in the alphabet": "Extend the alphabet, or correct the labels.",
    "label too long": "Raise max_chars_per_string, within what input_shape[1] allows.",
    "missing file": "Paths are looked for beside the CSV, then in the working directory.",
    "image too narrow for its label": "Do image and label belong together? Otherwise pool less in "
    "width, or raise the height input_shape[0].",
    DAMAGED: "Replace the image. Preprocessing reads headers only and does not see it; a training "
    "drops such a line when it meets it.",
    TOO_LARGE: "Is it a whole page? It was not looked at.",
}
_REPLACE = "Replace the image."


def find_rejected(survey: Survey) -> Iterator[Finding]:
    """One finding for each kind of reason, the most frequent first; one for a set without lines."""
    total = len(survey)
    counts = np.bincount(survey.records["rejection"], minlength=len(survey.kinds) + 1)
    for number in np.argsort(-counts[1:], kind="stable") + 1:
        kind = survey.kinds[number - 1]
        yield Finding(
            f"rejected: {kind}",
            Severity.REJECTS,
            f"{of_lines(int(counts[number]), total, 'are rejected')}: {kind}",
            _ADVICE.get(kind, _REPLACE),
            int(counts[number]),
            total,
            np.flatnonzero(survey.records["rejection"] == number),
            remark=survey.rejection,
        )
    if not total:
        says = "The CSVs have no rows: there is nothing to train on"
        yield Finding("no_rows", Severity.REJECTS, says, "Check the files.", 0, 0)
