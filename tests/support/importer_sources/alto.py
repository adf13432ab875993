"""ALTO XML: a page for each document, its lines below each other in one image."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.drawn_pages import alto_xml
from support.importer_sources import Line, plain_lines
from support.importer_sources.page import malicious_pages, write_pages

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "documents", "spaces"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    return write_pages(folder, lines, alto_xml)


def damaged(folder: Path) -> Path:
    write(folder, plain_lines(2))
    whole = next(folder.glob("*.xml"))
    (folder / "cut off.xml").write_text(whole.read_text(encoding="utf-8")[:-200], encoding="utf-8")
    return folder


def without_image(folder: Path) -> Path:
    write(folder, [line._replace(document=line.name) for line in plain_lines(2)])
    (folder / "line00001.png").unlink()
    return folder


def malicious(folder: Path) -> list[Path]:
    return malicious_pages(folder, alto_xml)
