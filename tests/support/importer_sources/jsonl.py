"""Objects of path, text, split and document, one a line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "documents", "spaces", "units"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    rows = []
    for line in lines:
        (folder / f"{line.name}.png").write_bytes(line.image)
        row = {"file_name": f"{line.name}.png", "text": line.text, "split": line.split}
        units = {"units": line.units} if line.units else {}
        rows.append(json.dumps({**row, **units, "document": line.document}))
    return _write(folder / "lines.jsonl", rows)


def damaged(folder: Path) -> Path:
    path = write(folder, plain_lines(2))
    bad = [
        '{"file_name": "x.png"',
        "[1, 2]",
        '{"text": "a"}',
        '{"path": 3, "text": "a"}',
        "[" * 9999,
    ]
    return _write(path, [path.read_text(), *bad])


def without_image(folder: Path) -> Path:
    path = write(folder, plain_lines(2))
    (folder / "line00001.png").unlink()
    return path


def malicious(folder: Path) -> list[Path]:
    (folder / "bomb.png").write_bytes(claiming_png())
    paths = [
        "bomb.png",
        "../" * 9 + "etc/passwd",
        "secret.txt",
        "/dev/zero",
        "a\0b.png",
        "a\nb.png",
    ]
    rows = [json.dumps({"path": path, "text": "a"}) for path in paths]
    return [_write(folder / "evil.jsonl", [*rows, '{"path": "x.png", "text": "\\ud800"}'])]


def _write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
