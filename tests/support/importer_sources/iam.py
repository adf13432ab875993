"""The IAM database: lines.txt, forms.txt, lists of the splits, images of lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, plain_lines
from support.importer_sources.bentham import attacks, write_files

OPTIONS: dict[str, Any] = {}
KEEPS = {"splits", "spaces"}
# Both are mark-up there.
LACKS = "|#"

LISTS = {"train": "trainset.txt", "val": "validationset1.txt", "test": "testset.txt"}
TASK = "largeWriterIndependentTextLineRecognitionTask"


def write(folder: Path, lines: Sequence[Line]) -> Path:
    write_files(folder, layout(lines))
    return folder


def damaged(folder: Path) -> Path:
    files = layout(plain_lines(3))
    files["ascii/lines.txt"] += b"a01-001u-01 ok 154\n"
    write_files(folder, files)
    return folder


def without_image(folder: Path) -> Path:
    files = layout(plain_lines(2))
    del files[image_name(line_id(1))]
    write_files(folder, files)
    return folder


def malicious(folder: Path) -> list[Path]:
    files = layout(plain_lines(3))
    return attacks(folder, files, image_name(line_id(0)))


def layout(lines: Sequence[Line]) -> dict[str, bytes]:
    ids = [line_id(number) for number in range(len(lines))]
    files = {
        f"{TASK}/{name}": "".join(
            f"{i}\n" for i, line in zip(ids, lines, strict=True) if (line.split or "train") == split
        )
        for split, name in {**LISTS, "": "validationset2.txt"}.items()
    }
    rows = [
        f"{i} ok 154 19 408 746 1661 89 {line.text.replace(' ', '|')}"
        for i, line in zip(ids, lines, strict=True)
    ]
    files["ascii/lines.txt"] = "#--- lines.txt ---#\n#\n" + "".join(f"{row}\n" for row in rows)
    images = {image_name(i): line.image for i, line in zip(ids, lines, strict=True)}
    return {name: content.encode() for name, content in files.items()} | images


def line_id(number: int) -> str:
    """`a01-000u-00` and so on, one hundred lines a form."""
    return f"a{number // 100_000 + 1:02d}-{number // 100 % 1000:03d}u-{number % 100:02d}"


def image_name(line: str) -> str:
    form = line.rpartition("-")[0]
    return f"lines/{form.partition('-')[0]}/{form}/{line}.png"
