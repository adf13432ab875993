"""Lines that are there twice, with one label or with several, and labels that are there often."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.copies import members
from tf_crnn.doctor.findings import Finding
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

_OFTEN, _OFTEN_SHARE = 20, 0.01


def find_contradictions(survey: Survey) -> Iterator[Finding]:
    """Pictures that are there with several labels."""
    labelled = np.flatnonzero((survey.records["label"] != 0) & (survey.copies.same >= 0))
    labels = survey.records["label"]
    found = [
        group
        for group in members(survey.copies.alike, labelled)
        if len(np.unique(labels[group])) > 1
    ]
    if found:
        lines, groups = _joined(found)
        yield Finding(
            "contradictions",
            Severity.LIKELY_WRONG,
            f"{_pictures(len(found))} there with different labels, {len(lines):,} lines",
            "One label at least is wrong, or the pictures differ in a detail.",
            len(found),
            len(survey),
            lines,
            groups,
        )


def find_duplicates(survey: Survey) -> Iterator[Finding]:
    """Pictures that are in one split more than once, with one label."""
    labels = survey.records["label"]
    for split, chosen in (("training", ~survey.is_val), ("validation", survey.is_val)):
        lines = np.flatnonzero(chosen & (survey.copies.same >= 0))
        found = [
            group
            for group in members(survey.copies.alike, lines)
            if len(np.unique(labels[group])) == 1
        ]
        if not found:
            continue
        found.sort(key=len, reverse=True)
        joined, groups = _joined(found)
        ids, sizes = np.unique(survey.copies.same[joined], return_counts=True)
        exact = frozenset(ids[sizes > 1].tolist())
        fixes = " `--fix` keeps one of exact copies." if split == "training" else ""
        yield Finding(
            f"duplicates_{split}",
            Severity.WORTH_A_LOOK,
            f"{_pictures(len(found))} in the {split} lines more than once, {len(joined):,} lines; "
            f"{sum(sizes - 1):,} of these are exact copies",
            f"They count more than others.{fixes}",
            len(found),
            len(survey),
            joined,
            groups,
            remark=partial(_nearly, survey, exact),
        )


def find_repeated_labels(survey: Survey) -> Iterator[Finding]:
    """Labels that many lines have."""
    lines = np.flatnonzero((survey.records["label"] != 0) & ~survey.is_val)
    least = max(_OFTEN, _OFTEN_SHARE * len(lines))
    found = [group for group in members(survey.records["label"], lines) if len(group) >= least]
    if found:
        found.sort(key=len, reverse=True)
        joined, groups = _joined([group[:1] for group in found])
        sizes = {int(group[0]): len(group) for group in found}
        yield Finding(
            "repeated_labels",
            Severity.INFORMATION,
            f"{len(found):,} label{'s are' if len(found) > 1 else ' is'} the label of "
            f"{least:,.0f} training lines or more",
            "Is it meant that the model sees them so often?",
            len(found),
            len(np.unique(survey.records["label"][lines])),
            joined,
            groups,
            remark=lambda index: f"{sizes[index]:,} lines",
        )


def _nearly(survey: Survey, exact: frozenset[int], index: int) -> str:
    return "" if int(survey.copies.same[index]) in exact else "nearly the same picture"


def _pictures(number: int) -> str:
    return f"{number:,} picture{' is' if number == 1 else 's are'}"


def _joined(found: list[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lengths = [len(group) for group in found]
    return np.concatenate(found), np.repeat(np.arange(len(found)), lengths)
