"""RIMES 2011 as lines: lists of the splits, transcriptions, images of lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.importer_sources import Line, plain_lines
from support.importer_sources.bentham import attacks, layout, write_files

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "spaces"}

LISTS = {"train": "Sets/TrainLines.txt", "val": "Sets/ValidationLines.txt",
         "test": "Sets/TestLines.txt"}  # fmt: skip
TEXT = "Transcriptions/{}.txt"
IMAGE = "Images/{}.jpg"
BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<DocumentList><SinglePage FileName="p.png"><Line Value="&d;"/></SinglePage></DocumentList>"""
OUTSIDE = """<!DOCTYPE x [<!ENTITY a SYSTEM "file://{}">]>
<DocumentList><SinglePage FileName="p.png"><Paragraph>&a;<Line Value="x"/></Paragraph></SinglePage>
</DocumentList>"""


def write(folder: Path, lines: Sequence[Line]) -> Path:
    write_files(folder / "RIMES-2011-Lines", layout(lines, LISTS, TEXT, IMAGE))
    return folder


def damaged(folder: Path) -> Path:
    files = layout(plain_lines(3), LISTS, TEXT, IMAGE)
    files[IMAGE.format("line00001")] = files[IMAGE.format("line00001")][:40]
    del files[TEXT.format("line00002")]
    write_files(folder, files)
    return folder


def without_image(folder: Path) -> Path:
    files = layout(plain_lines(2), LISTS, TEXT, IMAGE)
    del files[IMAGE.format("line00001")]
    write_files(folder, files)
    return folder


def malicious(folder: Path) -> list[Path]:
    xmls = {"bomb": BOMB, "outside": OUTSIDE.format(folder / "secret.txt")}
    for name, content in xmls.items():
        write_files(folder / name, {"training_2011.xml": content.encode()})
    found = attacks(folder, layout(plain_lines(3), LISTS, TEXT, IMAGE), IMAGE)
    return [*found, *(folder / name for name in xmls)]
