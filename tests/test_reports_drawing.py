"""Text of any script in pictures: nothing invisible, nothing that looks like something else."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tf_crnn.reports.drawing import Span, Typesetter
from tf_crnn.reports.fonts import BASE_FONT, FontBook

STIX_FONT = BASE_FONT.with_name("STIXGeneral.ttf")
SIZE_PX = 24
BASELINE = 40
# Held by STIX, not by DejaVu Sans.
ONLY_IN_STIX = "\u210a"


@pytest.fixture
def pen() -> Typesetter:
    return Typesetter(SIZE_PX, FontBook([]))


def ink(pen: Typesetter, span: Span) -> np.ndarray:
    """Where a span leaves ink, (80, 400) booleans."""
    picture = Image.new("RGB", (400, 80), "white")
    pen.draw(ImageDraw.Draw(picture), (10, BASELINE), span, "black")
    return np.asarray(picture)[:, :, 0] < 128


def by_pillow(text: str, font: Path = BASE_FONT) -> np.ndarray:
    picture = Image.new("RGB", (400, 80), "white")
    face = ImageFont.truetype(str(font), SIZE_PX)
    ImageDraw.Draw(picture).text((10, BASELINE), text, "black", face, "ls")
    return np.asarray(picture)[:, :, 0] < 128


def columns(where: np.ndarray) -> tuple[int, int]:
    found = np.flatnonzero(where.any(axis=0))
    return int(found[0]), int(found[-1])


def test_latin_text_is_drawn_as_pillow_draws_it(pen: Typesetter) -> None:
    np.testing.assert_array_equal(ink(pen, Span("Straße fi 12")), by_pillow("Straße fi 12"))


def test_the_width_is_where_the_next_span_begins(pen: Typesetter) -> None:
    face = ImageFont.truetype(str(BASE_FONT), SIZE_PX)

    assert pen.width(Span("Wort")) == face.getlength("Wort")
    assert pen.width(Span("")) == 0


@pytest.mark.parametrize("character", list(" \u00a0\u2003\u200b\u00ad\t\n\x00\ufeff\u202e\u2028"))
def test_what_cannot_be_seen_is_seen_where_it_differs(pen: Typesetter, character: str) -> None:
    assert ink(pen, Span(character, differs=True)).any()
    assert pen.width(Span(character, differs=True)) > 0


def test_spaces_that_differ_do_not_look_alike(pen: Typesetter) -> None:
    drawn = {ink(pen, Span(c, differs=True)).tobytes() for c in " \u00a0\u2003\u200b"}

    assert len(drawn) == 4


def test_a_space_on_which_both_agree_is_a_space(pen: Typesetter) -> None:
    assert not ink(pen, Span(" ")).any()
    assert not ink(pen, Span("\u00a0")).any()


def test_a_character_without_a_font_is_a_box_with_its_code_point(pen: Typesetter) -> None:
    box = ink(pen, Span("皖"))

    left, right = columns(box)
    rows = np.flatnonzero(box.any(axis=1))
    # Closed all round, and the digits inside are others for another character.
    assert box[rows[0], left : right + 1].all() and box[rows[-1], left : right + 1].all()
    assert box[rows[0] : rows[-1], left].all() and box[rows[0] : rows[-1], right].all()
    assert box[rows[0] + 3 : rows[-1] - 3, left + 3 : right - 3].any()
    assert not np.array_equal(box, ink(pen, Span("皗")))
    assert pen.width(Span("\U0001e900")) > pen.width(Span("皖"))


def test_a_font_of_the_machine_takes_the_place_of_the_box(pen: Typesetter) -> None:
    richer = Typesetter(SIZE_PX, FontBook([str(STIX_FONT)]))

    np.testing.assert_array_equal(
        ink(richer, Span(ONLY_IN_STIX)), by_pillow(ONLY_IN_STIX, STIX_FONT)
    )
    assert not np.array_equal(ink(richer, Span(ONLY_IN_STIX)), ink(pen, Span(ONLY_IN_STIX)))
    both = richer.width(Span(f"a{ONLY_IN_STIX}"))
    assert both == richer.width(Span("a")) + richer.width(Span(ONLY_IN_STIX))


def test_a_mark_stays_on_its_base(pen: Typesetter) -> None:
    assert pen.width(Span("e\u0301")) == pen.width(Span("e"))
    assert ink(pen, Span("e\u0301")).sum() > ink(pen, Span("e")).sum()


def test_a_mark_without_a_font_stands_behind_its_base_in_a_box(pen: Typesetter) -> None:
    mark = "\u0364"  # not in DejaVu Sans

    assert pen.width(Span(f"u{mark}")) == pen.width(Span("u")) + pen.width(Span(mark))


def test_hebrew_runs_from_right_to_left(pen: Typesetter) -> None:
    word = ink(pen, Span("אב", is_rtl=True))

    first = round(pen.width(Span("ב", is_rtl=True)))
    np.testing.assert_array_equal(word[:, 10 : 9 + first], ink(pen, Span("ב"))[:, 10 : 9 + first])
    assert columns(word)[1] > columns(ink(pen, Span("א")))[1]


def test_arabic_letters_join_across_spans(pen: Typesetter) -> None:
    alone = ink(pen, Span("ب", is_rtl=True))

    joined = ink(pen, Span("ب", is_rtl=True, joins_before=True, joins_after=True))

    assert not np.array_equal(alone, joined)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("A", "\u0410", True), ("e\u0301", "é", True), ("A", "B", False), (" ", "\u00a0", False)],
)
def test_characters_that_look_alike_are_found(
    pen: Typesetter, one: str, other: str, alike: bool
) -> None:
    assert pen.looks_alike(Span(one, differs=True), Span(other, differs=True)) is alike


def test_code_points_can_be_asked_for(pen: Typesetter) -> None:
    latin, cyrillic = Span("A", as_codes=True), Span("\u0410", as_codes=True)

    assert not np.array_equal(ink(pen, latin), ink(pen, cyrillic))
    assert not pen.looks_alike(latin, cyrillic)


def test_without_raqm_hebrew_is_turned_round_and_everything_is_drawn() -> None:
    basic = Typesetter(SIZE_PX, FontBook([]), layout=ImageFont.Layout.BASIC)

    word = ink(basic, Span("אבג", is_rtl=True))

    np.testing.assert_array_equal(word, ink(basic, Span("גבא")))
    assert ink(basic, Span("皖 e\u0301", is_rtl=True, joins_after=True)).any()
    assert basic.width(Span("e\u0301")) == basic.width(Span("e"))
