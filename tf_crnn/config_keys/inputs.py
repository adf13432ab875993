"""Keys of what a run reads: lines, alphabet and the form of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tf_crnn.config_keys.key import key, string, whole


@dataclass(frozen=True, init=False)
class InputKeys:
    """See `Params`."""

    csv_delimiter: str = key(";", "between path and label in the CSVs", string)
    string_split_delimiter: str = key("|", "between the units of a label", string)
    csv_files_train: str | tuple[str, ...] | None = key(None, "training CSV, or a list of them")
    csv_files_eval: str | tuple[str, ...] | None = key(None, "validation CSV, or a list of them")
    lookup_alphabet_file: str | tuple[str, ...] | None = key(
        None, "JSON {unit: code}, or a list of them"
    )
    blank_symbol: str = key(
        "$", "how the CTC blank is shown; `$` in a text is an ordinary unit", string
    )
    max_chars_per_string: int = key(75, "lines with more units are rejected", whole())


def wrong_inputs(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used beside the others."""
    return _wrong_delimiters(values) + _wrong_files(values)


def _wrong_delimiters(values: Mapping[str, Any]) -> list[str]:
    both = [values["csv_delimiter"], values["string_split_delimiter"]]
    problems = [
        f"{name}: must be one character, no backslash, quote or line end, not {value!r}."
        for name, value in zip(("csv_delimiter", "string_split_delimiter"), both, strict=True)
        if isinstance(value, str) and (len(value) != 1 or value in '\\"\r\n')
    ]
    if both[0] == both[1]:
        problems.append("csv_delimiter and string_split_delimiter: must differ.")
    return problems


def _wrong_files(values: Mapping[str, Any]) -> list[str]:
    problems = []
    for name in ("csv_files_train", "csv_files_eval", "lookup_alphabet_file"):
        value = values[name]
        entries = value if isinstance(value, tuple) else (value,)
        if value is not None and not (entries and all(isinstance(e, str) and e for e in entries)):
            problems.append(f"{name}: must be a path or a list of paths, not {value!r}.")
    return problems
