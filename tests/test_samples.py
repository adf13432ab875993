"""Rows of `path;|c|h|a|r|s|` files, however they were written."""

import csv
import random
from pathlib import Path

import pandas as pd
import pytest

from tf_crnn.errors import DataError
from tf_crnn.samples import Row, as_paths, format_row, read_rows, resolve_image_path
from tf_crnn.text import split_units

AWKWARD = [";", "|", "\\", '"', '""', "'", " ", "\t", ",", "a", "con", "null", "nan", "NA", "12"]
AWKWARD += ["1e5", "#", "\r", "\x0b", "\x00", "\ufeff", "\u2028", "\u0085", "œ́", "שלום", "漢", "𝔞"]


def read_one(path: Path, content: str | bytes, **delimiters: str) -> Row:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    [row] = read_rows(path, **delimiters)
    return row


@pytest.fixture
def csv_path(tmp_path: Path) -> Path:
    return tmp_path / "lines.csv"


@pytest.mark.parametrize(
    ("line", "image_path", "label"),
    [
        ("a.png;|b|c|", "a.png", "|b|c|"),
        ("a.png;|;|", "a.png", "|;|"),
        (r"a.png;|\;|", "a.png", "|;|"),
        (r"a.png;|\\|", "a.png", "|\\|"),
        ("a.png;|\"|'|", "a.png", "|\"|'|"),
        ('a.png;"|a|;|"', "a.png", "|a|;|"),
        ('a.png;"|""|"', "a.png", '|"|'),
        ("a;b;c.png;|x|", "a;b;c.png", "|x|"),
        (r"a\;b.png;|x|", "a;b.png", "|x|"),
        (r"a\;|b.png;|x|", "a;|b.png", "|x|"),
        (r"a\\\;b.png;|x|", "a\\;b.png", "|x|"),
        ('"a;b.png";|x|', "a;b.png", "|x|"),
        ('"a;|b.png";|x|;|', "a;|b.png", "|x|;|"),
        ('"a""b.png";"|x|"', 'a"b.png', "|x|"),
        (r"C:\scans\1.png;|x|", r"C:\scans\1.png", "|x|"),
        (" a.png ;| |", " a.png ", "| |"),
    ],
)
def test_marked_labels_are_read_bare_escaped_or_quoted(
    csv_path: Path, line: str, image_path: str, label: str
) -> None:
    assert read_one(csv_path, line) == Row(1, image_path, label)


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("a.png;some text", "some text"),
        ("a.png;null", "null"),
        ("a.png;nan", "nan"),
        ("a.png;007", "007"),
        ("a.png;", ""),
        ("a.png; ", " "),
        ("a.png;one; two", "one; two"),
        ('a.png;"one; two"', "one; two"),
        ('a.png;"Yes"', '"Yes"'),
        ('"a.png";"Yes"', "Yes"),
        ('"a.png";Yes', "Yes"),
        (r'"a.png";\;', ";"),
        ('"a.png";', ""),
        ('a.png;"Yes", he said', '"Yes", he said'),
        ('a.png;"She said ""yes"""', 'She said "yes"'),
        ('a.png;"', '"'),
        ("a.png;back\\", "back\\"),
    ],
)
def test_plain_labels_are_text_and_nothing_else(csv_path: Path, line: str, label: str) -> None:
    assert read_one(csv_path, line) == Row(1, "a.png", label)


@pytest.mark.parametrize(
    ("line", "image_path"),
    [("a.png", "a.png"), (r"a\;b.png", "a;b.png"), ('"a;b.png"', "a;b.png"), ("null", "null")],
)
def test_a_row_without_a_delimiter_has_no_label(csv_path: Path, line: str, image_path: str) -> None:
    assert read_one(csv_path, line) == Row(1, image_path, None)


def test_an_empty_path_is_a_path(csv_path: Path) -> None:
    assert read_one(csv_path, ";|x|") == Row(1, "", "|x|")


def test_a_byte_order_mark_and_windows_line_ends_are_no_text(csv_path: Path) -> None:
    csv_path.write_bytes(b"\xef\xbb\xbfa.png;|x|\r\nb.png;plain\r\n")

    rows = list(read_rows(csv_path))

    assert rows == [Row(1, "a.png", "|x|"), Row(2, "b.png", "plain")]


def test_blank_rows_are_counted_but_not_read(csv_path: Path) -> None:
    csv_path.write_text("\na.png;|x|\n  \n\nb.png;|y|", encoding="utf-8")

    rows = list(read_rows(csv_path))

    assert [(row.number, row.image_path) for row in rows] == [(2, "a.png"), (5, "b.png")]


