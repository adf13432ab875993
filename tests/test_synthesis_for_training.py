"""Trainings with synthetic lines among the real ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from PIL import features
from support.drawn_pieces import cut_letters

from tf_crnn.alphabet import Alphabet
from tf_crnn.batches import LineBatches
from tf_crnn.checkpoints import list_saves
from tf_crnn.config import Params
from tf_crnn.data_handler import batches_for
from tf_crnn.errors import ConfigError, DataError
from tf_crnn.line_codes import LineCodes
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.synthesis.bank import write_bank
from tf_crnn.synthesis.fonts import PillowFont
from tf_crnn.synthesis.for_training import synthetic_share
from tf_crnn.synthesis.runs import as_runs
from tf_crnn.synthesis.sources import FontSource
from tf_crnn.synthesis.texts import CorpusTexts
from tf_crnn.text_rules import TextRules
from tf_crnn.trainer import train

DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
LETTERS = [" ", "a", "b", "c", "d"]


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    folder = tmp_path / "pieces"
    folder.mkdir()
    write_bank(folder, [cut_letters("ab cd da"), cut_letters("dab a cab c bad")], LETTERS)
    return folder


@pytest.fixture
def make_batches(
    tmp_path: Path, line_csv: Path, tiny_params: Callable[..., Params]
) -> Callable[..., LineBatches]:
    """`make_batches(**overrides)`: of the drawn lines, four in a batch."""

    def make(**overrides: Any) -> LineBatches:
        params = tiny_params(tmp_path, synthetic_ratio=0.5, train_batch_size=4, **overrides)
        preprocess_csv(line_csv, params, tmp_path / "updated.csv")
        share = synthetic_share(params, tmp_path / "updated.csv")
        return batches_for(
            tmp_path / "updated.csv",
            params,
            batch_size=4,
            augment=False,
            shuffle=True,
            synthetic=share,
        )

    return make


def synthetic_texts(batches: LineBatches, epochs: int = 3) -> list[str]:
    paths = [
        path for epoch in range(epochs) for batch in batches.epoch(epoch) for path in batch.paths
    ]
    return [path.partition(": ")[2] for path in paths if path.startswith("synthetic line: ")]


def test_stitched_lines_have_the_training_s_codes(
    make_batches: Callable[..., LineBatches], pieces: Path
) -> None:
    batches = make_batches(stitch_pieces=str(pieces))

    texts = synthetic_texts(batches)

    assert len(texts) == 3 * 8
    assert set("".join(texts)) <= set("abcd ")
    alphabet = {unit: code for code, unit in enumerate("abcdeno 0123", start=1)}
    for batch in batches.epoch(0):
        for path, row, length in zip(
            batch.paths, batch.label_codes, batch.label_lengths[:, 0], strict=True
        ):
            if path.startswith("synthetic line: "):
                text = path.partition(": ")[2]
                assert row[:length].tolist() == [alphabet[unit] for unit in text]


def test_fonts_draw_texts_like_the_labels(make_batches: Callable[..., LineBatches]) -> None:
    texts = synthetic_texts(make_batches(synthetic_fonts=["builtin"]))

    assert len(texts) == 3 * 8
    assert len(set(texts)) > 12
    words = {word for text in texts for word in text.split()}
    assert words & {"bean", "bone", "decade", "code", "on", "a", "once", "ocean", "no", "bad"}


def test_drawn_lines_are_worn_as_far_as_asked(make_batches: Callable[..., LineBatches]) -> None:
    fresh, worn = (
        next(iter(make_batches(synthetic_fonts="builtin", synthetic_degradation=strength).epoch(0)))
        for strength in (0.0, 1.0)
    )

    assert list(fresh.paths[:2]) == list(worn.paths[:2])
    assert np.array_equal(fresh.images[:2], worn.images[:2, :, : fresh.images.shape[2]])
    assert not np.array_equal(fresh.images[2:], worn.images[2:])


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow is without Raqm")
def test_texts_from_right_to_left_are_drawn_in_reading_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [" ", *"אבגדם"]
    drawn: list[str] = []
    monkeypatch.setattr(
        "tf_crnn.synthesis.sources.render_line",
        lambda text, font, **_: drawn.append(text) or np.full((32, 40), 255, np.uint8),
    )
    source = FontSource(
        [PillowFont(DEJAVU)],
        CorpusTexts([as_runs([4, 3, 2])], frozenset()),
        codes=LineCodes(Alphabet.from_units(units)),
        spaces=frozenset([as_runs([1])]),
        shape=(32, 1),
        logical=TextRules(bidi_reordering="auto").logical,
    )

    line = source.draw(45, np.random.default_rng(1))

    assert drawn[-1] == line.text[::-1]
    assert line.codes == [units.index(unit) + 1 for unit in line.text]


def test_a_corpus_gives_the_texts(
    make_batches: Callable[..., LineBatches], pieces: Path, tmp_path: Path
) -> None:
    (tmp_path / "corpus.txt").write_text("dad bad cad\n")

    batches = make_batches(
        stitch_pieces=str(pieces),
        synthetic_fonts="builtin",
        synthetic_corpus=str(tmp_path / "corpus.txt"),
    )

    assert {word for text in synthetic_texts(batches) for word in text.split()} <= {
        "dad", "bad", "cad", "ba", "da", "ca", "d", "b", "c",
    }  # fmt: skip


def test_nothing_synthetic_is_made_where_none_is_asked_for(
    tmp_path: Path, tiny_params: Callable[..., Params]
) -> None:
    assert synthetic_share(tiny_params(tmp_path), tmp_path / "updated.csv") is None


def test_pieces_of_another_height_are_refused(
    make_batches: Callable[..., LineBatches], pieces: Path
) -> None:
    with pytest.raises(DataError, match="32 px high with 1 channels, but .* ask for 40 px and 1"):
        make_batches(stitch_pieces=str(pieces), input_shape=(40, 320))


def test_pieces_with_units_that_the_alphabet_lacks_are_refused(
    make_batches: Callable[..., LineBatches], tmp_path: Path
) -> None:
    write_bank(tmp_path, [cut_letters("ab")], [" ", "é", "b", "c", "d"])

    with pytest.raises(DataError, match="units that the alphabet lacks: .'é'."):
        make_batches(stitch_pieces=str(tmp_path))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"synthetic_ratio": 0.5}, "synthetic_ratio: is 0.5, but nothing says of what"),
        ({"synthetic_ratio": 1}, "synthetic_ratio: must be at least 0 and below 1"),
        ({"synthetic_ratio": "half"}, "synthetic_ratio: must be at least 0 and below 1"),
        (
            {"synthetic_ratio": 0.1, "train_batch_size": 4, "synthetic_fonts": "builtin"},
            "0.1 of train_batch_size 4 are 0 lines",
        ),
        (
            {"synthetic_ratio": 0.95, "train_batch_size": 4, "synthetic_fonts": "builtin"},
            "0.95 of train_batch_size 4 are 4 lines",
        ),
        ({"synthetic_fonts": 3}, "synthetic_fonts: must be a font file"),
        ({"stitch_pieces": ["a"]}, "stitch_pieces: must be a path"),
        ({"synthetic_corpus": ""}, "synthetic_corpus: must be a path"),
        ({"synthetic_short_epochs": 1.5}, "synthetic_short_epochs: must be a whole number"),
        ({"synthetic_degradation": 1.5}, "synthetic_degradation: must be from 0 to 1, not 1.5"),
        ({"synthetic_degradation": "much"}, "synthetic_degradation: must be from 0 to 1"),
        ({"synthetic_short_units": 0}, "synthetic_short_units: must be a whole number"),
    ],
)
def test_values_that_cannot_be_used_are_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Params(**values)


def test_inputs_that_do_not_exist_are_named_before_a_training(
    tmp_path: Path, line_csv: Path, tiny_params: Callable[..., Params]
) -> None:
    given = tiny_params(tmp_path).to_dict() | {
        "csv_files_train": str(line_csv),
        "csv_files_eval": str(line_csv),
        "synthetic_ratio": 0.5,
        "stitch_pieces": str(tmp_path),
        "synthetic_corpus": "none.txt",
        "synthetic_fonts": ["builtin", "none.ttf"],
    }

    with pytest.raises(ConfigError) as error:
        Params.for_training(given)

    assert "holds no bank.json" in str(error.value)
    assert "synthetic_corpus: none.txt does not exist" in str(error.value)
    assert "synthetic_fonts: none.ttf does not exist" in str(error.value)
    assert "builtin" not in str(error.value)


@pytest.mark.slow
def test_a_training_goes_on_with_synthetic_lines_as_if_never_stopped(
    tmp_path: Path, line_csv: Path, pieces: Path, tiny_params: Callable[..., Params]
) -> None:
    def state_after(name: str, *epochs: int) -> dict[str, Any]:
        folder = tmp_path / name
        folder.mkdir()
        for number, n_epochs in enumerate(epochs):
            params = tiny_params(
                folder,
                csv_files_train=str(line_csv),
                csv_files_eval=str(line_csv),
                train_batch_size=4,
                evaluate_every_epoch=50,
                sample_every_epoch=0,
                n_epochs=n_epochs,
                restore_model=number > 0,
                synthetic_ratio=0.5,
                stitch_pieces=str(pieces),
                synthetic_short_epochs=2,
                synthetic_short_units=4,
            )
            train(params, progress_bar=False)
        return list_saves(folder / "run/saving")[-1].state

    whole, resumed = state_after("whole", 3), state_after("resumed", 1, 2)

    # The loss of all lines to the last bit stands for the weights.
    assert whole["epoch"] == resumed["epoch"] == 3
    assert whole["val_loss"] == resumed["val_loss"]
