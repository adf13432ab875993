"""Points, angles and texts of lines as XML writes them."""

import numpy as np
import pytest
from lxml import etree

from tf_crnn.pages.text_line import (
    TextLine,
    angle_deg,
    in_reading_order,
    one_line,
    parse_number,
    parse_points,
)


@pytest.mark.parametrize("text", ["1,2 3.5,-4", "1 2 3.5 -4", "1,2,3.5,-4", " 1,2\n  3.5,-4 "])
def test_points_are_read_in_each_of_their_forms(text: str) -> None:
    assert parse_points(text).tolist() == [[1, 2], [3.5, -4]]


def test_no_points_are_no_points() -> None:
    assert parse_points(" ").shape == (0, 2)


@pytest.mark.parametrize("text", ["1,2 3", "1,x", "1,nan", "1,inf", "1,1e300", "1;2"])
def test_what_are_no_points_is_shown(text: str) -> None:
    with pytest.raises(ValueError, match=f"points '{text}' are not pairs of numbers"):
        parse_points(text)


@pytest.mark.parametrize("text", ["x", "", "nan", "-1e9"])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="the width '.*' is not a number"):
        parse_number(text, "the width")


@pytest.mark.parametrize(
    ("turned", "direction", "expected"),
    [
        ("", "", None),
        ("", "left-to-right", None),
        ("2.5", "", 2.5),
        ("", "top-to-bottom", -90),
        ("", "bottom-to-top", 90),
        ("1.5", "top-to-bottom", -88.5),
        ("-90", "top-to-bottom", -90),
    ],
)
def test_orientation_and_direction_make_one_angle(
    turned: str, direction: str, expected: float | None
) -> None:
    assert angle_deg(turned, direction) == expected


def test_line_breaks_of_an_indented_text_become_spaces() -> None:
    assert one_line("\n   one\n   two \n") == "one two"
    assert one_line("  kept  as it is ") == "  kept  as it is "


def test_lines_follow_the_order_of_their_regions_and_unnamed_ones_come_last() -> None:
    root = etree.fromstring(
        '<p><r id="a"><l id="1"/><r id="b"><l id="2"/></r></r><r id="c"><l id="3"/></r>'
        '<r id="d"><l id="4"/></r></p>'
    )
    lines = [TextLine(element, element.get("id"), 0) for element in root.iter("l")]

    ordered = in_reading_order(lines, ["c", "missing", "a", "c"], "id")
    nested = in_reading_order(lines, ["d", "b", "a"], "id")

    assert [line.id for line in ordered] == ["3", "1", "2", "4"]
    assert [line.id for line in nested] == ["4", "2", "1", "3"]


def test_a_line_without_anything_has_no_place() -> None:
    line = TextLine(None, "x", 3)

    assert (line.outline, line.box, line.baseline, line.text) == (None, None, None, None)
    assert np.array_equal(parse_points("1,1"), [[1, 1]])
