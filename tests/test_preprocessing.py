"""From the user's CSVs to the lines that can be trained on, every other one named."""

import csv
import json
import logging
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.config import Params
from tf_crnn.errors import DataError
from tf_crnn.images import read_size
from tf_crnn.preprocessing import data_preprocessing, needed_time_steps, preprocess_csv

STEP_PX = 4
HEIGHT_PX = 32


@pytest.fixture
def params(tmp_path: Path, tiny_params: Callable[..., Params]) -> Params:
    return tiny_params(tmp_path)


@pytest.fixture
def preprocess(tmp_path: Path, params: Params) -> Callable[..., int]:
    """Preprocess rows written as they are; `updated.csv` and `rejected.csv` lie in the folder."""

    def run(*rows: str | bytes, params: Params = params) -> int:
        lines = [row if isinstance(row, bytes) else row.encode() for row in rows]
        (tmp_path / "in.csv").write_bytes(b"\n".join(lines) + b"\n")
        return preprocess_csv(str(tmp_path / "in.csv"), params, tmp_path / "updated.csv")

    return run


def draw(path: Path, width_px: int = 80, height_px: int = HEIGHT_PX) -> Path:
    rng = np.random.default_rng(width_px)
    pixels = rng.integers(0, 256, (height_px, width_px), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def read_table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter=";"))


def reasons(folder: Path) -> dict[tuple[int, str], str]:
    header, *rows = read_table(folder / "rejected.csv")
    assert header == ["csv", "row", "path", "reason"]
    assert {row[0] for row in rows} <= {str(folder / "in.csv")}
    return {(int(row[1]), row[2]): row[3] for row in rows}


def test_usable_lines_are_written_with_codes_and_width(
    tmp_path: Path, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "1.png", width_px=80)
    draw(tmp_path / "2.png", width_px=81, height_px=64)

    n_lines = preprocess("1.png;|a|b| |", "2.png;0 0")

    assert n_lines == 2
    assert read_table(tmp_path / "updated.csv") == [
        [str(tmp_path / "1.png"), "1 2 8", "3", "80"],
        [str(tmp_path / "2.png"), "9 8 9", "3", "40"],
    ]
    assert reasons(tmp_path) == {}


def test_every_unusable_line_is_named_with_its_row_and_reason(
    tmp_path: Path, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "good.png")
    for name in ("cut.png", "cut.jpg"):
        content = draw(tmp_path / name, width_px=300).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not an image")
    (tmp_path / "folder.png").mkdir()

    n_lines = preprocess(
        "good.png;|a|",
        "missing.png;|a|",
        "cut.png;|a|",
        "cut.jpg;|a|",
        "empty.png;|a|",
        "text.png;|a|",
        "folder.png;|a|",
        "",
        "good.png;||",
        "good.png;",
        "good.png",
        "good.png;|a||b|",
        b"good.png;|\xff|",
        "good.png;|a|é|con|é|",
        "good.png;|" + "a|0|" * 10 + "b|",
        "good.png;|b|",
    )

    found = reasons(tmp_path)
    assert n_lines == 2
    assert found.pop((3, "cut.png")).startswith("truncated image (")
    assert found.pop((4, "cut.jpg")).startswith("truncated image (")
    assert found == {
        (2, "missing.png"): "missing file",
        (5, "empty.png"): "empty file",
        (6, "text.png"): "unreadable image (no known image format)",
        (7, "folder.png"): "is a folder, not an image",
        (9, "good.png"): "empty label",
        (10, "good.png"): "empty label",
        (11, "good.png"): "no label: the row has no ';'",
        (12, "good.png"): "label '|a||b|': empty unit at position 2",
        (13, "good.png"): "not UTF-8 at byte 11 of the row",
        (14, "good.png"): "not in the alphabet: 'é' (U+00E9), 'con' (U+0063 U+006F U+006E)",
        (15, "good.png"): "label too long: 21 units, max_chars_per_string allows 20",
    }


