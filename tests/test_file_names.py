import pytest

from tf_crnn.file_names import FileNames, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("page 1/Zeile; ä", "page 1-Zeile; ä"),
        ("../../etc/passwd", "etc-passwd"),
        ("/etc/passwd", "etc-passwd"),
        ("C:\\Users\\x", "C_-Users-x"),
        ("a/./b//c", "a-b-c"),
        ("...", "line"),
        ("", "line"),
        (".hidden", "hidden"),
        ('a<b>:"|?*\n\0c', "a_b________c"),
        ("con", "_con"),
        ("LPT1.x", "_LPT1.x"),
        ("console", "console"),
        ("ends. . ", "ends"),
        ("\ud800x", "_x"),
    ],
)
def test_a_safe_name_names_no_folder_and_nothing_refused(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_are_cut_between_characters() -> None:
    assert safe_name("ä" * 200) == "ä" * 60


def test_equal_names_are_numbered_also_where_only_case_or_form_differ() -> None:
    names = FileNames()

    taken = [names.take(name, ".png") for name in ("a", "A", "a", "é", "e\u0301", "a-2")]

    assert taken == ["a.png", "A-2.png", "a-3.png", "é.png", "e\u0301-2.png", "a-2-2.png"]


def test_names_in_other_folders_are_free() -> None:
    names = FileNames()

    assert names.take("a", ".png", in_folder="train") == "train/a.png"
    assert names.take("a", ".png", in_folder="val") == "val/a.png"
