"""`tf-crnn data import` and `tf-crnn data split` as a user calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.importer_sources import draw_png

from tf_crnn.cli import main
from tf_crnn.config import Params
from tf_crnn.importers import IMPORTERS
from tf_crnn.samples import read_rows


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A CSV of 40 lines of 20 pages, and two lines that cannot be used."""
    rows = ["gone.png;a", "bad row"]
    for number in range(40):
        (tmp_path / f"page{number // 2}_{number}.png").write_bytes(draw_png(number))
        rows.append(f"page{number // 2}_{number}.png;E\u0301ine  Zeile {number}")
    (tmp_path / "lines.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path / "lines.csv"


def tf_crnn(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def paths(csv_path: Path) -> set[str]:
    return (
        {Path(row.image_path).name for row in read_rows(csv_path)} if csv_path.exists() else set()
    )


def test_an_import_says_what_it_did_and_gives_a_configuration_that_is_valid(
    source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    result = tf_crnn("import", "csv", source, "-o", out, "--documents", r"(page\d+)_", "--val", 0.3)

    assert result.exit_code == 0, result.output
    record = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
    n_train, n_val = record["n_lines"]["train"], record["n_lines"]["val"]
    assert n_train + n_val == 40
    said = f"{out / 'train.csv'}: {n_train} lines of {n_train // 2} documents ({n_train / 40:.1%})"
    assert result.stdout.splitlines()[0] == said
    assert f"rejected 2 lines, all in {out / 'rejected.csv'}" in result.stdout
    assert "1 x missing file: row 1" in result.stdout
    assert "1 x malformed row: row 2" in result.stdout
    values = json.loads("{" + result.stdout.split("for the configuration:")[1] + "}")
    params = Params(**values, output_model_dir=str(tmp_path / "model"))
    assert params.csv_files_train == str(out / "train.csv")
    assert "É" in params.alphabet.alphabet_units
    assert params.unicode_form == "NFC"
    assert values["max_chars_per_string"] == len("Éine Zeile 39")


def test_nothing_usable_is_one_message_and_exit_code_1(source: Path, tmp_path: Path) -> None:
    source.write_text("gone.png;a\n", encoding="utf-8")

    result = tf_crnn("import", "csv", source, "-o", tmp_path / "out")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {source}: no usable line among 1.")
    assert "Traceback" not in result.output


def test_every_format_has_its_options(tmp_path: Path) -> None:
    listed = tf_crnn("import", "--help").stdout

    for form, importer in IMPORTERS.items():
        assert f"  {form} " in listed
        said = tf_crnn("import", form, "--help").stdout
        options = [option.name for option in importer.options]
        assert [
            name for name in (*options, "split_by", "unicode_form") if f"--{name}" not in said
        ] == []


def test_an_unknown_format_and_an_option_out_of_range_are_usage_errors(tmp_path: Path) -> None:
    assert "No such command 'xlsx'" in tf_crnn("import", "xlsx", "a", "-o", "b").stderr
    assert (
        "1.5 is not in the range" in tf_crnn("import", "csv", "a", "-o", "b", "--val", 1.5).stderr
    )


def test_text_rules_and_the_alphabet_are_options(source: Path, tmp_path: Path) -> None:
    (tmp_path / "alphabet.json").write_text(json.dumps(dict.fromkeys("éinx 1234567890", 1)))

    result = tf_crnn(
        "import", "csv", source, "-o", tmp_path / "out", "--letter_case", "lower", "--replace",
        "zeile", "x", "--alphabet", tmp_path / "alphabet.json", "--unicode_form", "NFC",
    )  # fmt: skip

    # Replaced before it is made small, as `TextRules` has it.
    assert result.exit_code == 1
    assert "not in the alphabet: 'e' (U+0065), 'z' (U+007A), 'l' (U+006C)" in result.stderr


def test_a_split_keeps_pages_together_and_the_labels_as_they_are(
    source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    result = tf_crnn(
        "split", source, "-o", out, "--documents", r"(page\d+)_", "--val", 0.4, "--test", 0.2
    )

    assert result.exit_code == 0, result.output
    found = {split: paths(out / f"{split}.csv") for split in ("train", "val", "test")}
    assert sum(map(len, found.values())) == 40
    pages = [{name.partition("_")[0] for name in names} for names in found.values()]
    assert sum(map(len, pages)) == 20
    assert all(pages)
    assert "|E|\u0301|i|n|e| | |Z|" in (out / "train.csv").read_text(encoding="utf-8")


def test_a_split_keeps_what_an_earlier_one_decided(source: Path, tmp_path: Path) -> None:
    tf_crnn("split", source, "-o", tmp_path / "old", "--val", 0.4, "--seed", 1)
    lines = source.read_text(encoding="utf-8").splitlines()
    (tmp_path / "page9_new.png").write_bytes(draw_png(99))
    source.write_text("\n".join([*lines, "page9_new.png;new"]) + "\n", encoding="utf-8")

    result = tf_crnn(
        "split", source, "-o", tmp_path / "new", "--seed", 2, "--val", 0, "--test", 1,
        "--previous", tmp_path / "old",
    )  # fmt: skip

    assert "40 lines stay where the earlier split put them" in result.stdout
    for split in ("train", "val"):
        assert paths(tmp_path / f"new/{split}.csv") == paths(tmp_path / f"old/{split}.csv") != set()
    assert paths(tmp_path / "new/test.csv") == {"page9_new.png"}


def test_what_decided_is_said(source: Path, tmp_path: Path) -> None:
    source.rename(tmp_path / "test.csv")

    result = tf_crnn("import", "csv", tmp_path / "test.csv", "-o", tmp_path / "out")

    assert "40 lines are in the split that the source names" in result.stdout
    assert "warning: train got no line. Try --split_by document" in result.stdout
    assert "lookup_alphabet_file" not in result.stdout
    assert not (tmp_path / "out/alphabet.json").exists()


def test_an_earlier_split_that_is_none_is_refused_at_once(source: Path, tmp_path: Path) -> None:
    result = tf_crnn("split", source, "-o", tmp_path / "out", "--previous", tmp_path)

    assert result.exit_code == 1
    assert "holds none of train.csv, val.csv and test.csv" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_empty_validation_set_is_warned_of(source: Path, tmp_path: Path) -> None:
    result = tf_crnn(
        "split", source, "-o", tmp_path / "out", "--documents", "(page)", "--split_by", "document"
    )

    assert "warning: val got no line" in result.stdout
