"""What the validation lines share with the training lines, so that they are read too well."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.alike import runs_of_equals
from tf_crnn.doctor.findings import Finding, of_lines
from tf_crnn.doctor.severity import Severity
from tf_crnn.doctor.survey import Survey

_LONG_TEXT = 12  # units; shorter texts may well be in both
_DOCUMENTS_NAMED = 3
_SHOWN_OF_ONE_GROUP = 2


def find_leaked_lines(survey: Survey) -> Iterator[Finding]:
    """Validation lines whose file or picture is in the training too."""
    leaked: set[int] = set()
    found = []
    for key in (survey.records["path"], survey.copies.same, survey.copies.alike):
        for group in _shared(survey, key, np.flatnonzero(survey.copies.same >= 0)):
            new = [index for index in group if survey.is_val[index] and int(index) not in leaked]
            if new:
                leaked.update(map(int, new))
                of_train = group[~survey.is_val[group]]
                found.append(np.array([*new, *of_train[:_SHOWN_OF_ONE_GROUP]]))
    if found:
        n_val = int(survey.is_val.sum())
        yield Finding(
            "leaked_lines",
            Severity.LIKELY_WRONG,
            f"{len(leaked):,} of {n_val:,} validation lines are in the training lines too",
            "The error rate looks better than it is. `--fix` takes exact copies with the same "
            "label out of the training.",
            len(leaked),
            n_val,
            np.concatenate(found),
            np.repeat(np.arange(len(found)), [len(group) for group in found]),
            remark=lambda index: "validation" if survey.is_val[index] else "training",
        )


def find_leaked_documents(survey: Survey) -> Iterator[Finding]:
    """Pages, writers or books of which both splits have lines."""
    if not survey.setting.has_val:
        return
    documents = survey.records["document"]
    of_val = np.unique(documents[survey.is_val & (documents != 0)])
    if not len(of_val):
        yield Finding(
            "documents_unknown",
            Severity.INFORMATION,
            "Whether both splits have lines of one page, writer or book is not known",
            "Name them by a documents.csv beside the CSV, or by --documents REGEX.",
            0,
            0,
        )
        return
    found = list(_shared(survey, documents, np.flatnonzero(documents)))
    if not found:
        return
    found.sort(key=lambda group: int(-survey.is_val[group].sum()))
    names = ", ".join(survey.document(int(group[0])) for group in found[:_DOCUMENTS_NAMED])
    more = ", ..." if len(found) > _DOCUMENTS_NAMED else ""
    n_lines = sum(int(survey.is_val[group].sum()) for group in found)
    shown = [_first_of_both(survey, group) for group in found]
    yield Finding(
        "leaked_documents",
        Severity.LIKELY_WRONG,
        f"{len(found):,} of {len(of_val):,} documents of the validation have training lines too "
        f"({names}{more}); {of_lines(n_lines, int(survey.is_val.sum()), 'of the validation')}",
        "Keep all lines of one page, writer or book in one split, otherwise the error rate looks "
        "better than it is on new ones.",
        len(found),
        len(of_val),
        np.concatenate(shown),
        np.repeat(np.arange(len(shown)), [len(group) for group in shown]),
        remark=lambda index: "validation" if survey.is_val[index] else "training",
    )


def find_shared_texts(survey: Survey) -> Iterator[Finding]:
    """Long texts of the validation that the training has too."""
    records = survey.records
    long = np.flatnonzero((records["n_units"] >= _LONG_TEXT) & (records["label"] != 0))
    found = list(_shared(survey, records["label"], long))
    if found:
        n_val = int(survey.is_val.sum())
        n_shared = sum(int(survey.is_val[group].sum()) for group in found)
        shown = [_first_of_both(survey, group) for group in found]
        yield Finding(
            "shared_texts",
            Severity.WORTH_A_LOOK,
            f"{n_shared:,} of {n_val:,} validation lines have a text of {_LONG_TEXT} units or more "
            "that is in the training too",
            "Printed twice, or the same line in another picture?",
            n_shared,
            n_val,
            np.concatenate(shown),
            np.repeat(np.arange(len(shown)), [len(group) for group in shown]),
            remark=lambda index: "validation" if survey.is_val[index] else "training",
        )


def _shared(
    survey: Survey, key: NDArray[np.generic], lines: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Groups of lines with one key that are in both splits."""
    if not survey.setting.has_val:
        return
    for run in runs_of_equals(key[lines]):
        group = lines[run]
        if survey.is_val[group].any() and not survey.is_val[group].all():
            yield group


def _first_of_both(survey: Survey, group: NDArray[np.int64]) -> NDArray[np.int64]:
    of_val, of_train = group[survey.is_val[group]], group[~survey.is_val[group]]
    return np.concatenate((of_val[:1], of_train[:1]))
