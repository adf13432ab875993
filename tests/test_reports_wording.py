"""Numbers in words."""

from tf_crnn.reports.wording import count_of, percent


def test_shares_are_percentages_that_do_not_break() -> None:
    assert percent(0.01234) == "1.23\u00a0%"
    assert percent(0.5, 0) == "50\u00a0%"


def test_one_thing_is_singular() -> None:
    assert [count_of(n, "line") for n in (0, 1, 1200)] == ["0 lines", "1 line", "1,200 lines"]
