"""New texts: a Markov chain of labels, and passages of a corpus."""

import logging
from pathlib import Path

import numpy as np
import pytest

from tf_crnn.errors import DataError
from tf_crnn.synthesis.corpus import read_corpus
from tf_crnn.synthesis.runs import RunIndex, as_codes, as_runs, join_lines
from tf_crnn.synthesis.texts import CorpusTexts, MarkovTexts

UNITS = " abcdefghij"
SPACE = as_runs([1])
LABELS = ("abc def", "def abd", "ghi abc ghi", "jab ghi")


def encode(text: str) -> list[int]:
    return [UNITS.index(character) + 1 for character in text]


def decode(run: str) -> str:
    return "".join(UNITS[code - 1] for code in as_codes(run))


@pytest.fixture
def markov() -> MarkovTexts:
    return MarkovTexts(RunIndex(join_lines(map(encode, LABELS))), [SPACE], order=3)


def test_the_words_of_a_chain_follow_the_labels(markov: MarkovTexts) -> None:
    rng = np.random.default_rng(0)

    texts = [decode(markov.draw(30, rng)) for _ in range(50)]

    assert {len(text) for text in texts} == {30}
    seen = " " + "  ".join(LABELS) + " "
    triples = {text[i : i + 3] for text in texts for i in range(28) if " " not in text[i : i + 3]}
    assert all(triple in seen for triple in triples)
    assert {text[0] for text in texts} <= {word[0] for label in LABELS for word in label.split()}


def test_a_chain_puts_words_together_that_no_label_has_together(markov: MarkovTexts) -> None:
    rng = np.random.default_rng(0)

    texts = [decode(markov.draw(30, rng)) for _ in range(50)]

    assert any("abd ghi" in text or "abd abc" in text or "abd def" in text for text in texts)
    assert not any("  " in text for text in texts)


def test_labels_without_spaces_make_texts_without_spaces() -> None:
    markov = MarkovTexts(RunIndex(join_lines([[2, 3, 4], [4, 2]])), [])

    texts = [decode(markov.draw(12, np.random.default_rng(seed))) for seed in range(20)]

    assert {len(text) for text in texts} == {12}
    assert set("".join(texts)) == set("abc")


def test_a_chain_depends_on_the_generator_alone(markov: MarkovTexts) -> None:
    first, same, other = (markov.draw(30, np.random.default_rng(seed)) for seed in (3, 3, 4))

    assert first == same
    assert first != other


def test_passages_begin_with_a_word_and_run_on_past_the_end() -> None:
    lines = [as_runs(encode(line)) for line in ("abc def", "ghi")]
    texts = CorpusTexts(lines, [SPACE])
    rng = np.random.default_rng(0)

    drawn = {decode(texts.draw(9, rng)) for _ in range(60)}

    assert drawn == {"abc def g", "def ghi a", "ghi abc d"}


def test_a_corpus_is_cut_into_the_longest_units(tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("\ufeffcab abc\n\nab  c\n", encoding="utf-8")

    lines = read_corpus(path, [" ", "a", "b", "c", "ab"])

    assert [as_codes(line) for line in lines] == [[4, 5, 1, 5, 4], [5, 1, 4]]


def test_words_with_other_units_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("ab éa b\nxyz\n", encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        lines = read_corpus(path, [" ", "a", "b"], used=["a", "b", " "])

    assert [as_codes(line) for line in lines] == [[2, 3, 1, 3]]
    assert "left out 2 of 4 words" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"xyz", "holds no word that these units can write"), (b"\xff\xfe", "no readable UTF-8 text")],
)
def test_a_corpus_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "corpus.txt").write_bytes(content)

    with pytest.raises(DataError, match=message):
        read_corpus(tmp_path / "corpus.txt", ["a", "b"])


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.txt: no readable UTF-8 text"):
        read_corpus(tmp_path / "none.txt", ["a"])
