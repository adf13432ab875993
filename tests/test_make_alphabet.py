"""The command that makes an alphabet of CSVs."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

SCRIPT = Path(__file__).parent.parent / "hlp" / "make_alphabet.py"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, output: str = "out.json") -> Result:
        return CliRunner().invoke(script.main, [*arguments, "-o", output])

    return invoke


def write_csv(*labels: str, name: str = "train.csv", delimiter: str = ";") -> str:
    rows = [f"{number}.png{delimiter}{label}" for number, label in enumerate(labels)]
    Path(name).write_text("\n".join(rows), encoding="utf-8")
    return name


def read_lookup() -> dict[str, int]:
    return json.loads(Path("out.json").read_text(encoding="utf-8"))


def test_units_are_coded_in_order_of_code_points(run):
    result = run(write_csv("|z|é|a|", "|con| |A|"))

    assert result.exit_code == 0, result.output
    assert read_lookup() == {" ": 1, "A": 2, "a": 3, "con": 4, "z": 5, "é": 6}
    assert list(read_lookup()) == [" ", "A", "a", "con", "z", "é"]


def test_table_shows_code_point_unit_and_count(run):
    result = run(write_csv("éé e\u0301", "|é|con|"))

    lines = result.stdout.splitlines()
    assert lines == [
        "U+0020 ' ' 1",
        "U+0063+U+006F+U+006E con 1",
        "U+0065 e 1",
        "U+00E9 é 3",
        "U+0301 ◌\u0301 1",
        "out.json: 5 units",
    ]


def test_units_of_several_csvs_are_added_up(run):
    result = run(write_csv("ab"), write_csv("bc", name="val.csv"))

    assert read_lookup() == {"a": 1, "b": 2, "c": 3}
    assert "U+0062 b 2" in result.stdout.splitlines()


def test_units_of_the_base_keep_their_codes(run):
    Path("base.json").write_text(json.dumps({"z": 1, "a": 2, "q": 3}))

    result = run(write_csv("abzé"), "--base", "base.json")

    assert read_lookup() == {"z": 1, "a": 2, "q": 3, "b": 4, "é": 5}
    assert "warning: 1 units of base.json are in no label: q (U+0071)" in result.stderr


def test_delimiters_can_be_chosen(run):
    csv_file = write_csv("/a/con/", delimiter="\t")

    run(csv_file, "--csv_delimiter", "\t", "--string_split_delimiter", "/")

    assert read_lookup() == {"a": 1, "con": 2}


def test_only_units_under_five_are_rare(run):
    result = run(write_csv("aaaaa", "bbbb"))

    assert "warning: 1 of 2 units occur less than 5 times: b (U+0062)." in result.stderr


def test_frequent_visible_units_give_no_warning(run):
    result = run(write_csv("aaaaa bbbbb ccccc ddddd eeeee ", "|é|é|é|é|é|"))

    assert result.stderr == ""


@pytest.mark.parametrize(
    ("character", "named"),
    [("\t", r"'\t' (U+0009)"), ("\u200b", r"'\u200b' (U+200B)"), ("\u00a0", r"'\xa0' (U+00A0)")],
)
def test_invisible_characters_are_named(run, character, named):
    result = run(write_csv(f"ab{character}c"))

    assert f"warning: control or invisible characters: {named}." in result.stderr


def test_letter_in_nfc_and_nfd_is_named_with_counts(run):
    result = run(write_csv("é", "é", "cafe\u0301"))

    expected = "warning: é is written both as U+0065+U+0301 (1x) and U+00E9 (2x)."
    assert expected in result.stderr


def test_letter_and_compatible_sign_are_named(run):
    result = run(write_csv("\u212b", "\u00c5"))

    assert "Å is written both as U+00C5 (1x) and U+212B (1x)." in result.stderr


def test_labels_in_nfd_alone_are_named(run):
    result = run(write_csv("cafe\u0301"))

    assert "letters written with combining marks: e\u0301 (U+0065+U+0301)." in result.stderr


def test_letter_without_composed_form_is_no_look_alike(run):
    result = run(write_csv("q\u0303"))

    assert "combining" not in result.stderr and "both" not in result.stderr


@pytest.mark.parametrize("content", ["", "a.png\nb.png\n", "a.png;\n", "a.png;||a|\n"])
def test_csv_without_any_label_is_refused(run, content):
    write_csv("abc", name="good.csv")
    Path("bad.csv").write_text(content)

    result = run("good.csv", "bad.csv")

    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "Error: bad.csv: holds no label with ';' between path and label." in result.stderr
    assert not Path("out.json").exists()


def test_missing_csv_is_refused(run):
    result = run("absent.csv")

    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "Error: absent.csv: cannot be read" in result.stderr


def test_missing_base_is_refused(run):
    result = run(write_csv("a"), "--base", "absent.json")

    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "Error: absent.json: cannot be read" in result.stderr


def test_delimiter_of_two_characters_is_refused(run):
    result = run(write_csv("a"), "--csv_delimiter", ";;")

    assert result.exit_code == 2 and "';;' is not one character" in result.stderr


def test_folder_of_the_output_is_made(run):
    result = run(write_csv("a"), output="new/folder/out.json")

    assert result.exit_code == 0
    assert json.loads(Path("new/folder/out.json").read_text()) == {"a": 1}


def test_units_are_those_of_the_rules_of_a_configuration(run):
    Path("config.json").write_text('{"unicode_form": "NFC", "letter_case": "lower"}')
    labels = write_csv("|Ä|e\u0301|", "é A")

    result = run(labels, "--config", "config.json", "--rule", "white_space=fold")

    assert result.exit_code == 0, result.output
    assert set(read_lookup()) == {"ä", "é", " ", "a"}
    assert "combining marks" not in result.stderr and "both as" not in result.stderr


def test_a_letter_written_in_two_ways_leads_to_the_rule(run):
    result = run(write_csv("é", "e\u0301"))

    assert "é is written both as" in result.stderr
    assert '"unicode_form": "NFC" in the configuration' in result.stderr


def test_an_unknown_rule_is_refused(run):
    result = run(write_csv("a"), "--rule", "case=lower")

    assert result.exit_code == 1
    assert "case: no such key" in result.stderr and "letter_case" in result.stderr
