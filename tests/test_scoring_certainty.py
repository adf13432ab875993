"""Whether confidences hold, and what correcting the least certain lines leaves."""

import numpy as np
import pytest

from tf_crnn.scoring.certainty import Bin, Effort, Judged, find_efforts, find_reliability


def test_bins_hold_equally_many_and_the_error_is_their_weighted_distance() -> None:
    judged = [Judged(0.1, False), Judged(0.3, True), Judged(0.6, True), Judged(0.8, True)]

    reliability = find_reliability(judged, n_bins=2)

    assert reliability is not None
    assert reliability.bins == (
        Bin(2, pytest.approx(0.2), 0.5),
        Bin(2, pytest.approx(0.7), 1.0),
    )
    assert (reliability.number, reliability.right) == (4, 0.75)
    assert reliability.error == pytest.approx((2 * 0.3 + 2 * 0.3) / 4)


def test_there_are_ten_bins_of_many_and_one_each_of_few() -> None:
    many = find_reliability([Judged(n / 105, True) for n in range(105)])
    few = find_reliability([Judged(0.5, True), Judged(0.2, False), Judged(0.9, True)])

    assert many and few
    assert [bin.number for bin in many.bins] == [11] * 5 + [10] * 5
    assert [bin.right for bin in few.bins] == [0.0, 1.0, 1.0]


def test_a_calibrated_model_has_hardly_an_error_and_a_boastful_one_has() -> None:
    rng = np.random.default_rng(2)
    chances = rng.random(20_000)
    right = rng.random(20_000) < chances

    honest = find_reliability([Judged(p, bool(r)) for p, r in zip(chances, right, strict=True)])
    boastful = find_reliability([Judged(1.0, bool(r)) for r in right])

    assert honest and boastful
    assert honest.error < 0.02
    assert boastful.error == pytest.approx(1 - right.mean())


def test_of_equal_confidences_the_order_does_not_matter() -> None:
    rights = [Judged(0.7, True)] * 70 + [Judged(0.7, False)] * 30

    reliability = find_reliability(rights)

    assert reliability is not None
    assert reliability.bins[0].right > 0.3 and reliability.bins[-1].right < 1.0


def test_without_readings_nothing_can_be_said() -> None:
    assert find_reliability([]) is None


def test_correcting_the_least_certain_lines_leaves_the_errors_of_the_others() -> None:
    confidences = [n / 20 for n in range(20)]
    edits = [4, 1, 0, 8] + [1] * 16

    efforts = find_efforts(confidences, edits, n_chars=1000)

    assert [(e.share, e.n_lines, e.cer) for e in efforts[:3]] == [
        (0.05, 1, 0.025),
        (0.1, 2, 0.024),
        (0.2, 4, 0.016),
    ]
    assert [e.least_cer for e in efforts[:2]] == [0.021, 0.017]


def test_of_equally_certain_lines_the_worst_is_met_last() -> None:
    efforts = find_efforts([0.5] * 10, [5] + [0] * 9, n_chars=100)

    assert efforts[-1] == Effort(0.5, 5, 0.05, 0.0)
