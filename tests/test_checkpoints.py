"""The run folder: saves that survive a crash, and which model a folder stands for."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tf_crnn.checkpoints import (
    SAVED_MODEL_PB,
    STATE_JSON,
    WEIGHTS_H5,
    Save,
    best_save,
    find_model,
    last_export,
    list_saves,
    load_params,
    remove_save,
    restore_optimizer,
    write_companions,
    write_save,
)
from tf_crnn.config import Params
from tf_crnn.errors import ModelFolderError
from tf_crnn.run_folder import RunFolder
from tf_crnn.stamped import write_stamped

ParamsFactory = Callable[..., Params]


@pytest.fixture
def params(tiny_params: ParamsFactory, tmp_path: Path) -> Params:
    return tiny_params(tmp_path)


@pytest.fixture
def saving(tmp_path: Path) -> Path:
    return tmp_path / "run" / "saving"


def make_model(optimizer: str = "adam", units: int = 3) -> keras.Model:
    """A dense layer that has taken one step."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile(optimizer, loss="mse")
    model.train_on_batch(np.ones((4, 2)), np.zeros((4, units)))
    return model


def save(saving: Path, params: Params, **state: Any) -> Save:
    model = make_model()
    return write_save(saving, model, model, params, {"epoch": 1, "keep": True, **state})


def touch(folder: Path, *names: str, **state: Any) -> Path:
    """A model folder as far as `find_model` looks."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    (folder / STATE_JSON).write_text(json.dumps(state))
    return folder


def test_a_save_holds_weights_optimizer_state_config_and_alphabet(
    saving: Path, params: Params
) -> None:
    model = make_model()

    written = write_save(saving, model, model, params, {"epoch": 7, "val_cer": 0.25})

    assert written.folder.parent == saving
    assert abs(int(written.folder.name) - time.time()) < 60
    assert list_saves(saving) == [Save(written.folder, {"epoch": 7, "val_cer": 0.25})]
    assert load_params(written.folder).cnn_features_list == params.cnn_features_list
    assert load_params(written.folder).alphabet.alphabet_units == params.alphabet.alphabet_units
    copy = make_model()
    copy.set_weights([np.zeros_like(weight) for weight in copy.get_weights()])
    copy.load_weights(written.folder / WEIGHTS_H5)
    assert all(map(np.array_equal, copy.get_weights(), model.get_weights()))


def test_a_save_is_without_pickles(saving: Path, params: Params) -> None:
    written = save(saving, params)

    suffixes = {path.suffix for path in written.folder.rglob("*")}
    assert suffixes == {".h5", ".json"}


def test_the_optimizer_goes_on_from_a_save(saving: Path, params: Params) -> None:
    model = make_model()
    model.optimizer.learning_rate = 0.125
    written = write_save(saving, model, model, params, {"epoch": 1})
    other = make_model()
    other.train_on_batch(np.zeros((4, 2)), np.ones((4, 3)))

    restore_optimizer(written, other.optimizer)

    assert float(other.optimizer.learning_rate) == 0.125
    assert int(other.optimizer.iterations) == 1
    for expected, variable in zip(
        model.optimizer.variables, other.optimizer.variables, strict=True
    ):
        assert np.array_equal(expected, variable)


@pytest.mark.parametrize("other", [{"optimizer": "sgd"}, {"units": 4}])
def test_the_state_of_another_optimizer_is_refused(
    other: dict[str, Any], saving: Path, params: Params
) -> None:
    written = save(saving, params)
    model = make_model(**other)

    with pytest.raises(ModelFolderError, match="state of another optimizer or network"):
        restore_optimizer(written, model.optimizer)


def test_saves_of_one_second_get_different_stamps(
    saving: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.5)

    folders = [write_stamped(saving, lambda folder: (folder / "a").touch()) for _ in range(3)]

    assert [folder.name for folder in folders] == ["1700000000", "1700000001", "1700000002"]


def test_a_clock_that_was_set_back_leaves_the_last_save_last(
    saving: Path, monkeypatch: pytest.MonkeyPatch, params: Params
) -> None:
    first = save(saving, params)
    monkeypatch.setattr(time, "time", lambda: 1000.0)

    second = save(saving, params)

    assert list_saves(saving)[-1].folder == second.folder
    assert int(second.folder.name) == int(first.folder.name) + 1


def test_foreign_files_among_the_saves_are_passed_over(saving: Path, params: Params) -> None:
    written = save(saving, params)
    (saving / "notes.txt").write_text("mine")
    (saving / "999").write_text("a file")
    (saving / "old").mkdir()
    (saving / "123").mkdir()
    (saving / "1e9").mkdir()

    assert [found.folder for found in list_saves(saving)] == [written.folder]
    assert find_model(saving).folder == written.folder
    assert save(saving, params).folder.is_dir()
    assert (saving / "notes.txt").read_text() == "mine"


def test_a_crash_in_the_middle_of_a_save_leaves_the_older_one_intact(
    saving: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = save(saving, params, val_cer=0.5)
    before = {path: path.read_bytes() for path in saving.rglob("*") if path.is_file()}

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("tf_crnn.checkpoints._write_variables", fail)
    with pytest.raises(OSError, match="no space left"):
        save(saving, params, val_cer=0.1)

    assert {path: path.read_bytes() for path in saving.rglob("*") if path.is_file()} == before
    assert [path.name for path in saving.iterdir()] == [older.folder.name]


def test_an_unfinished_folder_is_never_chosen_and_goes_with_the_next_save(
    saving: Path, params: Params
) -> None:
    # As a killed process leaves it.
    finished = save(saving, params)
    unfinished = saving / ".unfinished-99"
    shutil.copytree(finished.folder, unfinished)

    assert [found.folder for found in list_saves(saving)] == [finished.folder]
    assert find_model(saving).folder == finished.folder
    save(saving, params)
    assert not unfinished.exists()


def test_a_removal_that_stops_half_way_leaves_no_save(
    saving: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, removed = save(saving, params), save(saving, params)
    monkeypatch.setattr(shutil, "rmtree", lambda _: None)

    remove_save(removed)

    assert removed.folder.is_dir()
    assert [found.folder for found in list_saves(saving)] == [kept.folder]


def test_a_damaged_state_is_named(saving: Path, params: Params) -> None:
    written = save(saving, params)
    (written.folder / STATE_JSON).write_text("{")

    with pytest.raises(ModelFolderError, match=r"state\.json: is damaged .* Remove its folder"):
        list_saves(saving)


def test_the_best_save_has_the_lowest_cer_and_is_the_first_of_equals() -> None:
    saves = [Save(Path(str(n)), {"val_cer": cer}) for n, cer in enumerate([0.5, 0.2, 0.2, 0.3])]

    best = best_save([Save(Path("none"), {}), *saves])

    assert best.folder == Path("1")


def test_the_last_export_is_the_newest_complete_one(tmp_path: Path) -> None:
    touch(tmp_path / "9", SAVED_MODEL_PB, epoch=1)
    touch(tmp_path / "10", SAVED_MODEL_PB, epoch=2)
    touch(tmp_path / "11", epoch=3)

    last = last_export(tmp_path)

    assert last == Save(tmp_path / "10", {"epoch": 2})
    assert last_export(tmp_path / "nowhere") is None


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with two saves, the older one better, and no export."""
    folder = tmp_path / "run"
    touch(folder / "saving" / "100", WEIGHTS_H5, val_cer=0.2, keep=True)
    touch(folder / "saving" / "200", WEIGHTS_H5, val_cer=0.4, keep=True)
    return folder


