"""A bank: what is written is read back, and what is damaged is named."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.drawn_pieces import UNITS, cut_letters

from tf_crnn.errors import DataError
from tf_crnn.synthesis.bank import PieceBank, write_bank

TEXTS = ("ab cd", "d", "cab a")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_bank(tmp_path, (cut_letters(text) for text in TEXTS), UNITS)
    return tmp_path


def test_lines_are_read_back_as_they_were_put_in(folder: Path) -> None:
    bank = PieceBank(folder)

    lines = [bank.line(number) for number in range(bank.n_lines)]

    for line, text in zip(lines, TEXTS, strict=True):
        expected = cut_letters(text)
        assert np.array_equal(line.image, expected.image)
        assert line.codes == expected.codes
        assert line.columns.tolist() == expected.columns.tolist()
        assert line.look.baseline == pytest.approx(expected.look.baseline)
        assert np.array_equal(line.look.paper, expected.look.paper)


def test_a_bank_knows_its_units_and_their_width(folder: Path) -> None:
    bank = PieceBank(folder)

    assert bank.units == UNITS
    assert bank.used_units == UNITS
    assert bank.unit_width_px == pytest.approx(8)
    assert (bank.height, bank.channels) == (32, 1)
    assert [bank.line_of(place) for place in (0, 4, 6, 8, 12)] == [0, 0, 1, 2, 2]


def test_units_of_no_line_are_not_used(tmp_path: Path) -> None:
    write_bank(tmp_path, [cut_letters("ada")], UNITS)

    assert PieceBank(tmp_path).used_units == ["a", "d"]


def test_no_line_makes_no_bank(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no line is left of which pieces could be made"):
        write_bank(tmp_path, [], UNITS)


def test_a_folder_without_pieces_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no pieces .*generate_synthetic.py --from-model"):
        PieceBank(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("places.npz", b"no archive"),
        ("bank.json", b"{}"),
        ("bank.json", b"["),
        ("pixels.u8", b"too short"),
    ],
)
def test_damaged_pieces_are_named(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)

    with pytest.raises(DataError, match="its pieces are damaged"):
        PieceBank(folder)


def test_a_bank_of_another_version_is_refused(folder: Path) -> None:
    about = json.loads((folder / "bank.json").read_text())
    (folder / "bank.json").write_text(json.dumps({**about, "version": 99}))

    with pytest.raises(DataError, match="version 99 instead of 1"):
        PieceBank(folder)
