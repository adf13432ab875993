"""Lines read in one process or in several: the same records, in order, without TensorFlow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.doctor import WORDS, look, write_lines, write_rows

from tf_crnn.config import Params
from tf_crnn.doctor.reading import read_lines
from tf_crnn.doctor.record import RECORD
from tf_crnn.doctor.setting import Setting, make_setting
from tf_crnn.doctor.survey import Survey
from tf_crnn.errors import ConfigError, DataError
from tf_crnn.packs.write import write_pack


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """400 rows of 24 images, some of them of the validation."""
    write_lines(tmp_path)
    rows = [(f"train_{n % 24}.png", f"|{n % 7}|a|") for n in range(300)]
    train = write_rows(tmp_path / "many.csv", [*rows, ("none.png", "|a|")])
    val = write_rows(tmp_path / "val.csv", [("train_1.png", "|v|"), ("gone.png", "|v|")] * 50)
    return make_setting([str(train)], [str(val)])


def test_several_processes_give_what_one_gives(setting: Setting) -> None:
    one, several = read_lines(setting, jobs=1), read_lines(setting, jobs=2)

    assert np.array_equal(one.records, several.records)
    assert one.units == several.units
    assert one.kinds == several.kinds == ["missing file"]


def test_records_are_in_the_order_of_the_rows_and_units_know_their_lines(
    setting: Setting,
) -> None:
    lines = read_lines(setting, jobs=1)

    survey = Survey(setting, lines)
    assert lines.records["row"].tolist() == [*range(1, 302), *range(1, 101)]
    assert survey.is_val.sum() == 100
    assert survey.units("val")["v"].times == 100
    assert survey.units("val")["v"].first == (301, 302, 303)
    assert [survey.named(i).path for i in (0, 300, 302)] == ["train_0.png", "none.png", "gone.png"]
    assert np.flatnonzero(lines.records["rejection"]).tolist() == [300, *range(302, 401, 2)]


def test_progress_ends_with_all_lines_and_the_whole(setting: Setting) -> None:
    told: list[tuple[int, float]] = []

    read_lines(setting, 1, lambda n_lines, share: told.append((n_lines, share)))

    assert told == sorted(told)
    assert told[-1][0] == 401
    assert told[-1][1] == pytest.approx(1, abs=0.01)


def test_a_line_takes_little_memory() -> None:
    assert RECORD.itemsize < 128


def test_a_missing_csv_is_named(tmp_path: Path) -> None:
    setting = make_setting([str(tmp_path / "none.csv")], [])

    with pytest.raises(DataError, match=r"none\.csv: cannot be read"):
        read_lines(setting, jobs=1)


def test_without_any_csv_there_is_nothing_to_look_at() -> None:
    with pytest.raises(ConfigError, match="No CSV is named"):
        make_setting([], [])


def test_the_csvs_of_a_configuration_are_taken_where_none_is_given(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:2])
    (tmp_path / "alphabet.json").write_text('{"a": 1}')
    (tmp_path / "a.json").write_text('{"csv_files_train": "x.csv", "csv_files_eval": ["y.csv"]}')
    (tmp_path / "b.json").write_text(
        f'{{"csv_files_train": "{train}", "lookup_alphabet_file": "{tmp_path}/alphabet.json"}}'
    )
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]

    of_config, given = make_setting([], [], files), make_setting(["z.csv"], [], files)

    assert [(s.name, s.split) for s in of_config.sources] == [
        (str(train), "train"), ("y.csv", "val"),
    ]  # fmt: skip
    assert [(s.name, s.split) for s in given.sources] == [("z.csv", "train")]


def test_text_rules_of_the_configuration_come_before_the_checks(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:2])
    write_rows(train, [("train_0.png", "|c|a|f|e|\u0301|"), ("train_1.png", "|a| |")])
    (tmp_path / "alphabet.json").write_text('{"c": 1, "a": 2, "f": 3, "é": 4, " ": 5}')
    config = tmp_path / "config.json"
    config.write_text(
        f'{{"lookup_alphabet_file": "{tmp_path}/alphabet.json", "unicode_form": "NFC",'
        ' "white_space": "fold", "text_units": "code_points"}'
    )

    examination = look(train, config=str(config))

    assert examination.is_clean
    assert not {f.key for f in examination.findings} & {"not_composed", "edge_spaces"}


def test_a_pack_stands_for_its_csv(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:3])
    params = Params(input_shape=[32, 320], max_chars_per_string=19)
    write_pack([train], params.show_experiment_params(), tmp_path / "pack")
    (tmp_path / "train_0.png").unlink()

    examination = look(tmp_path / "pack")

    assert examination.is_clean
    assert (examination.survey.records["height_px"] == 32).all()
    assert examination.survey.named(1).label == WORDS[1]


@pytest.mark.parametrize("module", ["tf_crnn.doctor.measure", "tf_crnn.doctor.examine"])
def test_workers_load_neither_tensorflow_nor_matplotlib(module: str) -> None:
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'pandas'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout == "[]\n"
