"""Confidences fitted to what a model reads right."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import TEXTS
from support.evaluations import evaluation_of

from tf_crnn.calibrating import calibrate, fit_calibration, judge_lines
from tf_crnn.checkpoints import find_model
from tf_crnn.evaluation import evaluate
from tf_crnn.export.saved_model import copy_or_export
from tf_crnn.loader import PredictionModel
from tf_crnn.scoring.calibration import Calibration, Scale, fit_scale, read_calibration
from tf_crnn.scoring.certainty import Certainty, Judged

WriteCsv = Callable[..., Path]
# Labels that are right for every other line.
LABELS = [text if number % 2 else text[::-1] + "x" for number, text in enumerate(TEXTS)]


@pytest.fixture
def save(run_folder: Path, tmp_path: Path) -> Path:
    """A copy of a trained model's save."""
    [folder] = (run_folder / "saving").iterdir()
    return Path(shutil.copytree(folder, tmp_path / "save"))


@pytest.fixture
def labels(line_csv: Path, write_csv: WriteCsv) -> Path:
    return write_csv(line_csv, [(f"{number}.png", text) for number, text in enumerate(LABELS)])


def test_each_kind_is_fitted_to_its_own_readings(tmp_path: Path) -> None:
    certainties = [
        Certainty(0.9, (Judged(0.8, True), Judged(0.7, False)), (Judged(0.99, True),)),
        Certainty(0.6, (), (Judged(0.5, False), Judged(0.9, True))),
    ]
    lines = evaluation_of(tmp_path, [("a", "a"), ("b", "c")], certainties=certainties).lines

    calibration = fit_calibration(lines)

    expected = Calibration(
        fit_scale([0.9, 0.6], [True, False]),
        fit_scale([0.8, 0.7], [True, False]),
        fit_scale([0.99, 0.5, 0.9], [True, False, True]),
    )
    for found, fitted in zip(calibration, expected, strict=True):
        assert found == pytest.approx(fitted)


def test_a_calibration_lies_beside_the_weights_and_is_used(save: Path, labels: Path) -> None:
    model = PredictionModel(save)
    uncalibrated = evaluate(model, [labels])

    calibrate(model, [labels])

    written = json.loads((save / "calibration.json").read_text())
    assert model.calibration == read_calibration(save / "calibration.json")
    assert model.calibration == fit_calibration(uncalibrated.lines) != Calibration()
    assert (written["n_lines"], written["decoding"]) == (len(LABELS), "greedy")
    [before] = [line for line in uncalibrated.lines if line.line.row == 1]
    [reading] = PredictionModel(save).transcribe([labels.with_name("0.png")])
    assert before.certainty and not isinstance(reading, Exception)
    assert reading.confidence == pytest.approx(
        model.calibration.line.apply(before.certainty.line), rel=1e-3
    )


def test_half_of_the_lines_are_right_and_the_confidences_come_to_say_so(
    save: Path, labels: Path
) -> None:
    model = PredictionModel(save)
    raw = evaluate(model, [labels])

    result = calibrate(model, [labels])

    before, after = (
        np.mean([abs(j.confidence - j.is_right) for j in judge_lines(r.lines).line])
        for r in (raw, result)
    )
    errors = json.loads((save / "calibration.json").read_text())["expected_calibration_error"]
    assert set(errors) == {"line", "word", "unit"}
    assert errors["line"]["before"] == pytest.approx(before)
    assert errors["line"]["after"] == pytest.approx(after)
    assert result.counts == raw.counts
    rights = [j.is_right for j in judge_lines(result.lines).line]
    assert rights.count(True) == len(LABELS) // 2


def test_each_half_of_the_lines_has_confidences_fitted_to_the_other(
    save: Path, labels: Path
) -> None:
    model = PredictionModel(save)
    raw = sorted(evaluate(model, [labels]).lines, key=lambda line: line.line.row)

    result = calibrate(model, [labels])

    first = next(line for line in result.lines if line.line.row == 1)
    of_others = fit_calibration(raw[1::2])
    assert first.certainty and raw[0].certainty
    assert first.certainty.line == pytest.approx(of_others.line.apply(raw[0].certainty.line))
    assert first.certainty.units[0].confidence == pytest.approx(
        of_others.unit.apply(raw[0].certainty.units[0].confidence)
    )


def test_calibrating_again_starts_from_the_network(save: Path, labels: Path) -> None:
    model = PredictionModel(save)
    calibrate(model, [labels])
    first = model.calibration

    calibrate(model, [labels])

    assert model.calibration == first


def test_an_export_of_a_save_keeps_its_calibration(save: Path, tmp_path: Path) -> None:
    scale = {"temperature": 2.0, "bias": math.log(3)}
    (save / "calibration.json").write_text(json.dumps(dict.fromkeys(Calibration._fields, scale)))
    model = PredictionModel(save)

    folder = copy_or_export(find_model(save), tmp_path / "exported", model.params, {})

    assert PredictionModel(folder).calibration.word == Scale(2.0, math.log(3))
