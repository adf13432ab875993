"""Texts of drawn data sets from a corpus or from labels, and the command's options for them."""

import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import ImageFont

from tf_crnn.errors import DataError
from tf_crnn.images import read_image
from tf_crnn.samples import read_rows
from tf_crnn.synthesis import load_fonts
from tf_crnn.synthesis.drawn_texts import WordCount, of_corpus, of_labels
from tf_crnn.text import split_units

SCRIPT = Path(__file__).parent.parent / "hlp" / "generate_synthetic.py"
CORPUS = "Das Wetter war schön,\nund wir gingen  an den See.\n"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()


def run_script(folder: Path, *options: object) -> Result:
    arguments = ["--output_dir", folder, "--n_train", 20, "--n_val", 2, *options]
    return CliRunner().invoke(script.main, [str(argument) for argument in arguments])


def texts_of(csv_path: Path) -> list[str]:
    return ["".join(split_units(row.label)) for row in read_rows(csv_path)]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text(CORPUS, encoding="utf-8")
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    path.write_text("1.png;|a|b| |c|a|\n2.png;|c|a|b| |b|a|\n3.png;ab cab\n")
    return path


def test_passages_are_neighbouring_words_of_the_corpus(corpus: Path) -> None:
    source = of_corpus(corpus, WordCount(2, 3), load_fonts())
    rng = np.random.default_rng(0)

    texts = {source.draw(rng, avoid=()) for _ in range(100)}

    running = " ".join(CORPUS.split())
    assert all(text in running for text in texts)
    assert {len(text.split()) for text in texts} == {1, 2, 3}  # 1: the last word of all
    assert len(texts) > 12


def test_words_that_no_font_holds_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("one \u05d0\u05d1 two")

    source = of_corpus(path, WordCount(1, 1), load_fonts())

    rng = np.random.default_rng(0)
    assert {source.draw(rng, avoid=()) for _ in range(40)} == {"one", "two"}
    assert "\u05d0" in source.characters


def test_chains_are_made_of_pairs_that_the_labels_have(labels: Path) -> None:
    source = of_labels(labels, WordCount(1, 3), load_fonts())
    rng = np.random.default_rng(0)

    texts = [source.draw(rng, avoid=()) for _ in range(60)]

    known = {pair for text in texts_of(labels) for pair in pairwise(f" {text} ")}
    assert {pair for text in texts for word in text.split() for pair in pairwise(word)} <= known
    assert {len(text.split()) for text in texts} == {1, 2, 3}
    assert source.characters == [" ", "a", "b", "c"]


def test_labels_without_spaces_make_one_word(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("1.png;|a|b|c|\n")

    source = of_labels(tmp_path / "train.csv", WordCount(2, 2), load_fonts())

    assert len(source.draw(np.random.default_rng(0), avoid=())) == 18


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1.png;|a|con|\n", "units of several characters, .'con'., cannot be drawn"),
        ("1.png;|a||b|\n", "row 1: label empty unit at position 2"),
        ("1.png;\n", "holds no label"),
    ],
)
def test_labels_that_cannot_be_used_are_named(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "train.csv").write_text(rows)

    with pytest.raises(DataError, match=message):
        of_labels(tmp_path / "train.csv", WordCount(1, 1), load_fonts())


@pytest.mark.parametrize(
    ("content", "message"), [(b" \n", "holds no word"), (b"\xff", "no readable UTF-8 text")]
)
def test_a_corpus_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "corpus.txt").write_bytes(content)

    with pytest.raises(DataError, match=message):
        of_corpus(tmp_path / "corpus.txt", WordCount(1, 1), load_fonts())


def test_the_command_draws_a_corpus_with_fonts_of_a_folder(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "ascii.ttf").write_bytes(ImageFont.load_default(20).font_bytes)

    result = run_script(tmp_path / "out", "--corpus", corpus, "--fonts", tmp_path / "fonts")

    assert result.exit_code == 0, result.output
    texts = texts_of(tmp_path / "out" / "train.csv")
    assert all(text in " ".join(CORPUS.split()) for text in texts)
    assert "schön," not in " ".join(texts)
    record = json.loads((tmp_path / "out" / "generator.json").read_text())
    assert record["fonts"] == ["fonts"] and len(record["font_files"]) == 1
    assert len(record["corpus"]) == 64


def test_the_command_varies_labels(tmp_path: Path, labels: Path) -> None:
    result = run_script(tmp_path / "out", "--markov", labels, "--max_words", 6)

    assert result.exit_code == 0, result.output
    assert set("".join(texts_of(tmp_path / "out" / "train.csv"))) <= set("abc ")


@pytest.mark.parametrize("option", ["paper", "bleed", "slant", "strike", "jpeg", "perspective"])
def test_each_degradation_of_the_command_has_its_effect(tmp_path: Path, option: str) -> None:
    run_script(tmp_path / "clean", "--kind", "arithmetic")
    run_script(tmp_path / "worn", "--kind", "arithmetic", f"--{option}", 1)

    first, other = (read_image(tmp_path / kind / "images/train_000001.png") for kind in
                    ("clean", "worn"))  # fmt: skip
    assert texts_of(tmp_path / "clean/train.csv") == texts_of(tmp_path / "worn/train.csv")
    assert first.shape[0] == other.shape[0]
    assert first.shape != other.shape or not np.array_equal(first, other)
    record = json.loads((tmp_path / "worn" / "generator.json").read_text())
    assert record[option] == 1
    assert option not in json.loads((tmp_path / "clean" / "generator.json").read_text())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--corpus", "a.txt", "--markov", "b.csv"], "--corpus and --markov: only one of them"),
        (["--kind", "arithmetic", "--corpus", "a.txt"], "--corpus has no effect with --kind"),
        (["--paper", "2"], "2.0 is not in the range 0<=x<=1"),
        (["--corpus", "none.txt"], "none.txt: no readable UTF-8 text"),
        (["--markov", "none.csv"], "none.csv: cannot be read"),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, options: list[str], message: str) -> None:
    result = run_script(tmp_path / "out", *options)

    assert result.exit_code != 0
    assert message in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()
