"""A bank cut by a trained model, and the command that makes it."""

import importlib.util
import json
import logging
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from tf_crnn.errors import DataError
from tf_crnn.images import read_image
from tf_crnn.loader import PredictionModel
from tf_crnn.samples import read_rows
from tf_crnn.synthesis.bank import PieceBank
from tf_crnn.synthesis.bank_making import make_bank
from tf_crnn.text import split_units

SCRIPT = Path(__file__).parent.parent / "hlp" / "generate_synthetic.py"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()


def run_script(*options: object) -> Result:
    return CliRunner().invoke(script.main, [str(option) for option in options])


@pytest.fixture(scope="module")
def model(run_folder: Path) -> PredictionModel:
    return PredictionModel(run_folder)


@pytest.fixture(scope="module")
def bank(model: PredictionModel, trained: SimpleNamespace, tmp_path_factory) -> PieceBank:
    folder = tmp_path_factory.mktemp("bank")
    make_bank(model, trained.csv_path, folder, min_log_prob=-2.0)
    return PieceBank(folder)


@pytest.fixture(scope="module")
def stitched(run_folder: Path, trained: SimpleNamespace, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stitched") / "out"
    options = ["--from-model", run_folder, "--csv", trained.csv_path, "--min_log_prob", -2]
    result = run_script("--output_dir", folder, *options, "--n_train", 12, "--seed", 4)
    assert result.exit_code == 0, result.output
    return folder


def test_letters_are_cut_between_their_drawn_places(
    bank: PieceBank, trained: SimpleNamespace
) -> None:
    texts = ["".join(split_units(row.label)) for row in read_rows(trained.csv_path)]
    through_ink = within = 0

    for number, text in enumerate(texts):
        line = bank.line(number)
        assert "".join(bank.units[code - 1] for code in line.codes) == text
        columns = (line.image[:, :, 0] < 128).any(axis=0)
        through_ink += int(columns[line.columns[1:-1]].sum())
        within += len(line.columns)

    # Some letters of the drawn font touch one another.
    assert bank.n_lines == len(texts)
    assert through_ink < 0.25 * within


def test_lines_that_the_model_does_not_believe_are_left_out_and_named(
    model: PredictionModel,
    trained: SimpleNamespace,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = trained.csv_path.read_text().splitlines()
    wrong = [f"{trained.csv_path.parent / row.split(';')[0]};{row.split(';')[1]}" for row in rows]
    wrong[2] = wrong[2].split(";")[0] + ";|3|3|2|"
    wrong.append("gone.png;|a|")
    (tmp_path / "wrong.csv").write_text("\n".join(wrong) + "\n")
    folder = tmp_path / "bank"
    folder.mkdir()

    with caplog.at_level(logging.WARNING):
        counts = make_bank(model, tmp_path / "wrong.csv", folder, min_log_prob=-2.0)

    assert counts == (7, 1)
    rows = (folder / "left_out.csv").read_text().splitlines()
    [_, left_out] = [row.split(";") for row in rows]
    assert Path(left_out[0]).name == "2.png"
    assert float(left_out[1].split()[2]) < -2
    assert "gone.png" in (folder / "rejected.csv").read_text()
    assert "left out 1 of 8 lines" in caplog.text


def test_lines_longer_than_the_model_takes_keep_their_proportions(
    model: PredictionModel, trained: SimpleNamespace, tmp_path: Path
) -> None:
    source = read_image(trained.csv_path.parent / "0.png")[:, :, 0]
    Image.fromarray(np.hstack([source, np.full((32, 600), 255, np.uint8)])).save(tmp_path / "w.png")
    (tmp_path / "wide.csv").write_text("w.png;|a| |b|o|n|e|\n")
    (tmp_path / "bank").mkdir()

    make_bank(model, tmp_path / "wide.csv", tmp_path / "bank", min_log_prob=-1e9)

    line = PieceBank(tmp_path / "bank").line(0)
    assert line.image.shape == (32, source.shape[1] + 600, 1)
    assert line.columns[-1] <= line.image.shape[1]


def test_pieces_have_the_height_that_is_asked_for(
    model: PredictionModel, trained: SimpleNamespace, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "higher").mkdir()

    make_bank(model, trained.csv_path, tmp_path / "own", min_log_prob=-1e9)
    make_bank(model, trained.csv_path, tmp_path / "higher", min_log_prob=-1e9, height_px=48)

    own, higher = PieceBank(tmp_path / "own").line(0), PieceBank(tmp_path / "higher").line(0)
    assert (own.image.shape[0], higher.image.shape[0]) == (32, 48)
    np.testing.assert_allclose(higher.columns / 1.5, own.columns, atol=4)


def test_no_line_that_the_model_believes_is_an_error(
    model: PredictionModel, trained: SimpleNamespace, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="no line is left of which pieces could be made"):
        make_bank(model, trained.csv_path, tmp_path, min_log_prob=0.0)


def test_the_command_writes_pieces_lines_and_the_alphabet(stitched: Path) -> None:
    rows = list(read_rows(stitched / "train.csv"))

    texts = ["".join(split_units(row.label)) for row in rows]
    assert len(texts) == 12
    assert len(set(texts)) > 8
    assert PieceBank(stitched).n_lines == 8
    assert set("".join(texts)) <= set(json.loads((stitched / "alphabet.json").read_text()))
    for row in rows:
        assert read_image(stitched / row.image_path).shape[0] == 32
    assert not (stitched / "usable.csv").exists()


def test_the_model_reads_stitched_lines_much_as_their_labels_say(
    stitched: Path, model: PredictionModel
) -> None:
    rows = list(read_rows(stitched / "train.csv"))
    truths = ["".join(split_units(row.label)) for row in rows]

    readings = model.predict([stitched / row.image_path for row in rows])["text"]

    def common(one: str, other: str) -> float:
        return sum(min(one.count(c), other.count(c)) for c in set(one)) / max(len(one), len(other))

    shares = [common(*pair) for pair in zip(truths, readings, strict=True)]
    mismatched = [common(*pair) for pair in zip(truths, readings[1:] + readings[:1], strict=True)]
    assert np.mean(shares) > 0.6 > np.mean(mismatched) + 0.1


def test_the_same_seed_writes_the_same_lines(
    stitched: Path, run_folder: Path, trained: SimpleNamespace, tmp_path: Path
) -> None:
    options = ["--from-model", run_folder, "--csv", trained.csv_path, "--min_log_prob", -2]

    for seed in (4, 5):
        run_script("--output_dir", tmp_path / str(seed), *options, "--n_train", 12, "--seed", seed)

    def contents(folder: Path) -> list[bytes]:
        return [path.read_bytes() for path in sorted(folder.glob("images/*.png"))]

    assert contents(tmp_path / "4") == contents(stitched)
    assert contents(tmp_path / "5") != contents(stitched)


def test_the_length_of_stitched_lines_can_be_chosen(
    run_folder: Path, trained: SimpleNamespace, tmp_path: Path
) -> None:
    run_script(
        "--output_dir", tmp_path / "short", "--from-model", run_folder, "--csv", trained.csv_path,
        "--min_log_prob", -2, "--n_train", 30, "--min_chars", 2, "--max_chars", 5,
    )  # fmt: skip

    lengths = [len(split_units(row.label)) for row in read_rows(tmp_path / "short" / "train.csv")]
    assert len(lengths) == 30
    assert max(lengths) <= 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from-model", "none"], "name the lines to cut with --csv"),
        (["--from-model", "none", "--csv", "a.csv"], "none: no such folder"),
        (["--from-model", "none", "--csv", "a.csv", "--kind", "words"], "--kind: without effect"),
        (["--csv", "a.csv"], "--csv: without effect without --from-model"),
        (
            ["--from-model", "none", "--csv", "a.csv", "--min_chars", 3, "--max_chars", 2],
            "--min_chars is above --max_chars",
        ),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, options: list[object], message: str) -> None:
    result = run_script("--output_dir", tmp_path / "out", *options)

    assert result.exit_code != 0
    assert message in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")

    result = run_script("--output_dir", tmp_path, "--from-model", "x", "--csv", "a.csv")

    assert "is not empty" in result.output
    assert (tmp_path / "mine.txt").read_text() == "kept"
