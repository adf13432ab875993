"""Configuration values as the user gives them, as they are kept, and as JSON."""

import ast
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tf_crnn.packs.files import is_pack

PATHS = (
    "csv_files_train",
    "csv_files_eval",
    "language_model_text",
    "lexicon",
    "lookup_alphabet_file",
    "output_model_dir",
    "restore_from",
    "stitch_pieces",
    "synthetic_corpus",
    "synthetic_fonts",
)
BOOLEANS = ("data_augmentation", "restore_model")
NONE_IS_TEXT = ("unicode_form", "bidi_reordering")
_PLAIN = (bool, int, float, str, list, tuple, type(None))
_ALPHABET = "lookup_alphabet_file"


def missing_inputs(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each input of a training that is not named or does not exist."""
    problems = []
    if not values.get("output_model_dir"):
        problems.append("output_model_dir: is missing. Name the folder that the run shall make.")
    for key in ("csv_files_train", "csv_files_eval", "lookup_alphabet_file"):
        paths = normalise(key, values.get(key))
        if not paths:
            problems.append(f"{key}: is missing. Give a path or a list of paths.")
            continue
        entries = paths if isinstance(paths, tuple) else (paths,)
        problems += [
            f"{key}: {path} is a folder; give a file{'' if key == _ALPHABET else ' or a pack'}."
            if Path(path).is_dir()
            else f"{key}: {path} does not exist (looked from {Path.cwd()})."
            for path in entries
            if isinstance(path, str) and not _is_input(key, path)
        ]
    return problems


def _is_input(key: str, path: str) -> bool:
    return Path(path).is_file() or (key != _ALPHABET and is_pack(path))


def list_problems(problems: list[str]) -> str:
    """Sentences as a list, one a line."""
    return "\n".join(f"  - {problem}" for problem in problems)


def normalise(key: str, value: Any) -> Any:
    """A given value in the form in which `Params` keeps it: lists as tuples, paths as strings."""
    value = _as_meant(key, value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if key in PATHS and isinstance(value, str) and value.startswith("~"):
        # Shells leave it alone behind key=.
        return os.path.expanduser(value)  # noqa: PTH111 - Path would change "./a" too
    if isinstance(value, list | tuple):
        return tuple(normalise(key if key in PATHS else "", entry) for entry in value)
    return value


def _as_meant(key: str, value: Any) -> Any:
    """A value that another program or a command line writes in a form of its own."""
    if key == "freeze" and isinstance(value, str):
        return (value,)
    if key == "rnn_units" and isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if key == "data_augmentation":
        # tf-crnn wrote this key as [true], and once more nested after each restart.
        while isinstance(value, list | tuple) and len(value) == 1:
            value = value[0]
    if key in BOOLEANS and isinstance(value, str):
        # A command line says restore_model=true, which Sacred passes on as text.
        return {"true": True, "false": False}.get(value.lower(), value)
    if key in NONE_IS_TEXT and value is None:
        # Sacred reads unicode_form=None as Python does.
        return "none"
    if key == "text_replacements" and isinstance(value, Mapping):
        return tuple(value.items())
    return value


def plain(value: Any) -> Any:
    """A kept value in its JSON form: tuples as lists."""
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def parse_value(text: str) -> Any:
    """A value of a command line: JSON, or what Python writes, or else the text itself."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, _PLAIN):
            return plain(value)
    return text
