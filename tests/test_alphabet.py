"""Units and their codes."""

import json
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from tf_crnn.alphabet import Alphabet, count_units
from tf_crnn.errors import AlphabetError
from tf_crnn.text_rules import TextRules

WriteLookup = Callable[..., str]


@pytest.fixture
def write_lookup(tmp_path: Path) -> WriteLookup:
    def write(lookup: object, name: str = "lookup.json") -> str:
        path = tmp_path / name
        path.write_text(json.dumps(lookup), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def label_csv(tmp_path: Path) -> str:
    path = tmp_path / "lines.csv"
    path.write_text(
        "1.png;|a|[-]|;|\n2.png;ab\n3.png\n4.png;|a||b|\n\n5.png;|null|é|\n", encoding="utf-8"
    )
    return str(path)


def test_codes_are_renumbered_from_1_in_their_order(write_lookup: WriteLookup) -> None:
    alphabet = Alphabet(write_lookup({"c": 9, "a": 0, "con": 4}))

    assert alphabet.alphabet_units == ["a", "con", "c"]
    assert alphabet.codes == [1, 2, 3]
    assert alphabet.lookup_int2str == {1: "a", 2: "con", 3: "c"}


def test_the_blank_is_code_0_and_adds_one_class(write_lookup: WriteLookup) -> None:
    alphabet = Alphabet(write_lookup({"a": 1, "b": 2, "c": 3}))

    assert (alphabet.blank_code, alphabet.n_classes) == (0, 4)


def test_the_blank_symbol_is_an_ordinary_unit(write_lookup: WriteLookup) -> None:
    alphabet = Alphabet(write_lookup({"a": 0, "b": 5, "c": 5, "$": 9}), blank_symbol="$")

    assert alphabet.encode(["$", "c", "a"]) == [4, 3, 1]
    assert alphabet.decode([4]) == ["$"]
    assert alphabet.blank_symbol == "$"


def test_units_in_order_are_coded_in_that_order() -> None:
    alphabet = Alphabet.from_units(["b", "a", "b", "con"])

    assert alphabet.lookup_str2int == {"b": 1, "a": 2, "con": 3}
    assert alphabet.path is None


def test_decoding_passes_over_padding_and_blanks() -> None:
    alphabet = Alphabet.from_units(["a", "b"])

    assert alphabet.decode([2, 0, 1, 1, 0, 0]) == ["b", "a", "a"]


def test_encoding_names_every_unknown_unit_once() -> None:
    alphabet = Alphabet.from_units(["a", "b"])

    assert alphabet.unknown_units(["x", "a", "ab", "x"]) == ["x", "ab"]
    with pytest.raises(AlphabetError, match=r"units \['x', 'ab'\] are not in alphabet \['a'"):
        alphabet.encode(["x", "a", "ab", "x"])


def test_an_unknown_unit_is_reported_with_the_alphabet_file(write_lookup: WriteLookup) -> None:
    alphabet = Alphabet(write_lookup({"a": 1}))

    with pytest.raises(AlphabetError, match=r"lookup\.json\. Extend it with hlp/make_alphabet\.py"):
        alphabet.encode("b")


def test_a_saved_alphabet_is_read_back_with_the_same_codes(tmp_path: Path) -> None:
    units = ["z", "con", " ", '"', "\\", "é", "\u2028", "漢", "a"]

    Alphabet.from_units(units).save(tmp_path / "a.json")

    assert Alphabet(tmp_path / "a.json").alphabet_units == units


def test_later_files_add_to_earlier_ones(write_lookup: WriteLookup) -> None:
    files = [write_lookup({"a": 1, "b": 2}, "1.json"), write_lookup({"c": 3, "a": 9}, "2.json")]

    alphabet = Alphabet(files)

    assert alphabet.lookup_str2int == {"b": 1, "c": 2, "a": 3}
    assert alphabet.path == Path(files[0])


def test_a_byte_order_mark_in_a_lookup_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')

    assert Alphabet(tmp_path / "bom.json").alphabet_units == ["a"]


@pytest.mark.parametrize("nothing", [None, "", []])
def test_no_lookup_file_is_refused(nothing: object) -> None:
    with pytest.raises(AlphabetError, match=r"lookup_alphabet_file is missing\. .*make_alphabet"):
        Alphabet(nothing)


@pytest.mark.parametrize(
    ("lookup", "message"),
    [
        ([], r'must hold one object \{"unit": integer'),
        ({"a": "1"}, r'must hold one object \{"unit": integer'),
        ({"a": True}, r'must hold one object \{"unit": integer'),
        ({"a": 1.0}, r'must hold one object \{"unit": integer'),
        ({"": 1, "a": 2}, "the empty string is no unit"),
        ({}, r"lookup\.json: holds no unit"),
    ],
)
def test_a_lookup_of_another_form_is_refused(
    write_lookup: WriteLookup, lookup: object, message: str
) -> None:
    with pytest.raises(AlphabetError, match=message):
        Alphabet(write_lookup(lookup))


def test_an_unreadable_lookup_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(b'{"\xff": 1}')
    (tmp_path / "cut.json").write_text('{"a": ')

    with pytest.raises(AlphabetError, match=r"none\.json: cannot be read \(No such file"):
        Alphabet(tmp_path / "none.json")
    for name in ("bad.json", "cut.json"):
        with pytest.raises(AlphabetError, match=rf"{name}: is not JSON in UTF-8"):
            Alphabet(tmp_path / name)


def test_an_alphabet_without_units_is_refused() -> None:
    with pytest.raises(AlphabetError, match="alphabet: holds no unit"):
        Alphabet.from_units([])


def test_a_lookup_is_renumbered_by_code_and_then_by_unit() -> None:
    assert Alphabet.map_lookup({"x": 7, "y": 7, "z": 1}) == {"z": 1, "x": 2, "y": 3}


def test_shared_codes_are_not_supported() -> None:
    with pytest.raises(NotImplementedError, match="cannot share one code"):
        Alphabet.map_lookup({"a": 1}, unique_entry=False)


def test_a_lookup_is_made_of_the_characters_of_a_string() -> None:
    digits = Alphabet.make_json_lookup_alphabet(string.digits)

    assert digits == {str(digit): digit + 1 for digit in range(10)}
    assert Alphabet.make_json_lookup_alphabet("abca") == {"a": 1, "b": 2, "c": 3}
    assert len(Alphabet.make_json_lookup_alphabet()) == 62


def test_units_of_labels_are_counted_and_malformed_rows_passed_over(label_csv: str) -> None:
    counts = count_units(label_csv)

    assert counts == {"a": 2, "[-]": 1, ";": 1, "b": 1, "null": 1, "é": 1}


def test_a_lookup_is_extended_by_the_units_of_labels(
    write_lookup: WriteLookup, label_csv: str, tmp_path: Path
) -> None:
    original = write_lookup({"b": 7, "z": 9})

    lookup = Alphabet.create_lookup_from_labels([label_csv], tmp_path / "new.json", original)

    assert lookup == {"b": 1, "z": 2, ";": 3, "[-]": 4, "a": 5, "null": 6, "é": 7}
    assert json.loads((tmp_path / "new.json").read_text(encoding="utf-8")) == lookup


def test_a_lookup_from_labels_starts_with_letters_and_digits(
    label_csv: str, tmp_path: Path
) -> None:
    lookup = Alphabet.create_lookup_from_labels(label_csv, tmp_path / "new.json")

    assert [*lookup][62:] == [";", "[-]", "null", "é"]
    assert "" not in lookup


def test_checking_csvs_lists_the_unknown_units_with_their_counts(label_csv: str) -> None:
    alphabet = Alphabet.from_units(["[-]", "b", "null", "é"])

    expected = r"2 units are not in alphabet .*: 'a' \(2x\), ';' \(1x\)\. Extend it"
    with pytest.raises(AlphabetError, match=expected):
        alphabet.check_input_file_alphabet([label_csv])


def test_checking_csvs_accepts_known_and_discarded_units(label_csv: str) -> None:
    alphabet = Alphabet.from_units(["[-]", "b", "null", "é", "a"])

    assert alphabet.check_input_file_alphabet(label_csv, discarded_chars=";") is None


def test_units_that_share_a_code_are_told_apart_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "shared.json"
    path.write_text('{"a": 1, "A": 1, "b": 2}')

    alphabet = Alphabet(path)

    assert alphabet.lookup_str2int == {"A": 1, "a": 2, "b": 3}
    assert "2 units share their codes" in caplog.text and "'a', 'A'" in caplog.text


def test_units_are_counted_by_text_rules(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("1.png;|A|e\u0301|\n2.png;a\u00a0a\n", encoding="utf-8")
    rules = TextRules(unicode_form="NFC", letter_case="lower", white_space="fold")

    counts = count_units(path, text_rules=rules)

    assert counts == {"a": 3, "é": 1, " ": 1}


def test_brackets_are_counted_as_they_are_printed(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("1.png;א(ב\n", encoding="utf-8")

    counts = count_units(path, text_rules=TextRules(bidi_reordering="rtl"))

    assert counts == {"א": 1, "ב": 1, ")": 1}


def test_an_alphabet_is_checked_and_extended_by_text_rules(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("1.png;|Ä|Con|\n", encoding="utf-8")
    rules = TextRules(letter_case="lower")

    Alphabet.from_units(["ä", "con"]).check_input_file_alphabet(str(path), text_rules=rules)
    lookup = Alphabet.create_lookup_from_labels(str(path), tmp_path / "a.json", text_rules=rules)

    assert set(lookup) - set(string.ascii_letters + string.digits) == {"ä", "con"}
    with pytest.raises(AlphabetError, match=r"2 units are not .*'Con' \(1x\)"):
        Alphabet.from_units(["ä", "con"]).check_input_file_alphabet(str(path))
