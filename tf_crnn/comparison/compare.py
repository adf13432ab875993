"""Recorded runs side by side: parameters, curves, error rates, lines, confusions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tf_crnn.comparison.confusion_changes import (
    ConfusionChanges,
    confusion_changes,
    count_confusions,
)
from tf_crnn.comparison.lines import (
    ReadLine,
    common_lines,
    count_changed_truths,
    documents,
    read_lines,
)
from tf_crnn.comparison.rates import Rates, count_errors, measure
from tf_crnn.comparison.result import (
    Common,
    ComparedLine,
    ComparedRun,
    Comparison,
    Curve,
    MetricCurves,
    Parameter,
)
from tf_crnn.comparison.sentences import say
from tf_crnn.errors import TrackingError
from tf_crnn.metrics import ErrorCounts, compare_lines
from tf_crnn.reports.files import LINES_CSV
from tf_crnn.text_rules import NO_RULES
from tf_crnn.tracking.records import RunRecord
from tf_crnn.tracking.summary import RunSummary, differing_keys

_EDITS = ErrorCounts._fields.index("char_edits")
# What most people look for first.
_FIRST_METRICS = ("val_cer", "cer", "val_loss", "loss")


def compare_runs(
    records: Sequence[RunRecord], *, document_pattern: str | None = None, seed: int = 0
) -> Comparison:
    """Put runs side by side, on the lines that all of them read.

    Args:
        records: two or more, the baseline first.
        document_pattern: regular expression whose first group, searched in the path of an image,
            names its document. Without it, the column `document` of `lines.csv`, if there is one.
        seed: of the bootstrap.

    Raises:
        TrackingError: less than two runs were evaluated, or they share no line.
    """
    evaluated = _evaluated(records)
    read = [read_lines(records[place]) for place in evaluated]
    lines = common_lines(read)
    if not lines:
        raise TrackingError(_nothing_in_common([records[place] for place in evaluated], read))
    named = documents(lines, document_pattern)
    counts = count_errors([(line[0].truth, [r.reading for r in line]) for line in lines])
    measured = measure(counts, named, seed)
    right = (counts[:, :, _EDITS] == 0).all(axis=1)
    is_all = all(len(lines) == len(own) for own in read)
    common = Common(
        n_lines=len(lines),
        n_documents=len(set(named)) if named is not None else None,
        n_all_right=int(right.sum()),
        n_changed_truths=0 if is_all else count_changed_truths(read),
        is_all=is_all,
    )
    runs = _runs(records, dict(zip(evaluated, zip(read, measured.rates, strict=True), strict=True)))
    pairs = tuple(
        pair._replace(first=evaluated[pair.first], second=evaluated[pair.second])
        for pair in measured.pairs
    )
    parameters = _parameters(records)
    return Comparison(
        summary=(*say(runs, pairs, common), *_on_text_rules(parameters)),
        runs=runs,
        evaluated=tuple(evaluated),
        common=common,
        parameters=parameters,
        metrics=_metrics(records),
        pairs=pairs,
        confusions=_confusions(lines, evaluated),
        lines=_wrong_lines(lines, counts, named),
    )


def _on_text_rules(parameters: Sequence[Parameter]) -> list[str]:
    """Whether the texts of the runs are of one form; a run without a key has the default."""
    neutral = NO_RULES.to_dict()
    values = {
        parameter.key: [neutral[parameter.key] if v is None else v for v in parameter.values]
        for parameter in parameters
        if parameter.key in neutral
    }
    differing = [key for key, given in values.items() if any(v != given[0] for v in given)]
    if not differing:
        return []
    return [
        f"The runs were trained with different text rules ({', '.join(differing)}): their rates "
        "are of different texts."
    ]


def _evaluated(records: Sequence[RunRecord]) -> list[int]:
    found = [place for place, record in enumerate(records) if LINES_CSV in record.artifacts]
    if len(found) >= 2:
        return found
    without = [f"{r.label} ({r.status})" for r in records if LINES_CSV not in r.artifacts]
    if not without:
        raise TrackingError("a comparison needs two runs. Name one more.")
    raise TrackingError(
        f"{', '.join(without)}: no {LINES_CSV}, which a training writes at its end; less than two "
        "runs are left to compare. Name runs that have ended well (COMPLETED)."
    )


def _nothing_in_common(records: Sequence[RunRecord], read: Sequence[Sequence[ReadLine]]) -> str:
    have = "; ".join(
        f"{record.label} has {len(lines):,} lines" + (f", such as {lines[0].path}" if lines else "")
        for record, lines in zip(records, read, strict=True)
    )
    return (
        f"no line was read by all of these runs: {have}. Lines are the same if the file names of "
        "their images and their truths agree. Evaluate the runs on the same CSV."
    )


def _runs(
    records: Sequence[RunRecord], evaluated: dict[int, tuple[list[ReadLine], Rates]]
) -> tuple[ComparedRun, ...]:
    runs = []
    for place, (record, name) in enumerate(zip(records, _names(records), strict=True)):
        lines, rates = evaluated.get(place, (None, None))
        runs.append(
            ComparedRun(
                name=name,
                label=record.label,
                status=record.status,
                started=record.started.isoformat(timespec="seconds") if record.started else None,
                minutes=record.minutes,
                comment=record.comment,
                n_lines=len(lines) if lines is not None else None,
                cer=_own_cer(lines, rates) if lines is not None and rates else None,
                rates=rates,
            )
        )
    return tuple(runs)


def _own_cer(lines: Sequence[ReadLine], rates: Rates) -> float:
    if len(lines) == rates.counts.n_lines:
        return rates.cer.value
    return compare_lines((line.truth, line.reading) for line in lines).cer


def _names(records: Sequence[RunRecord]) -> list[str]:
    """`run 3`, or where that is not enough the store and the id, or what else tells them apart."""
    for names in ([f"run {r.run_id}" for r in records], [r.label for r in records]):
        if len(set(names)) == len(names):
            return names
    return [f"{record.label} ({place})" for place, record in enumerate(records, start=1)]


def _parameters(records: Sequence[RunRecord]) -> tuple[Parameter, ...]:
    summaries = [RunSummary(record) for record in records]
    return tuple(
        Parameter(key, tuple(summary.config.get(key) for summary in summaries))
        for key in sorted(differing_keys(summaries))
    )


def _metrics(records: Sequence[RunRecord]) -> tuple[MetricCurves, ...]:
    curves: dict[str, list[Curve]] = {}
    for run, record in enumerate(records):
        for name, metric in record.metrics().items():
            curve = Curve(run, metric.steps, metric.minutes, metric.values)
            curves.setdefault(name, []).append(curve)
    order = {name: place for place, name in enumerate(_FIRST_METRICS)}
    return tuple(
        MetricCurves(name, tuple(curves[name]))
        for name in sorted(curves, key=lambda name: (order.get(name, len(order)), name))
        if len(curves[name]) >= 2
    )


def _confusions(
    lines: Sequence[tuple[ReadLine, ...]], evaluated: Sequence[int]
) -> tuple[ConfusionChanges, ...]:
    baseline, *others = (
        count_confusions([(read.truth, read.reading) for read in readings])
        for readings in zip(*lines, strict=True)
    )
    return tuple(
        confusion_changes(run, baseline, other)
        for run, other in zip(evaluated[1:], others, strict=True)
    )


def _wrong_lines(
    lines: Sequence[tuple[ReadLine, ...]],
    counts: NDArray[np.int64],
    named: Sequence[str] | None,
) -> tuple[ComparedLine, ...]:
    found = []
    for place, line in enumerate(lines):
        edits = tuple(counts[place, :, _EDITS].tolist())
        if not any(edits):
            continue
        first = line[0]
        document = named[place] if named is not None else ""
        found.append(
            ComparedLine(
                csv=first.csv,
                row=first.row,
                paths=tuple(dict.fromkeys(read.path for read in line)),
                document=None if document.startswith("\n") else document or None,
                truth=first.truth,
                readings=tuple(read.reading for read in line),
                edits=edits,
            )
        )
    return tuple(found)
