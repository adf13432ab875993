"""The JSON maps of CRNN_Tensorflow, from indices of labels to characters."""

import json
from collections.abc import Iterable
from pathlib import Path

from tf_crnn.errors import DataError

_PATTERNS = ("ord_map*.json", "index_2_ord_map.json")


def find_map(folders: Iterable[Path]) -> Path:
    """The map of indices that lies in one of some folders, beside it, or in a `char_dict` there.

    Raises:
        DataError: there is none, or several lie together.
    """
    places = [place for folder in folders for place in (folder, folder.parent)]
    for place in dict.fromkeys(places):
        for folder in (place, place / "char_dict"):
            found = sorted(path for pattern in _PATTERNS for path in folder.glob(pattern))
            if len(found) > 1:
                named = ", ".join(path.name for path in found)
                raise DataError(f"{folder}: holds {named}. Name the right one with ord_map.")
            if found:
                return found[0]
    raise DataError(
        f"{places[0]}: no ord_map.json beside the records, which are indices into it. Name it with "
        "ord_map."
    )


def read_characters(ord_map: Path, char_dict: Path | None) -> dict[int, str]:
    """The character of each index.

    Args:
        ord_map: from indices to code points.
        char_dict: from code points to characters; without it `chr` decides.

    Raises:
        DataError: a file cannot be read or holds something else.
    """
    spelt = None if char_dict is None else _read_char_dict(char_dict)
    characters = {}
    for key, value in _read_object(ord_map).items():
        if key.endswith("_ord"):
            continue  # The way back.
        index = _number(ord_map, key, key.removesuffix("_index"))
        code_point = _number(ord_map, key, value)
        if spelt is None:
            characters[index] = chr(code_point)
        elif code_point in spelt:
            characters[index] = spelt[code_point]
        else:
            raise DataError(f"{char_dict}: has no {code_point}, which {ord_map} names.")
    if not characters:
        raise DataError(f'{ord_map}: has no {{"0": "97"}} and no {{"0_index": "97"}}.')
    return characters


def _read_char_dict(path: Path) -> dict[int, str]:
    characters = {}
    for key, value in _read_object(path).items():
        if not isinstance(value, str) or not value:
            raise DataError(f"{path}: {key!r} must have a character, not {value!r}.")
        characters[_number(path, key, key.removesuffix("_ord"))] = value
    return characters


def _read_object(path: Path) -> dict[str, object]:
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise DataError(f"{path}: is not JSON in UTF-8 ({error}).") from error
    if not isinstance(values, dict):
        raise DataError(f'{path}: must hold one JSON object, as {{"0_index": "97"}}.')
    return values


def _number(path: Path, key: str, value: object) -> int:
    is_digits = isinstance(value, str) and value.isdecimal() and len(value) < 8
    number = int(str(value)) if is_digits or type(value) is int else -1
    if not 0 <= number < 0x110000 or 0xD800 <= number < 0xE000:
        raise DataError(f"{path}: {key!r}: {value!r}: must be an index and a code point.")
    return number
