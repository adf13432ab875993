"""Files and folders that are complete or not there at all; folders are named by a stamp.

A stamp is the time in seconds since 1970.
"""

import glob
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tf_crnn.errors import DataError, ModelFolderError

_UNFINISHED = ".unfinished-"


def write_stamped(parent: Path, fill: Callable[[Path], None]) -> Path:
    """Make `parent/<stamp>/`, filled by `fill`; all of it or nothing, also on power loss."""
    parent.mkdir(parents=True, exist_ok=True)
    for left_over in parent.glob(f"{_UNFINISHED}*"):
        if not _is_running(left_over.name.removeprefix(_UNFINISHED)):
            shutil.rmtree(left_over, ignore_errors=True)
    unfinished = parent / f"{_UNFINISHED}{os.getpid()}"
    unfinished.mkdir()
    try:
        fill(unfinished)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    for path in [*unfinished.rglob("*"), unfinished]:
        _sync(path)
    final = parent / str(_unused_stamp(parent))
    unfinished.rename(final)
    _sync(parent)
    return final


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `folder` at the end; after an error nothing of it is left.

    Raises:
        DataError: `folder` holds something, or is no folder.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise DataError(
            f"{folder}: is there already. Give another folder or remove it: nothing is overwritten."
        )
    # The working directory itself has no name to rename to.
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}{_UNFINISHED}"
    for left_over in folder.parent.glob(f"{glob.escape(prefix)}*"):
        if not _is_running(left_over.name.removeprefix(prefix)):
            shutil.rmtree(left_over, ignore_errors=True)
    unfinished = folder.with_name(f"{prefix}{os.getpid()}")
    unfinished.mkdir()
    try:
        yield unfinished
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """Write a file in UTF-8, all of it or nothing; what it held before stays until then."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def stamped_folders(parent: Path) -> list[Path]:
    """Folders named by a stamp, oldest first."""
    if not parent.is_dir():
        return []
    folders = [path for path in parent.iterdir() if path.is_dir() and path.name.isdecimal()]
    return sorted(folders, key=lambda path: int(path.name))


def read_json(path: Path) -> dict[str, Any]:
    """The object of a JSON file.

    Raises:
        ModelFolderError: the file is damaged.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ModelFolderError(f"{path}: is damaged ({error}). Remove its folder.") from error


def _is_running(process: str) -> bool:
    """Whether another process, given by its number, is running: then it is still writing."""
    if not process.isdecimal() or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _unused_stamp(parent: Path) -> int:
    newest = max((int(path.name) for path in stamped_folders(parent)), default=0)
    return max(int(time.time()), newest + 1)


def _sync(path: Path) -> None:
    """Have the disk keep what was written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