@pytest.mark.parametrize("place", ["", "saving", "saving/100", "saving/100/"])
def test_a_model_is_found_from_each_of_its_folders(place: str, run: Path) -> None:
    found = find_model(f"{run}/{place}")

    assert found == (run / "saving" / "100", False)


@pytest.mark.parametrize("place", ["", "export", "export/300"])
def test_an_export_is_found_from_each_of_its_folders(place: str, run: Path) -> None:
    export = touch(run / "export" / "300", SAVED_MODEL_PB, val_cer=0.1)

    found = find_model(run / place)

    assert found == (export, True)


@pytest.mark.parametrize(
    ("export_cer", "is_export"), [(0.1, True), (0.2, True), (0.21, False), (None, False)]
)
def test_the_better_of_export_and_save_is_taken(
    export_cer: float | None, is_export: bool, run: Path
) -> None:
    touch(run / "export" / "300", SAVED_MODEL_PB, **({"val_cer": export_cer} if export_cer else {}))

    found = find_model(run)

    assert found.is_export == is_export
    assert found.folder.name == ("300" if is_export else "100")


def test_a_model_is_found_where_it_was_copied_to(
    run: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.move(run, elsewhere)

    assert find_model(elsewhere).folder == elsewhere / "saving" / "100"


def test_a_copied_model_brings_its_alphabet(
    saving: Path, params: Params, tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = save(saving, params)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.move(written.folder, elsewhere / "model")
    Path(params.lookup_alphabet_file).unlink()

    loaded = load_params(elsewhere / "model")

    assert loaded.alphabet.alphabet_units == list("abcdeno 0123")


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"gone: no such folder\. Give a run folder"):
        find_model(tmp_path / "gone")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "saving" / "100").mkdir(parents=True)

    with pytest.raises(ModelFolderError, match=r"holds no model \(looked for saved_model\.pb"):
        find_model(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "alphabet.json"])
