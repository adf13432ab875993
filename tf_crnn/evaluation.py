"""A model against labelled lines: error rates, `report.json` and `lines.csv`."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import tee
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.decoding.judging import judge_reading
from tf_crnn.documents import read_documents
from tf_crnn.ensemble import Ensemble
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.labelled_rows import read_labelled_rows
from tf_crnn.loader import PredictionModel
from tf_crnn.metrics import ErrorCounts, compare_line
from tf_crnn.packs.description import check_packs
from tf_crnn.reports.files import LINES_CSV, REPORT_JSON
from tf_crnn.samples import as_paths
from tf_crnn.scoring.certainty import Certainty
from tf_crnn.statistics import Interval, bootstrap_interval

_COLUMNS = ("csv", "row", "path", "truth", "prediction", "edits", "cer", "score", "confidence")


class LabelledLine(NamedTuple):
    """A row of a CSV: where its image is, what it says, and its document where that is known."""

    csv_path: Path
    row: int
    image_path: Path
    text: str
    document: str = ""


class LineResult(NamedTuple):
    """One line, read.

    Attributes:
        line: the row.
        prediction: the text that was read.
        score: of the reading, see `Transcription.score`.
        counts: its errors.
        certainty: how sure the model was of it and its parts; None if that is not known.
    """

    line: LabelledLine
    prediction: str
    score: float
    counts: ErrorCounts
    certainty: Certainty | None = None


class Skipped(NamedTuple):
    """A row that could not be evaluated, and why."""

    csv_path: Path
    row: int
    reason: str


class Intervals(NamedTuple):
    """95 % intervals of the rates of an evaluation, lines resampled; see `tf_crnn.statistics`."""

    cer: Interval
    wer: Interval
    exact_match: Interval


class EvaluationResult(NamedTuple):
    """Errors over all lines, each line worst first, the rows left out, and how sure the rates are.

    Attributes:
        counts: over all lines.
        lines: worst first.
        skipped: rows left out.
        intervals: of the rates.
    """

    counts: ErrorCounts
    lines: list[LineResult]
    skipped: list[Skipped]
    intervals: Intervals


def evaluate(
    model: PredictionModel | Ensemble, csv_paths: Iterable[Path], batch_size: int = 32
) -> EvaluationResult:
    """Read all lines of labelled CSVs or packs and count the errors.

    Texts are compared in reading order, the truth by the text rules of the model; where it reads by
    others than those of its training, both sides go through these.

    Lines with units that the model does not know count like any other; only rows without a label
    or with an unreadable image are left out, and named.

    Raises:
        DataError: no line could be evaluated, or a pack was made for another network.
    """
    csv_paths = as_paths(csv_paths)
    check_packs(csv_paths, model.params.show_experiment_params())
    skipped: list[Skipped] = []
    rules = model.text_rules
    finish = str if rules == model.params.text_rules else rules.clean
    lines, to_read = tee(_labelled_lines(csv_paths, model, skipped))
    images = (line.image_path for line in to_read)
    readings = model.transcribe(images, batch_size, places=True)
    results = []
    for line, reading in zip(lines, readings, strict=True):
        if isinstance(reading, LineImageError):
            skipped.append(Skipped(line.csv_path, line.row, str(reading)))
            continue
        text = finish(reading.text)
        certainty = judge_reading(reading, line.text, finish)
        counts = compare_line(line.text, text)
        results.append(LineResult(line, text, reading.score, counts, certainty))
    if not results:
        reasons = "; ".join(f"row {skip.row}: {skip.reason}" for skip in skipped[:3])
        raise DataError(f"no line could be evaluated. {reasons or 'The CSV has no rows.'}")
    return sum_up(results, skipped)


def sum_up(results: list[LineResult], skipped: list[Skipped]) -> EvaluationResult:
    """The result of an evaluation from that of each line."""
    total = ErrorCounts()
    for result in results:
        total = total.plus(result.counts)
    worst_first = sorted(results, key=lambda r: (-r.counts.char_edits, -r.counts.cer, r.line.row))
    return EvaluationResult(total, worst_first, skipped, _intervals(worst_first))


def in_order_of_rows(lines: Iterable[LineResult]) -> list[LineResult]:
    """Lines by CSV and row, so that what is drawn does not hang on how they were sorted."""
    return sorted(lines, key=lambda line: (str(line.line.csv_path), line.line.row))


def summarise(result: EvaluationResult) -> str:
    """CER, WER and exact match with their counts, for people."""
    counts = result.counts
    summary = [
        f"CER {counts.cer:.2%} ({counts.char_edits:,} of {counts.n_chars:,} characters)"
        f"{_said(result.intervals.cer)}",
        f"WER {counts.wer:.2%} ({counts.word_edits:,} of {counts.n_words:,} words)",
        f"exact match {counts.exact_match:.2%} ({counts.n_exact:,} of {counts.n_lines:,} lines)",
    ]
    if result.skipped:
        named = "; ".join(f"row {skip.row}: {skip.reason}" for skip in result.skipped[:3])
        more = "; ..." if len(result.skipped) > 3 else ""
        summary.append(f"left out {len(result.skipped):,} rows: {named}{more}")
    return "\n".join(summary)


def report(result: EvaluationResult, **about: Any) -> dict[str, Any]:
    """The numbers of an evaluation, JSON-ready, with what `about` says of model and data."""
    return {
        **about,
        "cer": result.counts.cer,
        "wer": result.counts.wer,
        "exact_match": result.counts.exact_match,
        **{f"{name}_interval": i.as_pair() for name, i in result.intervals._asdict().items()},
        **result.counts._asdict(),
        "skipped": [
            {"csv": str(skip.csv_path), "row": skip.row, "reason": skip.reason}
            for skip in result.skipped
        ],
    }


def write_report(
    folder: Path, result: EvaluationResult, details: Mapping[str, Any] | None = None, **about: Any
) -> None:
    """Write `report.json` and `lines.csv` (worst first) into a folder, made if need be.

    Args:
        folder: of the report.
        result: of the evaluation.
        details: what else `report.json` holds, behind the rates; JSON-ready.
        about: what it says of model and data, before them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {**report(result, **about), **(details or {})}
    text = json.dumps(numbers, ensure_ascii=False, indent=2)
    (folder / REPORT_JSON).write_text(text + "\n", encoding="utf-8")
    _write_lines(folder / LINES_CSV, result.lines)


