"""Lines cut out of a page: the right pixels, background around them, turned ones laid level."""

import numpy as np
import pytest
from support.drawn_pages import INK, PAPER, DrawnPage, draw_page

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import read_image
from tf_crnn.pages.cutting import CutLine, Cutting, cut_line
from tf_crnn.pages.text_line import Points, TextLine, parse_points


def line(outline: str | None = None, **fields: object) -> TextLine:
    points = None if outline is None else parse_points(outline)
    return TextLine(None, "l", 1, outline=points, **fields)


def cut(page: np.ndarray, what: TextLine, distance: float = 40, **how: object) -> CutLine:
    return cut_line(page, what, Cutting(**how), distance)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnPage:
    return draw_page(tmp_path_factory.mktemp("page") / "p.png", ["a bone", "code 12"])


@pytest.fixture(scope="module")
def page(drawn: DrawnPage) -> np.ndarray:
    return read_image(drawn.image_path)


@pytest.fixture
def numbered() -> np.ndarray:
    """Every pixel of the page has another colour, (40, 60, 3)."""
    y, x = np.mgrid[0:40, 0:60]
    return np.stack((x * 4, y * 6, (x + y) * 2), axis=2).astype(np.uint8)


def test_an_upright_box_gives_the_pixels_of_the_page(numbered: np.ndarray) -> None:
    result = cut(numbered, line("10,5 30,5 30,25 10,25"))

    assert (result.image == numbered[5:25, 10:30]).all()


def test_what_lies_over_the_edge_of_the_page_is_left_out(numbered: np.ndarray) -> None:
    result = cut(numbered, line("-10,-5 30,-5 30,100 -10,100"))

    assert (result.image == numbered[:, :30]).all()


def test_pixels_outside_the_outline_become_the_median_of_those_within() -> None:
    page = np.full((40, 60, 1), 200, np.uint8)
    page[20:, :] = 50

    masked = cut(page, line("10,0 50,0 50,30 30,15 10,15")).image[:, :, 0]
    white = cut(page, line("10,0 50,0 50,30 30,15 10,15"), background="white").image[:, :, 0]
    whole = cut(page, line("10,0 50,0 50,30 30,15 10,15"), mask=False).image[:, :, 0]

    assert masked.shape == (30, 40)
    assert masked[25, 2] == 200 and white[25, 2] == 255 and whole[25, 2] == 50
    assert masked[25, 38] == whole[25, 38] == 50
    assert masked[5, 20] == white[5, 20] == 200


@pytest.mark.parametrize(("angle", "quarters"), [(90.0, -1), (-90.0, 1), (180.0, 2), (0.0, 0)])
def test_vertical_lines_are_turned_without_a_change_of_any_pixel(
    numbered: np.ndarray, angle: float, quarters: int
) -> None:
    result = cut(numbered, line("10,5 20,5 20,35 10,35", angle_deg=angle))

    assert (result.image == np.rot90(numbered[5:35, 10:20], quarters)).all()


@pytest.mark.parametrize(
    ("points", "quarters"), [("18,5 18,35", 1), ("12,35 12,5", -1), ("10,30 20,29", 0)]
)
def test_a_steep_baseline_tells_of_a_vertical_line(
    numbered: np.ndarray, points: str, quarters: int
) -> None:
    result = cut(numbered, line("10,5 20,5 20,35 10,35", baseline=parse_points(points)))

    assert (result.image == np.rot90(numbered[5:35, 10:20], quarters)).all()


def turned_page(angle_deg: float) -> tuple[np.ndarray, Points]:
    """A black bar of 200 x 12 px that rises by an angle, and the outline 6 px around it."""
    y, x = np.mgrid[0:300, 0:300] + 0.5
    angle = np.deg2rad(angle_deg)
    along = (x - 150) * np.cos(angle) - (y - 150) * np.sin(angle)
    down = (x - 150) * np.sin(angle) + (y - 150) * np.cos(angle)
    bar = (np.abs(along) < 100) & (np.abs(down) < 6)
    page = np.where(bar, INK, PAPER).astype(np.uint8)[:, :, None]
    axes = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    corners = np.array([(-106.0, -12), (106, -12), (106, 12), (-106, 12)])
    return page, 150 + corners @ axes


@pytest.mark.parametrize("angle", [12.0, -30.0, 75.0])
def test_a_turned_line_is_laid_level(angle: float) -> None:
    page, outline = turned_page(angle)

    image = cut(page, TextLine(None, "l", 1, outline=outline, angle_deg=angle)).image[:, :, 0]

    assert image.shape == (24, 212)
    assert image[9:15, 10:200].max() < 60
    assert image[:4].min() > 200 and image[-4:].min() > 200 and image[:, :3].min() > 200


