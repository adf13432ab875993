"""Splits by hash: the right shares, and the same split whatever else there is."""

from collections import Counter

import pytest

from tf_crnn.errors import DataError
from tf_crnn.splits import Shares, draw_split

GROUPS = [f"document {number}" for number in range(20_000)]


def test_groups_are_shared_out_as_asked() -> None:
    counts = Counter(draw_split(group, Shares(val=0.2, test=0.05)) for group in GROUPS)

    # Three standard deviations of a binomial of 20,000 draws are 170 and 92.
    assert counts["val"] == pytest.approx(4_000, abs=170)
    assert counts["test"] == pytest.approx(1_000, abs=92)
    assert counts["train"] == 20_000 - counts["val"] - counts["test"]


def test_a_split_is_the_same_on_every_machine() -> None:
    drawn = [draw_split(f"document {number}", Shares(0.3, 0.3, seed=7)) for number in range(8)]

    # By `printf '7\0document 0' | sha256sum`: the first 16 digits over 2**64, below 0.3 test,
    # below 0.6 val.
    assert drawn == ["val", "val", "test", "test", "test", "test", "train", "test"]


def test_a_greater_share_leaves_validation_groups_where_they_are() -> None:
    small = {group for group in GROUPS if draw_split(group, Shares(val=0.1)) == "val"}
    large = {group for group in GROUPS if draw_split(group, Shares(val=0.2)) == "val"}

    assert small < large


def test_another_seed_draws_another_split() -> None:
    first = {group for group in GROUPS if draw_split(group, Shares(seed=1)) == "val"}
    second = {group for group in GROUPS if draw_split(group, Shares(seed=2)) == "val"}

    # Of two independent draws of a tenth, a hundredth is common: 200, three deviations are 42.
    assert len(first & second) == pytest.approx(200, abs=42)


@pytest.mark.parametrize("shares", [(-0.1, 0.0), (0.0, 1.1), (0.6, 0.5)])
def test_shares_that_cannot_be_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(DataError, match="Each is from 0 to 1, and both together at most 1"):
        Shares(*shares).check()
