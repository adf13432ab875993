"""Evaluation: counts, reports, and the rows that are left out."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TEXTS, in_hebrew
from rapidfuzz.distance import Levenshtein

from tf_crnn.errors import DataError
from tf_crnn.evaluation import (
    EvaluationResult,
    evaluate,
    report,
    sum_up,
    summarise,
    write_report,
)
from tf_crnn.loader import PredictionModel
from tf_crnn.statistics import bootstrap_interval
from tf_crnn.text_rules import TextRules

WriteCsv = Callable[..., Path]
# What the labels say; the model reads `TEXTS`.
TRUTHS = ("a bone", "oceans 12", "bad cod", "30 decades", "bacon and bean", "a", "x", "dance on")


@pytest.fixture(scope="module")
def model(run_folder: Path) -> PredictionModel:
    return PredictionModel(run_folder / "saving")


@pytest.fixture
def wrong_csv(line_csv: Path, write_csv: WriteCsv) -> Path:
    """The drawn lines with labels of which only two are right."""
    return write_csv(line_csv, [(f"{number}.png", text) for number, text in enumerate(TRUTHS)])


@pytest.fixture
def result(model: PredictionModel, wrong_csv: Path) -> EvaluationResult:
    return evaluate(model, [wrong_csv], batch_size=3)


def total_edits() -> int:
    return sum(Levenshtein.distance(*pair) for pair in zip(TRUTHS, TEXTS, strict=True))


def test_counts_are_those_of_the_texts(result: EvaluationResult) -> None:
    words = [(truth.split(), text.split()) for truth, text in zip(TRUTHS, TEXTS, strict=True)]

    assert result.counts._asdict() == {
        "n_lines": 8,
        "n_exact": 2,
        "char_edits": total_edits(),
        "n_chars": sum(map(len, TRUTHS)),
        "word_edits": sum(Levenshtein.distance(*pair) for pair in words),
        "n_words": sum(len(truth) for truth, _ in words),
    }
    assert result.counts.cer == total_edits() / sum(map(len, TRUTHS))
    assert result.skipped == []


def test_each_line_knows_how_sure_the_model_was_and_what_was_right(
    result: EvaluationResult,
) -> None:
    [right] = [line for line in result.lines if line.line.row == 1]
    [wrong] = [line for line in result.lines if line.line.text == "dance on"]

    assert right.certainty and wrong.certainty
    assert all(judged.is_right for judged in right.certainty.units)
    assert len(right.certainty.units) == len("a bone")
    assert [judged.is_right for judged in right.certainty.words] == [True, True]
    assert len(wrong.certainty.words) == len(wrong.prediction.split())
    n_right = sum(judged.is_right for judged in wrong.certainty.units)
    assert n_right < len(wrong.prediction)
    assert 0 < right.certainty.line < 1


def test_a_unit_that_the_model_does_not_know_counts_as_an_error(result: EvaluationResult) -> None:
    [line] = [line for line in result.lines if line.line.text == "x"]

    assert line.counts.char_edits == Levenshtein.distance("x", line.prediction) > 0


def test_right_labels_have_no_errors(model: PredictionModel, line_csv: Path) -> None:
    result = evaluate(model, [line_csv])

    assert (result.counts.cer, result.counts.wer, result.counts.exact_match) == (0.0, 0.0, 1.0)


def test_lines_come_worst_first(result: EvaluationResult) -> None:
    edits = [line.counts.char_edits for line in result.lines]

    assert edits == sorted(edits, reverse=True)
    assert edits[0] > edits[-1] == 0
    rights = [line.line.row for line in result.lines if line.counts.char_edits == 0]
    assert rights == sorted(rights) == [1, 5]


def test_each_line_knows_its_row_its_image_and_its_reading(
    result: EvaluationResult, wrong_csv: Path
) -> None:
    for line in result.lines:
        number = line.line.row - 1
        assert line.line.csv_path == wrong_csv
        assert line.line.image_path == wrong_csv.parent / f"{number}.png"
        assert line.line.text == TRUTHS[number]
        assert line.prediction == TEXTS[number]


def test_several_csvs_are_evaluated_together(
    model: PredictionModel, line_csv: Path, write_csv: WriteCsv
) -> None:
    second = write_csv(line_csv.with_name("second.csv"), [("0.png", "b bone")])

    result = evaluate(model, [line_csv, second])

    assert result.counts.n_lines == 9
    assert result.counts.char_edits == 1
    assert result.lines[0].line.csv_path == second


def test_rows_that_cannot_be_evaluated_are_named(model: PredictionModel, line_csv: Path) -> None:
    (line_csv.parent / "broken.png").write_bytes(b"no image")
    rows = [
        "0.png;|a| |b|o|n|e|",
        "1.png",
        "broken.png;|a|",
        "gone.png;|a|",
        "2.png;|a||b|",
        "1.png;|o|c|e|a|n| |1|2|",
    ]
    line_csv.write_text("\n".join(rows), encoding="utf-8")

    result = evaluate(model, [line_csv])

    assert result.counts.n_lines == result.counts.n_exact == 2
    reasons = {skip.row: skip.reason for skip in result.skipped}
    assert sorted(reasons) == [2, 3, 4, 5]
    assert reasons[2] == "no label"
    assert "broken.png: unreadable image" in reasons[3]
    assert "gone.png: missing file" in reasons[4]
    assert "'|a||b|': empty unit at position 2" in reasons[5]
    summary = summarise(result)
    assert "left out 4 rows: row " in summary
    assert summary.endswith("; ...")


def test_an_empty_label_is_evaluated(model: PredictionModel, line_csv: Path) -> None:
    line_csv.write_text("0.png;\n1.png;||\n", encoding="utf-8")

    result = evaluate(model, [line_csv])

    assert result.counts.char_edits == len(TEXTS[0]) + len(TEXTS[1])
    assert result.counts.n_chars == 0
    assert result.counts.cer == 1.0


def test_without_a_line_there_is_no_result(model: PredictionModel, line_csv: Path) -> None:
    line_csv.write_text("0.png\n1.png\n", encoding="utf-8")

    with pytest.raises(DataError, match="no line could be evaluated. row 1: no label; row 2"):
        evaluate(model, [line_csv])


def test_an_empty_csv_is_an_error(model: PredictionModel, line_csv: Path) -> None:
    line_csv.write_text("", encoding="utf-8")

    with pytest.raises(DataError, match=r"no line could be evaluated\. The CSV has no rows"):
        evaluate(model, [line_csv])


def test_report_json_holds_the_rates_the_counts_and_what_is_said_about_them(
    result: EvaluationResult, tmp_path: Path
) -> None:
    write_report(tmp_path / "deep" / "report", result, model="a model", epoch=3)

    written = json.loads((tmp_path / "deep" / "report" / "report.json").read_text("utf-8"))
    assert written == {
        "model": "a model",
        "epoch": 3,
        "cer": total_edits() / sum(map(len, TRUTHS)),
        "wer": result.counts.wer,
        "exact_match": 0.25,
        "cer_interval": [result.intervals.cer.low, result.intervals.cer.high],
        "wer_interval": [result.intervals.wer.low, result.intervals.wer.high],
        "exact_match_interval": [
            result.intervals.exact_match.low,
            result.intervals.exact_match.high,
        ],
        "n_lines": 8,
        "n_exact": 2,
        "char_edits": total_edits(),
        "n_chars": sum(map(len, TRUTHS)),
        "word_edits": result.counts.word_edits,
        "n_words": result.counts.n_words,
        "skipped": [],
    }


def test_the_report_names_the_rows_left_out(model: PredictionModel, line_csv: Path) -> None:
    line_csv.write_text("0.png;|a|\ngone.png;|b|\n", encoding="utf-8")

    [skipped] = report(evaluate(model, [line_csv]))["skipped"]

    assert skipped["csv"] == str(line_csv)
    assert skipped["row"] == 2
    assert "gone.png: missing file" in skipped["reason"]


def test_lines_csv_is_read_back_by_the_csv_module(
    model: PredictionModel, line_csv: Path, tmp_path: Path
) -> None:
    awkward = ["a;b", 'say "no"', "a, b", " ", "\\", "'"]
    rows = "".join(f"{n}.png;|{'|'.join(text)}|\n" for n, text in enumerate(awkward))
    line_csv.write_text(rows, encoding="utf-8")
    result = evaluate(model, [line_csv])

    write_report(tmp_path, result)

    with (tmp_path / "lines.csv").open(encoding="utf-8", newline="") as stream:
        read = list(csv.DictReader(stream, delimiter=";"))
    columns = "csv;row;path;truth;prediction;edits;cer;score;confidence"
    assert list(read[0]) == columns.split(";")
    assert {int(row["row"]): row["truth"] for row in read} == dict(enumerate(awkward, start=1))
    for row, line in zip(read, result.lines, strict=True):
        assert Path(row["path"]) == line.line.image_path
        assert row["prediction"] == line.prediction
        assert int(row["edits"]) == Levenshtein.distance(row["truth"], row["prediction"])
        assert float(row["cer"]) == pytest.approx(line.counts.cer, abs=1e-4)
        assert float(row["score"]) == pytest.approx(line.score, abs=1e-3)
        assert line.certainty is not None
        assert float(row["confidence"]) == pytest.approx(line.certainty.line, abs=1e-4)


def test_documents_beside_the_csv_are_a_column_of_lines_csv(
    model: PredictionModel, line_csv: Path, tmp_path: Path
) -> None:
    documents = 'path;document\n0.png;page 1\n2.png;"page; 2"\n'
    line_csv.with_name("documents.csv").write_text(documents, encoding="utf-8")

    write_report(tmp_path, evaluate(model, [line_csv]))

    with (tmp_path / "lines.csv").open(encoding="utf-8", newline="") as stream:
        read = list(csv.DictReader(stream, delimiter=";"))
    named = {int(row["row"]): row["document"] for row in read}
    assert named == {1: "page 1", 3: "page; 2"} | dict.fromkeys((2, 4, 5, 6, 7, 8), "")


def test_the_summary_gives_every_rate_with_its_counts(result: EvaluationResult) -> None:
    counts, interval = result.counts, result.intervals.cer

    lines = summarise(result).splitlines()

    assert lines == [
        f"CER {counts.cer:.2%} ({total_edits()} of {sum(map(len, TRUTHS))} characters), "
        f"95% interval {interval.low:.2%} to {interval.high:.2%}",
        f"WER {counts.wer:.2%} ({counts.word_edits} of {counts.n_words} words)",
        "exact match 25.00% (2 of 8 lines)",
    ]


def test_intervals_are_those_of_the_rates_over_the_lines(result: EvaluationResult) -> None:
    pairs = list(zip(TRUTHS, TEXTS, strict=True))
    edits = [Levenshtein.distance(*pair) for pair in pairs]
    word_edits = [Levenshtein.distance(truth.split(), text.split()) for truth, text in pairs]

    assert result.intervals.cer == bootstrap_interval(edits, [len(truth) for truth in TRUTHS])
    assert result.intervals.wer == bootstrap_interval(word_edits, [len(t.split()) for t in TRUTHS])
    low, high = bootstrap_interval([int(edit > 0) for edit in edits], [1] * len(edits))
    assert result.intervals.exact_match == (max(0, 1 - high), 1 - low)
    for rate, interval in zip(("cer", "wer", "exact_match"), result.intervals, strict=True):
        assert 0 <= interval.low <= getattr(result.counts, rate) <= interval.high


def test_of_a_single_line_no_interval_is_known(model: PredictionModel, line_csv: Path) -> None:
    line_csv.write_text("0.png;|a|b|\n", encoding="utf-8")

    result = evaluate(model, [line_csv])

    written = json.loads(json.dumps(report(result), allow_nan=False))
    assert [written[f"{rate}_interval"] for rate in ("cer", "wer", "exact_match")] == [None] * 3
    assert "interval" not in summarise(result)


def test_intervals_do_not_hang_on_the_order_of_the_lines(result: EvaluationResult) -> None:
    assert sum_up(result.lines[::-1], []) == result


def test_truths_are_compared_in_reading_order(hebrew_run: Path, line_csv: Path) -> None:
    rows = [f"{number}.png;{in_hebrew(text)}\n" for number, text in enumerate(TEXTS)]
    line_csv.write_text("".join(rows), encoding="utf-8")

    result = evaluate(PredictionModel(hebrew_run / "export"), [line_csv])

    assert result.counts.exact_match == 1.0
    assert {line.prediction for line in result.lines} == {in_hebrew(text) for text in TEXTS}


def test_the_truth_goes_through_the_rules_of_the_model(
    run_folder: Path, tmp_path: Path, line_csv: Path
) -> None:
    [save] = (run_folder / "saving").iterdir()
    shutil.copytree(save, tmp_path / "save")
    config = json.loads((tmp_path / "save" / "config.json").read_text())
    config |= {"letter_case": "lower", "white_space": "fold"}
    (tmp_path / "save" / "config.json").write_text(json.dumps(config))
    rows = [f"{n}.png; {text.upper()}\u00a0\n" for n, text in enumerate(TEXTS)]
    line_csv.write_text("".join(rows), encoding="utf-8")

    result = evaluate(PredictionModel(tmp_path / "save"), [line_csv])

    assert result.counts.exact_match == 1.0
    assert {line.line.text for line in result.lines} == {*TEXTS}


def test_other_rules_act_on_truth_and_reading(run_folder: Path, line_csv: Path) -> None:
    rows = [f"{number}.png;{text.title()}\n" for number, text in enumerate(TEXTS)]
    line_csv.write_text("".join(rows), encoding="utf-8")
    rules = TextRules(letter_case="upper", text_replacements=(("0", ""), ("O", "0")))

    as_trained = evaluate(PredictionModel(run_folder / "saving"), [line_csv])
    result = evaluate(PredictionModel(run_folder / "saving", text_rules=rules), [line_csv])

    n_capitals = sum(a != b for text in TEXTS for a, b in zip(text, text.title(), strict=True))
    assert as_trained.counts.char_edits == n_capitals
    # `O` of the truth became `0` before the case changed, `o` of both became `O` after.
    expected = {text.replace("0", "").upper() for text in TEXTS}
    assert {line.prediction for line in result.lines} == expected
    assert result.counts.char_edits == sum(text.title().count("O") for text in TEXTS)
