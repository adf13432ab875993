"""The lookup tables under data/alphabet/."""

import json
import re
import unicodedata
from pathlib import Path

import pytest

from tf_crnn.alphabet import Alphabet

FOLDER = Path(__file__).parent.parent / "data" / "alphabet"
FILES = sorted(FOLDER.glob("*.json"))
LANGUAGES = ["french", "german", "italian", "spanish"]
# Sentences that hold every accented letter of their language, and its quotes.
SENTENCES = {
    "french": "« Dès Noël, où un zéphyr haï me vêt de glaçons würmiens, je dîne d’exquis rôtis de "
    "bœuf au kir, à l’aÿ d’âge mûr, &cætera ! » ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ — 5 €…",
    "german": "„Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich“, "
    "‚ſo iſt es‘. »Öl« ÄÜẞ – 10 %",
    "spanish": "¿El veloz murciélago hindú comía feliz cardillo y kiwi? ¡La cigüeña tocaba el "
    "saxofón detrás del palenque de paja! ÁÉÍÓÚÜÑ ñ «5.º» 1.ª",
    "italian": "Perché, città, così, però, virtù, zaffíro, cólto, laggiú, principî; «È già lì» — "
    "l’età 1º, 2ª…",
}


def read_lookup(name: str) -> dict[str, int]:
    return json.loads((FOLDER / f"lookup_{name}.json").read_text(encoding="utf-8"))


def readme_counts() -> dict[str, int]:
    rows = re.findall(r"^\| `(\S+)` \| (\d+) \|", (FOLDER / "README.md").read_text("utf-8"), re.M)
    return {name: int(count) for name, count in rows}


def test_readme_lists_every_file_with_its_number_of_units():
    counted = {path.name: len(json.loads(path.read_text("utf-8"))) for path in FILES}

    assert readme_counts() == counted and len(counted) == 8


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_codes_run_from_one_in_order_of_code_points(path):
    pairs = json.loads(path.read_text("utf-8"), object_pairs_hook=list)

    assert [code for _, code in pairs] == list(range(1, len(pairs) + 1))
    points = [ord(unit) for unit, _ in pairs]
    assert all(earlier < later for earlier, later in zip(points, points[1:], strict=False))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_unit_survives_encoding_and_decoding(path):
    alphabet = Alphabet(path)

    assert alphabet.decode(alphabet.encode(alphabet.alphabet_units)) == alphabet.alphabet_units
    assert alphabet.lookup_str2int == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_units_are_visible_and_in_nfc(path):
    for unit in json.loads(path.read_text("utf-8")):
        assert unicodedata.is_normalized("NFC", unit)
        assert unit == " " or unicodedata.category(unit)[0] not in "CZM"


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("digits", "0123456789"),
        ("letters", " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        (
            "letters_digits_symbols",
            " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
        ),
    ],
)
def test_small_alphabets_hold_exactly_these_units(name, units):
    assert "".join(read_lookup(name)) == units


@pytest.mark.parametrize("name", LANGUAGES)
def test_language_alphabet_writes_its_language(name):
    alphabet = Alphabet(FOLDER / f"lookup_{name}.json")

    assert alphabet.unknown_units(SENTENCES[name]) == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_language_alphabet_holds_ascii_and_only_letters_of_its_sentence(name):
    units = set(read_lookup(name))

    assert units >= set(read_lookup("letters_digits_symbols"))
    letters = {unit for unit in units if ord(unit) > 126 and unit.isalpha()}
    unused = letters - set(SENTENCES[name] + SENTENCES[name].upper() + SENTENCES[name].lower())
    assert not unused


def test_western_european_holds_all_others_and_every_letter_of_latin_1():
    units = set(read_lookup("western_european"))

    for path in FILES:
        assert units >= set(json.loads(path.read_text("utf-8")))
    latin_1 = bytes(range(0xC0, 0x100)).decode("latin-1").replace("×", "").replace("÷", "")
    assert units >= set(latin_1) | set("ªºµŒœŸſẞ„“”‘’‚«»‹›–—…€§†‡•·¶£°¿¡")
