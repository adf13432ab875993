"""Contact sheets: the pictures of the lines are on them, and the errors are marked."""

import numpy as np
import pytest
from PIL import Image

from tf_crnn.reports.aligned_text import READING_COLOUR, TRUTH_COLOUR
from tf_crnn.reports.contact_sheet import ReadLine, draw_contact_sheet, draw_line
from tf_crnn.reports.fonts import BASE_FONT, FontBook


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, channels), dtype=np.uint8)


def has_colour(sheet: Image.Image, colour: str) -> bool:
    pixels = np.asarray(sheet)
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return bool((pixels == wanted).all(axis=-1).any())


def below_the_legend(sheet: Image.Image) -> Image.Image:
    return sheet.crop((0, 75, *sheet.size))


def contains(sheet: Image.Image, picture: np.ndarray) -> bool:
    rows = np.asarray(sheet)
    height, width = picture.shape[:2]
    corners = np.argwhere((rows[: -height + 1, : -width + 1] == picture[0, 0]).all(axis=-1))
    return any(
        np.array_equal(
            rows[y : y + height, x : x + width], np.broadcast_to(picture, (height, width, 3))
        )
        for y, x in corners
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_the_picture_of_the_line_is_on_the_sheet_as_it_is(channels: int) -> None:
    image = noise(50, 300, channels)

    sheet = draw_contact_sheet([ReadLine(image, "abc", "abd")], "epoch 5")

    assert sheet.mode == "RGB"
    assert contains(sheet, image)


def test_only_a_line_with_errors_has_marks() -> None:
    image = np.full((50, 300, 1), 255, dtype=np.uint8)
    right = draw_contact_sheet([ReadLine(image, "abc def", "abc def")], "epoch 5")
    wrong = draw_contact_sheet([ReadLine(image, "abc def", "abx def")], "epoch 5")

    found = [
        [has_colour(below_the_legend(sheet), colour) for colour in (TRUTH_COLOUR, READING_COLOUR)]
        for sheet in (right, wrong)
    ]

    assert found == [[False, False], [True, True]]


def test_a_missing_character_is_marked_in_both_rows() -> None:
    image = np.full((50, 300, 1), 255, dtype=np.uint8)

    sheet = below_the_legend(draw_contact_sheet([ReadLine(image, "abc", "ac")], "epoch 5"))

    assert has_colour(sheet, TRUTH_COLOUR)
    assert has_colour(sheet, READING_COLOUR)


def test_wide_and_tall_pictures_are_scaled_down() -> None:
    sheet = draw_contact_sheet([ReadLine(noise(100, 9000, 1), "abc", "abc")], "epoch 5")
    tall = draw_contact_sheet([ReadLine(noise(3000, 40, 1), "abc", "abc")], "epoch 5")

    assert sheet.width < 1300 and sheet.height < 250
    assert tall.height < 300


def test_small_pictures_are_enlarged() -> None:
    small = np.zeros((16, 100, 1), dtype=np.uint8)

    sheet = np.asarray(draw_contact_sheet([ReadLine(small, "a", "a")], "epoch 5").convert("L"))

    # Longer than any stroke of a letter.
    black_rows = [row for row in sheet if (row == 0).sum() >= 190]
    assert len(black_rows) == 32


def test_the_sheet_grows_with_its_lines_and_its_texts() -> None:
    line = ReadLine(noise(40, 200, 1), "abc", "abd")
    long_line = ReadLine(noise(40, 200, 1), "abc " * 100, "abd " * 100)

    one, two, long = (
        draw_contact_sheet(lines, "epoch 5").size for lines in ([line], [line, line], [long_line])
    )

    assert one[0] == two[0] < long[0]
    assert one[1] < two[1] and one[1] < long[1]


@pytest.mark.parametrize("texts", [("", ""), ("", "abc"), ("abc", ""), ("אב", "אג"), ("\x00", " ")])
def test_any_texts_can_be_drawn(texts: tuple[str, str]) -> None:
    sheet = draw_contact_sheet([ReadLine(noise(40, 200, 1), *texts)], "epoch 5")

    assert contains(sheet, noise(40, 200, 1))


def test_right_to_left_lines_stand_on_the_right() -> None:
    image = np.zeros((50, 100, 1), dtype=np.uint8)
    left, right = (
        np.asarray(draw_contact_sheet([ReadLine(image, text, text)], "x").convert("L"))
        for text in ("ab", "אב")
    )

    assert np.argmax((left[75:] == 0).sum(axis=0) >= 50) == 78
    assert np.argmax((right[75:] == 0).sum(axis=0) >= 50) > 300


def test_a_title_that_is_too_long_is_shortened() -> None:
    line = ReadLine(noise(40, 200, 1), "abc", "abc")

    assert draw_contact_sheet([line], "w" * 500).size == draw_contact_sheet([line], "w").size


def test_the_fonts_given_are_used() -> None:
    line = ReadLine(noise(40, 200, 1), "\u210a", "\u210a")
    stix = FontBook([str(BASE_FONT.with_name("STIXGeneral.ttf"))])

    boxes = draw_contact_sheet([line], "x", fonts=FontBook([]))
    letters = draw_contact_sheet([line], "x", fonts=stix)

    assert boxes.tobytes() != letters.tobytes()


def test_one_line_alone_has_no_title() -> None:
    line = ReadLine(noise(40, 200, 1), "abc", "abd")

    alone = draw_line(line)

    assert contains(alone, line.image)
    assert alone.height < draw_contact_sheet([line], "x").height - 40
