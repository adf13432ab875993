"""Outlines and baselines: clipped, measured, widened."""

import numpy as np
import pytest

from tf_crnn.pages.geometry import (
    area,
    clip,
    densify,
    downwards,
    is_steep,
    line_distance,
    strip,
    without_repeats,
)

SQUARE = np.array([(0.0, 0), (10, 0), (10, 10), (0, 10)])


def test_a_polygon_is_clipped_to_a_rectangle() -> None:
    triangle = np.array([(0.0, 0), (20, 0), (0, 20)])

    within = clip(triangle, np.array([0.0, 0]), np.array([10.0, 10]))

    # The whole square but for nothing: the hypotenuse only touches its corner.
    assert area(within) == pytest.approx(100)
    assert within.min() == 0 and within.max() == 10


def test_a_clipped_corner_is_cut_where_the_edges_cross() -> None:
    within = clip(np.array([(-5.0, 5), (5, -5), (15, 5), (5, 15)]), np.zeros(2), np.full(2, 10.0))

    assert area(within) == pytest.approx(100)
    assert clip(SQUARE + 20, np.zeros(2), np.full(2, 10.0)).shape == (0, 2)


@pytest.mark.parametrize(
    ("outline", "expected"),
    [(SQUARE, 100), (SQUARE[::-1], 100), (SQUARE[:3], 50), (SQUARE[:2], 0), (SQUARE + 1e5, 100)],
)
def test_area_of_polygons(outline: np.ndarray, expected: float) -> None:
    assert area(outline) == pytest.approx(expected)


def test_points_are_added_until_none_are_far_apart() -> None:
    dense = densify(SQUARE, 3, closed=True)
    line = densify(SQUARE[:2], 4, closed=False)

    steps = np.linalg.norm(np.diff(dense, axis=0), axis=1)
    assert steps.max() <= 3
    assert {tuple(corner) for corner in SQUARE} <= {tuple(point) for point in dense}
    assert line[:, 0].tolist() == pytest.approx([0, 10 / 3, 20 / 3, 10])


def test_repeated_points_are_dropped() -> None:
    line = np.array([(1.0, 1), (1, 1), (2, 1), (1, 1), (1, 1)])

    assert without_repeats(line).tolist() == [[1, 1], [2, 1], [1, 1]]


def test_down_is_at_the_right_hand_of_the_writing() -> None:
    directions = np.array([(1.0, 0), (0, 2), (-3, 0), (0, -1)])

    assert downwards(directions).tolist() == [[0, 1], [-1, 0], [0, -1], [1, 0]]


def test_a_strip_reaches_above_and_below_its_baseline() -> None:
    outline = strip(np.array([(0.0, 100), (50, 100), (50, 100), (90, 100)]), 20, 5)

    assert sorted(set(outline[:, 1])) == [80, 105]
    assert area(outline) == pytest.approx(90 * 25)


def test_the_distance_of_lines_is_that_of_neighbours_one_above_the_other() -> None:
    def baseline(left: float, y: float) -> np.ndarray:
        return np.array([(left, y), (left + 100, y + 4)])

    columns = [baseline(0, 30 * i) for i in range(6)] + [
        baseline(200, 30 * i + 7) for i in range(6)
    ]
    heading = [baseline(0, -200)]
    margin = [np.array([(400.0, 0), (400, 300)])]

    assert line_distance(columns + heading + margin) == 30
    assert line_distance(heading) == 0
    assert is_steep(margin[0]) and not is_steep(heading[0])