def test_a_model_copied_in_part_is_refused(name: str, params: Params, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    write_companions(folder, params)
    (folder / name).unlink()

    with pytest.raises(ModelFolderError, match=f"{name} is missing. Copy the whole folder"):
        load_params(folder)


def test_a_model_reads_with_its_own_copy_of_the_lexicon(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, folder = tmp_path / "words.txt", tmp_path / "model"
    words.write_text("bean\n")
    folder.mkdir()
    write_companions(folder, Params(**{**params.to_dict(), "lexicon": "words.txt"}))
    words.write_text("another\n")

    own = load_params(folder)

    assert own.lexicon is not None and Path(own.lexicon).read_text() == "bean\n"
    assert own.with_decoding({"lexicon": "words.txt"}).lexicon == "words.txt"


def test_a_lexicon_that_is_gone_does_not_stop_a_save(
    params: Params, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_companions(tmp_path, Params(**{**params.to_dict(), "lexicon": "gone.txt"}))

    assert "gone.txt cannot be copied beside the model (No such file" in caplog.text
    assert load_params(tmp_path).lexicon == "gone.txt"


def test_a_new_run_gets_its_config_and_alphabet(params: Params, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "deep" / "run")

    folder.start(params)

    assert Params.from_json_file(folder.config_file) == params
    assert json.loads(folder.alphabet_file.read_text()) == params.alphabet.lookup_str2int


def test_an_empty_folder_can_become_a_run(params: Params, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()

    RunFolder(tmp_path / "run").start(params)

    assert (tmp_path / "run" / "config.json").is_file()


def test_a_folder_with_content_is_not_overwritten(params: Params, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("mine")

    with pytest.raises(ModelFolderError, match="exists already and is not overwritten"):
        RunFolder(tmp_path / "run").start(params)

    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.json"]
    assert (tmp_path / "run" / "config.json").read_text() == "mine"


def test_nothing_to_go_on_with_is_an_error_and_makes_no_folder(
    tiny_params: ParamsFactory, tmp_path: Path
) -> None:
    params = tiny_params(tmp_path, restore_model=True)

    with pytest.raises(ModelFolderError, match="restore_model=true, but there is no save in"):
        RunFolder(tmp_path / "run").start(params)

    assert not (tmp_path / "run").exists()


def test_a_run_goes_on_with_more_epochs(
    tiny_params: ParamsFactory, saving: Path, params: Params, tmp_path: Path
) -> None:
    save(saving, params)
    longer = tiny_params(tmp_path, restore_model=True, n_epochs=77)

    RunFolder(saving.parent).start(longer)

    assert Params.from_json_file(saving.parent / "config.json").n_epochs == 77


def test_a_run_does_not_go_on_with_another_alphabet(
    tiny_params: ParamsFactory, saving: Path, params: Params, tmp_path: Path
) -> None:
    save(saving, params)
    other = tiny_params(tmp_path, restore_model=True)
    Path(other.lookup_alphabet_file).write_text('{"a": 1}')

    with pytest.raises(ModelFolderError, match=r"was trained with another alphabet than .*json"):
        RunFolder(saving.parent).start(other)


def test_a_run_does_not_go_on_with_other_text_rules(
    tiny_params: ParamsFactory, saving: Path, params: Params, tmp_path: Path
) -> None:
    save(saving, params)
    other = tiny_params(tmp_path, restore_model=True, letter_case="lower")

    with pytest.raises(ModelFolderError, match=r"other text rules: letter_case was 'keep'\. Give"):
        RunFolder(saving.parent).start(other)


def test_a_run_does_not_go_on_with_another_network(
    tiny_params: ParamsFactory, saving: Path, params: Params, tmp_path: Path
) -> None:
    save(saving, params)
    other = tiny_params(tmp_path, restore_model=True, rnn_units=[9], optimizer="rms")

    with pytest.raises(ModelFolderError, match=r"rnn_units was \(16,\); optimizer was adam"):
        RunFolder(saving.parent).start(other)


def test_of_equal_error_rates_the_lower_loss_is_the_best() -> None:
    saves = [
        Save(Path(str(epoch)), {"epoch": epoch, "val_cer": cer, "val_loss": loss})
        for epoch, (cer, loss) in enumerate([(1.0, 76.2), (1.0, 49.0), (1.0, 50.0)], start=1)
    ]

    assert best_save(saves).state["epoch"] == 2
