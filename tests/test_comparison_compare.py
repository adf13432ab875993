"""Recorded runs side by side."""

import json
import math
from pathlib import Path

import pytest
from support.evaluated_runs import Line, evaluated_run, read_as

from tf_crnn.comparison.compare import compare_runs
from tf_crnn.comparison.confusion_changes import Confusion
from tf_crnn.errors import TrackingError

TRUTHS = ["the old cat", "a dog", "no", "seven lines"]
FIRST = ["the old cat", "a dig", "n", "seven lines"]
SECOND = ["tha old cet", "a dog", "no", "seven lines"]


def test_lines_that_all_read_right_are_only_counted(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, read_as(TRUTHS, FIRST)),
        evaluated_run(tmp_path, 3, read_as(TRUTHS, SECOND)),
    ]

    comparison = compare_runs(runs)

    assert comparison.common == (4, None, 1, 0, True)
    assert [(line.row, line.truth, line.readings, line.edits) for line in comparison.lines] == [
        (1, "the old cat", ("the old cat", "tha old cet"), (0, 2)),
        (2, "a dog", ("a dig", "a dog"), (1, 0)),
        (3, "no", ("n", "no"), (1, 0)),
    ]
    assert [run.name for run in comparison.runs] == ["run 1", "run 3"]
    assert [run.cer for run in comparison.runs] == pytest.approx([2 / 29, 2 / 29])
    assert comparison.summary[0].startswith("Run 1 and run 3 make equally many errors: CER 6.9 %")


def test_only_common_lines_are_compared_and_each_run_keeps_its_own_rate(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, read_as(TRUTHS, FIRST)),
        evaluated_run(tmp_path, 2, read_as(TRUTHS[:2], SECOND[:2], folder="/copy")),
    ]

    comparison = compare_runs(runs)

    assert comparison.common == (2, None, 0, 0, False)
    assert [run.n_lines for run in comparison.runs] == [4, 2]
    assert [run.cer for run in comparison.runs] == pytest.approx([2 / 29, 2 / 16])
    rates = [run.rates.cer.value for run in comparison.runs if run.rates]
    assert rates == pytest.approx([1 / 16, 2 / 16])
    assert comparison.lines[0].paths == ("/data/0.png", "/copy/0.png")
    assert "only the 2 lines that all of them read are compared" in comparison.summary[1]


def test_only_parameters_that_differ_are_listed(tmp_path: Path) -> None:
    lines = read_as(TRUTHS, FIRST)
    runs = [
        evaluated_run(tmp_path, 1, lines, config={"seed": 1, "rate": 0.1, "units": [128]}),
        evaluated_run(
            tmp_path, 2, lines, config={"seed": 1, "rate": 0.2, "units": [128], "new": 0}
        ),
        evaluated_run(tmp_path, 3, lines, config={"seed": 1, "rate": 0.1, "units": [256]}),
    ]

    assert compare_runs(runs).parameters == (
        ("new", (None, 0, None)),
        ("rate", (0.1, 0.2, 0.1)),
        ("units", ([128], [128], [256])),
    )


def test_curves_are_of_metrics_that_two_runs_have(tmp_path: Path) -> None:
    lines = read_as(TRUTHS, FIRST)
    runs = [
        evaluated_run(tmp_path, 1, lines, metrics={"loss": [3, 2], "val_cer": [0.5, 0.25]}),
        evaluated_run(tmp_path, 2, lines, metrics={"alone": [1.0]}),
        evaluated_run(tmp_path, 3, lines, metrics={"loss": [4], "val_cer": [math.nan]}),
    ]

    [of_cer, of_loss] = compare_runs(runs).metrics

    assert (of_cer.name, of_loss.name) == ("val_cer", "loss")
    assert [(c.run, c.steps, c.values) for c in of_loss.curves] == [
        (0, (1, 2), (3, 2)),
        (2, (1,), (4,)),
    ]
    assert of_cer.curves[0].minutes == pytest.approx((1.0, 2.0))


def test_confusions_are_against_the_first_run(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, read_as(TRUTHS, FIRST)),
        evaluated_run(tmp_path, 2, read_as(TRUTHS, SECOND)),
    ]

    [changes] = compare_runs(runs).confusions

    assert changes.run == 1
    assert changes.appeared == (Confusion("a", "e", 0, 1), Confusion("e", "a", 0, 1))
    assert changes.vanished == (Confusion("o", "", 1, 0), Confusion("o", "i", 1, 0))


