"""All decodings through their one interface."""

import math

import numpy as np
import pytest
from test_beam_kernel import label_probs, random_log_probs

from tf_crnn.alphabet import Alphabet
from tf_crnn.config_keys.decoding import DECODING_NAMES
from tf_crnn.decoding.beam import BeamSearch
from tf_crnn.decoding.decodings import DECODINGS, make_decoding
from tf_crnn.decoding.lexicon import word_tables
from tf_crnn.decoding.ngram_learn import learn_ngrams
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.search import LineOutput
from tf_crnn.decoding.settings import DecodingSettings
from tf_crnn.text_rules import NO_RULES

UNITS = ["a", "b", " "]
MODEL = LanguageModel(learn_ngrams([[1, 2], [1, 2, 3, 1, 2]], 3, 3), UNITS)
WORDS = word_tables(["ab"], Alphabet.from_units(UNITS), NO_RULES)


def test_every_name_of_the_configuration_has_its_decoding() -> None:
    assert sorted({*DECODINGS, "auto"}) == sorted(DECODING_NAMES)


@pytest.mark.parametrize("name", DECODINGS)
@pytest.mark.parametrize("seed", range(5))
def test_every_decoding_finds_a_sure_reading_with_its_probability(name: str, seed: int) -> None:
    peaked = 4 * random_log_probs(seed, 5, 4)
    log_probs = peaked - np.log(np.exp(peaked).sum(axis=1, keepdims=True))
    probs = label_probs(log_probs)
    best = max(probs, key=lambda label: probs[label])

    [reading] = make_decoding(DecodingSettings(name))(LineOutput(log_probs))

    assert reading.codes == best
    assert reading.log_prob == reading.score == pytest.approx(math.log(probs[best]), abs=1e-3)


@pytest.mark.parametrize("name", DECODINGS)
def test_every_decoding_of_ctc_says_when_there_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="needs the log_probs of a CTC head"):
        make_decoding(DecodingSettings(name))(LineOutput(None))


def test_an_unknown_decoding_is_refused() -> None:
    with pytest.raises(ValueError, match="decoding 'best': must be one of greedy, beam"):
        make_decoding(DecodingSettings("best"))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (DecodingSettings(), "greedy"),
        (DecodingSettings(language_model=MODEL), "greedy"),
        (DecodingSettings(language_model_weight=0.5), "greedy"),
        (DecodingSettings(language_model=MODEL, language_model_weight=0.5), "beam"),
        (DecodingSettings(n_readings=2), "beam"),
        (DecodingSettings(n_copies=1), "beam"),
        (DecodingSettings(words=WORDS, lexicon_penalty=1.0), "beam"),
        (DecodingSettings(words=WORDS), "greedy"),
        (DecodingSettings("greedy", words=WORDS, lexicon_penalty=1.0), "greedy"),
        (DecodingSettings("beam"), "beam"),
    ],
)
def test_auto_searches_where_there_is_something_to_search_for(
    settings: DecodingSettings, name: str
) -> None:
    assert settings.name == name


def test_what_each_part_adds_to_the_score_is_what_it_says() -> None:
    settings = DecodingSettings(
        n_readings=40, beam_threshold=math.inf, language_model=MODEL, language_model_weight=0.7,
        length_bonus=0.2, words=WORDS, lexicon_penalty=1.5,
    )  # fmt: skip

    readings = BeamSearch(settings)(LineOutput(random_log_probs(3, 4, 4)))

    assert [r.score for r in readings] == sorted((r.score for r in readings), reverse=True)
    for codes, log_prob, score in readings:
        words = "".join(UNITS[code - 1] for code in codes).split()
        added = 0.7 * MODEL.log_prob(codes) + 0.2 * len(codes) - 1.5 * sum(w != "ab" for w in words)
        assert score - log_prob == pytest.approx(added, abs=1e-3)


def test_several_outputs_decide_by_their_mean() -> None:
    arrays = [random_log_probs(seed, 4, 3) for seed in (1, 2)]
    by_each = [label_probs(array) for array in arrays]
    mean = {
        label: sum(math.log(probs[label]) for probs in by_each) / 2
        for label in by_each[0]
        if label in by_each[1]
    }

    result = BeamSearch(DecodingSettings(n_readings=30, beam_threshold=math.inf)).together(
        [LineOutput(array) for array in arrays]
    )

    assert {reading.codes: reading.log_prob for reading in result} == pytest.approx(mean, abs=1e-3)
    assert result[0].codes == max(mean, key=lambda label: mean[label])
