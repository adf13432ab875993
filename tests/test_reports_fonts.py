"""Which font holds which characters; fontTools, a part of matplotlib's needs, says it too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tf_crnn.reports.fonts import BASE_FONT, FontBook, plain_first

STIX_FONT = BASE_FONT.with_name("STIXGeneral.ttf")
NO_FONT_AT_ALL = "\U0001c000"  # not assigned


def characters_of(path: Path) -> set[str]:
    return {chr(code) for code in TTFont(path).getBestCmap()}


def test_the_base_font_is_taken_for_all_that_it_holds() -> None:
    book = FontBook([])

    unfound = [c for c in characters_of(BASE_FONT) if book.path_for(c) != str(BASE_FONT)]

    assert unfound == []
    assert book.path_for("ſträfe") == str(BASE_FONT)


def test_another_font_is_taken_for_what_the_base_lacks() -> None:
    missing = sorted(characters_of(STIX_FONT) - characters_of(BASE_FONT))
    book = FontBook([str(STIX_FONT)])

    assert len(missing) > 10
    assert {book.path_for(character) for character in missing} == {str(STIX_FONT)}
    assert book.path_for("a") == str(BASE_FONT)
    assert book.path_for("a" + missing[0]) in (str(STIX_FONT), None)


def test_without_a_font_there_is_none() -> None:
    assert FontBook([]).path_for("皖") is None
    assert FontBook([str(STIX_FONT)]).path_for(NO_FONT_AT_ALL) is None


def test_a_text_needs_one_font_that_holds_all_of_it() -> None:
    assert FontBook([]).path_for("a皖") is None


@pytest.mark.parametrize("content", [b"", b"no font", None])
def test_a_file_that_is_no_font_is_passed_over(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "broken.ttf"
    if content is not None:
        file.write_bytes(content)
    missing = min(characters_of(STIX_FONT) - characters_of(BASE_FONT))

    assert FontBook([str(file), str(STIX_FONT)]).path_for(missing) == str(STIX_FONT)


def test_fonts_are_opened_only_when_the_ones_before_lack_something() -> None:
    def fonts() -> Iterator[str]:
        asked.append("asked")
        yield str(STIX_FONT)

    asked: list[str] = []
    book = FontBook(fonts())
    book.path_for("abc")

    assert asked == []

    book.path_for(min(characters_of(STIX_FONT) - characters_of(BASE_FONT)))

    assert asked == ["asked"]


def test_plain_faces_come_before_styled_ones_and_placeholders_never() -> None:
    paths = ["/a/X-Bold.ttf", "/b/LastResort.otf", "/a/X-Italic.ttf", "/z/Y-Regular.ttf"]

    assert plain_first(paths) == ["/z/Y-Regular.ttf", "/a/X-Bold.ttf", "/a/X-Italic.ttf"]


def test_the_fonts_of_the_machine_are_looked_into() -> None:
    # Every machine has DejaVu Sans, from matplotlib; what else there is differs.
    assert FontBook().path_for("a") == str(BASE_FONT)
    assert FontBook().path_for(NO_FONT_AT_ALL) is None
