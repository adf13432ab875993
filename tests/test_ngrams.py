"""N-grams against a plain computation with dictionaries."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tf_crnn.decoding.beam_language import ngram_step
from tf_crnn.decoding.ngram_learn import learn_ngrams
from tf_crnn.decoding.ngrams import LanguageModel
from tf_crnn.decoding.tables import END_CODE
from tf_crnn.errors import ModelFolderError

UNITS = ["a", "b", "c", "d", "con"]
BEGIN = len(UNITS) + 1


def random_texts(n_lines: int, seed: int = 1) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    # Units come in habitual runs with slips, so that n-grams are seen once, twice and more often.
    runs = [rng.integers(1, 5, rng.integers(2, 6)).tolist() for _ in range(12)]
    chosen = [rng.integers(0, 12, rng.integers(0, 4)) for _ in range(n_lines)]
    texts = [[code for run in choice for code in runs[run]] for choice in chosen]
    slips = rng.random(sum(map(len, texts))) < 0.1
    is_slip = iter(slips)
    return [[int(rng.integers(1, 5)) if next(is_slip) else c for c in text] for text in texts]


class PlainKneserNey:
    """Chen and Goodman (1998), equation 26, by dictionaries of tuples, without back-off form."""

    def __init__(self, texts: list[list[int]], order: int) -> None:
        self.order = order
        lines = [(BEGIN, *text, END_CODE) for text in texts]
        self.raw = [
            Counter(line[i : i + n] for line in lines for i in range(len(line) - n + 1))
            for n in range(order + 1)
        ]
        self.counts = [self._adjusted(n) for n in range(order + 1)]

    def _adjusted(self, n: int) -> Counter[tuple[int, ...]]:
        if n in (0, self.order):
            counts = Counter(self.raw[n])
        else:
            counts = Counter(gram[1:] for gram in self.raw[n + 1])
            counts.update({g: c for g, c in self.raw[n].items() if g[0] == BEGIN and n > 1})
        counts.pop((BEGIN,), None)
        return counts

    def discount(self, n: int, count: int) -> float:
        n1, n2, n3, n4 = (list(self.counts[n].values()).count(k) for k in (1, 2, 3, 4))
        share = n1 / (n1 + 2 * n2)
        return (1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3)[
            min(count, 3) - 1
        ]

    def is_discounted(self, n: int) -> bool:
        seen = set(self.counts[n].values())
        if not {1, 2, 3, 4} <= seen:
            return False
        return all(0 < self.discount(n, k) <= k for k in (1, 2, 3))

    def prob(self, history: tuple[int, ...], code: int) -> float:
        history = history[max(0, len(history) - self.order + 1) :]
        n = len(history) + 1
        lower = self.prob(history[1:], code) if history else 1 / (len(UNITS) + 1)
        followers = {g[-1]: c for g, c in self.counts[n].items() if g[:-1] == history}
        total = sum(followers.values())
        if not total:
            return lower
        count = followers.get(code, 0)
        if not self.is_discounted(n):
            return (count + len(followers) * lower) / (total + len(followers))
        own = count - self.discount(n, count) if count else 0.0
        handed_on = sum(self.discount(n, c) for c in followers.values())
        return (own + handed_on * lower) / total


def prob_by_tables(model: LanguageModel, history: tuple[int, ...], code: int) -> float:
    state = int(model.tables.start[0]) if history[:1] == (BEGIN,) else 0
    for before in history[history[:1] == (BEGIN,) :]:
        _, state = model.step(state, before)
    return math.exp(model.step(state, code)[0])


HISTORIES = [(), (BEGIN,), (1,), (BEGIN, 2), (2, 3), (5,), (5, 5), (BEGIN, 5), (4, 1, 2), (1, 1, 4)]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("n_lines", [0, 3, 400])
def test_probabilities_are_those_of_kneser_and_ney(order: int, n_lines: int) -> None:
    texts = random_texts(n_lines)
    plain = PlainKneserNey(texts, order)

    model = LanguageModel(learn_ngrams(texts, len(UNITS), order), UNITS)

    for history in [*HISTORIES, *((BEGIN, *text[:3]) for text in texts[:5])]:
        for code in range(len(UNITS) + 1):
            expected = plain.prob(history, code)
            assert prob_by_tables(model, history, code) == pytest.approx(expected, rel=1e-5)


def test_the_three_discounts_are_used_where_counts_suffice() -> None:
    plain = PlainKneserNey(random_texts(400), 4)

    assert [plain.is_discounted(n) for n in (1, 2, 3, 4)] == [False, False, True, True]


@pytest.mark.parametrize("n_lines", [0, 1, 400])
def test_probabilities_of_what_may_follow_sum_to_one(n_lines: int) -> None:
    model = LanguageModel(learn_ngrams(random_texts(n_lines), len(UNITS), 5), UNITS)
    rng = np.random.default_rng(2)

    for _ in range(50):
        history = tuple(rng.integers(1, 6, rng.integers(0, 7)).tolist())
        total = sum(prob_by_tables(model, history, code) for code in range(len(UNITS) + 1))

        assert total == pytest.approx(1, abs=1e-5)


def test_perplexity_is_that_of_the_plain_computation() -> None:
    texts, unseen = random_texts(300), random_texts(20, seed=8)
    plain = PlainKneserNey(texts, 4)
    logs = [
        math.log(plain.prob((BEGIN, *text)[: i + 1], code))
        for text in unseen
        for i, code in enumerate((*text, END_CODE))
    ]

    model = LanguageModel(learn_ngrams(texts, len(UNITS), 4), UNITS)

    assert model.perplexity(unseen) == pytest.approx(math.exp(-np.mean(logs)), rel=1e-4)
    assert model.perplexity(texts) < model.perplexity(unseen)
    assert math.isnan(model.perplexity([]))


def test_the_compiled_search_asks_as_python_does() -> None:
    model = LanguageModel(learn_ngrams(random_texts(100), len(UNITS), 4), UNITS)
    state = int(model.tables.start[0])

    for code in (1, 5, 2, 3, 3, 1, 4, END_CODE):
        expected = model.step(state, code)
        result = ngram_step(model.tables, state, code)
        assert result == pytest.approx(expected)
        _, state = expected


def test_a_model_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    model = LanguageModel(learn_ngrams(random_texts(50), len(UNITS), 3), UNITS)
    model.save(tmp_path / "model.npz")

    loaded = LanguageModel.load(tmp_path / "model.npz", UNITS)

    assert loaded.order == model.order == 3
    for before, after in zip(model.tables, loaded.tables, strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_model_of_another_alphabet_is_refused(tmp_path: Path) -> None:
    LanguageModel(learn_ngrams([], 2, 2), ["a", "b"]).save(tmp_path / "model.npz")

    with pytest.raises(ModelFolderError, match=r"model\.npz: was learnt for another alphabet"):
        LanguageModel.load(tmp_path / "model.npz", ["b", "a"])


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(content)

    with pytest.raises(ModelFolderError, match=r"model\.npz: cannot be read as a language model"):
        LanguageModel.load(tmp_path / "model.npz", UNITS)


@pytest.mark.parametrize(("texts", "order"), [([[1]], 0), ([[6]], 2), ([[0]], 2), ([[-1]], 2)])
def test_what_cannot_be_learnt_is_refused(texts: list[list[int]], order: int) -> None:
    with pytest.raises(ValueError, match=r"order must be|must hold codes of 1\.\.5"):
        learn_ngrams(texts, 5, order)
