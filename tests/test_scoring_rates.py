"""Error rates by every measure, against hand counts and against jiwer and dinglehopper."""

import math
import random
import unicodedata
from itertools import product

import jiwer
import pytest
from support.error_counters import count_by_dinglehopper

from tf_crnn.scoring.rates import MEASURES, Measure, find_rates
from tf_crnn.statistics import bootstrap_interval

Pairs = list[tuple[str, str]]
# Syllables, so that no mark stands without a letter to be on.
SYLLABLES = (
    *"abcdefghijklmnopqrstuvwxyzABCDE0123456789",
    *("e\u0301", "u\u0308", "vn\u0304", "u\u0364", "\u017f", "\u00df", "\ua75b", "\ueba7"),
    *(".", ",", "'", "\u2019", "-", "\u2014", "(", ")", "\u00ab", "3.5", "1,000", "l'a"),
    *("\u05e9\u05c1\u05b8", "\u05dc", "\u05d5\u05b9", "\u05dd", "\u05f4"),
    *("\u0645\u064e", "\u0631", "\u062d\u0651", "\u0628", "\u0915\u094d\u0937\u093f"),
    *("\u5b57", "\u5178", "\u304b\u306a", "\u30ab\u30fc", "\ud55c", "\u0928\u0940"),
    *("\u0e44\u0e17", "\U0001f468\u200d\U0001f469", "\U0001f1e9\U0001f1ea"),
    *[" "] * 14,
)


def generated_pairs() -> Pairs:
    """1,000 lines and their readings: some right, some empty, most with errors."""
    draw = random.Random(20)
    pairs: Pairs = [("", ""), ("", "abc"), ("a word", ""), (" ", ""), ("", " "), ("...", "a")]
    while len(pairs) < 1000:
        truth = [draw.choice(SYLLABLES) for _ in range(draw.randrange(25))]
        reading = list(truth)
        for _ in range(draw.randrange(5)):
            place = draw.randrange(len(reading) + 1)
            reading[place : place + draw.randrange(2)] = draw.choices(
                SYLLABLES, k=draw.randrange(2)
            )
        pairs.append(("".join(truth), "".join(reading)))
    return pairs


PAIRS = generated_pairs()


def counted(measure: Measure, truth: str, reading: str) -> tuple[int, int]:
    """Edits and length by the textbook's table."""
    left, right = list(measure.pieces(truth)), list(measure.pieces(reading))
    table = [[max(i, j) for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i, j in product(range(1, len(left) + 1), range(1, len(right) + 1)):
        table[i][j] = min(
            table[i - 1][j] + 1,
            table[i][j - 1] + 1,
            table[i - 1][j - 1] + (left[i - 1] != right[j - 1]),
        )
    return table[-1][-1], len(left)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_counts_least_edits_of_its_own_pieces(name: str) -> None:
    pairs = PAIRS[:40]
    expected = [counted(MEASURES[name], *pair) for pair in pairs]

    rate = find_rates(pairs)[name]

    assert (rate.edits, rate.length) == tuple(map(sum, zip(*expected, strict=True)))
    assert rate.value == rate.edits / rate.length
    low, high = bootstrap_interval(*zip(*expected, strict=True))
    assert rate.by_line == pytest.approx((low, high))
    assert rate.by_document is None


@pytest.mark.parametrize(
    ("name", "truth", "reading", "edits", "length"),
    [
        ("cer", "abc", "abd", 1, 3),
        ("cer", "e\u0301", "e", 1, 2),
        ("cer_graphemes", "e\u0301", "e", 1, 1),
        ("cer_graphemes", "e\u0301", "\u00e9", 0, 1),
        ("cer_without_case", "ABC", "abd", 1, 3),
        ("cer_without_punctuation", "a, b", "a b.", 0, 3),
        ("cer_without_diacritics", "é, a", "e, à", 0, 4),
        ("wer", "a, b c", "a b c", 1, 3),
        ("wer_signs", "a, b c", "a b c", 1, 4),
        ("wer_unicode", "a, b c", "a b. d", 1, 3),
    ],
)
def test_measures_differ_in_what_counts(
    name: str, truth: str, reading: str, edits: int, length: int
) -> None:
    rate = find_rates([(truth, reading)])[name]

    assert (rate.edits, rate.length) == (edits, length)


def test_rates_are_those_of_jiwer() -> None:
    truths, readings = map(list, zip(*PAIRS, strict=True))
    # Its own way would drop the spaces at the ends, which are errors here.
    characters = jiwer.Compose([jiwer.ReduceToListOfListOfChars()])

    rates = find_rates(PAIRS)

    assert rates["cer"].value == jiwer.cer(truths, readings, characters, characters)
    assert rates["wer"].value == jiwer.wer(truths, readings)
    assert 0.01 < rates["cer"].value < rates["wer"].value < 1


def test_rates_of_graphemes_and_unicode_words_are_those_of_dinglehopper() -> None:
    theirs = count_by_dinglehopper(PAIRS)

    for pair, line in zip(PAIRS, theirs, strict=True):
        ours = find_rates([pair])
        graphemes, words = ours["cer_graphemes"], ours["wer_unicode"]
        assert graphemes.length == line.n_graphemes
        assert MEASURES["wer_unicode"].pieces(pair[0]) == line.words
        # Errors where there is nothing to be read are 100 % here, infinite there.
        assert graphemes.value == (line.cer if math.isfinite(line.cer) else 1.0)
        assert words.value == (line.wer if math.isfinite(line.wer) else 1.0)
    assert any(unicodedata.normalize("NFC", truth) != truth for truth, _ in PAIRS)


def test_documents_are_resampled_whole() -> None:
    pairs = [("abcd", "abcd")] * 20 + [("abcd", "xxxx")] * 20
    documents = ["good"] * 20 + ["bad"] * 20

    rate = find_rates(pairs, documents)["cer"]

    assert rate.by_document == bootstrap_interval([0, 80], [80, 80])
    assert rate.by_document is not None
    assert rate.by_document.high > rate.by_line.high > 0.5


def test_where_nothing_counts_no_interval_is_known() -> None:
    rates = find_rates([("...", "..."), ("!", "?")])

    assert (rates["wer_unicode"].value, rates["cer"].value) == (0.0, 0.25)
    assert math.isnan(rates["wer_unicode"].by_line.low)
    assert math.isnan(rates["cer_without_punctuation"].by_line.high)
    assert not math.isnan(rates["cer"].by_line.low)
