"""The page of a report: what it says, and that nothing in it is taken for markup."""

import base64
import hashlib
import math
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.evaluations import evaluation_of

from tf_crnn.evaluation import EvaluationResult, Skipped
from tf_crnn.reports.confusion import draw_confusions
from tf_crnn.reports.details import find_details
from tf_crnn.reports.page import Background, Pictures, line_bins, sentence, write_page
from tf_crnn.reports.png import save_png
from tf_crnn.scoring.certainty import Certainty, Judged
from tf_crnn.scoring.rates import MEASURES

HOSTILE = (
    """<script>alert(1)</script><img src=x onerror="alert(2)">"'&amp;{{ 7 * 7 }}</ins></style>"""
)
TEXTS = [("the cat sat", "the cut at"), ("on the mat", "on the mat"), ("all day", "al  day")]


class Document(HTMLParser):
    """Elements, attributes and texts of a page, as a browser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside: dict[str, list[str]] = {"ins": [], "del": [], "style": [], "h2": []}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.inside:
            self._open.append(tag)
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "caption"):
            self.text += " "
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in self._open:
            self.inside[tag][-1] += data

    def kinds(self) -> set[tuple[str, ...]]:
        return {(tag, *attributes) for tag, attributes in self.elements}

    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(
    folder: Path,
    result: EvaluationResult,
    *,
    config: Any = None,
    about: Any = None,
    curves: Path | None = None,
) -> Document:
    details = find_details(result)
    save_png(draw_confusions(details.confusions), folder / "confusions.png")
    write_page(
        folder / "report.html",
        result,
        details=details,
        pictures=Pictures(curves, folder / "confusions.png"),
        background=Background(config or {}, about or {}),
    )
    return Document((folder / "report.html").read_text(encoding="utf-8"))


def test_the_first_sentence_says_how_well_it_reads(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, [("abcdefghij", "abcdefghix")] * 30 + [("abcde", "abcde")] * 6)

    low, high = (100 * end for end in result.intervals.cer)
    assert sentence(result).replace("\u00a0", " ") == (
        f"Reads 90.9 % of characters right: CER 9.09 % (95 % interval {low:.2f} to {high:.2f} %) "
        "on 36 lines."
    )


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([("abc", "abc")] * 2, "Reads all 6 characters of 2 lines right."),
        ([("abc", "abc")], "Reads all 3 characters of 1 line right."),
        ([("ab", "xyz")], "Makes as many errors as there are characters, or more: CER 150.00 % "),
        ([("x" * 9999, "x" * 9998)], "Reads 99.990 % of characters right: CER 0.01 % on 1 line."),
    ],
)
def test_the_sentence_fits_the_extremes(
    texts: list[tuple[str, str]], said: str, tmp_path: Path
) -> None:
    assert sentence(evaluation_of(tmp_path, texts)).replace("\u00a0", " ").startswith(said)


def test_the_page_shows_the_numbers_and_what_they_count(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, TEXTS)

    text = page_of(tmp_path, result).text.replace("\u00a0", " ")

    for share in (result.counts.cer, result.counts.wer, result.counts.exact_match):
        assert f"{share:.2%}".replace("%", " %") in text
    for interval in result.intervals:
        assert f"{100 * interval.low:.2f} to {100 * interval.high:.2f} %" in text
    assert f"{result.counts.char_edits} edits for {result.counts.n_chars} characters" in text
    assert "1 of 3 lines" in text


def test_differences_are_marked_and_can_be_heard(tmp_path: Path) -> None:
    page = page_of(tmp_path, evaluation_of(tmp_path, TEXTS[:1]))

    assert {" missed: a ", " missed: s "} <= set(page.inside["del"])
    assert " wrong: u " in page.inside["ins"]
    titles = [attributes.get("title") for attributes in page.all("del")]
    assert "U+0061 LATIN SMALL LETTER A" in titles


def test_worst_lines_come_with_their_pictures(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, TEXTS)
    result.lines[1].line.image_path.unlink()

    page = page_of(tmp_path, result)

    pictures = [a for a in page.all("img") if a.get("class") == "picture"]
    assert len(pictures) == 1
    assert "The image cannot be read any more." in page.text
    assert str(result.lines[0].line.image_path) in page.text
    assert "on the mat" not in page.text  # was read right


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = page_of(tmp_path, evaluation_of(tmp_path, TEXTS))

    sources = [a[key] for _, a in page.elements for key in ("src", "href", "data") if key in a]
    assert all(source and source.startswith(("data:image/", "#")) for source in sources)
    assert not page.tags() & {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert "url(" not in "".join(page.inside["style"])


def test_the_policy_of_the_page_forbids_all_but_its_style_and_pictures(tmp_path: Path) -> None:
    page = page_of(tmp_path, evaluation_of(tmp_path, TEXTS))

    [policy] = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    [style] = page.inside["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert f"style-src 'sha256-{digest}';" in policy
    assert not any("style" in attributes for _, attributes in page.elements)


def test_texts_of_strangers_are_never_markup(tmp_path: Path) -> None:
    plain = page_of(
        tmp_path,
        evaluation_of(tmp_path, [("x", "y")], [Skipped(Path("a"), 1, "b")]),
        config={"key": "value"},
        about={"model": "m", "epoch": "e"},
    )

    hostile = page_of(
        tmp_path,
        evaluation_of(
            tmp_path,
            [(f"x{HOSTILE}", f"y{HOSTILE}")],
            [Skipped(Path(HOSTILE), 1, HOSTILE)],
        ),
        config={HOSTILE: HOSTILE},
        about={"model": HOSTILE, "epoch": HOSTILE},
    )

    assert hostile.tags() == plain.tags()
    # Rows differ, since the characters do; kinds of elements do not.
    assert hostile.kinds() == plain.kinds()
    attributes = {key for _, found in hostile.elements for key in found}
    assert not any(key.startswith("on") for key in attributes)
    assert hostile.text.count(HOSTILE) >= 7
    assert "49" not in hostile.text


def test_a_hostile_text_that_differs_is_text_too(tmp_path: Path) -> None:
    page = page_of(tmp_path, evaluation_of(tmp_path, [(HOSTILE, "abc"), ("abc", HOSTILE)]))

    assert "script" not in page.tags()
    assert {a.get("class") for a in page.all("img")} <= {"picture", "drawing"}


def test_sections_without_content_are_left_out(tmp_path: Path) -> None:
    bare = page_of(tmp_path, evaluation_of(tmp_path, [("abc", "abc")] * 2))
    full = page_of(
        tmp_path,
        evaluation_of(tmp_path, TEXTS, [Skipped(Path("val.csv"), 7, "missing file")]),
        curves=tmp_path / "confusions.png",
    )

    assert bare.inside["h2"] == [
        "Numbers",
        "Groups of lines",
        "Characters and scripts",
        "Model, data and configuration",
    ]
    assert full.inside["h2"] == [
        "Numbers",
        "Groups of lines",
        "Worst lines",
        "Confusions",
        "Characters and scripts",
        "Learning curves",
        "Rows left out",
        "Model, data and configuration",
    ]
    links = {str(a["href"])[1:] for a in full.all("a")}
    assert links <= {a["id"] for _, a in full.elements if "id" in a}


def test_configuration_model_and_data_are_shown(tmp_path: Path) -> None:
    page = page_of(
        tmp_path,
        evaluation_of(tmp_path, TEXTS),
        config={"rnn_units": [256, 128], "optimizer": "adam", "long": "z" * 9999},
        about={"model": "models/a", "epoch": 12, "data": {"n_lines": 548, "csv_sha256": "0a1b"}},
    )

    assert "Model models/a, epoch 12" in page.text
    for shown in ("rnn_units", "[256, 128]", "adam", "data.n_lines", "548", "data.csv_sha256"):
        assert shown in page.text
    assert "z" * 600 in page.text and "z" * 601 not in page.text


def test_rows_left_out_are_named_with_their_reasons(tmp_path: Path) -> None:
    skipped = [Skipped(Path("val.csv"), n, f"image {n}.png: missing file") for n in range(300)]

    text = page_of(tmp_path, evaluation_of(tmp_path, TEXTS, skipped)).text

    assert "300 rows could not be evaluated and do not count." in text
    assert "image 199.png: missing file" in text and "image 200.png" not in text
    assert "The first 200 of 300; all are in report.json." in text


def test_the_most_frequent_confusions_have_an_example(tmp_path: Path) -> None:
    texts = [("the cat", "thc cat")] * 5 + [("a map", "a nap")]

    page = page_of(tmp_path, evaluation_of(tmp_path, texts))

    table = page.text[page.text.index("For example") : page.text.index("Matrix of")]
    words = " ".join(table.replace("\u00a0", " ").split())
    # Times, share of the occurrences, and the place in the line.
    assert "e c 5 100.00 % th missed: e wrong: c cat" in words
    assert "m n 1 100.00 % a missed: m wrong: n ap" in words


def test_lines_are_counted_by_their_cer(tmp_path: Path) -> None:
    texts = [("a" * 100, "a" * right + "b" * (100 - right)) for right in (100, 100, 99, 97, 0)]
    texts += [("a", "bcd")]

    bins = {
        bin.name.replace("\u00a0", " "): bin.n_lines
        for bin in line_bins(evaluation_of(tmp_path, texts))
    }

    assert bins == {
        "without an error": 2,
        "up to 1 %": 1,
        "1 to 2 %": 0,
        "2 to 5 %": 1,
        "5 to 10 %": 0,
        "10 to 20 %": 0,
        "20 to 50 %": 0,
        "50 to 100 %": 1,
        "above 100 %": 1,
    }
    assert math.isclose(line_bins(evaluation_of(tmp_path, texts))[1].share, 0.5)


def test_long_and_hopeless_lines_leave_the_page_small(tmp_path: Path) -> None:
    texts = [("ab " * 5000, "cd" * 4000) for _ in range(40)]

    page_of(tmp_path, evaluation_of(tmp_path, texts))

    assert (tmp_path / "report.html").stat().st_size < 5_000_000


def test_warnings_stand_before_the_numbers_and_nowhere_else(tmp_path: Path) -> None:
    about = {"model": "m", "warnings": ["Evaluated with letter_case fold.", HOSTILE]}

    page = page_of(tmp_path, evaluation_of(tmp_path, TEXTS), about=about)

    assert "Other text rules: do not compare these rates" in page.text
    first_number = page.text.index(sentence(evaluation_of(tmp_path, TEXTS)))
    assert page.text.index("letter_case fold") < first_number
    assert page.text.count("letter_case fold") == 1
    assert HOSTILE in page.text and "script" not in page.tags()
    assert {"class": "warning", "role": "note"} in page.all("div")


def test_without_warnings_there_is_no_place_for_them(tmp_path: Path) -> None:
    page = page_of(tmp_path, evaluation_of(tmp_path, TEXTS), about={"model": "m"})

    assert {"class": "warning", "role": "note"} not in page.all("div")


def cells_of(page: Document, start: str, end: str) -> str:
    """The text of a table, its cells parted by one space."""
    text = " ".join(page.text.split())
    begin = text.index(start)
    return text[begin : text.index(end, begin)]


def test_every_measure_has_a_row(tmp_path: Path) -> None:
    texts = [("Éa, b", "ea b")] * 3

    table = cells_of(page_of(tmp_path, evaluation_of(tmp_path, texts)), "Rate", "CER of the line")

    assert [title for title in (m.title for m in MEASURES.values()) if title not in table] == []
    assert "CER without diacritics 40.00 % 40.00 to 40.00 % 6 edits for 15 characters" in table
    assert "WER of Unicode words 50.00 % 50.00 to 50.00 % 3 edits for 6 words" in table
    assert "by document" not in table


def test_documents_and_lengths_have_tables(tmp_path: Path) -> None:
    texts = [("abc def", "abc def"), ("abc", "abd"), ("ab", "cd"), ("abcd", "abcd")]
    result = evaluation_of(tmp_path, texts, documents=[HOSTILE, HOSTILE, "", "page 2"])

    page = page_of(tmp_path, result)

    assert "script" not in page.tags()
    lengths = cells_of(page, "By the number of characters", "By document")
    assert "1 to 5 3 33.33 %" in lengths and "6 to 10 1 0.00 % unknown" in lengths
    documents = cells_of(page, "By document", "Worst lines The")
    places = [documents.index(name) for name in ("not known 1 100.00 %", HOSTILE, "page 2")]
    assert places == sorted(places)
    assert f"{HOSTILE} 2 10.00 %" in documents
    numbers = cells_of(page, "Numbers The", "Lines by their own CER")
    assert "by document" in numbers


def test_characters_and_scripts_are_told_with_their_errors(tmp_path: Path) -> None:
    texts = [("ab ab", "abxab"), ("α1", "β1"), ("c", "cc")]

    page = page_of(tmp_path, evaluation_of(tmp_path, texts))

    scripts = cells_of(page, "Script Written", "3 of 3 characters")
    assert "Greek 1 1 100.00 % 1 0 1" in scripts
    assert "spaces 1 1 100.00 % 1 0 0" in scripts
    assert "Latin 5 1 20.00 % 0 1 1" in scripts
    characters = cells_of(page, "Character Written", "Model, data and")
    assert "c 1 1 100.00 % 0 1 0" in characters


def test_efforts_and_calibration_errors_are_told_where_certainties_are_known(
    tmp_path: Path,
) -> None:
    texts = [("ab", "ab"), ("cd", "cx")] * 10
    certainties = [
        Certainty(0.9 if n % 2 == 0 else 0.1, (), (Judged(0.8, True), Judged(0.6, n % 2 == 0)))
        for n in range(20)
    ]

    page = page_of(tmp_path, evaluation_of(tmp_path, texts, certainties=certainties))

    efforts = cells_of(page, "Effort Corrected", "Calibration Of")
    assert "nothing 0 25.00 % 25.00 %" in efforts
    assert "the least certain 5 % 1 22.50 % 22.50 %" in efforts
    assert "the least certain 50 % 10 0.00 % 0.00 %" in efforts
    calibration = cells_of(page, "Calibration Of", "Characters and scripts Missed")
    assert "lines 20 50.00 % 10.00 %" in calibration
    assert "characters 40 75.00 %" in calibration and "words" not in calibration


def test_without_certainties_nothing_is_said_of_them(tmp_path: Path) -> None:
    page = page_of(tmp_path, evaluation_of(tmp_path, TEXTS))

    assert "Confidences" not in page.inside["h2"] and "least certain" not in page.text
