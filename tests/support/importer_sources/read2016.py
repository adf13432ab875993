"""READ 2016: PAGE XML in a folder `page` of each split, the images of the pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, page, plain_lines
from support.importer_sources.bentham import archive_of

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "documents", "spaces"}

FOLDERS = {"train": "PublicData/Training/page", "val": "PublicData/Validation/page",
           "test": "Test-ICFHR-2016/page"}  # fmt: skip


def write(folder: Path, lines: Sequence[Line]) -> Path:
    for split, name in FOLDERS.items():
        if members := [line for line in lines if (line.split or "train") == split]:
            pages = folder / name
            pages.mkdir(parents=True)
            page.write(pages, members)
    return folder


def damaged(folder: Path) -> Path:
    page.damaged(_training(folder))
    return folder


def without_image(folder: Path) -> Path:
    page.without_image(_training(folder))
    return folder


def malicious(folder: Path) -> list[Path]:
    page.malicious(_training(folder))
    files = {
        f"{before}/{path.name}": path.read_bytes()
        for before in (FOLDERS["train"], "../../Training/page")
        for path in sorted(_training(folder).iterdir())
    }
    return [folder / "PublicData", archive_of(folder / "climbing.tgz", files)]


def archived(path: Path, folder: Path) -> Path:
    """An archive of what a folder holds."""
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    return archive_of(path, files)


def _training(folder: Path) -> Path:
    made = folder / FOLDERS["train"]
    made.mkdir(parents=True, exist_ok=True)
    return made


def some_lines() -> list[Line]:
    """Two of one page for training, one of another for validation."""
    first, second, third = plain_lines(3)
    return [
        first._replace(split="train", document="0001"),
        second._replace(split="train", document="0001"),
        third._replace(split="val", document="0400"),
    ]
