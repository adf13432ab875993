"""`training.py` as a user starts it: a process of its own, real lines, real signals."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support.workplace import Workplace, make_workplace, wait_for_epoch


@pytest.fixture
def workplace(tmp_path: Path, draw_line: Any, write_csv: Any, tiny_params: Any) -> Workplace:
    return make_workplace(tmp_path, draw_line, write_csv, tiny_params)


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: Any, draw_line: Any, write_csv: Any, tiny_params: Any
) -> Iterator[tuple[Workplace, subprocess.CompletedProcess[str]]]:
    """A workplace in which `training.py with config.json` has run once, for six epochs."""
    place = make_workplace(tmp_path_factory.mktemp("trained"), draw_line, write_csv, tiny_params)
    yield place, place.run("with", "config.json", "n_epochs=6")


def network_weights(save: Path) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    with h5py.File(save / "model.weights.h5") as file:
        file.visititems(
            lambda name, item: (
                arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return arrays


def newest_save(model_folder: Path) -> Path:
    saves = [path for path in (model_folder / "saving").iterdir() if path.name.isdecimal()]
    return max(saves, key=lambda path: int(path.name))


def test_a_run_records_config_metrics_inputs_report_and_result(trained: Any) -> None:
    place, process = trained

    recorded = place.recorded()

    assert process.returncode == 0, process.stderr
    assert recorded["status"] == "COMPLETED"
    folder = place.folder / "runs/1"
    metrics = json.loads((folder / "metrics.json").read_text())
    wanted = {"loss", "cer", "val_loss", "val_cer", "val_wer", "val_exact_match"}
    assert set(metrics) == wanted | {"learning_rate", "seconds"}
    assert all(metric["steps"] == [1, 2, 3, 4, 5, 6] for metric in metrics.values())
    resources = {Path(original).name for original, _ in recorded["resources"]}
    assert resources == {"alphabet.json", "train.csv", "val.csv"}
    reports = {"report.json", "report.html", "lines.csv", "worst_lines.csv", "confusions.png"}
    assert reports | {"samples_epoch_0005.png", "learning_curves.png"} <= set(recorded["artifacts"])
    info = json.loads((folder / "info.json").read_text())
    assert (info["data"]["train"]["n_lines"], info["data"]["eval"]["n_lines"]) == (25, 7)
    assert info["device"]["backend"] == "tensorflow" and info["code"]["version"]
    config = json.loads((folder / "config.json").read_text())
    assert config["rnn_units"] == [16] and config["optimizer"] == "adam"
    assert "Epoch 6/6" in (folder / "cout.txt").read_text()


def test_the_result_agrees_with_the_metrics_and_the_report(trained: Any) -> None:
    place, _ = trained

    result = place.recorded()["result"]

    report = json.loads((place.folder / "runs/1/report.json").read_text())
    metrics = json.loads((place.folder / "runs/1/metrics.json").read_text())
    ranks = list(zip(metrics["val_cer"]["values"], metrics["val_loss"]["values"], strict=True))
    assert result["cer"] == pytest.approx(min(ranks)[0]) == pytest.approx(report["cer"])
    assert result["best_epoch"] == ranks.index(min(ranks)) + 1
    assert result["lines_seen"] == 6 * 24
    assert result["n_lines"] == 7


def test_the_run_folder_holds_what_the_documentation_says(trained: Any) -> None:
    place, _ = trained

    names = {path.name for path in (place.folder / "model").iterdir()}

    assert names == {
        "config.json", "alphabet.json", "preprocessed", "saving", "export", "logs", "reports",
        "samples",
    }  # fmt: skip
    [*_, export] = sorted((place.folder / "model/export").iterdir())
    inside = {path.name for path in export.iterdir()}
    assert {"saved_model.pb", "variables", "config.json", "alphabet.json"} <= inside


def test_a_rejected_line_is_named_in_the_log_and_the_file(trained: Any) -> None:
    place, process = trained

    with (place.folder / "model/preprocessed/rejected.csv").open(newline="") as stream:
        [row] = csv.DictReader(stream, delimiter=";")

    assert (row["row"], row["path"], row["reason"]) == ("25", "images/none.png", "missing file")
    assert "rejected 1 of 25 lines" in process.stderr
    assert "images/none.png" in process.stderr


def test_an_existing_folder_is_refused_with_both_ways_out(trained: Any) -> None:
    place, _ = trained
    config_before = (place.folder / "model/config.json").read_bytes()

    process = place.run("-u", "with", "config.json", "n_epochs=1")

    assert process.returncode == 1
    assert "restore_model=true" in process.stderr and "output_model_dir=model_2" in process.stderr
    assert "Traceback" not in process.stderr
    assert (place.folder / "model/config.json").read_bytes() == config_before


def test_all_mistakes_of_a_config_come_in_one_message_before_any_file(workplace: Workplace) -> None:
    before = sorted(workplace.folder.iterdir())

    process = workplace.run(
        "with", "config.json", "lerning_rate=0.1", "optimizer=adm", "csv_files_train=nowhere.csv"
    )

    assert process.returncode == 1
    assert "lerning_rate: no such key. Did you mean learning_rate?" in process.stderr
    assert "optimizer: must be one of" in process.stderr
    assert "nowhere.csv does not exist" in process.stderr
    assert "Traceback" not in process.stderr
    assert sorted(workplace.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "my.json: cannot be read (No such file or directory)"),
        ('{"n_epochs": 3,}', "my.json: is not JSON in UTF-8"),
        ("[1]", "my.json: must hold one JSON object"),
        ('{"text_replacements": {"ſ": "s"}}', 'takes no object here; write [["ſ", "s"]].'),
    ],
)
def test_a_config_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, message: str
) -> None:
    place = Workplace(tmp_path, tmp_path / "my.json")
    if content is not None:
        place.config.write_text(content, encoding="utf-8")

    process = place.run("with", "my.json")

    assert process.returncode == 1
    assert message in process.stderr and "Traceback" not in process.stderr


def test_text_rules_are_taken_from_the_command_line(tmp_path: Path) -> None:
    process = Workplace(tmp_path, tmp_path / "none").run(
        "print_config", "with", "unicode_form=NFC", 'text_replacements=[["ſ", "s"], ["a.b", ""]]'
    )

    assert process.returncode == 0, process.stderr
    assert "unicode_form = 'NFC'" in process.stdout
    assert "text_replacements = [['ſ', 's'], ['a.b', '']]" in process.stdout


@pytest.mark.parametrize("argument", ["letters", "train.csv", "="])
def test_what_is_neither_a_value_nor_a_config_file_is_refused(
    tmp_path: Path, argument: str
) -> None:
    process = Workplace(tmp_path, tmp_path / "none").run("with", argument)

    assert process.returncode == 1
    assert process.stderr.startswith(f"Error: {argument}: is neither key=value")


def test_the_file_option_records_elsewhere_and_print_config_records_nothing(
    workplace: Workplace,
) -> None:
    printed = workplace.run("print_config", "with", "config.json", "learning_rate=0.5")
    trained = workplace.run("-F", "elsewhere", "-c", "a try", "with", "config.json", "n_epochs=1")

    assert printed.returncode == 0
    assert "learning_rate = 0.5" in printed.stdout
    assert trained.returncode == 0, trained.stderr
    assert workplace.recorded(runs="elsewhere")["meta"]["comment"] == "a try"
    assert not (workplace.folder / "runs").exists()


@pytest.mark.slow
def test_the_sql_and_tinydb_options_record_the_result(workplace: Workplace) -> None:
    pytest.importorskip("sqlalchemy", reason="the extra [observers] is not installed")
    options = ("with", "config.json", "n_epochs=1")

    sql = workplace.run("-s", "sqlite:///runs.db", *options)
    tiny = workplace.run("-t", "tiny", *options, "output_model_dir=model_2")

    assert (sql.returncode, tiny.returncode) == (0, 0), sql.stderr + tiny.stderr
    with sqlite3.connect(workplace.folder / "runs.db") as database:
        [(status, cer)] = database.execute("SELECT status, result FROM run").fetchall()
    [run] = json.loads((workplace.folder / "tiny/metadata.json").read_text())["runs"].values()
    assert (status, run["status"]) == ("COMPLETED", "COMPLETED")
    assert cer == pytest.approx(run["result"]["cer"])
    assert not (workplace.folder / "runs").exists()


def test_a_mongo_server_that_does_not_answer_is_named_within_seconds(workplace: Workplace) -> None:
    began = time.monotonic()

    process = workplace.run("-m", "127.0.0.1:9:crnn", "with", "config.json")

    assert process.returncode == 1
    assert "MongoDB at mongodb://127.0.0.1:9/crnn: does not answer" in process.stderr
    assert "Traceback" not in process.stderr
    assert time.monotonic() - began < 20
    assert not (workplace.folder / "model").exists()


def test_no_usable_line_is_an_error_that_says_why(workplace: Workplace) -> None:
    (workplace.folder / "train.csv").write_text("gone.png;|a|\nimages/1.png;|€|\n")

    process = workplace.run("with", "config.json")

    assert process.returncode == 1
    assert "no usable line among 2" in process.stderr
    assert "gone.png: missing file" in process.stderr and "U+20AC" in process.stderr
    assert workplace.recorded()["status"] == "FAILED"


def test_an_infinite_loss_stops_the_run_and_names_the_files(workplace: Workplace) -> None:
    process = workplace.run("with", "config.json", "learning_rate=1e38", "max_gradient_norm=0")

    assert process.returncode == 1
    assert "the loss is nan" in process.stderr or "the loss is inf" in process.stderr
    assert str(workplace.folder / "images") in process.stderr
    assert workplace.recorded()["status"] == "FAILED"


@pytest.mark.slow
def test_three_epochs_and_three_after_a_kill_give_the_weights_of_six(
    trained: Any, workplace: Workplace
) -> None:
    six_in_one_go = newest_save(trained[0].folder / "model")
    process = workplace.start("with", "config.json", "n_epochs=60")
    wait_for_epoch(process, workplace.folder / "model", 3)
    process.kill()
    process.communicate()
    done = json.loads((newest_save(workplace.folder / "model") / "state.json").read_text())["epoch"]

    restored = workplace.run(
        "with", "config.json", "restore_model=true", f"n_epochs={max(1, 6 - done)}"
    )

    assert restored.returncode == 0, restored.stderr
    assert 3 <= done < 6
    expected, found = (
        network_weights(save) for save in (six_in_one_go, newest_save(workplace.folder / "model"))
    )
    assert expected.keys() == found.keys() and len(expected) > 5
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_marks_the_run_and_says_how_to_go_on(
    workplace: Workplace, number: int
) -> None:
    process = workplace.start("with", "config.json", "n_epochs=500", "early_stopping_patience=500")
    wait_for_epoch(process, workplace.folder / "model", 1)

    os.kill(process.pid, number)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 130, output
    assert workplace.recorded()["status"] == "INTERRUPTED"
    assert "restore_model=true" in output
    captured = (workplace.folder / "runs/1/cout.txt").read_text()
    assert "restore_model=true" in captured
    state = json.loads((newest_save(workplace.folder / "model") / "state.json").read_text())
    assert state["epoch"] >= 1
