"""Labels mended where there is no doubt."""

import pytest

from tf_crnn.doctor.mending import composed, mend, without_control_characters, without_spare_spaces


def test_control_characters_go_and_line_breaks_become_spaces() -> None:
    units = ["a", "\t", "b", "\x07", "c\u200b", "\u2028", "\u00ad"]

    assert without_control_characters(units) == ["a", " ", "b", "c", " ", "\u00ad"]


def test_spaces_at_the_ends_and_behind_spaces_go() -> None:
    units = [" ", "\u00a0", "a", " ", " ", "b", "\u2009", " ", "c", " "]

    assert without_spare_spaces(units) == ["a", " ", "b", "\u2009", "c"]


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (["e", "\u0301", "a"], ["é", "a"]),
        (["e", "\u0301", "\u0323"], ["ẹ", "\u0301"]),
        (["u", "\u0364"], ["u", "\u0364"]),
        (["con", "e\u0301", "d"], ["con", "é", "d"]),
        (["con", "e", "\u0301"], ["con", "é"]),
    ],
)
def test_letters_are_composed_within_and_across_units(
    units: list[str], expected: list[str]
) -> None:
    assert composed(units) == expected


def test_each_step_that_changes_a_label_is_told_with_before_and_after() -> None:
    mended = mend(["\x07", "a", " ", " ", "e", "\u0301"])

    assert [step.what for step in mended] == [
        "control characters", "composed letters (NFC)", "spaces",
    ]  # fmt: skip
    assert mended[0].before == ["\x07", "a", " ", " ", "e", "\u0301"]
    assert mended[-1].after == ["a", " ", "é"]
    assert all(a.after == b.before for a, b in zip(mended, mended[1:], strict=False))


def test_a_clean_label_is_left_alone_and_none_is_emptied() -> None:
    assert mend(["a", " ", "é"]) == []
    assert mend([" ", " "]) == []
