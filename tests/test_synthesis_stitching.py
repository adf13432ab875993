"""Stitched lines, of letters that were drawn where it is known."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.drawn_pieces import CELL_PX, MARGIN_PX, UNITS, cut_letters, read_letters

from tf_crnn.synthesis.bank import PieceBank, write_bank
from tf_crnn.synthesis.joining import Part, blend, match_levels, match_rows
from tf_crnn.synthesis.runs import as_runs
from tf_crnn.synthesis.stitching import Piece, Stitcher, spaces_of, split_words
from tf_crnn.synthesis.texts import MarkovTexts

LINES = ("ab cd da", "dab a cab", "c bad dad", "abc d")


class GivenText:
    """Texts that are always the same."""

    def __init__(self, text: str) -> None:
        self.text = encode(text)

    def draw(self, n_units: int, rng: np.random.Generator) -> str:
        return self.text


def encode(text: str) -> str:
    return as_runs([UNITS.index(unit) + 1 for unit in text])


def decode(codes: Sequence[int]) -> str:
    return "".join(UNITS[code - 1] for code in codes)


def make_bank(folder: Path, *lines: str, **look: int) -> PieceBank:
    write_bank(folder, (cut_letters(line, **look) for line in lines), UNITS)
    return PieceBank(folder)


def text_of(bank: PieceBank, piece: Piece) -> str:
    return decode(bank.codes[slice(*piece)])


@pytest.fixture
def bank(tmp_path: Path) -> PieceBank:
    return make_bank(tmp_path, *LINES)


@pytest.fixture
def stitcher(bank: PieceBank) -> Stitcher:
    return Stitcher(bank, MarkovTexts(bank.index, spaces_of(UNITS)))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_drawn_is_what_the_label_says(stitcher: Stitcher, seed: int) -> None:
    line = stitcher.draw(200, np.random.default_rng(seed))

    assert read_letters(line.image) == decode(line.codes)
    assert len(line.codes) > 8
    assert line.image.shape == (32, 2 * MARGIN_PX + CELL_PX * len(line.codes), 1)


@pytest.mark.parametrize("seed", range(4))
def test_every_column_comes_from_a_line_of_the_bank(stitcher: Stitcher, seed: int) -> None:
    bank = stitcher.bank

    line = stitcher.draw(200, np.random.default_rng(seed))

    columns = [bank.pixels[bank.columns[a] : bank.columns[b]] for a, b in line.pieces]
    middle = line.image[:, MARGIN_PX:-MARGIN_PX].transpose(1, 0, 2)
    assert np.array_equal(middle, np.concatenate(columns))
    assert decode(line.codes) == "".join(text_of(bank, piece) for piece in line.pieces)


@pytest.mark.parametrize("width_px", [20, 60, 100, 150, 300])
def test_a_line_is_not_wider_than_wanted_and_ends_without_space(
    stitcher: Stitcher, width_px: int
) -> None:
    lines = [stitcher.draw(width_px, np.random.default_rng(seed)) for seed in range(30)]

    widths = [line.image.shape[1] for line in lines]
    assert max(widths) <= width_px
    assert np.mean(widths) > 0.75 * width_px - CELL_PX
    assert not any(decode(line.codes).endswith(" ") for line in lines)


def test_a_line_too_narrow_for_anything_has_one_unit(stitcher: Stitcher) -> None:
    lines = [stitcher.draw(1, np.random.default_rng(seed)) for seed in range(10)]

    assert {len(line.codes) for line in lines} == {1}


def test_whole_words_are_taken_where_the_bank_holds_them(bank: PieceBank) -> None:
    stitcher = Stitcher(bank, GivenText("cab bad da"))
    rngs = [np.random.default_rng(seed) for seed in range(60)]

    lines = [stitcher.draw(300, rng) for rng in rngs]

    words = [[text_of(bank, piece).strip() for piece in line.pieces] for line in lines]
    whole = np.mean([row.count("bad") for row in words])
    assert {decode(line.codes) for line in lines} == {"cab bad da"}
    assert 0.6 < whole < 1


def test_a_word_that_no_line_holds_is_made_of_the_longest_runs(bank: PieceBank) -> None:
    stitcher = Stitcher(bank, GivenText("dabcab"))

    lines = [stitcher.draw(300, np.random.default_rng(seed)) for seed in range(20)]

    pieces = [[text_of(bank, piece) for piece in line.pieces] for line in lines]
    assert ["dab", "cab"] in pieces
    assert {decode(line.codes) for line in lines} == {"dabcab"}


def test_what_begins_a_word_is_taken_from_the_beginning_of_one(tmp_path: Path) -> None:
    bank = make_bank(tmp_path, "dddda", "b a b", "dda c")
    stitcher = Stitcher(bank, GivenText("a"))

    places = {stitcher.draw(100, np.random.default_rng(n)).pieces[0].first for n in range(20)}

    assert places == {bank.codes.tolist().index(0) + 3}


def test_a_word_that_does_not_fit_is_passed_over(bank: PieceBank) -> None:
    stitcher = Stitcher(bank, GivenText("ab dabcab a"))

    line = stitcher.draw(2 * MARGIN_PX + 4 * CELL_PX, np.random.default_rng(0))

    assert decode(line.codes) == "ab a"


def test_the_generator_decides_alone(stitcher: Stitcher) -> None:
    first, same, other = (stitcher.draw(200, np.random.default_rng(seed)) for seed in (5, 5, 6))

    assert np.array_equal(first.image, same.image)
    assert first.codes == same.codes
    assert first.pieces != other.pieces


def test_pieces_take_paper_ink_and_baseline_of_one_line(tmp_path: Path) -> None:
    looks = [{"paper": 220, "ink": 40, "baseline": 24}, {"paper": 180, "ink": 90, "baseline": 20}]
    cut = [cut_letters(text, **look) for text, look in zip(("ab", "cd"), looks, strict=True)]
    write_bank(tmp_path, cut, UNITS)
    bank = PieceBank(tmp_path)
    stitcher = Stitcher(bank, GivenText("abcd"))

    line = stitcher.join([Piece(0, 2), Piece(3, 5)], model=0)

    rows = np.flatnonzero((line.image[:, :, 0] == 40).any(axis=1))
    assert set(np.unique(line.image)) == {40, 220}
    assert rows.max() == 23
    assert read_letters(line.image) == "abcd"


def test_words_keep_the_spaces_behind_them() -> None:
    words = split_words("ab  c d", frozenset(" "))

    assert words == ["ab  ", "c ", "d"]
    assert split_words("", frozenset(" ")) == []


def test_levels_beyond_the_paper_stay() -> None:
    own, wanted = (cut_letters("ab", **look).look for look in ({}, {"paper": 180, "ink": 100}))
    image = np.array([0, 40, 130, 220, 255], np.uint8).reshape(1, 5, 1)

    matched = match_levels(image, own, wanted)

    assert matched.ravel().tolist() == [82, 100, 140, 180, 255]


def test_light_ink_is_not_made_dark() -> None:
    own, wanted = (cut_letters("ab", paper=p, ink=i).look for p, i in ((40, 220), (220, 40)))
    image = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)

    assert np.array_equal(match_levels(image, own, wanted), image)


def test_a_scaled_part_keeps_its_baseline_where_it_is_wanted() -> None:
    image = np.full((32, 40, 1), 200, np.uint8)
    image[14:24, 10:20] = 0

    scaled = match_rows(image, baseline=24, wanted=26, scale=1.5)

    rows = np.flatnonzero((scaled[:, :, 0] < 100).any(axis=1))
    columns = np.flatnonzero((scaled[:, :, 0] < 100).any(axis=0))
    assert scaled.shape == (32, 60, 1)
    assert (rows.min(), rows.max()) == pytest.approx((26 - 15, 25), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((15, 29), abs=1)


def test_neighbours_are_mixed_about_their_seam_alone() -> None:
    dark, light = (np.full((2, 10, 1), level, np.uint8) for level in (0, 200))

    joined = blend([Part(dark, 0, 8), Part(light, 2, 8)], blend_px=2)

    row = joined[0, :, 0].tolist()
    assert row[:6] + row[10:] == [0] * 6 + [200] * 6
    assert row[6:10] == sorted(row[6:10])
    assert 0 < row[6] < 100 < row[9] < 200
