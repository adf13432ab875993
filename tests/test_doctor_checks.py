"""Every check on drawn lines: what triggers it, and a near miss that does not."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.doctor import (
    WORDS,
    draw,
    finding,
    keys,
    look,
    marked,
    paths,
    save,
    write_lines,
    write_rows,
)

from tf_crnn.config import Params
from tf_crnn.doctor.severity import Severity


def add(csv_path: Path, *rows: tuple[str, str]) -> Path:
    with csv_path.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{name};{label}\n" for name, label in rows)
    return csv_path


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """Twenty-four clean lines."""
    return write_lines(tmp_path)


@pytest.fixture
def config(tmp_path: Path, tiny_params: Callable[..., Params]) -> str:
    """Of a training that takes all clean lines."""
    units = sorted({unit for text in WORDS for unit in text})
    params = tiny_params(tmp_path)
    Path(str(params.lookup_alphabet_file)).write_text(
        json.dumps({unit: code for code, unit in enumerate(units, 1)})
    )
    params.save(tmp_path / "config.json")
    return str(tmp_path / "config.json")


def test_a_clean_set_has_nothing_wrong(train: Path, config: str) -> None:
    examination = look(train, config=config)

    severe = [f.key for f in examination.findings if f.severity <= Severity.LIKELY_WRONG]
    assert severe == []
    assert examination.is_clean
    assert keys(examination) <= {"rare_units"}


def test_rejected_lines_are_those_of_preprocessing(train: Path, config: str) -> None:
    add(train, ("none.png", "|a|"), ("train_0.png", "|ß|"), ("train_0.png", ""),
        ("train_0.png", "|a||b|"), ("train_1.png", marked("a" * 21)))  # fmt: skip

    examination = look(train, config=config)

    reasons = {f.key: f.remark(int(f.lines[0])) for f in examination.of(Severity.REJECTS)}
    assert reasons == {
        "rejected: missing file": "missing file",
        "rejected: unit not in the alphabet": "not in the alphabet: 'ß' (U+00DF)",
        "rejected: empty label": "empty label",
        "rejected: malformed row": "label '|a||b|': empty unit at position 2",
        "rejected: label too long": "label too long: 21 units, max_chars_per_string allows 20",
    }
    assert not examination.is_clean
    assert examination.n_rejected == 5


def test_without_a_configuration_only_rows_and_images_are_rejected(train: Path) -> None:
    add(train, ("none.png", "|a|"), ("train_0.png", "|ß|"))

    examination = look(train)

    assert [f.key for f in examination.of(Severity.REJECTS)] == ["rejected: missing file"]


def test_damage_inside_an_image_is_found_though_its_header_and_end_are_whole(
    tmp_path: Path, train: Path, config: str
) -> None:
    content = bytearray((tmp_path / "train_3.png").read_bytes())
    content[70:90] = bytes(20)
    (tmp_path / "train_3.png").write_bytes(bytes(content))

    examination = look(train, config=config)

    assert paths(examination, "rejected: image damaged inside") == ["train_3.png"]


def test_a_page_in_place_of_a_line_is_not_decoded(tmp_path: Path, train: Path) -> None:
    Image.new("1", (8000, 8000)).save(tmp_path / "page.png")
    add(train, ("page.png", "|a|"))

    examination = look(train)

    assert paths(examination, "rejected: image too large for a line") == ["page.png"]


def test_an_empty_csv_is_nothing_to_train_on(tmp_path: Path) -> None:
    examination = look(write_rows(tmp_path / "none.csv", []))

    assert not examination.is_clean
    assert keys(examination) == {"no_rows"}


def test_marks_of_labels_become_findings_with_their_lines(train: Path) -> None:
    add(train, ("train_0.png", "|a| |"), ("train_1.png", "|a| | |b|"))

    examination = look(train)

    assert paths(examination, "edge_spaces") == ["train_0.png"]
    found = finding(examination, "double_spaces")
    assert found.says == "1 of 26 lines have several spaces in a row"
    assert found.remark(int(found.lines[0])) == "2 spaces at character 2"


def test_what_many_labels_do_is_the_way_of_the_set(train: Path) -> None:
    add(train, *((f"train_{n}.png", marked(f"X0Y{n}")) for n in range(4)))

    assert finding(look(train), "digits_in_words").severity == Severity.INFORMATION


def test_rare_units_and_those_of_the_validation_alone_are_listed(
    tmp_path: Path, train: Path
) -> None:
    val = write_lines(tmp_path, ["morning Ω", "harbour"], "val")

    examination = look(train, val)

    [row] = finding(examination, "units_only_in_val").characters
    assert (row.unit, row.times) == ("Ω", 1)
    assert examination.places(row) == [f"{val}:1"]
    rare = {row.unit for row in finding(examination, "rare_units").characters}
    assert "M" in rare and "o" not in rare


def test_unused_units_of_the_alphabet_are_for_information(train: Path, config: str) -> None:
    alphabet = Path(json.loads(Path(config).read_text())["lookup_alphabet_file"])
    lookup = json.loads(alphabet.read_text())
    alphabet.write_text(json.dumps({**lookup, "ÿ": 200}))

    [row] = finding(look(train, config=config), "unused_units").characters

    assert row.unit == "ÿ"


def test_a_rare_unit_of_several_letters_is_a_forgotten_delimiter(train: Path) -> None:
    add(train, ("train_0.png", "|ab|c|"), ("train_1.png", "|e\u0301|c|"))

    [row] = finding(look(train), "long_units").characters

    assert row.unit == "ab"


def test_units_of_several_letters_are_no_fault_where_they_are_usual(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:3])
    add(train, *((f"train_{n}.png", f"|ab|c|d{n}|") for n in range(3)), ("train_0.png", "|ab|" * 1))

    assert "long_units" not in keys(look(train))


def test_a_script_that_is_there_as_look_alikes_only_is_a_slip(train: Path) -> None:
    add(train, ("train_0.png", "|\u0430|"))

    examination = look(train)

    [row] = finding(examination, "look_alikes_cyrillic").characters
    assert row.remark == "looks like a (U+0061 latin small letter a)"


def test_a_script_with_letters_of_its_own_is_meant(train: Path) -> None:
    add(train, ("train_0.png", "|\u0436|\u0430|"))

    assert "look_alikes_cyrillic" not in keys(look(train))


def test_variants_of_one_look_are_told_together(train: Path) -> None:
    add(train, ("train_0.png", "|a|'|b|"), ("train_1.png", "|a|’|-|–|"))

    examination = look(train)

    assert {row.unit for row in finding(examination, "variants_apostrophes").characters} == set(
        "'’"
    )
    # A hyphen and a dash are no variants of each other.
    assert not {key for key in keys(examination) if "dash" in key or "hyphen" in key}


def test_blank_faint_and_inverted_images_are_found(tmp_path: Path, train: Path) -> None:
    noise = np.random.default_rng(0).normal(200, 2, (32, 200)).clip(0, 255).astype(np.uint8)
    save(noise, tmp_path / "blank.png")
    save(draw("a faint line", ink=170, paper=200), tmp_path / "faint.png")
    save(draw("a grey line", ink=120, paper=200), tmp_path / "grey.png")
    save(draw("a light line", ink=255, paper=0), tmp_path / "light.png")
    barred = draw("a barred line").copy()
    barred[:8] = 0
    save(barred, tmp_path / "barred.png")
    names = ("blank", "faint", "grey", "light", "barred")
    add(train, *((f"{name}.png", marked(f"a {name} line")) for name in names))

    examination = look(train)

    assert paths(examination, "blank") == ["blank.png"]
    assert paths(examination, "faint") == ["faint.png"]
    assert paths(examination, "inverted") == ["light.png"]
    assert paths(examination, "bars") == ["barred.png"]


def test_light_on_dark_is_no_fault_where_all_lines_are_so(tmp_path: Path) -> None:
    for number, text in enumerate(WORDS[:6]):
        save(draw(text, ink=255, paper=20), tmp_path / f"{number}.png")
    rows = [(f"{number}.png", marked(text)) for number, text in enumerate(WORDS[:6])]

    assert "inverted" not in keys(look(write_rows(tmp_path / "light.csv", rows)))


def test_labels_that_do_not_fit_the_width_are_found_on_either_side(
    tmp_path: Path, train: Path
) -> None:
    add(train, ("train_0.png", marked(" and ".join(WORDS[:5]))), ("train_1.png", marked("no")),
        ("train_2.png", marked(WORDS[2] + " today")))  # fmt: skip

    examination = look(train)

    assert paths(examination, "too_narrow") == ["train_0.png"]
    assert paths(examination, "too_wide") == ["train_1.png"]


def test_a_line_turned_by_90_degrees_is_found_and_a_high_letter_is_not(
    tmp_path: Path, train: Path
) -> None:
    save(np.rot90(draw("turned around")), tmp_path / "turned.png")
    save(np.rot90(draw("l1")), tmp_path / "high.png")
    add(train, ("turned.png", marked("turned around")), ("high.png", marked("l1")))

    assert paths(look(train), "turned") == ["turned.png"]


def test_lines_wider_than_the_input_are_counted(tmp_path: Path, train: Path, config: str) -> None:
    save(draw("morning harbour " * 4), tmp_path / "wide.png")
    add(train, ("wide.png", marked("morning harbour")))

    examination = look(train, config=config)

    assert paths(examination, "squeezed") == ["wide.png"]


def test_copies_with_one_label_and_with_two_are_told_apart(tmp_path: Path, train: Path) -> None:
    save(draw(WORDS[0]), tmp_path / "same.bmp")
    save(draw(WORDS[1]), tmp_path / "again.jpg", quality=60)
    save(draw(WORDS[2]), tmp_path / "other.png")
    add(train, ("same.bmp", marked(WORDS[0])), ("again.jpg", marked(WORDS[1])),
        ("other.png", marked("the river is nigh")))  # fmt: skip

    examination = look(train)

    assert paths(examination, "contradictions") == ["train_2.png", "other.png"]
    duplicates = finding(examination, "duplicates_training")
    assert set(paths(examination, "duplicates_training")) == {
        "train_0.png", "same.bmp", "train_1.png", "again.jpg",
    }  # fmt: skip
    assert duplicates.count == 2
    assert "1 of these are exact copies" in duplicates.says


def test_a_label_that_very_many_lines_have_is_told(tmp_path: Path) -> None:
    rows = []
    for number in range(24):
        save(draw(f"Seite {WORDS[number]}"), tmp_path / f"{number}.png")
        rows.append((f"{number}.png", marked("Seite" if number < 20 else WORDS[number])))

    examination = look(write_rows(tmp_path / "many.csv", rows))

    found = finding(examination, "repeated_labels")
    assert found.remark(int(found.lines[0])) == "20 lines"


def test_lines_in_both_splits_are_leaks_by_path_by_pixels_and_by_look(
    tmp_path: Path, train: Path
) -> None:
    save(draw(WORDS[1]), tmp_path / "val" / "copy.png")
    save(draw(WORDS[2]), tmp_path / "val" / "again.jpg", quality=50)
    save(draw("something else"), tmp_path / "val" / "new.png")
    val = write_rows(
        tmp_path / "val" / "val.csv",
        [("../train_0.png", marked(WORDS[0])), ("copy.png", marked(WORDS[1])),
         ("again.jpg", marked(WORDS[2])), ("new.png", marked("something else"))],
    )  # fmt: skip

    examination = look(train, val)

    found = finding(examination, "leaked_lines")
    assert found.says == "3 of 4 validation lines are in the training lines too"
    leaked = {line.path for line in examination.shown(found, 99) if line.remark == "validation"}
    assert leaked == {"../train_0.png", "copy.png", "again.jpg"}
    shared = finding(examination, "shared_texts")
    assert shared.count == 3


def test_documents_in_both_splits_are_leaks(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:4], "page7")
    val = write_lines(tmp_path, WORDS[4:8], "page8")
    add(val, ("page7_x.png", marked("a new line")))
    save(draw("a new line"), tmp_path / "page7_x.png")

    examination = look(train, val, documents="(page[0-9]+)")

    found = finding(examination, "leaked_documents")
    assert (found.count, found.total) == (1, 2)
    assert "(page7)" in found.says
    assert "leaked_documents" not in keys(look(train, val, documents="(page[0-9]+_[0-9])"))


def test_documents_are_read_from_the_file_beside_the_csv(tmp_path: Path) -> None:
    train = write_lines(tmp_path / "train", WORDS[:4], "a")
    val = write_lines(tmp_path / "val", WORDS[4:8], "b")
    (tmp_path / "train" / "documents.csv").write_text(
        "path;document\na_1.png;Müller; 3\n".replace("Müller; 3", '"Müller; 3"')
    )
    (tmp_path / "val" / "documents.csv").write_text('path;document\nb_2.png;"Müller; 3"\n')

    found = finding(look(train, val), "leaked_documents")

    assert "(Müller; 3)" in found.says


def test_unknown_documents_are_said_to_be_unknown(tmp_path: Path, train: Path) -> None:
    val = write_lines(tmp_path, ["something else"], "val")

    assert "documents_unknown" in keys(look(train, val))
    assert "documents_unknown" not in keys(look(train))
