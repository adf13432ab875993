"""Bentham R0: lists of the splits, transcriptions with entities, images of lines."""

import html
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, draw_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "spaces"}

LISTS = {"train": "Partitions/TrainLines.lst", "val": "Partitions/ValidationLines.lst",
         "test": "Partitions/TestLines.lst"}  # fmt: skip
TEXT = "Transcriptions/{}.txt"
IMAGE = "Images/Lines/{}.png"


def write(folder: Path, lines: Sequence[Line]) -> Path:
    write_files(folder / "BenthamDatasetR0-GT", layout(lines, LISTS, TEXT, IMAGE))
    return folder


def damaged(folder: Path) -> Path:
    files = layout(plain_lines(3), LISTS, TEXT, IMAGE)
    files[TEXT.format("line00001")] = b"\xff\xfe"
    write_files(folder, files)
    return folder


def without_image(folder: Path) -> Path:
    files = layout(plain_lines(2), LISTS, TEXT, IMAGE)
    del files[IMAGE.format("line00001")]
    write_files(folder, files)
    return folder


def malicious(folder: Path) -> list[Path]:
    return attacks(folder, layout(plain_lines(3), LISTS, TEXT, IMAGE), IMAGE)


def layout(
    lines: Sequence[Line], lists: Mapping[str, str], text: str, image: str
) -> dict[str, bytes]:
    """Contents by name; lines without a split stand in the list of the training."""
    files = {
        name: "".join(f"{line.name}\n" for line in lines if (line.split or "train") == split)
        for split, name in lists.items()
    }
    files |= {text.format(line.name): f"{html.escape(line.text)}\n" for line in lines}
    contents = {name: content.encode() for name, content in files.items()}
    return contents | {image.format(line.name): line.image for line in lines}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def attacks(folder: Path, files: Mapping[str, bytes], image: str) -> list[Path]:
    """Archives whose members climb out, link to the secret, or claim to be huge."""
    climbing = {f"../../x/{name}": content for name, content in files.items()}
    huge = {**files, image.format("line00001"): claiming_png()}
    with zipfile.ZipFile(folder / "climbing.zip", "w") as archive:
        for name, content in (climbing | huge).items():
            archive.writestr(name, content)
    with tarfile.open(folder / "links.tgz", "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if name == image.format("line00000"):
                member.type, member.linkname = tarfile.SYMTYPE, str(folder / "secret.txt")
            member.size = 0 if member.issym() else len(content)
            tar.addfile(member, io.BytesIO(content))
        tar.addfile(tarfile.TarInfo("/etc/x.png"))
    return [folder / "climbing.zip", folder / "links.tgz"]


def archive_of(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip, or a tar compressed by its name, that holds these files."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, {".tbz": "w:bz2", ".tgz": "w:gz"}.get(path.suffix, "w")) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def some_lines() -> list[Line]:
    """One of each split, two of one page."""
    return [
        Line("001_002_003_01_01", "the first", draw_png(1), "train"),
        Line("001_002_003_01_02", "Smith & Sons < 3", draw_png(2), "train"),
        Line("002_080_001_02_01", "of the Panopticon", draw_png(3), "val"),
        Line("116_001_001_03_04", "é", draw_png(4), "test"),
    ]
