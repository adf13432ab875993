"""`tf-crnn data pack`, and a training that reads what it made."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tf_crnn.cli import main
from tf_crnn.config import Params

SMALL = {
    "rnn_dropout": 0.0, "learning_rate": 0.01, "n_epochs": 1, "train_batch_size": 4,
    "sample_every_epoch": 1, "evaluate_every_epoch": 1,
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path, tiny_params: Callable[..., Params]) -> Path:
    tiny_params(tmp_path, **SMALL).save(tmp_path / "config.json")
    return tmp_path / "config.json"


def pack(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", "pack", *map(str, arguments)])


def test_a_pack_is_made_and_what_is_left_out_is_said(
    tmp_path: Path, line_csv: Path, config: Path
) -> None:
    with line_csv.open("a") as stream:
        stream.write("none.png;|a|\n")

    result = pack(line_csv, "-o", tmp_path / "pack", "--config", config)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"packed 8 of 9 lines into {tmp_path / 'pack'}: 1 file, 0.0 MB")
    assert "left out, see" in result.stderr and "1 x missing file: row 9 none.png" in result.stderr
    assert json.loads((tmp_path / "pack" / "pack.json").read_text())["n_lines"] == 8


def test_the_configuration_of_a_model_serves(
    tmp_path: Path, line_csv: Path, run_folder: Path
) -> None:
    result = pack(line_csv, "-o", tmp_path / "pack", "--model", run_folder)

    assert result.exit_code == 0
    made_for = json.loads((tmp_path / "pack" / "pack.json").read_text())["config"]
    assert (made_for["input_shape"], made_for["downscale_factor"]) == ([32, 320], 4)


@pytest.mark.parametrize("both", [True, False])
def test_config_or_model_must_be_given(
    tmp_path: Path, line_csv: Path, config: Path, both: bool
) -> None:
    options = ["--config", config, "--model", "m"] if both else []

    result = pack(line_csv, "-o", tmp_path / "pack", *options)

    assert result.exit_code == 2
    assert "Give --config FILE or --model MODEL, one of them." in result.stderr


def test_progress_is_told(
    tmp_path: Path, line_csv: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tf_crnn.cli_data_pack._SECONDS_BETWEEN_SIGNS", 0)

    result = pack(line_csv, "-o", tmp_path / "pack", "--config", config)

    assert result.stderr.splitlines()[-1].startswith("8 rows, ")


def test_a_pack_serves_wherever_a_csv_does(
    tmp_path: Path, line_csv: Path, config: Path, run_folder: Path
) -> None:
    pack(line_csv, "-o", tmp_path / "pack", "--config", config)
    runner = CliRunner()

    readings = [
        runner.invoke(main, ["predict", str(run_folder), str(source)]).stdout.splitlines()
        for source in (line_csv, tmp_path / "pack")
    ]
    results = [
        runner.invoke(main, ["evaluate", str(run_folder), str(source), "-o", str(tmp_path / name)])
        for source, name in ((line_csv, "loose"), (tmp_path / "pack", "packed"))
    ]

    loose, packed = ([row.rpartition("/")[2] for row in rows] for rows in readings)
    assert loose == packed and len(loose) == 8
    assert [result.exit_code for result in results] == [0, 0]
    assert _summary(results[0]) == _summary(results[1])
    assert _names(tmp_path / "loose") == _names(tmp_path / "packed")


def _summary(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if not line.startswith("report")]


def _names(folder: Path) -> list[Any]:
    """Columns of a report that do not say where the lines lie."""
    with (folder / "lines.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    return [(Path(r["path"]).name, r["row"], r["truth"], r["prediction"], r["score"]) for r in rows]


@pytest.mark.slow
def test_a_training_on_packs_goes_from_start_to_report_as_one_on_files(
    tmp_path: Path, line_csv: Path, config: Path
) -> None:
    from tf_crnn.experiment import describe_inputs, input_files
    from tf_crnn.trainer import train

    pack(line_csv, "-o", tmp_path / "pack", "--config", config)
    values = json.loads(config.read_text())
    results = {}

    for name, lines in (("loose", line_csv), ("packed", tmp_path / "pack")):
        inputs = {"csv_files_train": str(lines), "csv_files_eval": str(lines)}
        params = Params.for_training(
            values | inputs | {"output_model_dir": str(tmp_path / name), "image_cache_mb": 0}
        )
        assert all(Path(path).is_file() for path in input_files(params))
        results[name] = train(params, about={"data": describe_inputs(params)}, progress_bar=False)

    loose, packed = results["loose"], results["packed"]
    assert packed.to_dict() == loose.to_dict()
    assert _names(packed.report_folder) == _names(loose.report_folder)
    assert len(list((tmp_path / "packed").rglob("samples_epoch_0001.png"))) == 1
    files = [
        {path.name: path for path in result.report_folder.iterdir()} for result in (loose, packed)
    ]
    assert sorted(files[0]) == sorted(files[1])
    thumbnails = [
        report["report.html"].read_text(encoding="utf-8").count("data:image/webp")
        for report in files
    ]
    assert thumbnails[0] == thumbnails[1] > 0
