"""Which columns of a parquet file hold images, texts, documents and splits."""

import difflib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.arrow import load_pyarrow
from tf_crnn.errors import DataError

IMAGE_NAMES = ("image", "im", "img", "line_image", "picture", "image_path", "file_name", "path")
TEXT_NAMES = (
    "text", "transcription", "transcript", "ground_truth", "gt", "sentence", "label", "string",
)  # fmt: skip
DOCUMENT_NAMES = ("document",)
SPLIT_NAMES = ("split", "gen_split")
UNITS = "units"


class Columns(NamedTuple):
    """Names of columns; empty where there is none, or none is asked for."""

    image: str
    text: str
    document: str
    split: str
    units: str = ""


def find_columns(schema: Any, wanted: Columns, path: Path) -> Columns:
    """The columns to read.

    Args:
        schema: of pyarrow.
        wanted: names that the user gave.
        path: the file, for messages.

    Raises:
        DataError: a named column is missing, is of another kind, or none is found.
    """
    finder = _Finder(schema, path)
    text = finder.find(wanted.text, TEXT_NAMES, "text", _is_text)
    return Columns(
        image=finder.find(
            wanted.image, [*finder.features("Image"), *IMAGE_NAMES], "image", _is_image
        ),
        text=text,
        document=finder.find_optional(wanted.document, DOCUMENT_NAMES, "document"),
        split=finder.find_optional(wanted.split, SPLIT_NAMES, "split"),
        units=UNITS if text == "text" and finder.has(UNITS, _is_list_of_text) else "",
    )


class _Finder:
    """Looks for columns of one file."""

    def __init__(self, schema: Any, path: Path) -> None:
        self._path = path
        self._types = {field.name: field.type for field in schema}
        self._features = _hub_features(schema)

    def features(self, kind: str) -> list[str]:
        """The columns that Hugging Face's metadata call `kind`."""
        return [name for name in self._features if self._feature(name) == kind]

    def has(self, name: str, is_right: Callable[[Any], bool]) -> bool:
        """Whether there is such a column."""
        return name in self._types and is_right(self._types[name])

    def find(
        self, wanted: str, names: Iterable[str], what: str, is_right: Callable[[Any], bool]
    ) -> str:
        """The column that is wanted, or the first of some names that is of the right kind.

        Raises:
            DataError: there is none.
        """
        if wanted:
            self._check_is_there(wanted, what)
        present = [name for name in ((wanted,) if wanted else names) if name in self._types]
        for name in present:
            if is_right(self._types[name]):
                return name
        if present:
            raise DataError(f"{self._path}: {self._why_not(present[0], what)}")
        raise DataError(
            f"{self._path}: no column for the {what} is found. There are {self._listed()}: name "
            f"one by --{what}_column."
        )

    def find_optional(self, wanted: str, names: Iterable[str], what: str) -> str:
        """The column that is wanted, or the first of some names that is text; else empty.

        Raises:
            DataError: the one that is wanted is missing.
        """
        if wanted:
            self._check_is_there(wanted, what)
            return wanted
        return next((name for name in names if self.has(name, _is_text)), "")

    def _check_is_there(self, name: str, what: str) -> None:
        if name not in self._types:
            near = difflib.get_close_matches(name, self._types, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise DataError(
                f"{self._path}: --{what}_column {name}: no such column. There are "
                f"{self._listed()}.{hint}"
            )

    def _why_not(self, name: str, what: str) -> str:
        if what == "text" and self._feature(name) == "ClassLabel":
            return (
                f"column {name!r} holds numbers of classes (ClassLabel), not text. These are "
                "pictures sorted into classes; lines need a column with what they read: name it by "
                "--text_column."
            )
        return (
            f"column {name!r} holds {self._types[name]}, which is no {what}. There are "
            f"{self._listed()}: name another by --{what}_column."
        )

    def _feature(self, name: str) -> str:
        feature = self._features.get(name)
        return str(feature.get("_type", "")) if isinstance(feature, dict) else ""

    def _listed(self) -> str:
        return ", ".join(f"{name} ({kind})" for name, kind in self._types.items()) or "none"


def _hub_features(schema: Any) -> dict[str, Any]:
    """What `datasets` says of the columns, in the file's metadata; empty if it wrote none."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    return features if isinstance(features, dict) else {}


def _is_text(kind: Any) -> bool:
    types = load_pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_binary(kind: Any) -> bool:
    types = load_pyarrow().types
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind))


def _is_image(kind: Any) -> bool:
    if load_pyarrow().types.is_struct(kind):
        fields = {field.name: field.type for field in kind}
        return any(
            name in fields and is_right(fields[name])
            for name, is_right in (("bytes", _is_binary), ("path", _is_text))
        )
    return _is_binary(kind) or _is_text(kind)


def _is_list_of_text(kind: Any) -> bool:
    types = load_pyarrow().types
    return bool(types.is_list(kind) or types.is_large_list(kind)) and _is_text(kind.value_type)
