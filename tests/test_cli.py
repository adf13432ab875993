"""`tf-crnn` on a model that was trained a little: what goes to stdout, to stderr and to files."""

import csv
import html
import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from rapidfuzz.distance import Levenshtein

from tf_crnn.cli import main
from tf_crnn.loader import PredictionModel
from tf_crnn.samples import format_row
from tf_crnn.trainer import train

TEXTS = {"0.png": "a bone", "1.png": "ocean 12", "2 x;y.png": "bad code", "ü.png": "no decade 30"}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: Any, draw_line: Callable[..., Any], write_csv: Any) -> Path:
    """A folder of four line images, with `lines.csv`."""
    folder = tmp_path_factory.mktemp("lines")
    for name, text in TEXTS.items():
        Image.fromarray(draw_line(text)[:, :, 0]).save(folder / name)
    with (folder / "lines.csv").open("w", encoding="utf-8") as stream:
        for name, text in TEXTS.items():
            stream.write(f"{name};|{'|'.join(text)}|\n")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: Any, tiny_params: Any, lines: Path) -> Path:
    """A run folder."""
    params = tiny_params(
        tmp_path_factory.mktemp("model"),
        csv_files_train=str(lines / "lines.csv"),
        csv_files_eval=str(lines / "lines.csv"),
        n_epochs=40,
        learning_rate=0.02,
        train_batch_size=2,
        data_augmentation=False,
        rnn_dropout=0.0,
        evaluate_every_epoch=100,
    )
    train(params, progress_bar=False)
    return Path(params.output_model_dir)


@pytest.fixture(scope="module")
def readings(model: Path, lines: Path) -> dict[str, str]:
    """What the model reads, asked directly."""
    reader = PredictionModel(model)
    return {name: reader.predict(lines / name)["text"] for name in TEXTS}


def tf_crnn(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def test_the_model_has_learnt_something(readings: dict[str, str]) -> None:
    edits = sum(Levenshtein.distance(TEXTS[name], text) for name, text in readings.items())

    assert edits < 0.5 * sum(map(len, TEXTS.values()))
    assert len(set(readings.values())) == len(TEXTS)


def test_predict_prints_path_and_text_of_a_file(
    model: Path, lines: Path, readings: dict[str, str]
) -> None:
    result = tf_crnn("predict", model, lines / "1.png")

    assert result.exit_code == 0
    assert result.stdout == f"{lines / '1.png'};{readings['1.png']}\n"
    assert "read 1 of 1 images" in result.stderr


@pytest.mark.parametrize("source", ["", "lines.csv"])
def test_predict_reads_all_lines_of_a_folder_or_csv(
    model: Path, lines: Path, readings: dict[str, str], source: str
) -> None:
    result = tf_crnn("predict", model, lines / source)

    expected = [f"{str(lines / n).replace(';', chr(92) + ';')};{readings[n]}" for n in TEXTS]
    assert sorted(result.stdout.splitlines()) == sorted(expected)


def test_predict_takes_paths_from_stdin_in_their_order(
    model: Path, lines: Path, readings: dict[str, str]
) -> None:
    names = ["ü.png", "0.png", "1.png"]

    result = tf_crnn(
        "predict", "--json", model, "-", stdin="".join(f"{lines / n}\n" for n in names)
    )

    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(entry["path"]).name for entry in objects] == names
    assert [entry["text"] for entry in objects] == [readings[name] for name in names]
    assert all("".join(entry["units"]) == entry["text"] for entry in objects)
    assert all(entry["log_prob"] <= 0 for entry in objects)


