"""A language model in a model folder: learnt, fitted, read with, exported."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import TEXTS, Trained
from test_decodings import MODEL

from tf_crnn.checkpoints import DECODING_JSON, LANGUAGE_MODEL_NPZ, find_model, load_params
from tf_crnn.cli import main
from tf_crnn.config import Params
from tf_crnn.decoding.language_files import decoding_settings, read_fitted, write_language
from tf_crnn.decoding.language_texts import language_texts
from tf_crnn.errors import ConfigError, DataError, ModelFolderError
from tf_crnn.export.saved_model import copy_or_export
from tf_crnn.language_learning import learn_after_training
from tf_crnn.loader import PredictionModel


@pytest.fixture
def folder(run_folder: Path, tmp_path: Path) -> Path:
    """A copy of the save of a model."""
    [save] = (run_folder / "saving").iterdir()
    return Path(shutil.copytree(save, tmp_path / "save"))


def test_a_training_leaves_a_language_model_with_its_weights(
    folder: Path, trained: Trained, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("a\nbean\nocean\n")
    given = {
        **load_params(folder).to_dict(), "language_model_order": 3, "lexicon": str(words),
        "csv_files_train": str(trained.csv_path), "csv_files_eval": str(trained.csv_path),
    }  # fmt: skip
    Params(**given).save(folder / "config.json")

    fitted = learn_after_training(folder, Params(**given))
    words.unlink()

    assert fitted is not None and fitted.n_lines == len(TEXTS)
    assert read_fitted(folder) == fitted
    model = PredictionModel(folder, decoding={"language_model_weight": 0.3, "length_bonus": 0.5})
    assert model.settings.weights == (0.3, 0.5, 2.0)
    assert model.settings.language_model is not None and model.settings.language_model.order == 3
    pictures = [trained.csv_path.with_name(f"{number}.png") for number in range(len(TEXTS))]
    assert model.predict(pictures)["text"] == list(TEXTS)


@pytest.mark.parametrize("change", [{"language_model_order": 0}, {"decoding": "greedy"}])
def test_nothing_is_learnt_where_nothing_would_use_it(
    change: dict[str, object], folder: Path, trained: Trained
) -> None:
    params = Params(**{**load_params(folder).to_dict(), **change})

    assert learn_after_training(folder, params) is None
    assert not (folder / LANGUAGE_MODEL_NPZ).exists()


def test_texts_follow_the_rules_and_unknown_units_are_counted(
    trained: Trained, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\ufeffBEAN\n\n  a bone \nxyz\n", encoding="utf-8")
    params = Params(**{**trained.params.to_dict(), "letter_case": "lower"})

    lines = list(language_texts(params, trained.csv_path, [text]))

    decoded = ["".join(params.alphabet.decode(line)) for line in lines]
    assert decoded == [*TEXTS, "bean", "a bone"]
    assert "left out 1 of 11 lines: they hold units that the model does not know" in caplog.text


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), (b"a\n\xff", "is not UTF-8 near byte")]
)
def test_a_text_that_cannot_be_read_is_named(
    content: bytes | None, reason: str, trained: Trained, tmp_path: Path
) -> None:
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DataError, match=rf"text\.txt: {reason}"):
        list(language_texts(trained.params, trained.csv_path, [path]))


def test_the_commands_learn_export_and_import(
    folder: Path, trained: Trained, tmp_path: Path
) -> None:
    csv, arpa = str(trained.csv_path), str(tmp_path / "a.arpa.gz")
    runner = CliRunner()

    learnt = runner.invoke(
        main, ["lm", "learn", str(folder), "--labels", csv, "--order", "2", "--fit_on", csv]
    )
    exported = runner.invoke(main, ["lm", "export", str(folder), arpa])
    (folder / LANGUAGE_MODEL_NPZ).unlink()
    imported = runner.invoke(main, ["lm", "import", str(folder), arpa, "--fit_on", csv])

    assert learnt.exit_code == exported.exit_code == imported.exit_code == 0, imported.output
    assert "n-grams of up to 2 units" in learnt.output
    assert "on the 8 lines on which they were fitted" in imported.output
    assert learnt.output.splitlines()[1:] == imported.output.splitlines()[1:]


def test_fitted_weights_stay_where_new_ones_cannot_be_had(
    folder: Path, trained: Trained, tmp_path: Path
) -> None:
    Params(**{**load_params(folder).to_dict(), "lexicon": "gone.txt"}).save(folder / "config.json")
    (folder / DECODING_JSON).write_text("{}")
    csv = str(trained.csv_path)

    result = CliRunner().invoke(
        main, ["lm", "learn", str(folder), "--labels", csv, "--fit_on", csv]
    )

    assert result.exit_code == 1
    assert "gone.txt: cannot be read" in result.output
    assert (folder / DECODING_JSON).read_text() == "{}"


def test_an_export_takes_the_lexicon_along_without_a_language_model(
    folder: Path, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("bean\n")
    params = Params(**{**load_params(folder).to_dict(), "lexicon": str(words)})

    export = copy_or_export(find_model(folder), tmp_path / "out", params, {})
    words.unlink()

    assert PredictionModel(export).settings.name == "beam"


def test_an_export_takes_the_language_model_along(folder: Path, tmp_path: Path) -> None:
    (folder / LANGUAGE_MODEL_NPZ).write_bytes(b"n-grams")
    (folder / DECODING_JSON).write_text("{}")

    export = copy_or_export(find_model(folder), tmp_path / "out", load_params(folder), {})

    assert (export / LANGUAGE_MODEL_NPZ).read_bytes() == b"n-grams"
    assert (export / DECODING_JSON).read_text() == "{}"


def test_a_weight_without_a_language_model_is_refused(folder: Path) -> None:
    params = Params(**{**load_params(folder).to_dict(), "language_model_weight": 0.5})

    with pytest.raises(ModelFolderError, match=r"is 0\.5, but there is no language_model\.npz"):
        decoding_settings(params, folder, {"language_model_weight"})


def test_a_save_of_before_the_language_model_reads_without_it(
    folder: Path, trained: Trained, caplog: pytest.LogCaptureFixture
) -> None:
    Params(**{**load_params(folder).to_dict(), "language_model_weight": 0.5}).save(
        folder / "config.json"
    )

    reader = PredictionModel(folder)

    assert reader.predict(trained.csv_path.with_name("0.png"))["text"] == TEXTS[0]
    [record] = [record for record in caplog.records if record.name.startswith("tf_crnn")]
    assert "is 0.5, but there is no language_model.npz. Reading without one" in record.message


def test_an_export_without_a_language_model_says_so(folder: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["lm", "export", str(folder), str(tmp_path / "a.arpa")])

    assert result.exit_code == 1
    assert "holds no language model. Learn one: tf-crnn lm learn" in result.output


def test_damaged_weights_are_named(folder: Path) -> None:
    (folder / DECODING_JSON).write_text(json.dumps({"weight": 1}))

    with pytest.raises(ModelFolderError, match="does not hold the fitted weights"):
        read_fitted(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lexicon", "words.txt"), ("lexicon_penalty", 3.0), ("language_model_weight", 0.5),
     ("length_bonus", 1.0)],
)  # fmt: skip
def test_what_the_best_path_would_pass_over_is_refused(
    name: str, value: object, folder: Path
) -> None:
    with pytest.raises(ConfigError, match=f"{name}: is not looked at by decoding greedy"):
        PredictionModel(folder, decoding={"decoding": "greedy", name: value})

    off = {"decoding": "greedy", "language_model_weight": 0.0, "lexicon": None}
    assert PredictionModel(folder, decoding=off).settings.name == "greedy"


def test_a_model_without_weights_is_not_used(folder: Path, trained: Trained) -> None:
    units = load_params(folder).alphabet.alphabet_units
    MODEL.units, before = units, MODEL.units
    write_language(folder, MODEL, None)
    MODEL.units = before

    assert PredictionModel(folder).settings.name == "greedy"


@pytest.mark.parametrize("change", [{"num_beam_paths": 2}, {"test_time_augmentation": 1}])
def test_the_best_path_alone_gives_neither_several_readings_nor_looks_at_copies(
    change: dict[str, int], folder: Path
) -> None:
    with pytest.raises(ConfigError, match="decoding: greedy gives"):
        PredictionModel(folder, decoding={"decoding": "greedy", **change})


@pytest.mark.parametrize(
    "options",
    [
        ["--decoding", "beam", "--num_beam_paths", "3"],
        ["--test_time_augmentation", "2", "--beam_width", "10"],
        ["--lexicon", "words.txt", "--lexicon_penalty", "1"],
    ],
)
def test_predict_decodes_as_it_is_told(
    options: list[str], folder: Path, trained: Trained, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text("bean\ncocoa\n")
    picture = trained.csv_path.with_name("5.png")

    result = CliRunner().invoke(main, ["predict", str(folder), str(picture), "--json", *options])

    assert result.exit_code == 0, result.output
    reading = json.loads(result.output.splitlines()[0])
    assert reading["text"] == TEXTS[5]
    assert len(reading["readings"]) == (3 if "--num_beam_paths" in options else 1)