def test_a_run_without_readings_is_shown_and_left_out_of_the_lines(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, None, status="FAILED", metrics={"loss": [3.0]}),
        evaluated_run(tmp_path, 2, read_as(TRUTHS, FIRST), metrics={"loss": [2.0]}),
        evaluated_run(tmp_path, 3, read_as(TRUTHS, TRUTHS), metrics={"loss": [1.0]}),
    ]

    comparison = compare_runs(runs)

    assert comparison.evaluated == (1, 2)
    assert (comparison.runs[0].n_lines, comparison.runs[0].cer, comparison.runs[0].rates) == (
        None,
        None,
        None,
    )
    assert [(pair.first, pair.second) for pair in comparison.pairs] == [(1, 2)]
    assert comparison.confusions[0].run == 2
    assert [curve.run for curve in comparison.metrics[0].curves] == [0, 1, 2]
    assert comparison.summary[-1].startswith("Without readings: run 1 (FAILED).")


def test_documents_are_found_by_a_pattern(tmp_path: Path) -> None:
    lines = [
        Line(f"/d/page{n % 3}_{n}.png", "abcdefgh", "abcdefgh"[: n % 4 + 5]) for n in range(40)
    ]
    worse = [line._replace(reading=line.reading[1:]) for line in lines]
    runs = [evaluated_run(tmp_path, 1, lines), evaluated_run(tmp_path, 2, worse)]

    comparison = compare_runs(runs, document_pattern=r"(page\d)")

    assert comparison.common.n_documents == 3
    assert comparison.lines[0].document == "page0"
    [first, _] = comparison.runs
    assert first.rates is not None
    assert first.rates.cer.by_document is not None
    assert first.rates.cer.by_document != first.rates.cer.by_line


def test_less_than_two_evaluated_runs_are_named_with_their_status(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, read_as(TRUTHS, FIRST)),
        evaluated_run(tmp_path, 2, None, status="INTERRUPTED"),
    ]

    with pytest.raises(TrackingError, match=r"/2 \(INTERRUPTED\): no lines.csv, which a training"):
        compare_runs(runs)
    with pytest.raises(TrackingError, match="a comparison needs two runs"):
        compare_runs(runs[:1])


def test_runs_without_a_common_line_are_named_with_an_example(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, [Line("/data/a.png", "a", "a")]),
        evaluated_run(tmp_path, 2, [Line("/data/b.png", "a", "a")]),
    ]

    with pytest.raises(
        TrackingError,
        match=r"/1 has 1 lines, such as /data/a.png; .*/2 has 1 lines, such as /data/b",
    ):
        compare_runs(runs)


def test_runs_of_equal_ids_are_named_by_their_stores(tmp_path: Path) -> None:
    lines = read_as(TRUTHS, FIRST)
    here = evaluated_run(tmp_path / "here", 1, lines)
    there = evaluated_run(tmp_path / "there", 1, lines)

    names = [run.name for run in compare_runs([here, there]).runs]
    twice = [run.name for run in compare_runs([here, here]).runs]

    assert names == [str(tmp_path / "here/1"), str(tmp_path / "there/1")]
    assert twice == [f"{tmp_path / 'here/1'} (1)", f"{tmp_path / 'here/1'} (2)"]


def test_the_comparison_as_a_dict_is_strict_json(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, [Line("1.png", "ab", "ax")], metrics={"loss": [math.nan, 1]}),
        evaluated_run(tmp_path, 2, [Line("1.png", "ab", "ab")], metrics={"loss": [math.inf, 2]}),
    ]

    written = json.loads(json.dumps(compare_runs(runs).to_dict(), allow_nan=False))

    assert written["metrics"][0]["curves"][0]["values"] == [None, 1.0]
    # One line says nothing of chance.
    assert written["pairs"][0]["cer"]["by_line"]["p"] is None
    assert written["pairs"][0]["cer"]["value"] == -0.5
    assert written["lines"][0]["readings"] == ["ax", "ab"]
    assert written["runs"][1]["rates"]["exact_match"]["value"] == 1.0


def test_the_seed_decides_about_the_bootstrap(tmp_path: Path) -> None:
    runs = [
        evaluated_run(tmp_path, 1, read_as(TRUTHS, FIRST)),
        evaluated_run(tmp_path, 2, read_as(TRUTHS, SECOND)),
    ]

    first, again, other = (compare_runs(runs, seed=seed).pairs for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_runs_by_different_text_rules_are_told_apart(tmp_path: Path) -> None:
    lines = read_as(TRUTHS, FIRST)
    runs = [
        evaluated_run(tmp_path, 1, lines, config={"seed": 1}),
        evaluated_run(tmp_path, 2, lines, config={"letter_case": "keep", "white_space": "fold"}),
    ]

    summary = compare_runs(runs).summary

    # A run of before there were rules has none: its case was kept.
    assert summary[-1] == (
        "The runs were trained with different text rules (white_space): their rates are of "
        "different texts."
    )
    assert len(compare_runs([runs[0], runs[0]]).summary) == len(summary) - 1
