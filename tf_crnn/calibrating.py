"""Fits the confidences of a model to what it reads right."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tf_crnn.checkpoints import CALIBRATION_JSON
from tf_crnn.evaluation import EvaluationResult, LineResult, evaluate, in_order_of_rows
from tf_crnn.loader import PredictionModel
from tf_crnn.scoring.calibration import Calibration, Scale, fit_scale, write_calibration
from tf_crnn.scoring.certainty import (
    Certainty,
    Judged,
    JudgedReadings,
    find_reliability,
    judged_readings,
)

_N_PARTS = 2


def calibrate(
    model: PredictionModel, csv_paths: Iterable[Path], batch_size: int = 32
) -> EvaluationResult:
    """Evaluate a model, fit its confidences, and write `calibration.json` into its folder.

    Args:
        model: is calibrated afterwards.
        csv_paths: labelled lines that it was not trained on.
        batch_size: lines read at a time.

    Returns:
        The evaluation. Its confidences are not those of the calibration, which has seen these very
        lines: each half of them has those of a calibration fitted to the other half.

    Raises:
        DataError: see `evaluate`.
    """
    model.calibration = Calibration()
    uncalibrated = evaluate(model, csv_paths, batch_size)
    calibration = fit_calibration(uncalibrated.lines)
    result = _calibrate_by_halves(uncalibrated)
    before, after = (_errors(evaluation.lines) for evaluation in (uncalibrated, result))
    write_calibration(
        model.folder / CALIBRATION_JSON,
        calibration,
        n_lines=len(result.lines),
        decoding=model.settings.name,
        expected_calibration_error={
            kind: {"before": before[kind], "after": after[kind]} for kind in before
        },
    )
    model.calibration = calibration
    return result


def fit_calibration(lines: Sequence[LineResult]) -> Calibration:
    """The scales that fit these lines best; lines must have been read without a calibration."""
    return Calibration(*(_fit(judged) for judged in judge_lines(lines)))


def judge_lines(lines: Iterable[LineResult]) -> JudgedReadings:
    """Everything that was read, by kind; lines whose certainty is not known are passed over."""
    return judged_readings(
        (line.certainty, bool(line.counts.n_exact)) for line in lines if line.certainty
    )


def _fit(judged: Sequence[Judged]) -> Scale:
    return fit_scale([j.confidence for j in judged], [j.is_right for j in judged])


def _calibrate_by_halves(result: EvaluationResult) -> EvaluationResult:
    lines = in_order_of_rows(result.lines)
    parts = [lines[start::_N_PARTS] for start in range(_N_PARTS)]
    calibrated = {}
    for place, part in enumerate(parts):
        others = [line for other in parts[:place] + parts[place + 1 :] for line in other]
        calibration = fit_calibration(others)
        for line in part:
            calibrated[id(line)] = _calibrate_line(line, calibration)
    return result._replace(lines=[calibrated[id(line)] for line in result.lines])


def _calibrate_line(line: LineResult, calibration: Calibration) -> LineResult:
    certainty = line.certainty
    if certainty is None:
        return line
    words = _scale_all(certainty.words, calibration.word)
    units = _scale_all(certainty.units, calibration.unit)
    return line._replace(certainty=Certainty(calibration.line.apply(certainty.line), words, units))


def _scale_all(judged: Sequence[Judged], scale: Scale) -> tuple[Judged, ...]:
    confidences = scale.apply_all([j.confidence for j in judged]).tolist()
    return tuple(
        Judged(confidence, j.is_right) for confidence, j in zip(confidences, judged, strict=True)
    )


def _errors(lines: Sequence[LineResult]) -> dict[str, float | None]:
    """Expected calibration error of each kind."""
    judged = judge_lines(lines)._asdict()
    found = {kind: find_reliability(readings) for kind, readings in judged.items()}
    return {kind: reliability and reliability.error for kind, reliability in found.items()}