def _write_lines(path: Path, lines: Sequence[LineResult]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        has_documents = any(line.line.document for line in lines)
        writer.writerow([*_COLUMNS, *(["document"] if has_documents else [])])
        for line in lines:
            row = (line.line.csv_path, line.line.row, line.line.image_path, line.line.text)
            shown = (line.counts.char_edits, f"{line.counts.cer:.4f}", f"{line.score:.3f}")
            confidence = f"{line.certainty.line:.4f}" if line.certainty else ""
            document = (line.line.document,) if has_documents else ()
            writer.writerow([*row, line.prediction, *shown, confidence, *document])


def _intervals(lines: Sequence[LineResult]) -> Intervals:
    counts = [line.counts for line in in_order_of_rows(lines)]
    n_lines = [1] * len(counts)
    inexact = bootstrap_interval([1 - c.n_exact for c in counts], n_lines)
    return Intervals(
        bootstrap_interval([c.char_edits for c in counts], [c.n_chars for c in counts]),
        bootstrap_interval([c.word_edits for c in counts], [c.n_words for c in counts]),
        inexact.complement(),
    )


def _said(interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    return f", 95% interval {interval.low:.2%} to {interval.high:.2%}"


def _labelled_lines(
    csv_paths: Iterable[Path], model: PredictionModel | Ensemble, skipped: list[Skipped]
) -> Iterator[LabelledLine]:
    delimiters = model.params.csv_delimiter, model.params.string_split_delimiter
    for csv_path in csv_paths:
        documents = read_documents(csv_path)
        for row in read_labelled_rows(csv_path, model.text_rules, delimiters):
            if row.text is None:
                skipped.append(Skipped(csv_path, row.number, row.problem))
                continue
            document = documents.get(row.name, "")
            yield LabelledLine(csv_path, row.number, row.image_path, row.text, document)
