"""Error rates of documents and of lines about as long."""

import csv
import math
from pathlib import Path

import pytest
from support.evaluations import evaluation_of

from tf_crnn.evaluation import LineResult
from tf_crnn.reports.groups import by_document, by_length, write_groups_csv
from tf_crnn.statistics import bootstrap_interval

TEXTS = [("abcd", "abcd"), ("abcd", "abxx"), ("", "a"), ("x" * 11, "x" * 11), ("y" * 200, "")]


@pytest.fixture
def lines(tmp_path: Path) -> list[LineResult]:
    return evaluation_of(tmp_path, TEXTS, documents=["b", "b", "", "a; b", "c"]).lines


def test_documents_are_told_worst_first(lines: list[LineResult]) -> None:
    groups = by_document(lines)

    assert [(g.name, g.counts.n_lines, g.counts.cer) for g in groups] == [
        ("", 1, 1.0),
        ("c", 1, 1.0),
        ("b", 2, 0.25),
        ("a; b", 1, 0.0),
    ]
    assert groups[2].cer_interval == bootstrap_interval([0, 2], [4, 4])
    assert math.isnan(groups[0].cer_interval.low)


def test_without_documents_there_are_no_groups(tmp_path: Path) -> None:
    assert by_document(evaluation_of(tmp_path, TEXTS).lines) == []


def test_lines_are_grouped_by_the_length_of_their_truth(lines: list[LineResult]) -> None:
    groups = by_length(lines)

    assert [(group.name, group.counts.n_lines) for group in groups] == [
        ("empty", 1),
        ("1 to 5", 2),
        ("11 to 20", 1),
        ("above 120", 1),
    ]


@pytest.mark.parametrize(
    ("length", "name"),
    [(1, "1 to 5"), (5, "1 to 5"), (6, "6 to 10"), (120, "81 to 120"), (121, "above 120")],
)
def test_both_ends_of_a_length_belong_to_it(length: int, name: str, tmp_path: Path) -> None:
    [group] = by_length(evaluation_of(tmp_path, [("a" * length, "b")]).lines)

    assert group.name == name


def test_the_table_is_read_back_by_the_csv_module(lines: list[LineResult], tmp_path: Path) -> None:
    write_groups_csv(by_document(lines), tmp_path / "groups.csv")

    with (tmp_path / "groups.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["document"]: row for row in csv.DictReader(stream, delimiter=";")}
    assert set(rows) == {"", "a; b", "b", "c"}
    assert (rows["b"]["n_lines"], rows["b"]["char_edits"], rows["b"]["cer"]) == ("2", "2", "0.2500")
    assert (rows["c"]["cer_low"], rows["c"]["wer"], rows["c"]["exact_match"]) == (
        "",
        "1.0000",
        "0.0000",
    )
