"""`id_label.png`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"splits", "spaces"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    for number, line in enumerate(lines):
        path = folder / (line.split or "more") / f"{number}_{line.text}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(line.image)
    return folder


def damaged(folder: Path) -> Path:
    write(folder, plain_lines(2))
    (folder / "17.png").write_bytes(plain_lines(1)[0].image)
    return folder


def without_image(folder: Path) -> None:
    """An image names itself."""


def malicious(folder: Path) -> list[Path]:
    (folder / "1_a.png").write_bytes(claiming_png())
    (folder / "2_b.png").symlink_to(folder / "secret.txt")
    (folder / "3_a\nb.png").write_bytes(plain_lines(1)[0].image)
    (folder / "loop").symlink_to(folder)
    return [folder]
