"""Synthetic lines, and the command that writes a data set of them."""

import ast
import importlib.util
import json
import unicodedata
from itertools import groupby, product
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageFont

from tf_crnn.errors import DataError
from tf_crnn.samples import read_rows
from tf_crnn.synthesis import (
    Font,
    PillowFont,
    arithmetic_expression,
    choose_font,
    load_fonts,
    load_words,
    random_words,
    render_line,
)
from tf_crnn.text import split_units

SCRIPT = Path(__file__).parent.parent / "hlp" / "generate_synthetic.py"
EUROPEAN_FONTS = {"sans", "italic", "uni"}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()


def generate(folder: Path, *options: str, n_train: int = 20, n_val: int = 5) -> Result:
    counts = ["--n_train", str(n_train), "--n_val", str(n_val)]
    return CliRunner().invoke(script.main, ["--output_dir", str(folder), *counts, *options])


def read_texts(csv_path: Path) -> list[str]:
    return ["".join(split_units(row.label)) for row in read_rows(csv_path)]


def all_bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def has_ink(image: np.ndarray) -> np.ndarray:
    """Which pixels are nearer to the ink than to the paper."""
    return image < (int(image.min()) + int(image.max())) / 2


@pytest.fixture(scope="module")
def fonts() -> list[Font]:
    return load_fonts()


@pytest.fixture
def font_file(tmp_path: Path) -> Path:
    """The font inside Pillow as a file: ASCII, and no accented letter."""
    path = tmp_path / "ascii.ttf"
    path.write_bytes(ImageFont.load_default(20).font_bytes)
    return path


# Rendering


def test_same_seed_draws_same_bytes(fonts):
    first, second = (
        render_line("Quay 12", fonts[0], height_px=32, rng=np.random.default_rng(7))
        for _ in range(2)
    )

    assert first.tobytes() == second.tobytes() and first.shape == second.shape


def test_other_seed_draws_otherwise(fonts):
    first, second = (
        render_line("Quay 12", fonts[0], height_px=32, rng=np.random.default_rng(seed))
        for seed in (7, 8)
    )

    assert first.shape != second.shape or (first != second).any()


@pytest.mark.parametrize("height_px", [16, 32, 64])
@pytest.mark.parametrize("text", ["jWgQ|(", "f", "-", "...", "lorem ipsum dolor sit amet, 1234"])
def test_ink_is_drawn_and_touches_no_border(fonts, text, height_px):
    for font, seed in product(fonts, range(10)):
        image = render_line(text, font, height_px=height_px, rng=np.random.default_rng(seed))

        ink = has_ink(image)
        assert image.dtype == np.uint8 and image.shape[0] == height_px
        assert ink.any() and int(image.max()) - int(image.min()) > 60
        assert not ink[0].any() and not ink[-1].any()
        assert not ink[:, 0].any() and not ink[:, -1].any()


@pytest.mark.parametrize("seed", range(10))
def test_stacked_accents_are_not_cut_off(fonts, seed):
    image = render_line("ÅÉĂŚ", fonts[0], height_px=32, rng=np.random.default_rng(seed))

    rows = has_ink(image).any(axis=1)
    assert not rows[:2].any() and not rows[-2:].any()


@pytest.mark.parametrize("seed", range(10))
def test_every_letter_of_the_text_is_drawn(fonts, seed):
    for font in fonts:
        if font.name != "italic":  # its slanted letters overlap in columns
            image = render_line("I I I I I", font, height_px=64, rng=np.random.default_rng(seed))

            columns = has_ink(image).any(axis=0)
            assert [is_ink for is_ink, _ in groupby(columns)].count(True) == 5


def test_full_stop_lies_lower_than_apostrophe(fonts):
    rows = [
        np.flatnonzero(
            has_ink(render_line(text, fonts[0], height_px=32, rng=np.random.default_rng(0))).any(
                axis=1
            )
        ).mean()
        for text in ("'", ".")
    ]

    assert rows[1] > rows[0] + 6


def test_line_without_visible_character_is_refused(fonts):
    with pytest.raises(ValueError, match="a line needs ink"):
        render_line("  ", fonts[0], height_px=32, rng=np.random.default_rng(0))


