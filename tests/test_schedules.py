"""Learning rates over a training."""

import pytest

from tf_crnn.schedules import SHAPES, Shape


def test_a_trapezoid_rises_stays_and_falls_in_straight_lines() -> None:
    shape = Shape(rise=0.2, fall=0.4, start=0.0, end=0.0, straight=True)

    rates = [shape.at(done) for done in (0.0, 0.1, 0.2, 0.5, 0.6, 0.8, 1.0)]

    assert rates == pytest.approx([0, 0.5, 1, 1, 1, 0.5, 0])


def test_a_cosine_is_at_half_in_the_middle_of_its_fall() -> None:
    shape = Shape(rise=0.0, fall=1.0, end=0.0)

    assert [shape.at(done) for done in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(
        [1, 0.8535533905932737, 0.5, 0]
    )


@pytest.mark.parametrize("name", SHAPES)
def test_every_schedule_rises_to_the_given_rate_and_ends_far_below(name: str) -> None:
    shape = SHAPES[name](0.1, 0.3)

    rates = [shape.at(step / 1000) for step in range(1001)]

    assert max(rates) == pytest.approx(1.0)
    assert rates[0] < 0.05
    assert rates[-1] <= 0.01 + 1e-9
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_a_one_cycle_turns_after_three_tenths() -> None:
    assert SHAPES["one_cycle"](0.05, 0.3).at(0.3) == pytest.approx(1.0)