def test_predict_names_what_it_cannot_read_and_goes_on(
    model: Path, lines: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes((lines / "0.png").read_bytes()[:60])

    result = tf_crnn("predict", model, broken, lines / "1.png", tmp_path / "none.csv")

    assert result.exit_code == 1
    assert "none.csv" in result.stderr and "Traceback" not in result.stderr

    result = tf_crnn("predict", model, broken, lines / "1.png")

    assert result.exit_code == 1
    assert f"not read: {broken}" in result.stderr
    assert result.stdout.startswith(f"{lines / '1.png'};")
    assert "read 1 of 2 images" in result.stderr


def test_evaluate_counts_as_an_independent_library_does(
    model: Path, lines: Path, readings: dict[str, str], tmp_path: Path
) -> None:
    result = tf_crnn("evaluate", model, lines / "lines.csv", "-o", tmp_path / "report")

    edits = sum(Levenshtein.distance(TEXTS[name], readings[name]) for name in TEXTS)
    n_chars = sum(map(len, TEXTS.values()))
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert (report["char_edits"], report["n_chars"]) == (edits, n_chars)
    assert report["cer"] == edits / n_chars
    assert f"CER {edits / n_chars:.2%} ({edits} of {n_chars} characters)" in result.stdout
    assert f"report: {tmp_path / 'report/report.html'}" in result.stdout
    with (tmp_path / "report/lines.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert {Path(row["path"]).name: row["prediction"] for row in rows} == readings
    assert [int(row["edits"]) for row in rows] == sorted(
        (int(r["edits"]) for r in rows), reverse=True
    )


def test_evaluate_writes_the_whole_report_with_what_is_known_of_the_model(
    model: Path, lines: Path, tmp_path: Path
) -> None:
    result = tf_crnn("evaluate", model / "export", lines / "lines.csv", "-o", tmp_path / "report")

    assert result.exit_code == 0
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"report.html", "learning_curves.png", "confusions.csv", "confusions.png"} <= names
    assert {"worst_lines.csv", "worst_line_01.png"} <= names
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert report["data"]["n_lines"] == len(TEXTS)
    assert report["epoch"] >= 1
    html = (tmp_path / "report/report.html").read_text(encoding="utf-8")
    assert f"epoch {report['epoch']}" in html
    assert "learning_rate" in html and report["data"]["csv_sha256"] in html


def test_evaluate_says_what_correcting_the_least_certain_lines_leaves(
    model: Path, lines: Path, tmp_path: Path
) -> None:
    result = tf_crnn("evaluate", model, lines / "lines.csv", "-o", tmp_path / "report")

    found = json.loads((tmp_path / "report/report.json").read_text())["confidences"]
    for effort in found["efforts"]:
        said = f"the least certain {effort['share']:.0%} ({effort['n_lines']} line"
        assert (said in result.stdout) == (effort["n_lines"] > 0)
    for kind in ("lines", "characters"):
        assert f"{kind} {found[kind]['expected_calibration_error']:.2%}" in result.stdout
    assert (tmp_path / "report/reliability.png").exists()


def test_calibrate_writes_beside_the_weights_and_says_what_it_gained(
    model: Path, lines: Path, tmp_path: Path
) -> None:
    [export] = (model / "export").iterdir()
    copy = shutil.copytree(export, tmp_path / "copy")
    (copy / "calibration.json").unlink(missing_ok=True)

    result = tf_crnn("calibrate", copy, lines / "lines.csv")

    assert result.exit_code == 0
    written = json.loads((copy / "calibration.json").read_text())
    assert written["n_lines"] == len(TEXTS)
    before, after = written["expected_calibration_error"]["line"].values()
    assert f"error of lines: {before:.2%} before, {after:.2%} after" in result.stdout
    assert f"calibration: {copy / 'calibration.json'}" in result.stdout
    [shown] = tf_crnn("predict", copy, lines / "0.png", "--json").stdout.splitlines()
    reading = json.loads(shown)
    chance = PredictionModel(copy).calibration.line.apply(math.exp(reading["log_prob"]))
    assert reading["confidence"] == pytest.approx(chance, abs=1e-3)
    assert "".join(word["text"] for word in reading["words"]) == reading["text"].replace(" ", "")


@pytest.mark.parametrize("part", ["", "saving", "export"])
def test_a_copied_folder_reads_the_same(
    model: Path, lines: Path, readings: dict[str, str], tmp_path: Path, part: str
) -> None:
    shutil.copytree(model / part, tmp_path / "elsewhere")

    texts = PredictionModel(tmp_path / "elsewhere").predict([lines / name for name in TEXTS])[
        "text"
    ]

    assert dict(zip(TEXTS, texts, strict=True)) == readings


@pytest.mark.parametrize("part", ["saving", "export"])
def test_export_writes_a_folder_that_reads_the_same(
    model: Path, lines: Path, readings: dict[str, str], tmp_path: Path, part: str
) -> None:
    result = tf_crnn("export", model / part, tmp_path / "out")

    folder = Path(result.stdout.strip())
    assert folder.parent == tmp_path / "out"
    assert {"saved_model.pb", "config.json", "alphabet.json"} <= {p.name for p in folder.iterdir()}
    texts = PredictionModel(folder).predict([str(lines / name) for name in TEXTS])["text"]
    assert dict(zip(TEXTS, texts, strict=True)) == readings


def test_a_folder_without_a_model_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    result = tf_crnn("predict", tmp_path, "x.png")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and "holds no model" in result.stderr
    assert "Traceback" not in result.output


def test_help_answers_at_once_and_without_tensorflow() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from tf_crnn.cli import main; "
        "result = CliRunner().invoke(main, ['--help']); "
        "print(result.exit_code, 'tensorflow' in sys.modules, 'evaluate' in result.output)"
    )
    began = time.perf_counter()

    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert process.stdout.split() == ["0", "False", "True"]
    # Far above the 0.5 s of a quiet machine, far below what loading TensorFlow takes on a busy one.
    assert time.perf_counter() - began < 5


