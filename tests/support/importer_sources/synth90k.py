"""`annotation_*.txt` and `lexicon.txt`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"splits", "spaces"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    (folder / "7").mkdir(exist_ok=True)
    rows: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        (folder / f"7/{number}_Word_{number}.png").write_bytes(line.image)
        rows.setdefault(line.split or "train", []).append(
            f"./7/{number}_Word_{number}.png {number}"
        )
    for split, found in rows.items():
        _write(folder / f"annotation_{split}.txt", found)
    _write(folder / "lexicon.txt", [line.text for line in lines])
    return folder


def damaged(folder: Path) -> Path:
    write(folder, plain_lines(2))
    with (folder / "annotation_train.txt").open("a") as stream:
        stream.write("./7/0_Word_0.png 2\n./7/0_Word_0.png -1\n./7/0_Word_0.png\nx y z\n")
    return folder


def without_image(folder: Path) -> Path:
    write(folder, plain_lines(2))
    (folder / "7/1_Word_1.png").unlink()
    return folder


def malicious(folder: Path) -> list[Path]:
    (folder / "bomb.png").write_bytes(claiming_png())
    _write(folder / "lexicon.txt", ["a"])
    paths = ["bomb.png", "../" * 9 + "etc/passwd", "secret.txt", "/dev/zero"]
    return [_write(folder / "annotation_train.txt", [f"{path} 0" for path in paths]).parent]


def _write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
