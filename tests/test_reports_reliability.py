"""Confidences of an evaluation: numbers, words and diagram."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.evaluations import evaluation_of

from tf_crnn.evaluation import LineResult
from tf_crnn.reports.reliability import (
    confidences_json,
    describe_confidences,
    draw_reliability,
    find_confidences,
)
from tf_crnn.scoring.certainty import Certainty, Judged


@pytest.fixture
def lines(tmp_path: Path) -> list[LineResult]:
    """Twenty lines of which every fourth is wrong, the less certain the more wrong."""
    texts = [("abcd", "xxxx" if n % 4 == 0 else "abcd") for n in range(20)]
    certainties = [
        Certainty(0.2 if n % 4 == 0 else 0.9, (), (Judged(0.5, n % 4 > 0),) * 4) for n in range(20)
    ]
    return evaluation_of(tmp_path, texts, certainties=certainties).lines


def test_confidences_are_compared_with_what_was_right(lines: list[LineResult]) -> None:
    found = find_confidences(lines)

    assert found is not None
    assert found.lines.error == pytest.approx(0.25 * 0.2 + 0.75 * 0.1, abs=0.03)
    assert (found.lines.number, found.lines.right) == (20, 0.75)
    assert found.words is None
    assert found.characters and found.characters.number == 80
    assert [(e.n_lines, e.cer) for e in found.efforts[:3]] == [(1, 0.2), (2, 0.15), (4, 0.05)]


def test_they_are_told_in_words(lines: list[LineResult]) -> None:
    found = find_confidences(lines)
    assert found is not None

    error, *efforts = describe_confidences(found).splitlines()

    assert error == (
        f"expected calibration error of confidences: lines {found.lines.error:.2%}, "
        f"characters {found.characters.error:.2%}"  # type: ignore[union-attr]
    )
    assert efforts[:2] == [
        "correcting the least certain 5% (1 line) leaves a CER of 20.00%",
        "correcting the least certain 10% (2 lines) leaves a CER of 15.00%",
    ]


def test_of_few_lines_no_effort_of_none_is_told(tmp_path: Path) -> None:
    found = find_confidences(
        evaluation_of(tmp_path, [("a", "b")] * 2, certainties=[Certainty(0.5)] * 2).lines
    )

    assert found is not None
    assert len(describe_confidences(found).splitlines()) == 3
    assert " (0 lines)" not in describe_confidences(found)


def test_the_json_has_bins_errors_and_efforts(lines: list[LineResult]) -> None:
    found = json.loads(json.dumps(confidences_json(find_confidences(lines)), allow_nan=False))

    assert found["words"] is None
    assert len(found["lines"]["bins"]) == 10
    assert set(found["lines"]["bins"][0]) == {"number", "confidence", "right"}
    assert found["efforts"][0] == {"share": 0.05, "n_lines": 1, "cer": 0.2, "least_cer": 0.2}


def test_without_certainties_nothing_is_known(tmp_path: Path) -> None:
    found = find_confidences(evaluation_of(tmp_path, [("a", "b")]).lines)

    assert found is None
    assert confidences_json(found) is None


def test_the_diagram_shows_both_kinds(lines: list[LineResult], tmp_path: Path) -> None:
    found = find_confidences(lines)
    assert found is not None

    draw_reliability(found, tmp_path / "all.png")
    draw_reliability(found._replace(characters=None), tmp_path / "lines.png")

    both, alone = (
        np.asarray(Image.open(tmp_path / name).convert("RGB")) for name in ("all.png", "lines.png")
    )
    half = both.shape[1] // 2
    blue = (both == (0, 0x72, 0xB2)).all(axis=2)
    assert blue[:, :half].any() and blue[:, half:].any()
    assert not (alone == (0, 0x72, 0xB2)).all(axis=2)[:, half:].any()
