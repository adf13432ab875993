"""What names out of a source say: a sample's name, and its split."""

import re
from pathlib import PurePath, PurePosixPath

SPLIT_OF_NAME = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def split_of(stem: str) -> str:
    """The split that a file's name says: `train_1`, `val_feature`, `lines-test`; or empty."""
    for word in re.split(r"[^a-z]+", stem.lower()):
        if word in SPLIT_OF_NAME:
            return SPLIT_OF_NAME[word]
    return ""


def split_of_folders(path: PurePath) -> str:
    """The split that the nearest folder of a path is named by: `test/page 1/a.png`; or empty."""
    named = (SPLIT_OF_NAME.get(part.lower(), "") for part in reversed(path.parts[:-1]))
    return next(filter(None, named), "")


def as_name(path: str) -> str:
    """A path out of a record as a sample's name: relative, nowhere upwards, without suffix."""
    parts = [part for part in re.split(r"[/\\]+", path) if part not in ("", ".", "..")]
    return PurePosixPath(*parts).with_suffix("").as_posix() if parts else ""
