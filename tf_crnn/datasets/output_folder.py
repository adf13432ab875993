"""The folder of a data set: filled under another name, whole or absent."""

import shutil
from pathlib import Path

from tf_crnn.errors import DataError

UNFINISHED = ".unfinished"
# Moved last: where it lies, the data set is whole.
DATASET_JSON = "dataset.json"


def start_folder(output_dir: Path) -> Path:
    """An empty folder inside the output folder, to be filled; what a broken-off start left goes.

    Raises:
        DataError: the output folder holds anything else, or cannot be made.
    """
    unfinished = output_dir / UNFINISHED
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
        if unfinished.exists():
            shutil.rmtree(unfinished)
        found = sorted(path.name for path in output_dir.iterdir())
        if not found:
            unfinished.mkdir()
    except OSError as error:
        raise DataError(
            f"{output_dir}: cannot be written ({error.strerror}). Name another folder."
        ) from error
    if found:
        named = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
        raise DataError(
            f"{output_dir}: is not empty ({named}). Name a new folder, or remove this one first."
        )
    return unfinished


def finish_folder(unfinished: Path) -> None:
    """Move everything to its place."""
    output_dir = unfinished.parent
    for path in sorted(unfinished.iterdir(), key=lambda path: path.name == DATASET_JSON):
        path.rename(output_dir / path.name)
    unfinished.rmdir()
