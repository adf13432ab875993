"""What is looked over, and against which requirements."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.errors import ConfigError
from tf_crnn.fine_tuning import take_over
from tf_crnn.packs.files import csv_of
from tf_crnn.samples import as_paths

TRAIN, VAL = "train", "val"


class Source(NamedTuple):
    """A CSV.

    Attributes:
        path: absolute; that of a pack is its `lines.csv`.
        name: as the user gave it.
        split: 'train' or 'val'.
    """

    path: Path
    name: str
    split: str


class Setting(NamedTuple):
    """What is looked over, and how.

    Attributes:
        sources: the CSVs, those of the training first.
        params: of the training; the defaults where `has_config` is false, of which only the
            delimiters are used.
        has_config: whether the requirements of a training are known.
        documents: its first group, searched in a path, names the document.
    """

    sources: tuple[Source, ...]
    params: Params
    has_config: bool
    documents: re.Pattern[str] | None = None

    @property
    def has_val(self) -> bool:
        """Whether there are validation lines."""
        return any(source.split == VAL for source in self.sources)


def make_setting(
    csv_files: Sequence[str],
    val_files: Sequence[str],
    config_files: Sequence[str] = (),
    documents: re.Pattern[str] | None = None,
) -> Setting:
    """Put together what is looked over.

    Args:
        csv_files: of the training; those of the configuration where neither kind is given.
        val_files: of the validation.
        config_files: JSON files of parameters, of which later ones overrule earlier ones.
        documents: its first group, searched in a path, names the document.

    Raises:
        ConfigError: a configuration cannot be used, or no CSV is named anywhere.
        AlphabetError: its alphabet cannot be used.
        ModelFolderError: the model that it begins with is missing, or was trained otherwise.
    """
    values: dict[str, Any] = {}
    for config_file in config_files:
        values |= import_params_from_json(json_filename=config_file)
    params = Params(**take_over(values))
    if not csv_files and not val_files:
        csv_files = [str(path) for path in as_paths(params.csv_files_train or ())]
        val_files = [str(path) for path in as_paths(params.csv_files_eval or ())]
    if not csv_files and not val_files:
        raise ConfigError("No CSV is named. Give CSVs, or a --config with csv_files_train.")
    if config_files:
        params.alphabet.codes  # noqa: B018 - reading the table now finds its faults early
    sources = [
        Source(csv_of(name).resolve(), name, split)
        for split, names in ((TRAIN, csv_files), (VAL, val_files))
        for name in names
    ]
    return Setting(tuple(sources), params, bool(config_files), documents)