@pytest.mark.parametrize("angle", [20.0, -20.0])
def test_a_slanted_baseline_straightens_its_line_where_that_is_wanted(angle: float) -> None:
    page, outline = turned_page(angle)
    ends = 150 + (outline[1:3].mean(axis=0) - 150) * np.array([[-0.9], [0.9]])
    what = TextLine(None, "l", 1, outline=outline, baseline=ends)

    level = cut(page, what, straighten=True).image[:, :, 0]
    as_it_lies = cut(page, what).image[:, :, 0]

    assert level.shape == pytest.approx((24, 212), abs=2)
    assert level[10:14, 10:200].max() < 60
    assert as_it_lies.shape[0] > 80


def test_a_bent_line_is_straightened() -> None:
    y, x = np.mgrid[0:200, 0:400] + 0.5
    bow = 100 - 30 * np.sin(np.pi * x / 400)
    page = np.where(np.abs(y - bow) < 5, INK, PAPER).astype(np.uint8)[:, :, None]
    xs = np.linspace(20.0, 380, 19)
    middle = np.stack((xs, 100 - 30 * np.sin(np.pi * xs / 400)), axis=1)
    outline = np.concatenate((middle - [0, 12], (middle + [0, 12])[::-1]))

    result = cut(page, TextLine(None, "l", 1, outline=outline, baseline=middle), straighten=True)

    image = result.image[:, :, 0]
    rows = [np.flatnonzero(image[:, column] < 100).mean() for column in range(15, 360, 15)]
    assert np.ptp(rows) < 2
    assert image.shape[0] < 30


def test_a_line_with_a_baseline_only_gets_a_strip_around_it(
    drawn: DrawnPage, page: np.ndarray
) -> None:
    box = drawn.lines[0].box
    baseline = parse_points(f"{box.left},{box.bottom - 8} {box.right},{box.bottom - 8}")

    measured = cut(page, line(baseline=baseline), distance=40).image
    given = cut(page, line(baseline=baseline), line_height=50).image

    assert measured.shape[0] == pytest.approx(42, abs=1)
    assert given.shape[0] == pytest.approx(50, abs=1)
    assert (measured < 100).sum() == (page[int(box.top) : int(box.bottom)] < 100).sum()


def test_the_box_is_cut_where_that_is_wanted(numbered: np.ndarray) -> None:
    what = line("10,5 30,9 30,20 10,16", box=parse_points("8,4 40,4 40,30 8,30"))

    assert (cut(numbered, what, cut="box").image == numbered[4:30, 8:40]).all()
    assert cut(numbered, what).image.shape == (15, 20, 3)


def test_a_box_of_a_turned_line_is_larger_than_its_outline() -> None:
    page, outline = turned_page(20)
    what = TextLine(None, "l", 1, outline=outline, angle_deg=20)

    tight, wide = cut(page, what).image, cut(page, what, cut="box").image

    assert wide.shape[0] > 3 * tight.shape[0]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (line(), "neither outline nor baseline"),
        (line("5,5 9,9"), "its outline has 2 points, fewer than 3"),
        (line("5,5 9,9 20,20"), "its outline holds no pixels of the image"),
        (line("5,5 5,5 5,5"), "its outline holds no pixels of the image"),
        (line("70,5 90,5 90,20"), "its outline 70,5 90,5 90,20 ... is outside of the image"),
        (line("-9,-9 -2,-9 -2,-2"), "is outside of the image of 60 x 40 pixels"),
        (line(baseline=parse_points("5,5 5,5")), "its baseline is a single point"),
        (line(baseline=parse_points("200,200 300,200")), "is outside of the image"),
        (line(problem="points 'x' are no numbers"), "points 'x' are no numbers"),
    ],
)  # fmt: skip
def test_a_line_without_a_place_on_the_page_is_refused(
    numbered: np.ndarray, what: TextLine, reason: str
) -> None:
    with pytest.raises(LineImageError, match=reason):
        cut(numbered, what)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"cut": "hull"}, "cut 'hull': must be one of polygon, box"),
        ({"background": "pink"}, "background 'pink': must be median or white"),
        ({"line_height": -1}, "line_height -1: must be 0 or more pixels"),
    ],
)
def test_ways_to_cut_that_do_not_exist_are_refused(how: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Cutting(**how)


def test_columns_of_a_line_are_found_again_on_the_page(numbered: np.ndarray) -> None:
    upright = cut(numbered, line("10,5 50,5 50,25 10,25")).place(5, 15)
    turned = cut(numbered, line("10,5 20,5 20,35 10,35", angle_deg=-90)).place(5, 15)

    assert upright.tolist() == [[15, 5], [25, 5], [25, 25], [15, 25]]
    assert turned.tolist() == [[20, 10], [20, 20], [10, 20], [10, 10]]


def test_a_place_is_as_high_as_the_outline_is_there() -> None:
    page = np.zeros((100, 100, 1), np.uint8)
    result = cut(page, line("0,0 50,0 50,60 100,60 100,80 0,80"))

    left, right = result.place(10, 30), result.place(70, 90)

    assert (left[:, 1].min(), left[:, 1].max()) == (0, 80)
    assert (right[:, 1].min(), right[:, 1].max()) == (60, 80)
