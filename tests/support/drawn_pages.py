"""Drawn pages: text at known places, and PAGE or ALTO of any version that describes them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw, ImageFont

PAGE_NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/"
PAPER, INK = 225, 20


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are behind it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def points(self) -> str:
        """Its corners as PAGE writes them."""
        left, top, right, bottom = map(round, self)
        return f"{left},{top} {right},{top} {right},{bottom} {left},{bottom}"


class DrawnLine(NamedTuple):
    """A line of text on a page.

    Attributes:
        id: of the line.
        text: what is drawn.
        box: around it.
        glyphs: where each character stands.
    """

    id: str
    text: str
    box: Box
    glyphs: Sequence[Box]


class DrawnPage(NamedTuple):
    """A page with its image file."""

    image_path: Path
    width_px: int
    height_px: int
    lines: Sequence[DrawnLine]


def draw_page(path: Path, texts: Sequence[str], *, height_px: int = 32) -> DrawnPage:
    """Lines below each other on grey paper, each drawn character by character."""
    font = ImageFont.load_default(size=height_px * 0.7)
    width = round(max(font.getlength(text) for text in texts)) + 120
    page = Image.new("L", (width, (len(texts) + 1) * (height_px + 8)), PAPER)
    pen = ImageDraw.Draw(page)
    lines = []
    for number, text in enumerate(texts, start=1):
        left, top = 40.0, number * (height_px + 8) - height_px // 2
        glyphs, x = [], left + 8
        for character in text:
            pen.text((x, top + 2), character, fill=INK, font=font)
            behind = x + font.getlength(character)
            glyphs.append(Box(x, top, behind, top + height_px))
            x = behind
        box = Box(left, top, round(x) + 8, top + height_px)
        lines.append(DrawnLine(f"l{number}", text, box, glyphs))
    page.save(path)
    return DrawnPage(path, page.width, page.height, lines)


def page_line(line: DrawnLine, *, text: str | None = None, attributes: str = "") -> str:
    """A TextLine with outline and text."""
    content = escape(line.text if text is None else text)
    return (
        f'<TextLine id={quoteattr(line.id)} {attributes}><Coords points="{line.box.points}"/>'
        f"<TextEquiv><Unicode>{content}</Unicode></TextEquiv></TextLine>"
    )


def page_xml(
    page: DrawnPage,
    lines: Sequence[str] | None = None,
    *,
    version: str = "2019-07-15",
    image_name: str | None = None,
    order: str = "",
) -> str:
    """PAGE with one region.

    Args:
        page: what is described.
        lines: its TextLine elements, those of `page_line` if not given.
        version: of PAGE.
        image_name: as in the XML, the name of the file if not given.
        order: a ReadingOrder element.
    """
    shown = [page_line(line) for line in page.lines] if lines is None else lines
    name = page.image_path.name if image_name is None else image_name
    outline = Box(0, 0, page.width_px - 1, page.height_px - 1).points
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="{PAGE_NAMESPACE}{version}">
  <Metadata>
    <Creator>tests</Creator>
    <Created>2020-01-01T00:00:00</Created>
    <LastChange>2020-01-02T00:00:00</LastChange>
  </Metadata>
  <Page imageFilename={quoteattr(name)} imageWidth="{page.width_px}"
        imageHeight="{page.height_px}">
    {order}
    <TextRegion id="r1">
      <Coords points="{outline}"/>
      {"".join(shown)}
    </TextRegion>
  </Page>
</PcGts>
"""


def alto_line(line: DrawnLine, *, text: str | None = None, scale: float = 1.0) -> str:
    """A TextLine with a String for each word and SP between them."""
    left, top, right, bottom = (scale * side for side in line.box)
    place = f'HPOS="{left:g}" VPOS="{top:g}" HEIGHT="{bottom - top:g}"'
    words = (line.text if text is None else text).split(" ")
    strings = "<SP/>".join(f"<String CONTENT={quoteattr(w)}/>" for w in words)
    return (
        f'<TextLine ID={quoteattr(line.id)} {place} WIDTH="{right - left:g}">{strings}</TextLine>'
    )


def alto_xml(
    page: DrawnPage,
    lines: Sequence[str] | None = None,
    *,
    version: int = 4,
    unit: str = "pixel",
    size: tuple[float, float] | None = None,
    image_name: str | None = None,
) -> str:
    """ALTO with one block.

    Args:
        page: what is described.
        lines: its TextLine elements, those of `alto_line` if not given.
        version: 2, 3 or 4.
        unit: MeasurementUnit.
        size: (width, height) in the unit, of the page; empty for none.
        image_name: as in the XML, the name of the file if not given.
    """
    shown = [alto_line(line) for line in page.lines] if lines is None else lines
    name = page.image_path.name if image_name is None else image_name
    width, height = (page.width_px, page.height_px) if size is None else size
    sides = f'WIDTH="{width:g}" HEIGHT="{height:g}"' if width else ""
    block = f'HPOS="0" VPOS="0" WIDTH="{page.width_px}" HEIGHT="{page.height_px}"'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v{version}#">
  <Description>
    <MeasurementUnit>{unit}</MeasurementUnit>
    <sourceImageInformation><fileName>{escape(name)}</fileName></sourceImageInformation>
  </Description>
  <Layout>
    <Page ID="p1" PHYSICAL_IMG_NR="1" {sides}>
      <PrintSpace {block}>
        <TextBlock ID="b1" {block}>
          {"".join(shown)}
        </TextBlock>
      </PrintSpace>
    </Page>
  </Layout>
</alto>
"""