@pytest.mark.parametrize(
    ("label", "n_steps"), [("|a|", 1), ("|a|b|", 2), ("|a|a|", 3), ("|a|a|b|b|b|a|", 9)]
)
def test_a_line_is_usable_exactly_if_ctc_can_write_its_label(
    tmp_path: Path, preprocess: Callable[..., int], label: str, n_steps: int
) -> None:
    draw(tmp_path / "fits.png", width_px=n_steps * STEP_PX)
    # Half a step less is rounded up, a pixel more than that is not.
    draw(tmp_path / "just.png", width_px=n_steps * STEP_PX - 2)
    draw(tmp_path / "narrow.png", width_px=max(1, n_steps * STEP_PX - 3))
    draw(tmp_path / "none.png", width_px=max(1, (n_steps - 1) * STEP_PX))

    preprocess(*(f"{name}.png;{label}" for name in ("fits", "just", "narrow", "none")))

    usable = [Path(row[0]).stem for row in read_table(tmp_path / "updated.csv")]
    # One step there always is.
    assert usable == (["fits", "just"] if n_steps > 1 else ["fits", "just", "narrow", "none"])


def test_too_narrow_an_image_is_told_in_time_steps(
    tmp_path: Path, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "narrow.png", width_px=2 * STEP_PX)
    draw(tmp_path / "good.png")

    preprocess("narrow.png;aa", "good.png;aa")

    assert reasons(tmp_path) == {
        (1, "narrow.png"): "image too narrow for its label: 2 units need 3 time steps, "
        "8 px at 4 px each give 2"
    }


def test_needed_time_steps_are_those_of_the_shortest_path_that_collapses_to_the_codes() -> None:
    def shortest_path(codes: list[int]) -> int:
        """By trying: put a blank everywhere, then take away all that are not needed."""
        path = [0]
        for code in codes:
            path += [code, 0]
        for position in reversed(range(len(path))):
            shorter = path[:position] + path[position + 1 :]
            if path[position] == 0 and [c for c, _ in groupby(shorter) if c] == codes:
                path = shorter
        return len(path)

    rng = np.random.default_rng(0)
    for _ in range(300):
        codes = rng.integers(1, 4, rng.integers(0, 9)).tolist()
        assert needed_time_steps(codes) == shortest_path(codes)


def test_a_unit_of_several_characters_counts_as_one(
    tmp_path: Path, preprocess: Callable[..., int], tiny_params: Callable[..., Params]
) -> None:
    params = tiny_params(tmp_path, max_chars_per_string=3)
    (tmp_path / "alphabet.json").write_text(json.dumps({"quondam": 1, "a": 2}))
    draw(tmp_path / "a.png", width_px=3 * STEP_PX)

    n_lines = preprocess("a.png;|quondam|a|quondam|", params=params)

    assert n_lines == 1
    assert read_table(tmp_path / "updated.csv")[0][1:3] == ["1 2 1", "3"]


def test_long_lines_are_squeezed_and_checked_at_their_squeezed_width(
    tmp_path: Path, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "long.png", width_px=5000)

    preprocess("long.png;|a|")

    assert read_table(tmp_path / "updated.csv")[0][3] == "320"


