"""`path;|c|h|a|r|s|`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "documents", "spaces", "units"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    rows, documents = [], ["path;document"]
    for line in lines:
        (folder / f"{line.name}.png").write_bytes(line.image)
        path = f"{line.name}.png".replace(";", "\\;")
        rows.append(f"{path};|{'|'.join(line.units)}|" if line.units else f"{path};{line.text}")
        documents.append(f'"{line.name}.png";{line.document}')
    (folder / "documents.csv").write_text("\n".join(documents) + "\n", encoding="utf-8")
    return _write(folder / "lines.csv", "\n".join(rows) + "\n")


def damaged(folder: Path) -> Path:
    path = write(folder, plain_lines(2))
    path.write_bytes(path.read_bytes() + b"row without delimiter\n\xff\xfe;a\nx.png;|a||b|\n")
    return path


def without_image(folder: Path) -> Path:
    path = write(folder, plain_lines(2))
    (folder / "line00001.png").unlink()
    return path


def malicious(folder: Path) -> list[Path]:
    (folder / "bomb.png").write_bytes(claiming_png())
    climbing = "../../../../../../../../etc/passwd;a\nsecret.txt;a\n/dev/zero;a\n"
    return [_write(folder / "evil.csv", f"bomb.png;a\n{climbing}a\0b.png;a\n")]


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
