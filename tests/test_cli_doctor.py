"""The command `tf-crnn data doctor`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.doctor import WORDS, marked, write_lines, write_rows

from tf_crnn.cli import main
from tf_crnn.config import Params


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", "doctor", *map(str, arguments)])


@pytest.fixture
def config(tmp_path: Path, tiny_params: Callable[..., Params]) -> Path:
    """Of a training on clean lines."""
    train = write_lines(tmp_path)
    val = write_lines(tmp_path, ["something else"], "val")
    params = tiny_params(tmp_path, csv_files_train=str(train), csv_files_eval=str(val))
    units = sorted({unit for text in [*WORDS, "something else"] for unit in text})
    Path(str(params.lookup_alphabet_file)).write_text(
        json.dumps({unit: code for code, unit in enumerate(units, 1)})
    )
    params.save(tmp_path / "config.json")
    return tmp_path / "config.json"


def test_a_configuration_names_both_sets_and_clean_ones_give_0(config: Path) -> None:
    result = run("--config", config)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "24 training and 1 validation lines: a training would reject 0;"
    )


def test_something_rejected_gives_1(config: Path, tmp_path: Path) -> None:
    train = write_rows(tmp_path / "bad.csv", [("none.png", "|a|"), ("train_0.png", marked("no"))])

    result = run(train, "--val", tmp_path / "val.csv", "--config", config)

    assert result.exit_code == 1
    assert "1 of 3 lines are rejected: missing file" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "No CSV is named. Give CSVs, or a --config with csv_files_train."),
        (["{csv}", "--val", "none.csv"], "none.csv: cannot be read (No such file"),
        (["{csv}", "--documents", "page"], "has no group"),
        (["{csv}", "--documents", "("], "is no regular expression"),
        (["{csv}", "--config", "{csv}"], "is not JSON"),
        (["{csv}", "--fix", "{folder}"], "is not empty"),
        (["{csv}", "--jobs", "0"], "not in the range"),
        (["{csv}", "--model", "{folder}/nowhere"], "nowhere"),
    ],
)
def test_a_wrong_use_gives_2_and_says_why(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    csv_path = write_lines(tmp_path, WORDS[:2])

    result = run(*(a.format(csv=csv_path, folder=tmp_path) for a in arguments))

    assert result.exit_code == 2
    assert message in result.stderr


def test_json_page_and_cleaned_csvs_are_written(config: Path, tmp_path: Path) -> None:
    train = write_rows(tmp_path / "dirty.csv", [("train_0.png", "|n|o| |")])

    out = tmp_path / "out"
    result = run(
        train, "--json", out / "d.json", "--html", out / "d.html",
        "--fix", tmp_path / "fixed", "--jobs", 1,
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out" / "d.json").read_text())["lines"] == 1
    assert (tmp_path / "out" / "d.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "fixed" / "dirty.csv").read_text() == "../train_0.png;|n|o|\n"
    assert "1 of 1 lines are in" in result.stdout and "1 spaces" in result.stdout


def test_labels_that_a_model_disbelieves_are_listed(
    run_folder: Path, line_csv: Path, tmp_path: Path
) -> None:
    rows = line_csv.read_text().splitlines()
    rows[2] = "2.png;" + marked("bean code")
    line_csv.write_text("\n".join(rows) + "\n")

    result = run(line_csv, "--model", run_folder, "--json", tmp_path / "d.json", "--worst", 3)

    assert result.exit_code == 0, result.output
    findings = {f["key"]: f for f in json.loads((tmp_path / "d.json").read_text())["findings"]}
    worst = findings["disbelieved"]["lines"][0]
    assert (worst["path"], worst["label"]) == ("2.png", "bean code")
    assert "nats a unit" in worst["remark"]
    assert "reads “" in result.stdout
