import pytest

from tf_crnn.file_names import MOST_NAME_BYTES, FileNames, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("page 1/Zeile; ä", "page 1/Zeile; ä"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\x", "Users/x"),
        ("a/./b//c", "a/b/c"),
        ("...", "line"),
        ("", "line"),
        (".hidden", "_hidden"),
        ('a<b>:"|?*\n\0c', "a_b________c"),
        ("con", "_con"),
        ("LPT1.x/console", "_LPT1.x/console"),
        ("ends. . ", "ends"),
        ("a\u202eb", "a_b"),
        ("\ud800x", "?x".replace("?", "_")),
        ("/".join("abcdefghijkl"), "/".join("defghijkl")),
    ],
)
def test_a_safe_name_stays_inside_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_parts_are_cut_between_characters() -> None:
    name = safe_name("ä" * 200)

    assert name == "ä" * (MOST_NAME_BYTES // 2)


def test_equal_names_are_numbered_also_where_only_case_or_form_differ() -> None:
    names = FileNames()

    taken = [names.take(name, ".png") for name in ("a", "A", "a", "é", "e\u0301", "a_2")]

    assert taken == ["a.png", "A_2.png", "a_3.png", "é.png", "e\u0301_2.png", "a_2_2.png"]


def test_no_file_takes_the_place_of_a_folder(tmp_path) -> None:
    names = FileNames()

    for name in ("x", "x.png/y", "x.png", "z/y", "z"):
        path = tmp_path / names.take(name, ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("x").close()

    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 5


def test_names_in_other_folders_are_free() -> None:
    names = FileNames()

    assert names.take("a", ".png", in_folder="train") == "train/a.png"
    assert names.take("a", ".png", in_folder="val") == "val/a.png"
