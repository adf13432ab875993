"""Several models that read together."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import TEXTS, Trained

from tf_crnn.checkpoints import WEIGHTS_H5, write_companions
from tf_crnn.cli import main
from tf_crnn.config import Params
from tf_crnn.decoding.transcription import Transcription
from tf_crnn.ensemble import Ensemble
from tf_crnn.errors import LineImageError
from tf_crnn.loader import PredictionModel
from tf_crnn.model import get_network
from tf_crnn.scoring.calibration import Calibration, Scale, write_calibration


@pytest.fixture(scope="module")
def save(run_folder: Path) -> Path:
    [folder] = (run_folder / "saving").iterdir()
    return folder


@pytest.fixture(scope="module")
def blind(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another alphabet, which reads an x with doubt wherever the first reads an a."""
    folder = tmp_path_factory.mktemp("blind")
    units = trained.params.alphabet.alphabet_units
    lookup = folder / "units.json"
    lookup.write_text(json.dumps({"x" if u == "a" else u: i for i, u in enumerate(units, 1)}))
    params = Params(**{**trained.params.to_dict(), "lookup_alphabet_file": str(lookup)})
    network = get_network(params)
    network.set_weights(trained.model.network.get_weights())
    network.save_weights(folder / WEIGHTS_H5)
    write_companions(folder, params)
    return folder


def pictures(trained: Trained) -> list[Path]:
    return [trained.csv_path.with_name(f"{number}.png") for number in range(len(TEXTS))]


def test_the_majority_reads_although_alphabets_differ(
    save: Path, blind: Path, trained: Trained
) -> None:
    ensemble = Ensemble([blind, save, save])

    results = list(ensemble.transcribe(pictures(trained), places=True))

    assert [r.text for r in results if isinstance(r, Transcription)] == list(TEXTS)
    [alone] = PredictionModel(save).transcribe(pictures(trained)[4:5], places=True)
    line = results[4]
    assert isinstance(line, Transcription) and isinstance(alone, Transcription)
    assert line.log_prob == pytest.approx(alone.log_prob, abs=1e-3)
    assert [r.text for r in line.readings] == [TEXTS[4], TEXTS[4].replace("a", "x")]
    assert np.allclose([p.start_px for p in line.places], [p.start_px for p in alone.places])


def test_a_model_alone_is_as_sure_as_it_is_without_the_vote(
    save: Path, trained: Trained, tmp_path: Path
) -> None:
    copy = shutil.copytree(save, tmp_path / "copy")
    scales = Calibration(Scale(2.0, 0.5), Scale(1.5, 0.2), Scale(3.0, -0.4))
    write_calibration(copy / "calibration.json", scales)

    [voted] = Ensemble([copy]).transcribe(pictures(trained)[4:5], places=True)

    [alone] = PredictionModel(copy).transcribe(pictures(trained)[4:5], places=True)
    [raw] = PredictionModel(save).transcribe(pictures(trained)[4:5], places=True)
    assert isinstance(voted, Transcription) and isinstance(alone, Transcription)
    assert isinstance(raw, Transcription)
    assert voted.confidence == pytest.approx(alone.confidence, abs=1e-4) != raw.confidence
    assert list(voted.word_confidences) == pytest.approx(list(alone.word_confidences), abs=1e-6)
    found, expected = ([p.confidence for p in reading.places] for reading in (voted, alone))
    assert found == pytest.approx(expected, abs=1e-6)
    assert found != pytest.approx([p.confidence for p in raw.places], abs=1e-6)


def test_two_models_that_disagree_keep_what_both_know_how_to_write(
    save: Path, blind: Path, trained: Trained
) -> None:
    first, second = (
        [r.text for r in Ensemble(folders).transcribe(pictures(trained)[:1])]  # type: ignore[union-attr]
        for folders in ([save, blind], [blind, save])
    )

    assert (first, second) == ([TEXTS[0]], [TEXTS[0].replace("a", "x")])


def test_an_image_that_cannot_be_read_stays_in_its_place(
    save: Path, trained: Trained, tmp_path: Path
) -> None:
    sources = [tmp_path / "gone.png", pictures(trained)[0]]

    bad, good = Ensemble([save, save]).transcribe(sources)

    assert isinstance(bad, LineImageError)
    assert isinstance(good, Transcription) and good.text == TEXTS[0]


def test_an_ensemble_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one model"):
        Ensemble([])


def test_predict_and_evaluate_take_other_models(
    save: Path, blind: Path, trained: Trained, tmp_path: Path
) -> None:
    model = shutil.copytree(save, tmp_path / "model")
    others = ["--with", str(blind), "--with", str(save)]

    read = CliRunner().invoke(main, ["predict", str(model), str(pictures(trained)[2]), *others])
    judged = CliRunner().invoke(main, ["evaluate", str(model), str(trained.csv_path), *others])

    assert read.exit_code == judged.exit_code == 0, judged.output
    assert read.output.splitlines()[0].endswith(f"2.png;{TEXTS[2]}")
    assert "CER 0.00%" in judged.output
