"""Readings laid on their page: words and units where they stand, however the line lies."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.drawn_pages import Box, DrawnLine, DrawnPage, draw_page
from support.page_readings import reading_of, true_reading

from tf_crnn.images import read_image
from tf_crnn.pages.cutting import CutLine, Cutting, cut_line
from tf_crnn.pages.geometry import bounds, corners
from tf_crnn.pages.read_lines import ReadLine, format_page_line, lay_on_page
from tf_crnn.pages.text_line import Points, TextLine

ONE = np.ones(2)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnPage:
    return draw_page(tmp_path_factory.mktemp("page") / "p.png", ["a bone 23", "no decade 30"])


def outline(box: Box) -> Points:
    return corners(np.array(box[:2], dtype=float), np.array(box[2:], dtype=float))


def upright(page: np.ndarray, line: DrawnLine) -> tuple[TextLine, CutLine]:
    what = TextLine(None, line.id, 1, outline=outline(line.box))
    return what, cut_line(page, what, Cutting(), 40)


def boxes(read: ReadLine) -> list[Points]:
    return [unit.outline for word in read.words for unit in word.units]


def letters(line: DrawnLine) -> list[Box]:
    return [g for c, g in zip(line.text, line.glyphs, strict=True) if c != " "]


def test_units_of_an_upright_line_stand_where_they_are_drawn(drawn: DrawnPage) -> None:
    page = read_image(drawn.image_path)
    for line in drawn.lines:
        what, cut = upright(page, line)

        read = lay_on_page(what, cut, true_reading(line, cut), ONE)

        found = np.array([np.concatenate(bounds(box)) for box in boxes(read)])
        assert found == pytest.approx(np.array(letters(line)), abs=0.01)
        assert [word.text for word in read.words] == line.text.split(" ")


def test_words_reach_over_their_units(drawn: DrawnPage) -> None:
    line = drawn.lines[0]
    what, cut = upright(read_image(drawn.image_path), line)

    word = lay_on_page(what, cut, true_reading(line, cut), ONE).words[1]

    least, greatest = bounds(word.outline)
    assert least[0] == pytest.approx(line.glyphs[2].left)
    assert greatest[0] == pytest.approx(line.glyphs[5].right)
    assert (word.text, "".join(unit.text for unit in word.units)) == ("bone", "bone")


@pytest.mark.parametrize("angle", [15.0, -40.0, 90.0, 180.0])
def test_units_of_a_turned_page_stand_where_they_are_drawn(drawn: DrawnPage, angle: float) -> None:
    """The page is turned against the clock, so that `angle` clockwise lays it level again."""
    picture = Image.open(drawn.image_path)
    turned = picture.rotate(angle, resample=Image.Resampling.BILINEAR, expand=True, fillcolor=225)
    radians = np.deg2rad(angle)
    axes = np.array([(np.cos(radians), -np.sin(radians)), (np.sin(radians), np.cos(radians))])

    def to_turned(points: Points) -> Points:
        return np.asarray((points - np.array(picture.size) / 2) @ axes + np.array(turned.size) / 2)

    line = drawn.lines[1]
    what = TextLine(None, "l", 1, outline=to_turned(outline(line.box)), angle_deg=angle)
    cut = cut_line(np.asarray(turned)[:, :, None], what, Cutting(), 40)

    read = lay_on_page(what, cut, true_reading(line, cut, to_turned), ONE)

    for box, glyph in zip(boxes(read), letters(line), strict=True):
        assert box == pytest.approx(to_turned(outline(glyph)), abs=1.0)


def test_units_of_a_straightened_line_stand_where_they_are_drawn(drawn: DrawnPage) -> None:
    picture = np.asarray(Image.open(drawn.image_path)).astype(np.float64)
    line = drawn.lines[1]

    def sink(x: np.ndarray) -> np.ndarray:
        return 12 * np.sin(np.pi * x / picture.shape[1])

    bent = np.full((picture.shape[0] + 30, picture.shape[1]), 225.0)
    for column in range(picture.shape[1]):
        down = round(float(sink(np.array(column + 0.5))))
        bent[down : down + picture.shape[0], column] = picture[:, column]

    def to_bent(points: Points) -> Points:
        return np.stack((points[:, 0], points[:, 1] + sink(points[:, 0])), axis=1)

    x = np.linspace(line.box.left, line.box.right, 15)
    top, base, bottom = (
        to_bent(np.stack((x, np.full(15, y)), axis=1))
        for y in (line.box.top, line.box.bottom - 8, line.box.bottom)
    )
    what = TextLine(None, "l", 1, outline=np.concatenate((top, bottom[::-1])), baseline=base)
    cut = cut_line(bent.astype(np.uint8)[:, :, None], what, Cutting(straighten=True), 40)

    read = lay_on_page(what, cut, true_reading(line, cut, to_bent), ONE)

    for box, glyph in zip(boxes(read), letters(line), strict=True):
        middle = to_bent(
            np.array([((glyph.left + glyph.right) / 2, (glyph.top + glyph.bottom) / 2)])
        )
        assert box.mean(axis=0) == pytest.approx(middle[0], abs=2.5)
        assert np.ptp(box[:, 0]) == pytest.approx(glyph.right - glyph.left, abs=8)


def test_outlines_count_in_the_unit_of_the_xml(drawn: DrawnPage) -> None:
    line = drawn.lines[0]
    what, cut = upright(read_image(drawn.image_path), line)
    reading = true_reading(line, cut)

    pixels = lay_on_page(what, cut, reading, ONE)
    halves = lay_on_page(what, cut, reading, np.array([2.0, 4.0]))

    assert halves.words[0].outline == pytest.approx(pixels.words[0].outline / [2, 4])
    assert halves.outline == pytest.approx(pixels.outline / [2, 4])


def read(units: list[str], normalise: Callable[[str], str] = str) -> ReadLine:
    places = [(10.0 * i, 10.0 * i + 10) for i in range(len(units))]
    what = TextLine(None, "l", 1, outline=outline(Box(0, 0, 200, 20)))
    cut = cut_line(np.zeros((20, 200, 1), np.uint8), what, Cutting(), 40)
    return lay_on_page(what, cut, reading_of(units, places), ONE, normalise)


def test_words_are_parted_at_white_space_of_any_length() -> None:
    result = read([" ", "a", "\u2003", " ", "ch", "b", " "])

    assert [word.text for word in result.words] == ["a", "chb"]
    assert [unit.text for unit in result.words[1].units] == ["ch", "b"]
    assert result.text == " a\u2003 chb "


def test_a_line_in_which_nothing_was_read_has_no_words() -> None:
    result = read([])

    assert (result.text, result.words) == ("", [])


def test_words_are_normalised_and_what_xml_cannot_hold_is_replaced() -> None:
    result = read(["e", "x", "\x01"], lambda text: text.replace("ex", "X"))

    assert result.words[0].text == "X\ufffd"
    assert result.text == "ex\ufffd"


def test_confidences_of_the_line_its_words_and_its_units_are_those_of_the_reading() -> None:
    places = [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)]
    what = TextLine(None, "l", 1, outline=outline(Box(0, 0, 200, 20)))
    cut = cut_line(np.zeros((20, 200, 1), np.uint8), what, Cutting(), 40)
    reading = reading_of(["a", " ", "b"], places)
    sure, *others = reading.places
    reading = reading._replace(
        places=[sure._replace(confidence=1.0), *others], confidence=0.1, word_confidences=[0.9, 0.2]
    )

    result = lay_on_page(what, cut, reading, ONE)

    assert result.confidence == 0.1
    assert [word.confidence for word in result.words] == [0.9, 0.2]
    assert [unit.confidence for word in result.words for unit in word.units] == [1.0, 0.75]


def test_a_line_without_places_has_its_text_alone() -> None:
    what = TextLine(None, "l", 1, outline=outline(Box(0, 0, 200, 20)))
    cut = cut_line(np.zeros((20, 200, 1), np.uint8), what, Cutting(), 40)
    reading = reading_of(["a"], [(0.0, 9.0)])._replace(places=(), word_confidences=())

    result = lay_on_page(what, cut, reading, ONE)

    assert (result.text, result.words, result.confidence) == ("a", [], 0.75)


def test_a_line_is_one_json_object() -> None:
    fields = json.loads(format_page_line(Path("ü.xml"), read(["a", " ", "b"])))

    assert fields["path"] == "ü.xml"
    assert (fields["line"], fields["text"], fields["confidence"]) == ("l", "a b", 0.75)
    assert [word["text"] for word in fields["words"]] == ["a", "b"]
    assert fields["words"][1]["units"] == [
        {"text": "b", "confidence": 0.75, "points": [[20, 0], [30, 0], [30, 20], [20, 20]]}
    ]
