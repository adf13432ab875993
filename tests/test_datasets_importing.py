"""An import from start to end: what is written, what is rejected, and that it adds up."""

import csv
import hashlib
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.importer_sources import draw_png

from tf_crnn.alphabet import Alphabet
from tf_crnn.datasets import importing
from tf_crnn.datasets.assignment import SplitPlan
from tf_crnn.datasets.importing import Imported, ImportPlan, Origin, import_dataset
from tf_crnn.datasets.summary import configuration, summarise
from tf_crnn.errors import AlphabetError, DataError
from tf_crnn.importers.sample import Importer, Sample
from tf_crnn.provenance import describe_data
from tf_crnn.rejections import Rejection
from tf_crnn.samples import read_rows
from tf_crnn.splits import Shares
from tf_crnn.text import split_units
from tf_crnn.text_rules import TextRules

BringIn = Callable[..., Imported]
ALL_TRAIN = SplitPlan(Shares(val=0.0))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Stands for the file that names the samples."""
    path = tmp_path / "source.list"
    path.touch()
    return path


@pytest.fixture
def bring_in(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BringIn:
    """Import samples as if a source held them; `output_dir` is `out` beside it."""

    def run(samples: Sequence[Sample | Rejection], **plan: Any) -> Imported:
        reader = Importer(lambda _path: iter(samples), "These samples.")
        monkeypatch.setitem(importing.IMPORTERS, "these", reader)
        return import_dataset(
            Origin("these", [source]),
            tmp_path / "out",
            plan=ImportPlan(**{"split": ALL_TRAIN} | plan),
        )

    return run


def sample(number: int, label: str | tuple[str, ...] = "text", **more: Any) -> Sample:
    image = draw_png(number)
    return Sample(Path("source.list"), number, f"line {number}", image, label)._replace(**more)


def rows(tmp_path: Path, split: str = "train") -> dict[str, list[str]]:
    found = read_rows(tmp_path / f"out/{split}.csv")
    return {row.image_path: split_units(row.label or "") for row in found}


def rejected(tmp_path: Path) -> dict[int, str]:
    with (tmp_path / "out/rejected.csv").open(encoding="utf-8", newline="") as stream:
        return {int(row["row"]): row["reason"] for row in csv.DictReader(stream, delimiter=";")}


def test_bytes_become_files_and_rows_that_name_them(bring_in: BringIn, tmp_path: Path) -> None:
    bring_in([sample(1, "Öl; |"), sample(2, ("ch", "|", "\\"))])

    assert rows(tmp_path) == {
        "images/0000/line 1.png": ["Ö", "l", ";", " ", "|"],
        "images/0000/line 2.png": ["ch", "|", "\\"],
    }
    assert (tmp_path / "out/images/0000/line 2.png").read_bytes() == draw_png(2)


def test_files_stay_where_they_are(bring_in: BringIn, tmp_path: Path) -> None:
    (tmp_path / "lines; old").mkdir()
    (tmp_path / "lines; old/1.png").write_bytes(draw_png(1))

    bring_in([sample(1, image=tmp_path / "lines; old/1.png")])

    [path] = rows(tmp_path)
    assert path == "../lines; old/1.png"
    assert not (tmp_path / "out/images").exists()


def test_files_are_copied_where_that_is_wished(bring_in: BringIn, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(draw_png(1))

    bring_in([sample(1, image=tmp_path / "1.png", name="a/1")], is_copying=True)

    assert list(rows(tmp_path)) == ["images/0000/a-1.png"]
    assert (tmp_path / "out/images/0000/a-1.png").read_bytes() == draw_png(1)


def test_a_path_through_a_link_is_found_from_the_data_set(
    bring_in: BringIn, tmp_path: Path
) -> None:
    (tmp_path / "deep/down/lines").mkdir(parents=True)
    (tmp_path / "deep/down/lines/1.png").write_bytes(draw_png(1))
    (tmp_path / "link").symlink_to(tmp_path / "deep/down")

    bring_in([sample(1, image=tmp_path / "link/lines/../lines/1.png")])

    [path] = rows(tmp_path)
    assert (tmp_path / "out" / path).samefile(tmp_path / "deep/down/lines/1.png")


def test_text_is_brought_to_nfc_and_white_space_is_folded(
    bring_in: BringIn, tmp_path: Path
) -> None:
    decomposed = unicodedata.normalize("NFD", "é")

    bring_in([sample(1, f" a\t\u2003{decomposed}\n"), sample(2, (decomposed, " ", " ", "ch"))])

    assert list(rows(tmp_path).values()) == [["a", " ", "é"], ["é", " ", "ch"]]


def test_text_rules_are_applied_and_written_down(bring_in: BringIn, tmp_path: Path) -> None:
    rules = TextRules(letter_case="lower", text_replacements=(("ſ", "s"),), text_units="graphemes")

    imported = bring_in([sample(1, "Waſſer e\u0301")], text_rules=rules)

    assert list(rows(tmp_path).values()) == [[*"wasser ", "e\u0301"]]
    record = json.loads((tmp_path / "out/dataset.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(imported.record))
    assert {key: record[key] for key in rules.to_dict()} == rules.to_dict()


def test_bars_in_plain_text_are_text(bring_in: BringIn, tmp_path: Path) -> None:
    bring_in([sample(1, "|a|b|"), sample(2, "|a"), sample(3, "a||b")])

    assert ["".join(units) for units in rows(tmp_path).values()] == ["|a|b|", "|a", "a||b"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"label": " \t"}, "empty label"),
        ({"label": ("a", "b|c")}, "holds '|', which parts units"),
        ({"label": ("a", "\n")}, "line end in the label"),
        ({"label": "a\ud800"}, "half a character"),
        ({"image": b"no image"}, "unreadable image"),
        ({"image": draw_png(1)[:200]}, "truncated image"),
        ({"image": Path("gone.png")}, "missing file"),
    ],
)
def test_what_cannot_be_used_is_named_in_its_place(
    changed: dict[str, Any], reason: str, bring_in: BringIn, tmp_path: Path
) -> None:
    rules = TextRules(white_space="keep")
    if changed["label" if "label" in changed else "image"] == " \t":
        rules = TextRules(white_space="fold")

    imported = bring_in(
        [sample(1), sample(2, **changed), Rejection(Path("s"), 3, "x", "odd", "odd"), sample(4)],
        text_rules=rules,
    )

    assert list(rejected(tmp_path)) == [2, 3]
    assert reason in rejected(tmp_path)[2]
    assert len(rows(tmp_path)) == 2
    assert "rejected 2 lines, all in" in summarise(imported)


def test_a_path_that_no_row_can_hold_is_rejected_unless_copied(
    bring_in: BringIn, tmp_path: Path
) -> None:
    (tmp_path / "a\nb.png").write_bytes(draw_png(1))
    (tmp_path / os.fsdecode(b"\xff.png")).write_bytes(draw_png(2))
    samples = [
        sample(1, image=tmp_path / "a\nb.png", name="a\nb"),
        sample(2, image=tmp_path / os.fsdecode(b"\xff.png"), name=os.fsdecode(b"\xff")),
        sample(3),
    ]

    bring_in(samples)

    assert [reason[-23:] for reason in rejected(tmp_path).values()] == [
        "Copy the images: --copy"
    ] * 2


def test_such_a_file_can_be_copied(bring_in: BringIn, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.png")
    path.write_bytes(draw_png(2))

    bring_in([sample(2, image=path, name=os.fsdecode(b"\xff"), document="\udcff")], is_copying=True)

    assert list(rows(tmp_path)) == ["images/0000/_.png"]
    assert "\\udcff" in (tmp_path / "out/documents.csv").read_text(encoding="utf-8")


def test_units_outside_the_alphabet_are_counted_and_named(
    bring_in: BringIn, tmp_path: Path
) -> None:
    Alphabet.from_units("zyx abc").save(tmp_path / "given.json")

    imported = bring_in(
        [sample(1, "a cab"), sample(2, "aßß"), sample(3, "ßé")], alphabet=tmp_path / "given.json"
    )

    assert imported.unknown_units == Counter({"ß": 3, "é": 1})
    assert rejected(tmp_path)[3] == "not in the alphabet: 'ß' (U+00DF), 'é' (U+00E9)"
    assert "units that the alphabet lacks: 'ß' (U+00DF, 3x), 'é' (U+00E9, 1x)" in summarise(
        imported
    )
    kept = Alphabet(tmp_path / "given.json").lookup_str2int
    assert Alphabet(tmp_path / "out/alphabet.json").lookup_str2int == kept


def test_an_alphabet_that_cannot_be_read_is_named_before_anything_is_written(
    bring_in: BringIn, tmp_path: Path
) -> None:
    with pytest.raises(AlphabetError, match=r"gone.json: cannot be read"):
        bring_in([sample(1)], alphabet=tmp_path / "gone.json")

    assert not (tmp_path / "out").exists()


def test_the_alphabet_is_that_of_the_training_lines(bring_in: BringIn, tmp_path: Path) -> None:
    imported = bring_in(
        [
            sample(1, "bca", split="train"),
            sample(2, "aé", split="val"),
            sample(3, "b", split="test"),
        ]
    )

    assert Alphabet(tmp_path / "out/alphabet.json").alphabet_units == ["a", "b", "c"]
    warning = "units that only val or test has, and no training can learn: 'é' (U+00E9, 1x)"
    assert warning in summarise(imported)


def test_the_fingerprint_is_that_of_a_run(bring_in: BringIn, tmp_path: Path) -> None:
    (tmp_path / "lies.png").write_bytes(draw_png(9))
    samples = [
        sample(n, split="train" if n < 9 else "val", document=f"d{n % 3}") for n in range(12)
    ]

    imported = bring_in([*samples, sample(99, image=tmp_path / "lies.png", split="val")])

    for split in ("train", "val"):
        described = describe_data(tmp_path / f"out/{split}.csv", ";", "|")
        assert imported.record["fingerprint"][split] == described
    digest = hashlib.sha256((tmp_path / "out/train.csv").read_bytes()).digest()
    assert (
        hashlib.sha256(digest).hexdigest() == imported.record["fingerprint"]["train"]["csv_sha256"]
    )
    assert imported.record["n_lines"] == {"train": 9, "val": 4, "test": 0}
    assert imported.record["n_documents"] == {"train": 3, "val": 3, "test": 0}
    assert imported.record["units"]["train"] == {"e": 9, "t": 18, "x": 9}


def test_documents_are_written_by_the_paths_of_the_rows(bring_in: BringIn, tmp_path: Path) -> None:
    bring_in([sample(1, document="page; 1"), sample(2), sample(3, document='"7"')])

    text = (tmp_path / "out/documents.csv").read_text(encoding="utf-8")
    assert text == (
        'path;document\nimages/0000/line 1.png;"page; 1"\nimages/0000/line 3.png;"""7"""\n'
    )


def test_documents_by_expression_go_before_those_of_the_source(
    bring_in: BringIn, tmp_path: Path
) -> None:
    (tmp_path / "p7_1.png").write_bytes(draw_png(1))
    samples = [
        sample(1, name="book/p3_1", document="book"),
        sample(2, image=tmp_path / "p7_1.png", name="one"),
        sample(3, name="none", document="book"),
    ]

    bring_in(samples, documents=r"/p(\d+)_")

    with (tmp_path / "out/documents.csv").open(encoding="utf-8") as stream:
        assert [row["document"] for row in csv.DictReader(stream, delimiter=";")] == ["3", "7"]


def test_an_expression_that_is_found_nowhere_is_an_error(bring_in: BringIn) -> None:
    with pytest.raises(DataError, match=r"'x\(y\)' is found in no path of the lines, such as"):
        bring_in([sample(1)], documents="x(y)")


def test_nothing_usable_is_an_error_that_counts_why(bring_in: BringIn, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        bring_in([sample(1, image=b""), sample(2, image=b""), sample(3, "")])

    assert "no usable line among 3." in str(caught.value)
    assert "2 x empty file: row 1 line 1: empty file; row 2" in str(caught.value)
    listed = tmp_path / "out/.unfinished/rejected.csv"
    assert str(listed) in str(caught.value)
    assert len(listed.read_text().splitlines()) == 4


def test_an_import_that_broke_off_leaves_nothing_but_what_the_next_one_clears(
    bring_in: BringIn, tmp_path: Path
) -> None:
    def breaking() -> Any:
        yield sample(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(breaking())
    left = [path.name for path in (tmp_path / "out").iterdir()]
    bring_in([sample(2)])

    assert left == [".unfinished"]
    assert list(rows(tmp_path)) == ["images/0000/line 2.png"]
    assert not (tmp_path / "out/.unfinished").exists()


def test_lines_stay_in_the_order_of_the_source(bring_in: BringIn, tmp_path: Path) -> None:
    bring_in([sample(n, f"text {n}", image=draw_png(n, width_px=20 + n % 7)) for n in range(700)])

    texts = ["".join(units) for units in rows(tmp_path).values()]
    assert texts == [f"text {n}" for n in range(700)]


def test_the_configuration_is_json_that_names_the_files(bring_in: BringIn, tmp_path: Path) -> None:
    imported = bring_in(
        [sample(1, "four", split="train"), sample(2, "seven77", split="val")],
        text_rules=TextRules(unicode_form="NFKC", text_replacements=(("a", "b"),)),
    )

    assert json.loads(f"{{{configuration(imported)}}}") == {
        "csv_files_train": str(tmp_path / "out/train.csv"),
        "csv_files_eval": str(tmp_path / "out/val.csv"),
        "lookup_alphabet_file": str(tmp_path / "out/alphabet.json"),
        "max_chars_per_string": 7,
        "unicode_form": "NFKC",
        "text_replacements": [["a", "b"]],
    }


def test_an_unknown_format_and_an_absent_source_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"format 'xlsx': none of alto, aocr"):
        import_dataset(Origin("xlsx", [tmp_path]), tmp_path / "out")
    with pytest.raises(DataError, match=r"gone.csv: does not exist"):
        import_dataset(Origin("csv", [tmp_path / "gone.csv"]), tmp_path / "out")

    assert not (tmp_path / "out").exists()