def test_line_too_low_to_read_is_refused(fonts):
    with pytest.raises(ValueError, match="16 px"):
        render_line("a", fonts[0], height_px=15, rng=np.random.default_rng(0))


# Fonts


def test_font_without_e_acute_is_never_chosen_for_it(fonts):
    rng = np.random.default_rng(0)

    chosen = {choose_font("café", fonts, rng).name for _ in range(200)}

    assert chosen == EUROPEAN_FONTS


def test_every_font_is_chosen_for_ascii(fonts):
    rng = np.random.default_rng(0)

    chosen = {choose_font("cafe", fonts, rng).name for _ in range(200)}

    assert chosen == EUROPEAN_FONTS | {"pillow"}


def test_ascii_font_lacks_what_pillow_draws_as_a_box():
    mask = ImageFont.load_default(24).getmask
    box = bytes(mask("\uffff"))
    drawn_as_box = [char for char in "aé~ßZ€1" if bytes(mask(char)) == box]

    missing = PillowFont().missing("aé~ßZ€1")

    assert missing == drawn_as_box == ["é", "ß", "€"]


@pytest.mark.parametrize(
    "text", ["Straße ſchön „Wort“ ẞ", "Œuvre ÿ «à» …", "¿Señor?", "Żółć gęślą jaźń", "Ωμέγα Жизнь"]
)
def test_opencv_fonts_hold_european_scripts(fonts, text):
    assert [font.name for font in fonts if not font.missing(text)] == ["sans", "italic", "uni"]


@pytest.mark.parametrize(
    "character", ["\t", "\u00a0", "\u200b", "\u0301", "\u05d0", "\u0627", "\U0001f600", "\uffff"]
)
def test_what_comes_out_blank_wrong_or_as_placeholder_is_missing(fonts, character):
    assert all(font.missing(f"a {character}?") == [character] for font in fonts)


def test_rendering_with_a_font_that_lacks_a_character_is_refused():
    with pytest.raises(DataError, match=r"'café': font pillow lacks \['é'\]"):
        render_line("café", PillowFont(), height_px=32, rng=np.random.default_rng(0))


def test_text_that_no_font_holds_is_refused():
    with pytest.raises(DataError, match=r"no font can draw it \(pillow lacks \['é'\]\)"):
        choose_font("é", [PillowFont()], np.random.default_rng(0))


def test_font_file_draws_as_the_same_font_within_pillow(font_file):
    [font] = load_fonts([str(font_file)])

    assert font.name == "ascii.ttf"
    assert font.missing("aé") == ["é"]
    assert (font.draw("Quay", 20, 0.5) == PillowFont().draw("Quay", 20, 0.5)).all()


def test_missing_font_is_named():
    with pytest.raises(DataError, match=r"absent\.ttf: no readable font"):
        load_fonts(["absent.ttf"])


def test_font_that_is_none_is_named(tmp_path):
    path = tmp_path / "text.ttf"
    path.write_text("no font")

    with pytest.raises(DataError, match=r"text\.ttf: no readable font"):
        load_fonts([str(path)])


def test_no_font_at_all_is_refused():
    with pytest.raises(DataError, match="none is named"):
        load_fonts([])


# Texts


def test_shipped_words_are_a_thousand_and_hold_every_letter():
    words = load_words()

    assert len(words) >= 1000 and len(set(words)) == len(words)
    assert set("".join(words)) == set("abcdefghijklmnopqrstuvwxyz")


def test_word_list_is_read_without_mark_blanks_and_repeats_and_in_nfc(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "un\r\n\n  cafe\u0301 \nun\nau revoir\n".encode())

    assert load_words(path) == ["un", "caf\u00e9", "au revoir"]


@pytest.mark.parametrize(
    ("content", "problem"), [(b"\n \n", "holds no word"), (b"\xff\xfea\x00", "no readable UTF-8")]
)
def test_word_list_that_cannot_be_used_is_refused(tmp_path, content, problem):
    path = tmp_path / "words.txt"
    path.write_bytes(content)

    with pytest.raises(DataError, match=rf"words\.txt: {problem}"):
        load_words(path)