def test_predict_finds_a_wrong_source_before_it_reads_any(model: Path, lines: Path) -> None:
    result = tf_crnn("predict", model, lines / "1.png", "nope.png")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "nope.png: no such file or folder" in result.stderr


def test_evaluate_says_before_reading_that_the_report_has_no_place(
    model: Path, lines: Path
) -> None:
    result = tf_crnn("evaluate", model, lines / "lines.csv", "-o", lines / "lines.csv")

    assert result.exit_code == 1
    assert result.stderr == f"Error: {lines / 'lines.csv'}: File exists.\n"


@pytest.mark.parametrize(
    ("part", "damaged"),
    [
        ("saving", "model.weights.h5"),
        ("export", "saved_model.pb"),
        ("export", "variables/variables.data-00000-of-00001"),
    ],
)
def test_a_damaged_model_is_named(
    model: Path, lines: Path, tmp_path: Path, part: str, damaged: str
) -> None:
    shutil.copytree(model / part, tmp_path / "model")
    [*_, folder] = sorted(path for path in (tmp_path / "model").iterdir() if path.name.isdecimal())
    content = (folder / damaged).read_bytes()
    (folder / damaged).write_bytes(content[: len(content) // 2])

    result = tf_crnn("predict", folder, lines / "1.png")

    assert result.exit_code == 1
    assert f"Error: {folder}" in result.stderr and "is damaged" in result.stderr


def test_an_alphabet_of_another_model_is_refused(model: Path, lines: Path, tmp_path: Path) -> None:
    shutil.copytree(model / "export", tmp_path / "model")
    [folder] = (tmp_path / "model").iterdir()
    (folder / "alphabet.json").write_text('{"a": 1, "b": 2}')

    result = tf_crnn("predict", folder, lines / "1.png")

    assert result.exit_code == 1
    assert "the model has 12 units, but alphabet.json beside it 2" in result.stderr


def test_an_evaluation_by_other_rules_says_so_everywhere(
    model: Path, lines: Path, readings: dict[str, str], tmp_path: Path
) -> None:
    for name in TEXTS:
        shutil.copy(lines / name, tmp_path / name)
    rows = [format_row(name, text.upper()) for name, text in TEXTS.items()]
    (tmp_path / "upper.csv").write_text("".join(rows), encoding="utf-8")
    (tmp_path / "dataset.json").write_text('{"text_rules": {"unicode_form": "NFD"}}')

    result = tf_crnn(
        "evaluate", model, tmp_path / "upper.csv", "-o", tmp_path / "report",
        "--rule", "letter_case=fold", "--rule", 'text_replacements={"1": "I"}',
    )  # fmt: skip

    told = [
        "Evaluated with letter_case fold instead of keep, with which the model was trained.",
        "Evaluated with text_replacements [['1', 'I']] instead of [], with which the model was "
        "trained.",
        f"{tmp_path / 'dataset.json'} states unicode_form NFD instead of none, by which labels are "
        "read here.",
    ]
    assert result.exit_code == 0
    assert all(f"WARNING: {sentence}" in result.stderr for sentence in told)
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["warnings"] == told
    assert report["text_rules"]["letter_case"] == "fold"
    pairs = [
        (text.replace("1", "i"), readings[name].replace("1", "i")) for name, text in TEXTS.items()
    ]
    assert report["char_edits"] == sum(Levenshtein.distance(*pair) for pair in pairs)
    page = html.unescape((tmp_path / "report" / "report.html").read_text(encoding="utf-8"))
    assert all(sentence in page for sentence in told)


def test_an_evaluation_by_the_rules_of_the_training_warns_of_nothing(
    model: Path, lines: Path, tmp_path: Path
) -> None:
    result = tf_crnn("evaluate", model, lines / "lines.csv", "-o", tmp_path / "report",
                     "--rule", "letter_case=keep")  # fmt: skip

    assert "WARNING" not in result.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert "warnings" not in report and "text_rules" not in report


def test_a_wrong_rule_is_refused_before_anything_is_read(model: Path, lines: Path) -> None:
    result = tf_crnn("evaluate", model, lines / "lines.csv", "--rule", "letter_case=small")

    assert result.exit_code == 1
    assert "letter_case: must be one of keep, lower, upper, fold, not 'small'" in result.stderr
