"""PAGE XML: a page for each document, its lines below each other in one image."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from support.drawn_pages import Box, DrawnLine, DrawnPage, page_xml
from support.importer_sources import Line, claiming_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "documents", "spaces"}
_LINES_A_PAGE = 100
_GAP_PX = 4

BOMB = """<?xml version="1.0"?><!DOCTYPE page [<!ENTITY a "{a}"><!ENTITY b "{b}">
<!ENTITY c "{c}"><!ENTITY d "{d}"><!ENTITY e "{e}">]>""".format(
    a="ha" * 50, **{name: f"&{below};" * 50 for name, below in zip("bcde", "abcd", strict=True)}
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE page [<!ENTITY e SYSTEM "secret.txt">]>'


def write(folder: Path, lines: Sequence[Line]) -> Path:
    return write_pages(folder, lines, page_xml)


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
    return malicious_pages(folder, page_xml)


def write_pages(folder: Path, lines: Sequence[Line], describe: Callable[[DrawnPage], str]) -> Path:
    """Pages as images with XML beside them."""
    documents: dict[str, list[Line]] = {}
    for number, line in enumerate(lines):
        documents.setdefault(line.document or f"page {number // _LINES_A_PAGE}", []).append(line)
    for document, members in documents.items():
        page = _page(folder / f"{document}.png", members)
        (folder / f"{document}.xml").write_text(describe(page), encoding="utf-8")
    return folder


def malicious_pages(folder: Path, describe: Callable[..., str]) -> list[Path]:
    """Entities that grow, entities from a file, image names that climb out, a huge image."""
    page = _page(folder / "scan.png", plain_lines(1))
    plain = describe(page).partition("?>")[2]
    (folder / "huge.png").write_bytes(claiming_png())
    sources = {
        "bomb": BOMB + plain.replace("text0", "&e;"),
        "bomb in an attribute": BOMB + plain.replace('id="l', 'custom="&e;" id="l'),
        "outside": OUTSIDE + plain.replace("text0", "&e;"),
        "climbing": describe(page, image_name="../../../../../../etc/passwd"),
        "absolute": describe(page, image_name=str(folder / "secret.txt")),
        "url": describe(page, image_name="file:///etc/passwd"),
        "text as image": describe(page, image_name="secret.txt"),
        "huge image": describe(page, image_name="huge.png"),
    }
    for name, content in sources.items():
        (folder / f"{name}.xml").write_text(content, encoding="utf-8")
    return [folder, *(folder / f"{name}.xml" for name in sources)]


def _page(path: Path, lines: Sequence[Line]) -> DrawnPage:
    pictures = [Image.open(BytesIO(line.image)) for line in lines]
    height = sum(picture.height + _GAP_PX for picture in pictures)
    page = Image.new("L", (max(picture.width for picture in pictures), height), 255)
    drawn, top = [], 0
    for line, picture in zip(lines, pictures, strict=True):
        page.paste(picture, (0, top))
        box = Box(0, top, picture.width, top + picture.height)
        drawn.append(DrawnLine(line.name, line.text, box, ()))
        top += picture.height + _GAP_PX
    page.save(path)
    return DrawnPage(path, page.width, page.height, drawn)