def test_missing_word_list_is_named(tmp_path):
    with pytest.raises(DataError, match=r"absent\.txt: no readable UTF-8 text"):
        load_words(tmp_path / "absent.txt")


def test_random_words_are_of_the_list_or_numbers():
    rng = np.random.default_rng(0)
    lines = [random_words(["neck", "of"], rng, min_words=2, max_words=3) for _ in range(300)]

    tokens = [line.split(" ") for line in lines]
    assert {len(line) for line in tokens} == {2, 3}
    bare = {token.rstrip(",.").lower() for line in tokens for token in line}
    assert {token for token in bare if not token.isdigit()} == {"neck", "of"}


def test_random_words_have_some_capitals_commas_full_stops_and_digits():
    rng = np.random.default_rng(0)
    lines = [random_words(["neck", "of"], rng) for _ in range(300)]

    assert 30 < sum("N" in line or "O" in line for line in lines) < 200
    assert 5 < sum("," in line for line in lines) < 150
    assert 20 < sum(line.endswith(".") for line in lines) < 150
    assert 10 < sum(any(char.isdigit() for char in line) for line in lines) < 150


def test_arithmetic_expressions_are_valid_and_of_the_allowed_characters():
    rng = np.random.default_rng(0)
    expressions = [arithmetic_expression(rng) for _ in range(300)]

    assert set("".join(expressions)) == set("0123456789+-*()")
    allowed = (ast.Expression, ast.BinOp, ast.Constant, ast.Add, ast.Sub, ast.Mult)
    for expression in expressions:
        nodes = list(ast.walk(ast.parse(expression, mode="eval")))
        assert all(isinstance(node, allowed) for node in nodes)
        digits = [node.value for node in nodes if isinstance(node, ast.Constant)]
        assert len(digits) >= 2 and all(0 <= digit <= 9 for digit in digits)


@pytest.mark.parametrize("draw", [arithmetic_expression, lambda rng: random_words(["a", "b"], rng)])
def test_texts_depend_on_the_seed_only(draw):
    first, again, other = (
        [draw(rng) for _ in range(30)] for rng in map(np.random.default_rng, (3, 3, 4))
    )

    assert first == again != other


# The command


def test_data_set_has_rows_images_and_alphabet_that_agree(tmp_path):
    result = generate(tmp_path / "set", "--n_test", "3")

    assert result.exit_code == 0, result.output
    folder = tmp_path / "set"
    rows = [row for split in ("train", "val", "test") for row in read_rows(folder / f"{split}.csv")]
    assert len(rows) == 28 == len(list((folder / "images").iterdir()))
    for row in rows:
        with Image.open(folder / row.image_path) as image:
            assert image.mode == "L" and image.height == 32
    train_units = set("".join(read_texts(folder / "train.csv")))
    lookup = json.loads((folder / "alphabet.json").read_text(encoding="utf-8"))
    assert lookup == {unit: code for code, unit in enumerate(sorted(train_units), start=1)}


@pytest.mark.parametrize("n_train", [6, 300])
@pytest.mark.parametrize("kind", ["words", "arithmetic"])
def test_val_and_test_are_new_texts_of_known_units(tmp_path, kind, n_train):
    generate(tmp_path / "set", "--kind", kind, "--n_test", "30", n_train=n_train, n_val=30)

    train, val, test = (read_texts(tmp_path / f"set/{s}.csv") for s in ("train", "val", "test"))
    assert (len(train), len(val), len(test)) == (n_train, 30, 30)
    assert len({*val, *test}) == 60 and not {*val, *test} & {*train}
    assert set("".join(val + test)) <= set("".join(train))


def test_same_command_writes_same_bytes(tmp_path):
    for name in ("first", "second"):
        generate(tmp_path / name)

    assert all_bytes(tmp_path / "first") == all_bytes(tmp_path / "second")


def test_other_seed_writes_other_lines(tmp_path):
    generate(tmp_path / "first", "--seed", "1")
    generate(tmp_path / "second", "--seed", "2")

    first, second = (read_texts(tmp_path / name / "train.csv") for name in ("first", "second"))
    assert first != second


