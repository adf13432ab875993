"""Readings written into PAGE and ALTO: valid, read by others, and nothing else changed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image
from support.drawn_pages import Box, DrawnPage, alto_line, alto_xml, draw_page, page_line, page_xml
from support.page_readers import lines_by_alto_tools, lines_by_pypxml, problems
from support.page_readings import Dictated

from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.pages.cutting import Cutting
from tf_crnn.pages.transcribe import PageReading, transcribe_pages

DRAWN = ["a bone", "ocean 12", "no decade; 30"]
READ = ["A bone", "", 'nō <d>&"c 30']
PAGE_VERSIONS = ["2013-07-15", "2016-07-15", "2017-07-15", "2018-07-15", "2019-07-15"]
ALTO_VERSIONS = [(2, ""), (3, ""), (4, "4.0"), (4, "4.1"), (4, "4.2"), (4, "4.3")]


@pytest.fixture
def page(tmp_path: Path) -> DrawnPage:
    return draw_page(tmp_path / "scan.png", DRAWN)


def transcribe(source: Path, texts: list[str] = READ, **how: object) -> PageReading:
    """Have one page read; the copy is in a new folder beside it."""
    out = source.parent / f"out{len(list(source.parent.glob('out*')))}"
    [reading] = transcribe_pages(Dictated(texts), [source], out, **how)
    return reading


def written(page: DrawnPage, content: str, texts: list[str] = READ, **how: object) -> Path:
    source = page.image_path.with_suffix(".xml")
    source.write_text(content, encoding="utf-8")
    path = transcribe(source, texts, **how).written
    assert path is not None
    return path


def unindented(element: etree._Element) -> str:
    return re.sub(r">\s+<", "><", etree.tostring(element, method="c14n").decode())


@pytest.mark.parametrize("version", PAGE_VERSIONS)
def test_page_of_each_year_is_valid_and_read_by_another_reader(
    page: DrawnPage, version: str
) -> None:
    path = written(page, page_xml(page, version=version))

    assert problems(path) == []
    found = lines_by_pypxml(path)
    assert [line["text"] or "" for line in found] == READ
    assert [line["conf"] for line in found] == ["0.7500", None, "0.7500"]
    assert [[word[0], word[2]] for word in found[2]["words"]] == [
        ["nō", "nō"], ['<d>&"c', '<d>&"c'], ["30", "30"],
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "schema"), ALTO_VERSIONS)
def test_alto_of_each_version_is_valid_and_read_by_another_reader(
    page: DrawnPage, version: int, schema: str
) -> None:
    path = written(page, alto_xml(page, version=version))

    assert problems(path, schema) == []
    assert lines_by_alto_tools(path) == [text for text in READ if text]


@pytest.mark.parametrize("describe", [page_xml, alto_xml])
def test_the_importer_reads_what_was_written(
    page: DrawnPage, describe: Callable[..., str], tmp_path: Path
) -> None:
    path = written(page, describe(page))

    form = "page" if describe is page_xml else "alto"
    found = list(IMPORTERS[form].read(path, images=str(tmp_path)))

    assert [f.label if isinstance(f, Sample) else f.kind for f in found] == [
        READ[0], "no text", READ[2],
    ]  # fmt: skip


@pytest.mark.parametrize("describe", [page_xml, alto_xml])
def test_characters_of_words_are_imported_from_their_places(
    page: DrawnPage, describe: Callable[..., str], tmp_path: Path
) -> None:
    path = written(page, describe(page), DRAWN)

    form = "page" if describe is page_xml else "alto"
    words = list(IMPORTERS[form].read(path, level="word", images=str(tmp_path)))

    expected = [word for text in DRAWN for word in text.split(" ")]
    assert [word.label for word in words if isinstance(word, Sample)] == expected


def test_words_and_glyphs_stand_side_by_side_in_their_line(page: DrawnPage) -> None:
    root = etree.parse(written(page, page_xml(page))).getroot()
    [line, *_] = root.iter("{*}TextLine")
    box = page.lines[0].box
    step = (box.right - box.left) / 6

    points = [g.find("{*}Coords").get("points") for g in line.iter("{*}Glyph")]
    word = line.findall("{*}Word")[1].find("{*}Coords").get("points")

    lefts = [round(box.left + i * step) for i in (0, 2, 3, 4, 5)]
    rights = [round(box.left + (i + 1) * step) for i in (0, 2, 3, 4, 5)]
    edges = zip(lefts, rights, strict=True)
    assert points == [Box(left, box.top, right, box.bottom).points for left, right in edges]
    assert word == Box(lefts[1], box.top, rights[-1], box.bottom).points


def test_strings_have_boxes_confidences_and_glyphs(page: DrawnPage) -> None:
    root = etree.parse(written(page, alto_xml(page))).getroot()
    line = next(root.iter("{*}TextLine"))
    box = page.lines[0].box
    step = (box.right - box.left) / 6

    first, space, second = line
    place = {"VPOS": f"{box.top:g}", "HEIGHT": "32"}
    expected = {"ID": "l1_w2", "CONTENT": "bone", "WC": "0.7500", "CC": "2 2 2 2", **place,
                "HPOS": str(round(box.left + 2 * step)), "WIDTH": str(round(4 * step))}  # fmt: skip
    assert dict(second.attrib) == expected
    assert (first.get("CONTENT"), etree.QName(space).localname) == ("A", "SP")
    assert space.get("HPOS") == str(round(box.left + step))
    assert [glyph.get("CONTENT") for glyph in second] == list("bone")
    assert second[0].get("GC") == "0.7500"


def test_alto_before_4_has_no_glyphs(page: DrawnPage) -> None:
    root = etree.parse(written(page, alto_xml(page, version=3))).getroot()

    assert list(root.iter("{*}Glyph")) == []


def test_a_line_without_text_keeps_one_empty_string(page: DrawnPage) -> None:
    root = etree.parse(written(page, alto_xml(page))).getroot()
    second = list(root.iter("{*}TextLine"))[1]

    [string] = second
    assert (string.get("CONTENT"), string.get("WC")) == ("", None)
    assert float(string.get("HPOS")) == page.lines[1].box.left


OLD = (
    '<Word id="l1_w1"><Coords points="1,1 2,1 2,2"/><TextEquiv><Unicode>former</Unicode>'
    '</TextEquiv></Word><TextEquiv index="0" conf="0.1"><Unicode>former text</Unicode></TextEquiv>'
)


def test_everything_else_of_a_page_stays_as_it_was(page: DrawnPage) -> None:
    attributes = 'custom="readingOrder {index:0;}" production="handwritten-cursive" comments="ä"'
    first = page_line(page.lines[0], attributes=attributes)
    first = first.replace("<TextEquiv>", f"<!-- note -->{OLD}<TextEquiv>", 1)
    first = first.replace("</TextLine>", '<TextStyle bold="true"/></TextLine>')
    lines = [first, *(page_line(line) for line in page.lines[1:])]
    content = page_xml(page, lines).replace("<PcGts", "<?keep me?><!-- before --><PcGts", 1)

    path = written(page, content)

    before = etree.fromstring(content.encode())
    after = etree.parse(path)
    for tree in (before, after.getroot()):
        for name in ("Word", "TextEquiv", "LastChange", "MetadataItem"):
            for element in list(tree.iter(f"{{*}}{name}")):
                element.getparent().remove(element)
    assert unindented(after.getroot()) == unindented(before)
    assert path.read_text(encoding="utf-8").startswith("<?xml")
    assert "<?keep me?>" in path.read_text(encoding="utf-8")
    assert "<!-- note -->" in path.read_text(encoding="utf-8")
    assert "former" not in path.read_text(encoding="utf-8")
    assert problems(path) == []


def test_everything_else_of_an_alto_file_stays_as_it_was(page: DrawnPage) -> None:
    content = alto_xml(page).replace("<TextLine", '<TextLine TAGREFS="t1" CS="true"', 1)
    content = content.replace(
        "<Layout>", '<Styles/><Tags><OtherTag ID="t1" LABEL="x"/></Tags>\n<Layout>'
    )

    path = written(page, content)

    before, after = etree.fromstring(content.encode()), etree.parse(path).getroot()
    for tree in (before, after):
        for name in ("String", "SP", "HYP", "Processing"):
            for element in list(tree.iter(f"{{*}}{name}")):
                element.getparent().remove(element)
    assert unindented(after) == unindented(before)
    assert problems(path, "4.3") == []


def test_the_source_and_its_lay_out_stay_as_they_were(page: DrawnPage) -> None:
    content = page_xml(page)
    source = page.image_path.with_suffix(".xml")

    path = written(page, content)

    assert source.read_text(encoding="utf-8") == content
    lines = path.read_text(encoding="utf-8").splitlines()
    [word] = [line for line in lines if 'id="l1_w2"' in line]
    assert word == '        <Word id="l1_w2">'


def test_a_document_in_one_line_stays_in_one_line(page: DrawnPage) -> None:
    content = re.sub(r">\s+<", "><", page_xml(page))

    path = written(page, content)

    assert len(path.read_text(encoding="utf-8").splitlines()) <= 3


def test_ids_that_are_taken_are_not_taken_again(page: DrawnPage) -> None:
    lines = [page_line(line) for line in page.lines]
    lines[2] = lines[2].replace('id="l3"', 'id="l1_w1"')

    path = written(page, page_xml(page, lines))

    root = etree.parse(path).getroot()
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {"l1_w1", "l1_w1_2"} <= set(ids)
    assert problems(path) == []


def test_a_region_that_had_a_text_gets_that_of_its_lines(page: DrawnPage) -> None:
    old = '<TextEquiv conf="0.3"><PlainText>o</PlainText><Unicode>former</Unicode></TextEquiv>'
    lines = [*(page_line(line) for line in page.lines), old]

    path = written(page, page_xml(page, lines))

    [equiv] = etree.parse(path).getroot().find(".//{*}TextRegion").findall("{*}TextEquiv")
    assert equiv.find("{*}Unicode").text == "\n".join(READ)
    assert (equiv.get("conf"), equiv.find("{*}PlainText")) == (None, None)
    assert problems(path) == []


def test_a_line_with_a_baseline_only_gets_an_outline(page: DrawnPage) -> None:
    box = page.lines[0].box
    line = (
        f'<TextLine id="x"><Baseline points="{box.left:g},{box.bottom - 8:g} '
        f'{box.right:g},{box.bottom - 8:g}"/></TextLine>'
    )

    path = written(page, page_xml(page, [line]), cutting=Cutting(line_height=30))

    coords = etree.parse(path).getroot().find(".//{*}TextLine/{*}Coords")
    assert coords is not None
    assert len(coords.get("points").split()) == 4
    assert problems(path) == []


def test_lines_that_cannot_be_cut_are_named_and_left_as_they_were(page: DrawnPage) -> None:
    far = page.lines[1]._replace(box=Box(5000, 5000, 5100, 5040))
    lines = [page_line(page.lines[0]), page_line(far), page_line(page.lines[2])]
    source = page.image_path.with_suffix(".xml")
    source.write_text(page_xml(page, lines), encoding="utf-8")

    reading = transcribe(source, ["one", "three"])

    assert [line.text for line in reading.lines] == ["one", "three"]
    [problem] = reading.problems
    assert problem.reason.startswith(f"{source}: line 'l2': its outline 5000,5000")
    assert reading.written is not None
    texts = [line["text"] for line in lines_by_pypxml(reading.written)]
    assert texts == ["one", DRAWN[1], "three"]


def test_places_of_a_turned_line_are_its_outlines_and_valid(page: DrawnPage) -> None:
    picture = Image.open(page.image_path)
    picture.rotate(90, expand=True).save(page.image_path)
    turned = page._replace(width_px=page.height_px, height_px=page.width_px)
    lines = []
    for line in page.lines:
        left, top, right, bottom = line.box
        box = Box(top, page.width_px - right, bottom, page.width_px - left)
        lines.append(line._replace(box=box))
    blocks = alto_xml(turned, [alto_line(line) for line in lines])
    in_alto = written(turned, blocks.replace("<TextBlock", '<TextBlock ROTATION="90"'), DRAWN)
    wrong_in_alto = problems(in_alto, "4.3")
    pages = page_xml(turned, [page_line(line) for line in lines])
    pages = pages.replace('<TextRegion id="r1"', '<TextRegion id="r1" orientation="90"')

    in_page = written(turned, pages, DRAWN)

    assert problems(in_page) == wrong_in_alto == []
    [first, *_] = lines_by_pypxml(in_page)
    (_, one, _), (_, two, _) = first["words"]
    lowest = [max(int(point.split(",")[1]) for point in word.split()) for word in (one, two)]
    # The writing goes up the page.
    assert lowest[0] > lowest[1]


@pytest.mark.parametrize("version", ["2018-07-15", "2019-07-15"])
def test_a_page_says_by_what_and_when_it_was_read(page: DrawnPage, version: str) -> None:
    metadata = etree.parse(written(page, page_xml(page, version=version))).find("{*}Metadata")

    item = metadata.find("{*}MetadataItem")
    assert metadata.find("{*}Creator").text == "tests"
    assert item.get("value").startswith("tf_crnn ")
    assert item.get("date") == metadata.find("{*}LastChange").text != "2020-01-02T00:00:00"
    assert item.find("{*}Labels/{*}Label").get("value") == "dictated/export/1700000000"


@pytest.mark.parametrize(("version", "name"), [(3, "OCRProcessing"), (4, "Processing")])
def test_alto_says_by_what_it_was_read(page: DrawnPage, version: int, name: str) -> None:
    once = written(page, alto_xml(page, version=version))
    twice = written(page, once.read_text(encoding="utf-8"))

    found = list(etree.parse(twice).getroot().iter(f"{{*}}{name}"))
    assert [element.get("ID") for element in found] == ["tf_crnn", "tf_crnn_2"]
    assert [e.text for e in found[0].iter("{*}softwareName")] == ["tf_crnn"]
    assert problems(twice, "4.3" if version == 4 else "") == []


def test_coordinates_are_written_in_the_unit_of_the_xml(page: DrawnPage) -> None:
    lines = [alto_line(line, scale=2) for line in page.lines]
    size = (page.width_px * 2, page.height_px * 2)

    path = written(page, alto_xml(page, lines, unit="inch1200", size=size), DRAWN)

    string = next(etree.parse(path).getroot().iter("{*}String"))
    assert float(string.get("HPOS")) == pytest.approx(2 * page.lines[0].box.left, abs=1)
    assert string.get("HEIGHT") == "64"


def test_page_of_2010_cannot_be_written(page: DrawnPage) -> None:
    source = page.image_path.with_suffix(".xml")
    source.write_text(page_xml(page, version="2010-03-19"), encoding="utf-8")

    reading = transcribe(source)

    assert reading.written is None
    [problem] = reading.problems
    assert "PAGE 2010-03-19 cannot hold confidences" in problem.reason
