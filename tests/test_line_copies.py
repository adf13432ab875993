"""Changed copies of a line."""

import numpy as np
import pytest
from conftest import TEXTS

from tf_crnn.config_keys.decoding import MOST_COPIES
from tf_crnn.line_copies import changed_copies

SHAPE = (32, 400)


@pytest.mark.parametrize("n_copies", [0, 1, MOST_COPIES])
def test_there_are_as_many_copies_as_wanted_and_no_two_alike(n_copies: int, draw_line) -> None:
    line = draw_line(TEXTS[4])[:, :200]

    copies = changed_copies(line, n_copies, SHAPE, 4)

    assert len(copies) == n_copies
    assert len({copy.tobytes() for copy in (line, *copies)}) == n_copies + 1
    for copy in copies:
        assert copy.shape[0] == 32 and copy.shape[1] % 4 == 0 and copy.shape[2] == 1
        assert copy.dtype == np.uint8


def test_copies_hold_all_ink_of_the_line(draw_line) -> None:
    line = draw_line(TEXTS[7])
    ink = (255.0 - line).sum()

    copies = changed_copies(line, MOST_COPIES, SHAPE, 4)

    for copy in copies:
        assert (255.0 - copy).sum() == pytest.approx(ink, rel=0.25)
        assert not (255 - copy[:, [0, -1]]).any()


def test_copies_of_the_widest_line_are_no_wider_than_the_network_takes(draw_line) -> None:
    line = np.repeat(draw_line(TEXTS[7]), 2, axis=1)[:, :400]

    widths = [copy.shape[1] for copy in changed_copies(line, MOST_COPIES, SHAPE, 4)]

    assert max(widths) == 400