def test_texts_with_delimiters_are_read_back(tmp_path):
    texts = ["a|b;c", 'say "x;y"', "back\\slash", "|", "ſ ß"]
    (tmp_path / "images").mkdir()
    images = [np.full((32, 40), 255, np.uint8)] * len(texts)

    script.write_split(tmp_path, "train", texts, images)

    assert read_texts(tmp_path / "train.csv") == texts
    first = next(read_rows(tmp_path / "train.csv"))
    assert first.image_path == "images/train_000001.png"


def test_images_are_small(tmp_path):
    generate(tmp_path / "set", n_train=100)

    sizes = [path.stat().st_size for path in (tmp_path / "set/images").iterdir()]
    assert np.mean(sizes) < 1500


def test_split_without_lines_has_no_csv(tmp_path):
    generate(tmp_path / "set", n_val=0)

    assert {path.name for path in (tmp_path / "set").glob("*.csv")} == {"train.csv"}


def test_second_run_leaves_the_data_set_as_it_is(tmp_path):
    generate(tmp_path / "set")
    before = all_bytes(tmp_path / "set")

    result = generate(tmp_path / "set")

    assert result.exit_code == 0 and "holds this data set already" in result.output
    assert all_bytes(tmp_path / "set") == before


def test_empty_folder_is_filled(tmp_path):
    (tmp_path / "set").mkdir()

    assert generate(tmp_path / "set").exit_code == 0
    assert (tmp_path / "set/generator.json").is_file()


def test_other_options_do_not_overwrite(tmp_path):
    generate(tmp_path / "set")
    before = all_bytes(tmp_path / "set")

    result = generate(tmp_path / "set", "--seed", "9")

    assert result.exit_code == 1 and "seed 0 instead of 9" in result.output
    assert all_bytes(tmp_path / "set") == before


def test_changed_data_set_is_refused(tmp_path):
    generate(tmp_path / "set")
    (tmp_path / "set/val.csv").write_text("mine")

    result = generate(tmp_path / "set")

    assert result.exit_code == 1 and "its files have been changed" in result.output
    assert (tmp_path / "set/val.csv").read_text() == "mine"


@pytest.mark.parametrize("name", ["notes.txt", "generator.json"])
def test_foreign_folder_is_refused(tmp_path, name):
    (tmp_path / name).write_text("[]")

    result = generate(tmp_path)

    assert result.exit_code == 1 and "has no generator.json of this command" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_args, **_options):
        raise OSError("disk full")

    monkeypatch.setattr(script.cv2, "imencode", fail)

    result = generate(tmp_path / "set")

    assert result.exit_code == 1 and "disk full" in result.output
    assert list(tmp_path.iterdir()) == []


def test_font_files_are_used_alone(tmp_path, font_file):
    words = tmp_path / "words.txt"
    words.write_text("café\n", encoding="utf-8")

    result = generate(tmp_path / "set", "--fonts", str(font_file), "--words", str(words))

    assert result.exit_code == 1
    assert "no font draws characters ['é']; 1 of 1 words fail: ['café']" in result.output


def test_words_of_a_file_are_used(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("straße\nœuvre\nniño\n", encoding="utf-8")

    generate(tmp_path / "set", "--words", str(words))

    letters = [char for text in read_texts(tmp_path / "set/train.csv") for char in text]
    assert {char for char in letters if char.islower()} == set("straßeœuvreniño")
    assert all(unicodedata.is_normalized("NFC", char) for char in letters)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fonts", "absent.ttf"], "absent.ttf: no readable font"),
        (["--words", "absent.txt"], "absent.txt: no readable UTF-8 text"),
        (["--min_words", "5"], "--min_words is above --max_words"),
        (["--kind", "arithmetic", "--words", "w.txt"], "--words has no effect"),
        (["--height", "8"], "'--height': 8 is not in the range"),
    ],
)
def test_wrong_option_is_explained(tmp_path, options, message):
    result = generate(tmp_path / "set", *options)

    assert result.exit_code in (1, 2) and message in result.output
    assert not (tmp_path / "set").exists()


def test_too_few_texts_are_explained(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("a\n")

    result = generate(tmp_path / "set", "--words", str(words), "--max_words", "1", n_val=100_000)

    assert result.exit_code == 1 and "no new text was found in 1,000 attempts" in result.output
