"""Where pixels of cut lines lie on their pages: there and back, turned and bent."""

import numpy as np
import pytest

from tf_crnn.pages.frames import CurvedFrame, curved_frame, straight_frame
from tf_crnn.pages.geometry import strip

OUTLINE = np.array([(10.0, 20), (110, 20), (110, 60), (10, 60)])


def test_an_upright_frame_is_the_box_in_whole_pixels() -> None:
    frame = straight_frame(OUTLINE + 0.25, 0)

    assert frame.is_upright
    assert (frame.width_px, frame.height_px) == (101, 41)
    assert frame.to_page(np.array([(0.0, 0)])).tolist() == [[10, 20]]


@pytest.mark.parametrize(
    ("angle", "size", "corner", "right"),
    [
        (90.0, (40, 100), (10, 60), (10, 59)),
        (-90.0, (40, 100), (110, 20), (110, 21)),
        (180.0, (100, 40), (110, 60), (109, 60)),
    ],
)
def test_quarters_of_a_turn_are_exact(
    angle: float, size: tuple[int, int], corner: tuple[int, int], right: tuple[int, int]
) -> None:
    frame = straight_frame(OUTLINE, angle)

    places = frame.to_page(np.array([(0.0, 0), (1, 0)]))

    assert (frame.width_px, frame.height_px) == size
    assert places.tolist() == [list(corner), list(right)]


def test_writing_that_rises_is_laid_down_by_turning_clockwise() -> None:
    """A line that rises by 30 degrees, as `orientation="30"` says of it."""
    angle = np.deg2rad(30)
    along, down = (
        np.array([np.cos(angle), -np.sin(angle)]),
        np.array([np.sin(angle), np.cos(angle)]),
    )
    start = np.array([50.0, 200])
    outline = np.array([start, start + 100 * along, start + 100 * along + 20 * down,
                        start + 20 * down])  # fmt: skip

    frame = straight_frame(outline, 30)

    assert (frame.width_px, frame.height_px) == (100, 20)
    assert frame.to_page(np.array([(0.0, 0)]))[0] == pytest.approx(start)
    assert frame.to_page(np.array([(100.0, 20)]))[0] == pytest.approx(outline[2])


def test_places_come_back_from_the_page() -> None:
    frame = straight_frame(OUTLINE, -17.5)
    points = np.array([(3.0, 4), (50, 10), (0, 0)])

    assert frame.from_page(frame.to_page(points)) == pytest.approx(points)


def bow(x: np.ndarray) -> np.ndarray:
    return 300 - 40 * np.sin(np.pi * x / 600)


@pytest.fixture
def bent() -> CurvedFrame:
    """A strip 30 px above and 10 px below a baseline that is bent like a bow, 600 px wide."""
    x = np.linspace(0.0, 600, 31)
    baseline = np.stack((x, bow(x)), axis=1)
    frame = curved_frame(strip(baseline, 30, 10), baseline[2:-2], 40)
    assert frame is not None
    return frame


def test_the_baseline_of_a_bent_line_lies_level(bent: CurvedFrame) -> None:
    x = np.linspace(60.0, 540, 25)

    level = bent.from_page(np.stack((x, bow(x)), axis=1))

    assert level[:, 1] == pytest.approx(np.full(25, 30), abs=1.5)
    assert (np.diff(level[:, 0]) > 0).all()
    assert bent.height_px == pytest.approx(40, abs=3)


def test_a_bent_line_is_as_long_as_its_baseline(bent: CurvedFrame) -> None:
    x = np.linspace(0, 600, 6001)
    length = np.hypot(np.diff(x), np.diff(bow(x))).sum()

    assert bent.width_px == pytest.approx(length, abs=8)


def test_places_of_a_bent_line_come_back_from_the_page(bent: CurvedFrame) -> None:
    points = np.stack((np.linspace(5, 590, 40), np.tile([3.0, 20, 30, 38], 10)), axis=1)

    assert bent.from_page(bent.to_page(points)) == pytest.approx(points, abs=1.5)


def test_a_rectangle_of_a_bent_line_follows_the_bow(bent: CurvedFrame) -> None:
    outline = bent.rectangle(np.array([100.0, 0]), np.array([500.0, 40.0]))

    assert len(outline) > 20
    assert outline[:, 1].max() - outline[:, 1].min() > 50


def test_a_baseline_of_one_place_makes_no_frame() -> None:
    assert curved_frame(OUTLINE, np.array([(5.0, 5), (5, 5)]), 20) is None


def test_a_short_baseline_is_carried_on_to_the_ends_of_the_outline() -> None:
    frame = curved_frame(OUTLINE, np.array([(50.0, 50), (70, 50)]), 40)

    assert frame is not None
    assert frame.width_px == pytest.approx(100, abs=2)
    assert frame.to_page(np.array([(0.0, 0)]))[0] == pytest.approx([10, 20], abs=1.5)
