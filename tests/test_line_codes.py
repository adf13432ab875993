"""Codes of whole lines, with and without spaces around them."""

import pytest

from tf_crnn.alphabet import Alphabet
from tf_crnn.line_codes import LineCodes

ALPHABET = Alphabet.from_units([" ", "a", "b"])


def test_a_line_has_the_codes_of_its_units() -> None:
    codes = LineCodes(ALPHABET)

    assert codes.encode(["a", " ", "b"]) == [2, 1, 3]
    assert codes.decode([1, 2, 1, 0, 0]) == [" ", "a", " "]


def test_a_padded_line_has_a_space_before_and_behind_it() -> None:
    assert LineCodes(ALPHABET, padded=True).encode(["a", "b"]) == [1, 2, 3, 1]


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([1, 2, 3, 1], "ab"),
        ([1, 2, 3, 1, 0, 0], "ab"),
        ([2, 3, 1], "ab"),
        ([2, 1, 3], "a b"),
        ([1, 1, 2, 1, 1], " a "),
        ([1, 1], ""),
        ([1], ""),
        ([], ""),
    ],
)
def test_one_space_on_either_side_of_a_padded_line_is_left_out(codes: list[int], text: str) -> None:
    assert "".join(LineCodes(ALPHABET, padded=True).decode(codes)) == text
