"""The details of an evaluation, for the page and for report.json."""

import json
import random
from pathlib import Path

from support.evaluations import evaluation_of

from tf_crnn.metrics import compare_lines
from tf_crnn.reports.details import as_json, find_details
from tf_crnn.scoring.rates import MEASURES
from tf_crnn.statistics import bootstrap_interval

TEXTS = [("the cat", "the cut"), ("on a mat", "on a mat"), ("", "x"), ("Ä, b", "a b")]


def test_the_json_holds_every_table(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, TEXTS, documents=["p1", "p1", "", "p2"])

    found = json.loads(json.dumps(as_json(find_details(result)), allow_nan=False))

    counts = compare_lines(TEXTS)
    assert set(found["rates"]) == set(MEASURES)
    assert found["rates"]["cer"]["value"] == counts.cer
    assert found["rates"]["wer"]["edits"] == counts.word_edits
    assert found["rates"]["cer"]["interval"] == list(result.intervals.cer)
    assert found["rates"]["cer"]["interval_by_document"] == list(
        bootstrap_interval([1, 1, 2], [15, 0, 4])
    )
    inexact = bootstrap_interval([1, 1, 1], [2, 1, 1])
    assert found["exact_match_interval_by_document"] == [1 - inexact.high, 1 - inexact.low]
    assert sum(e["missed"] + e["inserted"] for e in found["characters"]) == counts.char_edits
    assert sum(e["missed"] + e["inserted"] for e in found["scripts"]) == counts.char_edits
    assert sum(group["char_edits"] for group in found["lengths"]) == counts.char_edits
    assert [group["document"] for group in found["documents"]] == ["", "p2", "p1"]
    assert {"truth": "a", "read": "u", "count": 1} in found["confusions"]
    assert {"truth": "", "read": "x", "count": 1} in found["confusions"]
    assert sum(confusion["count"] for confusion in found["confusions"]) == counts.char_edits


def test_without_documents_nothing_is_said_of_them(tmp_path: Path) -> None:
    found = as_json(find_details(evaluation_of(tmp_path, TEXTS)))

    assert found["documents"] == []
    assert found["exact_match_interval_by_document"] is None
    assert {rate["interval_by_document"] for rate in found["rates"].values()} == {None}


def test_details_do_not_hang_on_the_order_of_the_lines(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, TEXTS, documents=["p1", "p1", "", "p2"])
    shuffled = random.Random(1).sample(result.lines, len(result.lines))

    assert as_json(find_details(result._replace(lines=shuffled))) == as_json(find_details(result))