def test_other_delimiters_are_honoured(csv_path: Path) -> None:
    row = read_one(csv_path, "a;b.png\t/c/;/|/\n", delimiter="\t", unit_delimiter="/")

    assert row == Row(1, "a;b.png", "/c/;/|/")


def test_a_row_that_is_not_utf8_is_named_and_the_others_are_read(csv_path: Path) -> None:
    csv_path.write_bytes(b"a.png;|x|\nb.png;|caf\xe9|\nc.png;|z|\n")

    rows = list(read_rows(csv_path))

    assert [row.label for row in rows] == ["|x|", None, "|z|"]
    assert rows[1] == Row(2, "b.png", None, "not UTF-8 at byte 11 of the row")


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_utf16_is_refused(csv_path: Path, encoding: str) -> None:
    csv_path.write_bytes("\ufeffa.png;|x|\n".encode(encoding))

    with pytest.raises(DataError, match=r"lines\.csv: is written in UTF-16\. Save it as UTF-8\."):
        list(read_rows(csv_path))


def test_a_missing_file_is_named(csv_path: Path) -> None:
    with pytest.raises(DataError, match=r"lines\.csv: cannot be read \(No such file or directory"):
        list(read_rows(csv_path))


def test_written_rows_are_read_back_unchanged(csv_path: Path) -> None:
    rng = random.Random(1)
    texts = AWKWARD + [chr(code) for code in rng.sample(range(0x20, 0xD800), 200)]
    samples = [
        ("p" + "".join(rng.choices(texts, k=rng.randrange(8))), rng.choices(texts, k=length))
        for length in rng.choices(range(9), k=3000)
    ]

    content = "".join(format_row(path, units) for path, units in samples)
    csv_path.write_bytes(content.encode())

    read = [(row.image_path, split_units(row.label)) for row in read_rows(csv_path)]
    assert read == samples


@pytest.mark.parametrize("path", ['"a;b"', '"', '"a"', '"a";|b', '"a\\";b', "a;|b", "a\\", "\\;"])
def test_written_paths_with_quotes_and_delimiters_are_read_back(csv_path: Path, path: str) -> None:
    row = read_one(csv_path, format_row(path, ['"', ";", '";']))

    assert row == Row(1, path, '|"|;|";|')


@pytest.mark.parametrize(
    "options",
    [
        {"quoting": csv.QUOTE_MINIMAL},
        {"quoting": csv.QUOTE_ALL},
        {"quoting": csv.QUOTE_NONE, "escapechar": "\\", "quotechar": "\x07"},
    ],
    ids=["minimal", "all", "none"],
)
def test_files_of_pandas_are_read(csv_path: Path, options: dict[str, object]) -> None:
    paths = ["a.png", "b;1.png", "c/ü.png"]
    labels = ["|a|;|b|", '|"|x|', "|null|"]

    frame = pd.DataFrame({"path": paths, "label": labels})
    frame.to_csv(csv_path, sep=";", header=False, index=False, **options)

    assert [(row.image_path, row.label) for row in read_rows(csv_path)] == [
        *zip(paths, labels, strict=True)
    ]


def test_an_image_is_looked_for_beside_the_csv_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, here = tmp_path / "data", tmp_path / "here"
    for place in (folder, here):
        place.mkdir()
        (place / "both.png").touch()
    (here / "here.png").touch()
    monkeypatch.chdir(here)

    found = [resolve_image_path(name, folder) for name in ("both.png", "here.png", "none.png")]

    assert found == [folder / "both.png", Path("here.png"), folder / "none.png"]
    assert resolve_image_path(str(here / "here.png"), folder) == here / "here.png"


def test_a_name_that_no_file_can_have_is_not_found(tmp_path: Path) -> None:
    for name in ("x" * 5000, "a\0b"):
        assert resolve_image_path(name, tmp_path) == tmp_path / name


def test_one_path_or_several_become_a_list() -> None:
    assert as_paths("a.csv") == [Path("a.csv")]
    assert as_paths(Path("a.csv")) == [Path("a.csv")]
    assert as_paths(("a.csv", Path("b.csv"))) == [Path("a.csv"), Path("b.csv")]


def test_rows_that_old_macs_ended_are_one_malformed_row(csv_path: Path) -> None:
    csv_path.write_bytes(b"a.png;|a|\rb.png;|b|\r")

    [row] = read_rows(csv_path)

    assert row.label is None
    assert "several rows" in row.problem


def test_utf16_without_a_mark_is_told_by_its_nul_bytes(csv_path: Path) -> None:
    csv_path.write_bytes("a.png;|a|\n".encode("utf-16-le"))

    rows = list(read_rows(csv_path))

    assert all("UTF-16" in row.problem for row in rows)