def test_images_are_found_beside_the_csv_and_in_the_working_directory(
    tmp_path: Path, preprocess: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    draw(tmp_path / "beside.png")
    draw(here / "here.png")
    monkeypatch.chdir(here)

    preprocess("beside.png;a", "here.png;a", f"{tmp_path / 'beside.png'};a")

    written = [row[0] for row in read_table(tmp_path / "updated.csv")]
    assert written == [str(tmp_path / "beside.png"), str(here / "here.png"), written[0]]
    assert all(read_size(path) for path in written)


def test_awkward_names_and_labels_arrive_unchanged(
    tmp_path: Path, preprocess: Callable[..., int], tiny_params: Callable[..., Params]
) -> None:
    units = [";", "|", "\\", '"', "null", "nan", "12", "é", "\u2028", "漢"]
    names = ["a;b.png", 'c"d.png', "null", "nan", "12", "e\\f.png", "ünï\u2028.png", " g .png"]
    params = tiny_params(tmp_path)
    (tmp_path / "alphabet.json").write_text(json.dumps({u: c for c, u in enumerate(units)}))
    for name in names:
        draw(tmp_path / "x.png").rename(tmp_path / name)

    label = r'|;|||\\|"|null|nan|12|é|' + "\u2028|漢|"
    escaped = [name.replace("\\", "\\\\").replace(";", "\\;") for name in names]
    n_lines = preprocess(*(f"{name};{label}" for name in escaped), params=params)

    assert n_lines == len(names)
    rows = read_table(tmp_path / "updated.csv")
    assert [row[0] for row in rows] == [str(tmp_path / name) for name in names]
    assert {row[1] for row in rows} == {"1 2 3 4 5 6 7 8 9 10"}


def test_a_csv_of_windows_is_read(tmp_path: Path, preprocess: Callable[..., int]) -> None:
    draw(tmp_path / "a.png")

    n_lines = preprocess(b"\xef\xbb\xbfa.png;|a|\r", b"a.png;ab\r")

    assert n_lines == 2
    assert [row[1] for row in read_table(tmp_path / "updated.csv")] == ["1", "1 2"]


def test_without_a_usable_line_the_reasons_are_counted(
    tmp_path: Path, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "a.png")

    with pytest.raises(DataError, match=r"in\.csv: no usable line among 5\.") as caught:
        preprocess("1.png;a", "2.png;a", "a.png;z", "3.png;a", "4.png;a")

    assert str(caught.value).splitlines()[1:] == [
        "  4 x missing file: row 1 1.png: missing file; row 2 2.png: missing file; "
        "row 4 3.png: missing file; ...",
        "  1 x unit not in the alphabet: row 3 a.png: not in the alphabet: 'z' (U+007A)",
        f"All are listed in {tmp_path / 'rejected.csv'}.",
    ]
    assert len(reasons(tmp_path)) == 5


def test_an_empty_csv_is_refused(preprocess: Callable[..., int]) -> None:
    with pytest.raises(DataError, match=r"no usable line among 0\.\n  The CSV has no rows\."):
        preprocess("")


def test_a_missing_csv_is_named_and_nothing_is_left_half_written(
    tmp_path: Path, params: Params
) -> None:
    with pytest.raises(DataError, match=r"none\.csv: cannot be read .* Check the path"):
        preprocess_csv(str(tmp_path / "none.csv"), params, tmp_path / "updated.csv")

    assert not (tmp_path / "updated.csv").exists()


def test_rejected_lines_are_logged_once_with_a_denominator(
    tmp_path: Path, preprocess: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    draw(tmp_path / "a.png")

    preprocess("a.png;a", "none.png;a", "a.png;b")

    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "in.csv: rejected 1 of 3 lines, listed in " in record.getMessage()
    assert "  1 x missing file: row 2 none.png: missing file" in record.getMessage()


def test_a_clean_csv_is_logged_as_such(
    tmp_path: Path, preprocess: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    draw(tmp_path / "a.png")

    with caplog.at_level(logging.INFO):
        preprocess("a.png;a", "a.png;b")

    [record] = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage().endswith("in.csv: all 2 lines are usable")


def test_both_sets_are_preprocessed_into_the_run_folder(
    tmp_path: Path, tiny_params: Callable[..., Params], line_csv: Path
) -> None:
    (tmp_path / "bad.csv").write_text("none.png;|a|\n")
    params = tiny_params(
        tmp_path,
        csv_files_train=[str(line_csv), str(line_csv)],
        csv_files_eval=[str(tmp_path / "bad.csv"), str(line_csv)],
    )

    data = data_preprocessing(params)

    folder = tmp_path / "run" / "preprocessed"
    assert data == (str(folder / "updated_train.csv"), str(folder / "updated_eval.csv"), 16, 8)
    assert [len(read_table(Path(path))) for path in data[:2]] == [16, 8]
    assert read_table(folder / "rejected.csv")[1:] == [
        [str(tmp_path / "bad.csv"), "1", "none.png", "missing file"]
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "rejected.csv",
        "updated_eval.csv",
        "updated_train.csv",
    ]


def test_rows_stay_in_order_over_many_at_a_time(
    tmp_path: Path, preprocess: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tf_crnn.preprocessing._ROWS_AT_A_TIME", 7)
    draw(tmp_path / "a.png")
    texts = [f"{number:03b}".replace("0", "a").replace("1", "b") for number in range(100)]

    preprocess(*(f"a.png;{text}" for text in texts))

    expected = [" ".join("12"["ab".index(unit)] for unit in text) for text in texts]
    assert [row[1] for row in read_table(tmp_path / "updated.csv")] == expected


def test_lines_wider_than_the_input_are_counted_and_the_worst_is_named(
    preprocess: Callable[..., int],
    draw_line: Callable[..., np.ndarray],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, width_px in (("wide.png", 1280), ("wider.png", 1600), ("fits.png", 320)):
        Image.new("L", (width_px, 32), "white").save(tmp_path / name)

    preprocess("wide.png;|a|\nwider.png;|a|\nfits.png;|a|\n")

    [warning] = [record.getMessage() for record in caplog.records if "squeezed" in record.message]
    assert "2 of 3 lines are wider than input_shape[1]" in warning
    assert "up to 5.0 times" in warning and "wider.png" in warning


def hebrew_params(tmp_path: Path, tiny_params: Callable[..., Params], **rules: object) -> Params:
    """Codes 1.. for the letters, 8 for the space, 9 to 11 for digits, 12 and 13 for brackets."""
    units = [*"אבגדהוז", " ", *"012", "(", ")", *"abc"]
    params = tiny_params(tmp_path)
    lookup = tmp_path / "hebrew.json"
    lookup.write_text(json.dumps({unit: code for code, unit in enumerate(units, start=1)}))
    return Params(**{**params.to_dict(), "lookup_alphabet_file": str(lookup), **rules})


def test_the_alphabet_is_asked_for_units_by_the_text_rules(
    tmp_path: Path, params: Params, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "a.png")
    rules = {"letter_case": "lower", "white_space": "fold", "text_replacements": {"é": "e"}}
    cleaned = Params(**{**params.to_dict(), **rules, "unicode_form": "NFC"})

    preprocess("a.png;|A|\u00a0| |e\u0301|", "a.png;  Code  0", "a.png;|é|", params=cleaned)

    assert [row[1] for row in read_table(tmp_path / "updated.csv")] == ["1 8 5", "3 7 4 5 8 9", "5"]


def test_a_label_of_which_rules_leave_nothing_is_empty(
    tmp_path: Path, params: Params, preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "a.png")
    cleaned = Params(**{**params.to_dict(), "white_space": "fold"})

    preprocess("a.png;|a|", "a.png;| |", params=cleaned)

    assert reasons(tmp_path) == {(2, "a.png"): "empty label"}


def test_labels_in_reading_order_are_written_as_they_stand_in_the_image(
    tmp_path: Path, tiny_params: Callable[..., Params], preprocess: Callable[..., int]
) -> None:
    draw(tmp_path / "a.png")

    preprocess(
        "a.png;אב 12",
        "a.png;|ג|(|א|)|",
        params=hebrew_params(tmp_path, tiny_params, bidi_reordering="rtl"),
    )

    codes = [row[1] for row in read_table(tmp_path / "updated.csv")]
    assert codes == ["10 11 8 2 1", "12 1 13 3"]


def test_labels_that_cannot_be_told_from_others_in_the_image_are_counted(
    tmp_path: Path,
    tiny_params: Callable[..., Params],
    preprocess: Callable[..., int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    draw(tmp_path / "a.png")

    preprocess(
        "a.png;אבג", "a.png;ab אבגד", "a.png;אבגד ab",
        params=hebrew_params(tmp_path, tiny_params, bidi_reordering="auto"),
    )  # fmt: skip

    [warning] = [r.getMessage() for r in caplog.records if "bidi_reordering" in r.getMessage()]
    assert "the images of 1 of 3 lines fit another label too" in warning
    assert "(rows 2)" in warning


def test_a_label_is_padded_with_spaces_for_which_there_must_be_room(
    tmp_path: Path, tiny_params: Callable[..., Params], preprocess: Callable[..., int]
) -> None:
    params = tiny_params(tmp_path, label_space_padding=True)
    draw(tmp_path / "wide.png", width_px=4 * STEP_PX)
    draw(tmp_path / "narrow.png", width_px=3 * STEP_PX)

    preprocess("wide.png;|a|b|", "narrow.png;|a|b|", params=params)

    [space] = params.alphabet.encode([" "])
    [row] = read_table(tmp_path / "updated.csv")
    assert row[1] == " ".join(map(str, [space, *params.alphabet.encode("ab"), space]))
    assert "4 time steps" in reasons(tmp_path)[2, "narrow.png"]
