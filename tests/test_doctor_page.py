"""The page, the text and the JSON."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.doctor import WORDS, draw, finding, look, marked, save, write_lines, write_rows

from tf_crnn.doctor.examination import Examination
from tf_crnn.doctor.page import pieces_of, write_page
from tf_crnn.doctor.text_report import format_text

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def examination(tmp_path: Path) -> Examination:
    """Lines with a few faults, one of them a script."""
    train = write_lines(tmp_path)
    save(draw(WORDS[0]), tmp_path / "<b>.png")
    rows = [(f"train_{n}.png", marked(text)) for n, text in enumerate(WORDS)]
    rows += [("<b>.png", marked(SCRIPT)), ("none.png", "|a|"), ("train_1.png", "|a|\u200b| |")]
    return look(write_rows(train, rows), write_lines(tmp_path, ["something else"], "val"))


def test_the_page_escapes_labels_and_paths_and_asks_for_nothing(
    tmp_path: Path, examination: Examination
) -> None:
    write_page(examination, tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "<b>" not in page and "&lt;b&gt;.png" in page
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert page.count("data:image/webp;base64,") >= 4


def test_the_page_is_well_formed(tmp_path: Path, examination: Examination) -> None:
    write_page(examination, tmp_path / "page.html")

    class Checker(HTMLParser):
        open_tags: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "img", "rect", "br"):
                self.open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert tag == "rect" or self.open_tags.pop() == tag

    checker = Checker()
    checker.feed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert checker.open_tags == []


def test_unseen_characters_are_shown_by_their_code_points() -> None:
    assert pieces_of("a b\u200b\u00a0c") == [
        ("a b", False),
        ("[U+200B][U+00A0]", True),
        ("c", False),
    ]


def test_a_reading_is_shown_with_its_differences(tmp_path: Path, examination: Examination) -> None:
    found = replace(finding(examination, "edge_spaces"))
    index = int(found.lines[0])
    with_reading = examination.with_findings([replace(found, readings={index: "ab"})])

    write_page(with_reading, tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<dt>reading</dt>" in page and "<ins " in page


def test_the_text_begins_with_the_sum_and_what_matters_most(examination: Examination) -> None:
    text = format_text(examination)

    first, _, heading, rejected = text.splitlines()[:4]
    assert first.startswith("27 training and 1 validation lines: unreadable: 1; ")
    assert heading == "REJECTED: A TRAINING LEAVES THESE OUT"
    assert rejected == "* 1 of 28 lines are rejected: missing file."
    assert text.index("LIKELY WRONG") < text.index("WORTH A LOOK") < text.index("SIZES")
    assert "train.csv:27 train_1.png “a[U+200B] ” (space behind the text)" in text


def test_the_text_stays_a_page_however_many_lines_are_concerned(tmp_path: Path) -> None:
    train = write_lines(tmp_path)
    write_rows(train, [(f"none_{n}.png", "|a|") for n in range(500)])

    text = format_text(look(train))

    assert "... and 497 more" in text
    assert len(text.splitlines()) < 30


def test_json_has_counts_denominators_lines_and_characters(examination: Examination) -> None:
    content = json.loads(json.dumps(examination.to_dict()))

    assert (content["lines"], content["rejected"]) == (28, 1)
    rejected = content["findings"][0]
    assert rejected["severity"] == "rejects" and (rejected["count"], rejected["of"]) == (1, 28)
    assert rejected["lines"][0]["path"] == "none.png"
    assert rejected["lines"][0]["remark"] == "missing file"
    zero_width = next(c for c in content["characters"] if c["code_point"] == "U+200B")
    assert zero_width["name"] == "zero width space"
    assert (zero_width["count"], zero_width["train"], zero_width["val"]) == (1, 1, 0)
    heights = content["distributions"]["height"]
    assert heights["least"] == heights["greatest"] == 32
    assert sum(content["distributions"]["width"]["histogram"]["counts"]) == 27


def test_groups_of_copies_are_numbered_in_the_json(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:3])
    rows = [(f"train_{n}.png", marked(text)) for n, text in enumerate(WORDS[:3])]
    content = look(write_rows(train, [*rows, *rows[1:]])).to_dict()

    [found] = [f for f in content["findings"] if f["key"] == "duplicates_training"]

    assert [line["group"] for line in found["lines"]] == [0, 0, 1, 1]
    assert found["count"] == 2
