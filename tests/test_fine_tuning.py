"""What a training takes over from the model that it begins with, and what it refuses."""

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tf_crnn.alphabet import Alphabet
from tf_crnn.cli import main
from tf_crnn.cli_data_preview import _params
from tf_crnn.config import Params
from tf_crnn.doctor.setting import make_setting
from tf_crnn.errors import ConfigError, ModelFolderError
from tf_crnn.experiment import check_config, given_keys
from tf_crnn.fine_tuning import (
    compare_units,
    describe_origin,
    find_weights,
    resolved,
    take_over,
    write_origin,
)
from tf_crnn.run_folder import RunFolder
from tf_crnn.sweep.search_space import parse_search_space

UNITS = "abcdeno 0123"


@pytest.fixture
def more_units(tmp_path: Path) -> str:
    """An alphabet with two units that the model knows and one that it does not."""
    path = tmp_path / "more.json"
    path.write_text(json.dumps({"é": 1, "b": 2, "a": 3}))
    return str(path)


def test_network_and_alphabet_are_those_of_the_model_where_nothing_is_said(
    run_folder: Path, trained: Any
) -> None:
    params = Params(**take_over({"restore_from": str(run_folder)}))

    assert params.rnn_units == (32,)
    assert params.input_shape == trained.params.input_shape
    assert params.downscale_factor == trained.params.downscale_factor
    assert params.max_chars_per_string == trained.params.max_chars_per_string
    assert params.alphabet.alphabet_units == list(UNITS)
    assert params.learning_rate == Params.defaults()["learning_rate"]


def test_another_preprocessing_is_refused_with_both_values(run_folder: Path) -> None:
    values = {
        "restore_from": str(run_folder),
        "input_shape": [64, 320],
        "unicode_form": "NFC",
        "rnn_units": [32],
    }

    with pytest.raises(ModelFolderError) as caught:
        take_over(values)

    message = str(caught.value)
    assert "input_shape: [64, 320] here, [32, 320] in the model" in message
    assert "unicode_form: NFC here, none in the model" in message
    assert "rnn_units" not in message
    assert "Leave these keys out" in message


def test_a_default_counts_only_if_it_was_said(run_folder: Path) -> None:
    values = {**Params.defaults(), "restore_from": str(run_folder)}

    taken = take_over(values, given={"restore_from"})

    assert taken["input_shape"] == [32, 320]
    with pytest.raises(ModelFolderError, match=r"input_shape: \[96, 1400\] here, \[32, 320\] in"):
        take_over(values, given={"restore_from", "input_shape"})


def test_a_greatest_width_of_its_own_is_no_other_preprocessing(run_folder: Path) -> None:
    taken = take_over({"restore_from": str(run_folder), "input_shape": [32, 640]})

    assert taken["input_shape"] == [32, 640]


def test_the_union_reads_what_the_model_reads_and_what_is_new(
    run_folder: Path, more_units: str
) -> None:
    values = {"restore_from": str(run_folder), "lookup_alphabet_file": more_units}

    once = take_over(values)
    twice = take_over(once)

    assert set(Params(**once).alphabet.alphabet_units) == {*UNITS, "é"}
    assert twice["lookup_alphabet_file"] == once["lookup_alphabet_file"]


def test_a_new_alphabet_reads_its_own_units_alone(run_folder: Path, more_units: str) -> None:
    values = {"restore_from": str(run_folder), "lookup_alphabet_file": more_units}

    params = Params(**take_over({**values, "restore_alphabet": "new"}))

    assert params.alphabet.alphabet_units == ["é", "b", "a"]


def test_units_are_compared_in_their_order() -> None:
    units = compare_units(Alphabet.from_units("abc"), Alphabet.from_units("dcxa"))

    assert units == (["a", "c"], ["d", "x"], ["b"])


def test_of_a_run_folder_the_save_is_taken_and_an_export_alone_will_do(
    run_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(run_folder / "export", tmp_path / "copy")

    assert find_weights(str(run_folder)).folder.parent.name == "saving"
    assert find_weights(str(tmp_path / "copy")).is_export


def test_a_model_that_is_not_there_is_named_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"restore_from: .*gone: no such folder"):
        take_over({"restore_from": str(tmp_path / "gone")})


