"""Pictures of readings: which folder, what is on them, and the commands that draw them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import TEXTS, Trained
from PIL import Image, ImageSequence

from tf_crnn.cli import main
from tf_crnn.decoding.transcription import Look, Reading, Transcription, UnitPlace
from tf_crnn.errors import DataError
from tf_crnn.reports.looks import draw_frames, draw_strip, marks_of
from tf_crnn.text_rules import TextRules
from tf_crnn.visualise import Drawn, ReadingPictures, truths_of

WIDTH_PX = 80


def reading_of(text: str, *, looks: bool) -> Transcription:
    """A text whose units stand side by side over the whole line."""
    n_units = len(text)
    px = WIDTH_PX / max(1, n_units)
    places = [UnitPlace(i * px, (i + 1) * px, 0.75) for i in range(n_units)]
    seen: list[Look] = []
    if looks:
        weights = np.eye(n_units + 1, dtype=np.float32)
        seen = [Look(unit, w, 0.5) for unit, w in zip([*text, ""], weights, strict=True)]
    return Transcription(text, list(text), -1.0, 2.0, [Reading(text, -1.0)], places, looks=seen)


@pytest.fixture
def line_path(tmp_path: Path) -> Path:
    path = tmp_path / "line.png"
    Image.new("L", (WIDTH_PX, 20), "white").save(path)
    return path


def is_orange(pixels: np.ndarray) -> np.ndarray:
    """Which pixels are tinted."""
    return (pixels[..., 0] > 200) & (pixels[..., 2].astype(int) < pixels[..., 0] - 60)


def test_marks_of_ctc_are_the_places_of_the_units() -> None:
    marks = marks_of(reading_of("ab", looks=False), WIDTH_PX)

    assert [mark.unit for mark in marks] == ["a", "b"]
    assert [mark.columns.sum() for mark in marks] == [40, 40]
    assert marks[0].columns[39] == 1
    assert marks[0].columns[40] == 0


def test_marks_of_attention_are_its_looks_and_the_end_is_among_them() -> None:
    marks = marks_of(reading_of("abc", looks=True), WIDTH_PX)

    assert [mark.unit for mark in marks] == ["a", "b", "c", ""]
    middles = [int(np.average(np.arange(WIDTH_PX), weights=mark.columns)) for mark in marks]
    assert middles[1] == pytest.approx(30, abs=2)
    assert middles[2] == pytest.approx(50, abs=2)
    assert max(mark.columns.max() for mark in marks) <= 1


def test_the_text_grows_in_reading_order_from_right_to_left_too() -> None:
    n_steps = 4
    weights = np.eye(n_steps, dtype=np.float32)
    in_image = ["ג", "ב", "א", ""]
    looks = [Look(unit, w, 0.5) for unit, w in zip(in_image, weights, strict=True)]
    places = [UnitPlace(20 * i, 20 * i + 20, 0.5) for i in (2, 1, 0)]
    by_ctc = Transcription("אבג", list("אבג"), -1.0, 2.0, [], places)
    rules = TextRules(bidi_reordering="rtl")

    attended, placed = (
        marks_of(reading, WIDTH_PX, read_text=rules.read_text)
        for reading in (by_ctc._replace(looks=looks), by_ctc)
    )

    # A decoder reads the image from the left, where a line of Hebrew ends.
    assert [mark.text for mark in attended] == ["ג", "בג", "אבג", "אבג"]
    assert [mark.text for mark in placed] == ["א", "אב", "אבג"]


@pytest.mark.parametrize("reorders", [False, True])
def test_the_film_shows_the_text_that_is_read(
    reorders: bool, line_path: Path, tmp_path: Path
) -> None:
    rules = TextRules(bidi_reordering="rtl" if reorders else "none")
    weights = np.eye(3, dtype=np.float32)
    looks = [Look(unit, w, 0.5) for unit, w in zip(["ב", "א", ""], weights, strict=True)]
    text = "אב" if reorders else "בא"
    reading = Transcription(text, list(text), -1.0, 2.0, [], looks=looks)
    pictures = ReadingPictures(tmp_path / "out")

    pictures.add(line_path, reading, rules=rules)

    marks = marks_of(reading, WIDTH_PX, read_text=rules.read_text)
    picture = np.full((20, WIDTH_PX, 1), 255, dtype=np.uint8)
    *_, last = draw_frames(picture, [m._replace(text=text) for m in marks], [f"read: {text}"])
    with Image.open(tmp_path / "out" / "line.gif") as film:
        film.seek(2)
        shown = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(shown - np.asarray(last)).max() < 40


@pytest.mark.parametrize("looks", [False, True])
def test_each_frame_tints_the_line_where_its_unit_stands(looks: bool) -> None:
    picture = np.full((20, WIDTH_PX, 1), 255, dtype=np.uint8)

    frames = list(draw_frames(picture, marks_of(reading_of("abcd", looks=looks), WIDTH_PX), []))

    middles = [np.nonzero(is_orange(np.asarray(frame)))[1].mean() for frame in frames]
    assert len(frames) == (5 if looks else 4)
    assert len({frame.size for frame in frames}) == 1
    assert middles == sorted(middles)
    assert middles[-1] - middles[0] > frames[0].width / 2


def test_the_strip_has_a_row_for_each_unit_one_below_the_other() -> None:
    picture = np.full((20, WIDTH_PX, 3), 255, dtype=np.uint8)

    strip = draw_strip(picture, marks_of(reading_of("abc", looks=True), WIDTH_PX), ["read: abc"])

    rows, columns = np.nonzero(is_orange(np.asarray(strip)))
    tops = [rows[np.abs(columns - column) < 5].mean() for column in np.linspace(108, 300, 4)]
    assert tops == sorted(tops)
    assert tops[-1] - tops[0] > 40


def test_pictures_are_sorted_by_whether_the_truth_was_read(line_path: Path, tmp_path: Path) -> None:
    pictures = ReadingPictures(tmp_path / "out")
    reading = reading_of("ab", looks=True)

    for truth in ("ab", "ab", "ac", None):
        pictures.add(line_path, reading, truth)
    pictures.add(line_path, reading_of("", looks=False), "ab")

    found = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*"))
    stems = ["correct/line", "correct/line-2", "incorrect/line", "incorrect/line-2", "line"]
    assert found == sorted(stem + suffix for stem in stems for suffix in (".gif", ".png"))
    assert pictures.drawn == Drawn(2, 2, 1)
    assert str(pictures.drawn) == "drew 2 in correct/, 2 in incorrect/, 1 without a label"
    with Image.open(tmp_path / "out" / "correct" / "line.gif") as film:
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
    assert durations == [350, 350, 2000]


def test_a_folder_that_holds_something_is_refused(line_path: Path) -> None:
    with pytest.raises(DataError, match="is not empty. Pictures go into a new folder"):
        ReadingPictures(line_path.parent)


def test_truths_are_those_of_labelled_rows_by_the_rules(
    write_csv: Callable[..., Path], tmp_path: Path
) -> None:
    csv_path = write_csv(tmp_path / "lines.csv", [("a.png", "Ab"), ("b.png", "c")])
    with csv_path.open("a") as stream:
        stream.write("unlabelled.png\n")

    truths = truths_of([str(csv_path), "line.png"], TextRules(letter_case="lower"), (";", "|"))

    assert truths == {tmp_path.resolve() / "a.png": "ab", tmp_path.resolve() / "b.png": "c"}


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_the_commands_draw_every_line(
    command: str, run_folder: Path, trained: Trained, tmp_path: Path
) -> None:
    output = ["--output_dir", str(tmp_path / "report")] if command == "evaluate" else []
    arguments = [
        command,
        str(run_folder),
        str(trained.csv_path),
        "--visualize",
        str(tmp_path / "v"),
    ]

    result = CliRunner().invoke(main, [*arguments, *output])

    assert result.exit_code == 0, result.output
    correct = sorted(path.stem for path in (tmp_path / "v" / "correct").glob("*.gif"))
    wrong = sorted(path.stem for path in (tmp_path / "v" / "incorrect").glob("*.gif"))
    assert sorted([*correct, *wrong]) == sorted(map(str, range(len(TEXTS))))
    assert len(correct) >= 7
    assert f"drew {len(correct)} in correct/" in result.output


def test_lines_of_pages_are_not_drawn(tmp_path: Path) -> None:
    arguments = ["predict", "model", "page.xml", "--output_dir", "o", "--visualize", "v"]

    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 2
    assert "--visualize is for line images" in result.output
