"""Fonts by name, and what they hold."""

import logging
import struct
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from PIL import ImageFont, features

from tf_crnn.errors import DataError
from tf_crnn.synthesis.fonts import PillowFont, choose_font, load_fonts, needs_shaping

DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
ARABIC = "سلام"
HEBREW = "שלום"
needs_raqm = pytest.mark.skipif(not features.check("raqm"), reason="this Pillow is without Raqm")


@pytest.fixture
def ascii_font() -> bytes:
    return ImageFont.load_default(20).font_bytes


def as_collection(font: bytes) -> bytes:
    """A TTC of two faces that share the tables of one font."""
    header = struct.pack(">4sHHIII", b"ttcf", 1, 0, 2, 20, 20)
    n_tables = struct.unpack(">H", font[4:6])[0]
    moved = bytearray(font)
    for table in range(n_tables):
        place = 12 + 16 * table + 8
        offset = struct.unpack(">I", font[place : place + 4])[0]
        moved[place : place + 4] = struct.pack(">I", offset + len(header))
    return header + bytes(moved)


def boxes(ink: np.ndarray) -> list[tuple[int, int]]:
    """(left, width) of each connected piece of ink."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((ink > 100).astype(np.uint8))
    return [(int(row[0]), int(row[2])) for row in stats[1:]]


def test_a_folder_gives_the_fonts_in_it_in_the_order_of_their_paths(
    tmp_path: Path, ascii_font: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "z.OTF").write_bytes(ascii_font)
    (tmp_path / "b.ttf").write_bytes(ascii_font)
    (tmp_path / "a.ttf").write_bytes(b"no font")
    (tmp_path / "readme.txt").write_text("none either")

    with caplog.at_level(logging.WARNING):
        fonts = load_fonts([str(tmp_path)])

    assert [font.name for font in fonts] == ["b.ttf", "z.OTF"]
    assert "1 of 3 font files cannot be read (a.ttf, ...)" in caplog.text


def test_system_fonts_are_found_where_the_environment_says(
    tmp_path: Path, ascii_font: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fonts" / "truetype").mkdir(parents=True)
    (tmp_path / "fonts" / "truetype" / "mine.ttf").write_bytes(ascii_font)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    fonts = load_fonts(["system"])

    assert "mine.ttf" in [font.name for font in fonts]


def test_each_face_of_a_collection_is_a_font(tmp_path: Path, ascii_font: bytes) -> None:
    (tmp_path / "two.ttc").write_bytes(as_collection(ascii_font))

    first, second = load_fonts([str(tmp_path / "two.ttc")])

    assert (first.name, second.name) == ("two.ttc", "two.ttc#1")
    assert np.array_equal(second.draw("Quay", 20, 0.5), PillowFont().draw("Quay", 20, 0.5))


def test_a_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no readable TTF, OTF or TTC file"):
        load_fonts([str(tmp_path)])


@pytest.mark.parametrize(("text", "is_needed"), [("déjà", False), ("e\u0301", True),
                                                  (ARABIC, True), (HEBREW, True), ("Жизнь", False),
                                                  ("हि", True)])  # fmt: skip
def test_only_some_scripts_need_shaping(text: str, is_needed: bool) -> None:
    assert needs_shaping(text) == is_needed


@needs_raqm
def test_arabic_letters_are_joined() -> None:
    font = PillowFont(DEJAVU)

    word = font.draw(ARABIC, 40, 0.5)

    alone = [font.draw(letter, 40, 0.5) for letter in ARABIC]
    assert font.missing(ARABIC) == []
    assert len(boxes(word)) < sum(len(boxes(letter)) for letter in alone)


@needs_raqm
def test_hebrew_runs_from_right_to_left() -> None:
    font = PillowFont(DEJAVU)

    word, last_letter = font.draw("אם", 40, 0.5), font.draw("ם", 40, 0.5)

    # The left of the word is its last letter.
    ink, alone = (image[:, image.any(axis=0)] for image in (word, last_letter))
    assert np.array_equal(ink[:, : alone.shape[1]], alone)


@needs_raqm
def test_a_mark_stands_on_its_letter() -> None:
    font = PillowFont(DEJAVU)

    composed, letter = font.draw("e\u0301", 40, 0.5), font.draw("e", 40, 0.5)

    assert font.missing("e\u0301") == []
    assert np.flatnonzero(composed.any(axis=1))[0] < np.flatnonzero(letter.any(axis=1))[0]
    widths = [int(image.any(axis=0).sum()) for image in (composed, letter)]
    assert widths[0] == pytest.approx(widths[1], abs=2)


@needs_raqm
def test_text_that_needs_no_shaping_is_drawn_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shaped = PillowFont(DEJAVU).draw("AVATAR fi", 40, 0.5)
    monkeypatch.setattr(features, "check", lambda _: False)

    assert np.array_equal(PillowFont(DEJAVU).draw("AVATAR fi", 40, 0.5), shaped)


def test_without_raqm_what_must_be_shaped_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)

    font = PillowFont(DEJAVU)

    assert font.missing(f"a{ARABIC}e\u0301") == [*ARABIC, "\u0301"]
    with pytest.raises(DataError, match="no font can draw it"):
        choose_font(ARABIC, [font], np.random.default_rng(0))