def test_a_run_that_is_gone_on_with_needs_the_first_model_no_more(
    run_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(run_folder / "saving", tmp_path / "run/saving")
    values = {
        "restore_from": str(tmp_path / "gone"),
        "output_model_dir": str(tmp_path / "run"),
        "restore_model": True,
    }

    params = Params(**take_over(values))

    RunFolder(params.output_model_dir).check(params)
    assert params.rnn_units == (32,)


def test_the_origin_is_described_and_kept_for_later(
    run_folder: Path, more_units: str, tmp_path: Path
) -> None:
    values = {
        "restore_from": str(run_folder),
        "lookup_alphabet_file": more_units,
        "restore_alphabet": "new",
        "output_model_dir": str(tmp_path),
    }
    params = Params(**take_over(values))

    origin = write_origin(params)["fine_tuned_from"]
    later = describe_origin(
        Params(**{**params.to_dict(), "restore_model": True, "restore_from": "gone"})
    )

    assert Path(origin["model"]).parents[1] == run_folder
    assert (origin["epoch"], origin["val_cer"], origin["units_kept"]) == (1, 0.0, 2)
    assert (origin["units_new"], len(origin["units_dropped"])) == (["é"], len(UNITS) - 2)
    assert len(origin["weights_sha256"]) == 64
    assert later == {"fine_tuned_from": origin}
    assert describe_origin(Params()) == {}


def test_parameters_in_python_must_be_those_of_the_model(run_folder: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"rnn_units: \[256, 256\] here, \[32\] in the mod"):
        resolved(Params(restore_from=str(run_folder)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"freeze": ["rnn"]}, "freeze: keeps weights that nothing has trained yet"),
        ({"freeze": ["rnns"], "restore_from": "x"}, "freeze: must be a list of backbone, rnn"),
        ({"restore_alphabet": "old"}, r"restore_alphabet: must be one of union, new"),
        ({"encoder_learning_rate_factor": 0}, "encoder_learning_rate_factor: must be above 0"),
    ],
)
def test_faulty_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Params(**values)


def test_one_part_may_be_given_without_a_list() -> None:
    assert Params(freeze="rnn", restore_from="models/old").freeze == ("rnn",)


def test_the_command_line_says_its_own_values_and_those_of_its_files(tmp_path: Path) -> None:
    config = tmp_path / "mine.json"
    config.write_text('{"rnn_units": [32]}')

    assert given_keys([str(config), "seed=3"]) == {"rnn_units", "seed"}


def test_the_recorded_configuration_is_that_of_the_model(run_folder: Path, line_csv: Path) -> None:
    config = {
        **Params.defaults(),
        "restore_from": str(run_folder),
        "csv_files_train": str(line_csv),
        "csv_files_eval": str(line_csv),
        "output_model_dir": str(line_csv.parent / "tuned"),
    }

    changed = check_config(config, "train", None)

    assert changed["rnn_units"] == [32]
    assert changed["lookup_alphabet_file"].endswith("alphabet.json")
    assert "learning_rate" not in changed


def load_script() -> Any:
    path = Path(__file__).parent.parent / "hlp" / "make_alphabet.py"
    spec = importlib.util.spec_from_file_location("make_alphabet", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sweeps_doctor_and_packs_know_what_the_model_decides(
    run_folder: Path, line_csv: Path, tmp_path: Path
) -> None:
    values = {
        "restore_from": str(run_folder),
        "csv_files_train": str(line_csv),
        "csv_files_eval": str(line_csv),
    }
    config = tmp_path / "tune.json"
    config.write_text(json.dumps(values))

    space = parse_search_space(["learning_rate=0.1,0.2"], values)
    setting = make_setting((), (), [str(config)])
    packed = CliRunner().invoke(
        main, ["data", "pack", str(line_csv), "-o", str(tmp_path / "pack"), "--config", str(config)]
    )

    rules = load_script()._rules_of(config)
    preview = _params([str(config)])

    assert space.size == 2
    assert rules == setting.params.text_rules
    assert preview.input_shape == (32, 320)
    assert setting.params.input_shape == (32, 320)
    assert packed.exit_code == 0, packed.output
    assert '"input_shape": [32, 320]' in json.dumps(
        json.loads((tmp_path / "pack/pack.json").read_text())
    )
