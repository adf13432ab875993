"""What a report tells beside CER, WER and exact match, found once for page, JSON and tables."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tf_crnn.evaluation import EvaluationResult, LineResult, in_order_of_rows
from tf_crnn.reports.characters import CharacterErrors, count_characters, count_scripts
from tf_crnn.reports.confusion import ConfusionCounts, count_confusions
from tf_crnn.reports.groups import Group, by_document, by_length
from tf_crnn.reports.reliability import Confidences, confidences_json, find_confidences
from tf_crnn.scoring.rates import Rate, find_rates
from tf_crnn.statistics import Interval, bootstrap_interval


class Details(NamedTuple):
    """The details of an evaluation.

    Attributes:
        rates: by the names of `scoring.rates.MEASURES`.
        exact_by_document: 95 % interval of exact match, whole documents resampled; None where they
            are not known.
        confusions: of all lines.
        characters: errors of each, the most first.
        scripts: likewise.
        documents: the highest CER first; empty where they are not known.
        lengths: shortest first.
        confidences: whether they hold; None where they are not known.
    """

    rates: dict[str, Rate]
    exact_by_document: Interval | None
    confusions: ConfusionCounts
    characters: list[CharacterErrors]
    scripts: list[CharacterErrors]
    documents: list[Group]
    lengths: list[Group]
    confidences: Confidences | None


def find_details(result: EvaluationResult) -> Details:
    """Count again, by every measure and in every group."""
    lines = in_order_of_rows(result.lines)
    pairs = [(line.line.text, line.prediction) for line in lines]
    names = _documents(lines)
    confusions = count_confusions(pairs)
    characters = count_characters(confusions)
    return Details(
        rates=find_rates(pairs, names),
        exact_by_document=_exact_by_document(lines, names),
        confusions=confusions,
        characters=characters,
        scripts=count_scripts(characters),
        documents=by_document(lines),
        lengths=by_length(lines),
        confidences=find_confidences(lines),
    )


def as_json(details: Details) -> dict[str, Any]:
    """The details for `report.json`; shares are fractions, unknown intervals null."""
    return {
        "rates": {name: _rate(rate) for name, rate in details.rates.items()},
        "exact_match_interval_by_document": _pair(details.exact_by_document),
        "confidences": confidences_json(details.confidences),
        "scripts": [_errors("script", errors) for errors in details.scripts],
        "lengths": [_group("length", group) for group in details.lengths],
        "documents": [_group("document", group) for group in details.documents],
        "characters": [_errors("character", errors) for errors in details.characters],
        "confusions": [
            {"truth": wrong.truth, "read": wrong.reading, "count": wrong.times}
            for wrong in details.confusions.wrong
        ],
    }


def _documents(lines: Sequence[LineResult]) -> list[str] | None:
    if not any(line.line.document for line in lines):
        return None
    # A line without one stands alone; no document is called so, since names are of one line.
    return [line.line.document or f"\n{place}" for place, line in enumerate(lines)]


def _exact_by_document(
    lines: Sequence[LineResult], documents: Sequence[str] | None
) -> Interval | None:
    if documents is None:
        return None
    inexact = [1 - line.counts.n_exact for line in lines]
    return bootstrap_interval(inexact, [1] * len(lines), groups=documents).complement()


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "value": rate.value,
        "edits": rate.edits,
        "length": rate.length,
        "interval": _pair(rate.by_line),
        "interval_by_document": _pair(rate.by_document),
    }


def _errors(key: str, errors: CharacterErrors) -> dict[str, Any]:
    return {key: errors.name, **dict(zip(errors._fields[1:], errors[1:], strict=True)),
            "rate": errors.rate}  # fmt: skip


def _group(key: str, group: Group) -> dict[str, Any]:
    counts = group.counts
    return {
        key: group.name,
        **counts._asdict(),
        "cer": counts.cer,
        "cer_interval": _pair(group.cer_interval),
        "wer": counts.wer,
        "exact_match": counts.exact_match,
    }


def _pair(interval: Interval | None) -> list[float] | None:
    return interval.as_pair() if interval else None
