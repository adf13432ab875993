"""Sheets of lines in several variants."""

import numpy as np

from tf_crnn.reports.variant_sheet import LineVariants, Variant, draw_variants


def picture(width_px: int, level: int, height_px: int = 50) -> np.ndarray:
    return np.full((height_px, width_px, 1), level, dtype=np.uint8)


def places_of(sheet: np.ndarray, level: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the pixels of one grey."""
    rows, columns = np.nonzero((sheet == level).all(axis=2))
    return rows.min(), rows.max(), columns.min(), columns.max()


def test_every_variant_is_there_at_its_size() -> None:
    variants = [Variant(str(level), picture(300, level)) for level in (11, 77, 133)]

    sheet = np.asarray(draw_variants([LineVariants("a line", variants)], "title"))

    for level in (11, 77, 133):
        assert np.count_nonzero((sheet == level).all(axis=2)) >= 300 * 50


def test_narrow_variants_stand_side_by_side_and_wide_ones_below_each_other() -> None:
    for width_px, is_beside in ((300, True), (1000, False)):
        variants = [Variant("", picture(width_px, level)) for level in (177, 201)]

        sheet = np.asarray(draw_variants([LineVariants("", variants)], ""))

        first, second = (places_of(sheet, level) for level in (177, 201))
        assert bool(first[0] == second[0]) is is_beside
        assert bool(first[2] == second[2]) is not is_beside


def test_low_lines_are_enlarged_by_a_whole_factor() -> None:
    sheet = np.asarray(
        draw_variants([LineVariants("", [Variant("", picture(40, 177, height_px=20))])], "")
    )

    top, bottom, left, right = places_of(sheet, 177)
    assert (bottom - top + 1, right - left + 1) == (40, 80)


def test_titles_captions_and_notes_are_written_and_long_ones_take_more_rows() -> None:
    def height(caption: str, notes: list[str]) -> int:
        line = LineVariants("title", [Variant(caption, picture(200, 177))])
        return draw_variants([line], "sheet", notes=notes).height

    plain = height("blur", [])

    assert height("blur, noise, strike_out, perspective, margins, elastic", []) > plain
    assert height("blur", ["word " * 500]) > height("blur", ["word"]) > plain


def test_colour_stays_and_lines_are_kept_apart() -> None:
    red = np.full((50, 100, 3), (200, 10, 20), dtype=np.uint8)
    lines = [
        LineVariants("", [Variant("", red)]),
        LineVariants("", [Variant("", picture(90, 177))]),
    ]

    sheet = np.asarray(draw_variants(lines, ""))

    assert np.count_nonzero((sheet == (200, 10, 20)).all(axis=2)) == 5000
    rows = np.nonzero((sheet == (200, 10, 20)).all(axis=2))[0]
    assert places_of(sheet, 177)[0] > rows.max()
