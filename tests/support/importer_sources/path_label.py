"""`path label`; a path holds no white space."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, plain_lines

OPTIONS: dict[str, Any] = {"images": "pictures"}
KEEPS = {"spaces"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    (folder / "pictures").mkdir(exist_ok=True)
    rows = []
    for number, line in enumerate(lines):
        (folder / f"pictures/{number}.png").write_bytes(line.image)
        rows.append(f"{number}.png {line.text}")
    return _write(folder / "annotations.txt", rows)


def damaged(folder: Path) -> Path:
    path = write(folder, plain_lines(2))
    path.write_bytes(path.read_bytes() + b"pathwithoutlabel\n3.png M\xfcller\n")
    return path


def without_image(folder: Path) -> Path:
    path = write(folder, plain_lines(2))
    (folder / "pictures/1.png").unlink()
    return path


def malicious(folder: Path) -> list[Path]:
    (folder / "bomb.png").write_bytes(claiming_png())
    paths = ["../bomb.png", "../" * 9 + "etc/passwd", "../secret.txt", "/dev/zero", "a\0b.png"]
    return [_write(folder / "evil.txt", [f"{path} a" for path in paths])]


def _write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
