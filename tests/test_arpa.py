"""ARPA files, read and written."""

import math
from pathlib import Path

import pytest

from tf_crnn.decoding.arpa import read_arpa, write_arpa
from tf_crnn.decoding.ngram_learn import learn_ngrams
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.errors import DataError

# By hand, of the kind that SRILM writes: pruned, so that contexts and suffixes are missing.
ARPA = """
\\data\\
ngram 1=6
ngram 2=3
ngram 3=1

\\1-grams:
-1.0\t</s>
-99\t<s>\t-0.5
-0.5\ta\t-0.2
-0.7\t<space>\t-0.1
-1.5\tz
-2.0\t<unk>

\\2-grams:
-0.3\t<s> a\t-0.4
-0.6\ta <space>
-0.9\ta z

\\3-grams:
-0.05\t<s> a <space>

\\end\\
"""
UNITS = ["a", " ", "con"]


def log10_of(model: LanguageModel, codes: list[int]) -> float:
    return model.log_prob(codes) / math.log(10)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("", -0.5 - 1.0),
        ("a", -0.3 + (-0.4 - 0.2 - 1.0)),
        ("a ", -0.3 - 0.05 + (-0.1 - 1.0)),
        ("aa", -0.3 + (-0.4 - 0.2 - 0.5) + (-0.2 - 1.0)),
        (["con"], -0.5 - 2.0 - 1.0),
    ],
)
def test_probabilities_are_those_of_the_back_off_rule(
    units: str, expected: float, tmp_path: Path
) -> None:
    path = tmp_path / "a.arpa"
    path.write_text(ARPA)

    model = read_arpa(path, UNITS)

    assert log10_of(model, [UNITS.index(u) + 1 for u in units]) == pytest.approx(expected, abs=1e-5)


def test_what_the_model_does_not_know_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.arpa"
    path.write_text(ARPA)

    read_arpa(path, UNITS)

    assert "a.arpa: left out 2 n-grams with units that the model does not know" in caplog.text


@pytest.mark.parametrize("name", ["model.arpa", "model.arpa.gz"])
def test_a_written_model_is_read_back(name: str, tmp_path: Path) -> None:
    units = ["a", " ", "\u00a0", "<s>", "con"]
    texts = [[1, 2, 3, 4], [1, 2, 5, 1], [4, 4, 1]]
    model = LanguageModel(learn_ngrams(texts, len(units), 3), units)

    write_arpa(model, tmp_path / name)
    again = read_arpa(tmp_path / name, units)

    assert again.order == 3
    for codes in [*texts, [], [5, 5, 5], [3, 1, 2, 2, 4]]:
        assert again.log_prob(codes) == pytest.approx(model.log_prob(codes), abs=1e-4)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("-0.6\ta <space>", "-0.6\ta"), "line 17: is not a 2-gram with its numbers"),
        (("-0.6\ta", "0,6\ta"), "line 17: could not convert string to float"),
        (("\\end\\", ""), r"has no \\end\\: it is not ARPA, or was cut off"),
        (("-0.3\t<s> a\t-0.4\n", ""), "lacks what stands before the last unit of 1 n-grams"),
    ],
)
def test_a_file_that_is_not_arpa_is_refused(
    change: tuple[str, str], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.arpa"
    path.write_text(ARPA.replace(*change))

    with pytest.raises(DataError, match=rf"a\.arpa.*{reason}"):
        read_arpa(path, UNITS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.arpa\.gz: cannot be read as an ARPA file"):
        read_arpa(tmp_path / "gone.arpa.gz", UNITS)


def test_a_model_of_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.arpa"
    path.write_text("\\data\\\nngram 1=1\n\n\\1-grams:\n-1.0\thouse\n\n\\end\\\n")

    with pytest.raises(
        DataError, match="no n-grams of the alphabet. Is it of units, not of words?"
    ):
        read_arpa(path, UNITS)
