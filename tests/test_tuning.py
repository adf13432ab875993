"""Weights of a language model, fitted."""

import numpy as np
import pytest

from tf_crnn.decoding.beam import BeamSearch
from tf_crnn.decoding.ngram_learn import learn_ngrams
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.search import LineOutput
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.decoding.tuning import fit_weights

UNITS = ["a", "b", "c"]
TEXTS = ["abcabc", "abc", "abcab", "bcabca"]


def text_of(codes: tuple[int, ...]) -> str:
    return "".join(UNITS[code - 1] for code in codes)


def output_of(text: str, slip: int, rival: str) -> LineOutput:
    """Two steps a unit, the second a blank; at one unit another is a little more probable."""
    probs = np.full((2 * len(text), 4), 0.02)
    for place, unit in enumerate(text):
        probs[2 * place, UNITS.index(unit) + 1] = 0.94
        probs[2 * place + 1, 0] = 0.94
    probs[2 * slip, UNITS.index(text[slip]) + 1] = 0.44
    probs[2 * slip, UNITS.index(rival) + 1] = 0.52
    return LineOutput(np.log(probs).astype(np.float32))


OUTPUTS = [output_of(text, 1, "a" if text[1] != "a" else "b") for text in TEXTS]


def settings(texts: list[str], **others: float) -> DecodingSettings:
    codes = [[UNITS.index(unit) + 1 for unit in text] for text in texts]
    model = LanguageModel(learn_ngrams(codes, 3, 3), UNITS)
    return DecodingSettings(n_readings=1, language_model=model, **others)


def test_a_model_that_knows_the_texts_mends_the_slips_of_the_network() -> None:
    given = settings(TEXTS * 5)

    fitted = fit_weights(OUTPUTS, TEXTS, text_of, given)

    assert fitted.cer == 0
    assert fitted.cer_without == pytest.approx(4 / sum(map(len, TEXTS)))
    assert 0 < fitted.language_model_weight <= 2
    search = BeamSearch(
        DecodingSettings(
            language_model=given.language_model,
            language_model_weight=fitted.language_model_weight,
            length_bonus=fitted.length_bonus,
        )
    )
    assert [text_of(search(output)[0].codes) for output in OUTPUTS] == TEXTS


def test_a_model_of_other_texts_gets_no_weight() -> None:
    sure = [output_of(text, 0, text[0]) for text in TEXTS]

    fitted = fit_weights(sure, TEXTS, text_of, settings(["cbacba", "ccc"] * 5))

    assert fitted == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("outputs", "given"), [([], settings(TEXTS)), (OUTPUTS, DecodingSettings())]
)
def test_without_lines_or_model_nothing_can_be_fitted(
    outputs: list[LineOutput], given: DecodingSettings
) -> None:
    with pytest.raises(ValueError, match="needs at least one line and a language model"):
        fit_weights(outputs, TEXTS[: len(outputs)], text_of, given)
