"""What a comparison says in words."""

import math

import pytest

from tf_crnn.comparison.rates import Change, Estimate, Evidence, Pair, Rates, Wins, holm
from tf_crnn.comparison.result import Common, ComparedRun
from tf_crnn.comparison.sentences import p_text, percents, say
from tf_crnn.metrics import ErrorCounts
from tf_crnn.statistics import Interval

SAME_LINES = Common(548, None, 100, 0, is_all=True)
NOWHERE = Interval(0.0, 0.0)


def run(name: str, cer: float | None, n_lines: int = 548, status: str = "COMPLETED") -> ComparedRun:
    estimate = Estimate(cer or 0.0, NOWHERE, None)
    rates = None if cer is None else Rates(ErrorCounts(), estimate, estimate, estimate)
    n_own = None if cer is None else n_lines
    return ComparedRun(name, f"runs/{name}", status, None, 1.0, "", n_own, cer, rates)


def pairs_of(runs: list[ComparedRun], p: dict[tuple[int, int], float]) -> list[Pair]:
    """Pairs with the p-values given; the ones by document are ten times as large."""
    adjusted = dict(zip(p, holm(list(p.values())), strict=True))
    pairs = []
    for (first, second), value in p.items():
        difference = (runs[second].cer or 0.0) - (runs[first].cer or 0.0)
        by_line = Evidence(NOWHERE, value, adjusted[first, second])
        by_document = Evidence(NOWHERE, 10 * value, 10 * adjusted[first, second])
        change = Change(difference, by_line, by_document)
        pairs.append(Pair(first, second, change, change, change, Wins(0, 0, 0)))
    return pairs


@pytest.mark.parametrize(
    ("cers", "p", "sentence"),
    [
        (
            (0.05, 0.041),
            0.002,
            "Run 3 reads better than run 1: CER 4.1 % instead of 5.0 % on the same 548 lines; the "
            "difference is more than chance (p = 0.002).",
        ),
        (
            (0.05, 0.041),
            0.4,
            "Run 3 makes fewer errors than run 1: CER 4.1 % instead of 5.0 % on the same 548 "
            "lines; the difference may be chance (p = 0.40).",
        ),
        (
            (0.041, 0.0412),
            0.0004,
            "Run 1 reads better than run 3: CER 4.10 % instead of 4.12 % on the same 548 lines; "
            "the difference is more than chance (p < 0.001).",
        ),
        (
            (0.05, 0.05),
            1.0,
            "Run 1 and run 3 make equally many errors: CER 5.0 % on the same 548 lines.",
        ),
        (
            (0.05, 0.041),
            math.nan,
            "Run 3 makes fewer errors than run 1: CER 4.1 % instead of 5.0 % on the same 548 "
            "lines; too little to say whether this is chance.",
        ),
    ],
)
def test_two_runs(cers: tuple[float, float], p: float, sentence: str) -> None:
    runs = [run("run 1", cers[0]), run("run 3", cers[1])]

    assert say(runs, pairs_of(runs, {(0, 1): p}), SAME_LINES) == [sentence]


def test_several_runs_and_over_which_the_best_is_more_than_chance() -> None:
    runs = [run(f"run {n}", cer) for n, cer in enumerate((0.05, 0.04, 0.06, 0.041), start=1)]
    p = {(0, 1): 0.004, (0, 2): 0.5, (0, 3): 0.5, (1, 2): 0.001, (1, 3): 0.6, (2, 3): 0.001}

    said = say(runs, pairs_of(runs, p), SAME_LINES)

    assert said == [
        "Of 4 runs, run 2 reads best: CER 4.0 % on the same 548 lines.",
        "It is better than run 1 and run 3 by more than chance (p ≤ 0.02, corrected for 6 "
        "comparisons).",
        "Its lead over run 4 may be chance (p ≥ 1.00).",
    ]


def test_several_runs_of_which_none_is_clearly_best() -> None:
    runs = [run("run 1", 0.05), run("run 2", 0.04), run("run 3", 0.04)]

    said = say(runs, pairs_of(runs, {(0, 1): 0.03, (0, 2): 0.03, (1, 2): 1.0}), SAME_LINES)

    assert said == [
        "Of 3 runs, run 2 makes the fewest errors: CER 4.0 % on the same 548 lines.",
        "Equally many errors: run 3.",
        "Its lead over run 1 may be chance (p ≥ 0.09, corrected for 3 comparisons).",
    ]


def test_runs_that_all_read_alike() -> None:
    runs = [run("run 1", 0.05), run("run 2", 0.05), run("run 3", 0.05)]

    said = say(runs, pairs_of(runs, {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 1.0}), SAME_LINES)

    assert said == ["All 3 runs make equally many errors: CER 5.0 % on the same 548 lines."]


def test_it_is_said_when_the_lines_were_not_the_same() -> None:
    runs = [
        run("run 1", 0.05),
        run("run 2", 0.04, n_lines=500),
        run("run 3", None, status="FAILED"),
    ]
    common = Common(480, None, 10, 12, is_all=False)

    _, *said = say(runs, pairs_of(runs, {(0, 1): 0.01}), common)

    assert said == [
        "The runs were not evaluated on the same lines (548 lines: run 1; 500 lines: run 2); only "
        "the 480 lines that all of them read are compared.",
        "Left out because the runs do not have the same truth for it: 12 pictures.",
        "Without readings: run 3 (FAILED). Of it, only the configuration and the curves are shown.",
    ]


@pytest.mark.parametrize(
    ("n_documents", "verdict", "about"),
    [
        (10, "may be chance (p = 0.20)", "come from 10 documents; chance is judged by whole"),
        (9, "is more than chance (p = 0.02)", "come from 9 documents only; chance is judged by"),
    ],
)
def test_chance_is_judged_by_documents_if_there_are_enough(
    n_documents: int, verdict: str, about: str
) -> None:
    runs = [run("run 1", 0.05), run("run 2", 0.04)]

    said = say(runs, pairs_of(runs, {(0, 1): 0.02}), SAME_LINES._replace(n_documents=n_documents))

    assert verdict in said[0]
    assert about in said[1]


def test_names_that_are_addresses_are_left_as_they_are() -> None:
    runs = [run("mongodb://host/db#1", 0.05), run("runs/1", 0.04)]

    [said] = say(runs, pairs_of(runs, {(0, 1): 0.01}), SAME_LINES)

    assert said.startswith("runs/1 reads better than mongodb://host/db#1: ")


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0004, "p < 0.001"),
        (0.0031, "p = 0.003"),
        (0.0123, "p = 0.01"),
        (0.0496, "p = 0.050"),
        (0.052, "p = 0.052"),
        (1.0, "p = 1.00"),
        (math.nan, "p not known"),
    ],
)
def test_p_values_have_as_many_digits_as_are_of_use(p: float, text: str) -> None:
    assert p_text(p) == text


def test_percents_have_digits_enough_to_tell_them_apart() -> None:
    assert percents([0.05, 0.041]) == ["5.0 %", "4.1 %"]
    assert percents([0.0412, 0.0414]) == ["4.12 %", "4.14 %"]
    assert percents([0.0, 0.0]) == ["0.0 %", "0.0 %"]
