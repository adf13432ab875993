"""`pack.json`: what a pack holds, and the configurations that it fits."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.packs.files import PACK_JSON, pack_of

# What the pixels and the rows of `lines.csv` depend on.
CONFIG_KEYS = (
    "input_shape",
    "input_channels",
    "downscale_factor",
    "straighten_lines",
    "csv_delimiter",
    "string_split_delimiter",
)
_VERSION = 1
_DERIVED = {
    "downscale_factor": " (pixels of a time step: the product of all stride and pool widths)"
}


class PackDescription(NamedTuple):
    """What `pack.json` says.

    Attributes:
        config: the values of `CONFIG_KEYS` that it was made for.
        n_lines: in the pack.
        n_rejected: in its `rejected.csv`.
        shards: of each file name, n_lines and n_bytes.
        fingerprint: SHA-256 of all records, in hexadecimal digits.
        made_from: fingerprints of the CSVs, see `describe_data`; with their paths.
    """

    config: Mapping[str, Any]
    n_lines: int
    n_rejected: int
    shards: list[dict[str, Any]]
    fingerprint: str
    made_from: Mapping[str, Any]

    def save(self, folder: Path) -> None:
        """Write `pack.json`."""
        values = {"version": _VERSION, **self._asdict()}
        text = json.dumps(values, ensure_ascii=False, indent=2)
        (folder / PACK_JSON).write_text(text + "\n", encoding="utf-8")


def read_description(pack: Path) -> PackDescription:
    """The description of a pack.

    Raises:
        DataError: the file is damaged, or of another version.
    """
    path = pack / PACK_JSON
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        version = values.pop("version")
        description = PackDescription(**values)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise DataError(f"{path}: is damaged ({error}). Make the pack again.") from error
    description = description._replace(config={"straighten_lines": False, **description.config})
    if version != _VERSION or not set(CONFIG_KEYS) <= set(description.config):
        raise DataError(f"{path}: is of another version of tf_crnn. Make the pack again.")
    return description


def wrong_packs(paths: Iterable[str | os.PathLike[str]], config: Mapping[str, Any]) -> list[str]:
    """A sentence for each pack that was made for another configuration.

    Args:
        paths: packs and CSVs.
        config: with the values of `CONFIG_KEYS`.

    Raises:
        DataError: the description of a pack is damaged.
    """
    problems = []
    for pack in filter(None, map(pack_of, paths)):
        there, here = read_description(pack).config, config_for_packs(config)
        differing = [key for key in CONFIG_KEYS if there[key] != here[key]]
        if differing:
            named = "; ".join(
                f"{key}{_DERIVED.get(key, '')} is {json.dumps(there[key])} in the pack and "
                f"{json.dumps(here[key])} in the config"
                for key in differing
            )
            problems.append(
                f"{pack}: was made for another config: {named}. Make a pack with this config "
                "(tf-crnn data pack), or set these keys as in the pack."
            )
    return problems


def check_packs(paths: Iterable[str | os.PathLike[str]], config: Mapping[str, Any]) -> None:
    """Refuse packs that were made for another configuration; see `wrong_packs`.

    Raises:
        DataError: there is one, or a description is damaged.
    """
    if problems := wrong_packs(paths, config):
        raise DataError("\n".join(problems))


def config_for_packs(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a configuration counts for a pack, as JSON gives it back."""
    values: dict[str, Any] = json.loads(json.dumps({key: config[key] for key in CONFIG_KEYS}))
    return values
