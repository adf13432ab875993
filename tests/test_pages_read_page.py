"""PAGE: lines in reading order with outlines, angles and the chosen text."""

from pathlib import Path

import pytest
from lxml import etree

from tf_crnn.errors import DataError
from tf_crnn.pages.read_page import text_choice, text_lines
from tf_crnn.pages.text_line import TextLine

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"


def lines_of(content: str, choice: str = "index", level: str = "line") -> list[TextLine]:
    xml = f'<PcGts xmlns="{NAMESPACE}">\n<Page>{content}</Page></PcGts>'
    return text_lines(etree.fromstring(xml), text_choice(choice), level)


def region(name: str, *lines: str, inner: str = "", attributes: str = "") -> str:
    shown = "".join(f'<TextLine id="{line}"/>' for line in lines)
    return f'<TextRegion id="{name}" {attributes}>{inner}{shown}</TextRegion>'


def equiv(text: str, attributes: str = "") -> str:
    return f"<TextEquiv {attributes}><Unicode>{text}</Unicode></TextEquiv>"


def test_lines_come_in_the_order_of_the_document_where_no_other_is_given() -> None:
    content = region("a", "1", "2") + region("b", "3", inner=region("c", "4"))

    assert [line.id for line in lines_of(content)] == ["1", "2", "4", "3"]


def test_nested_groups_of_the_reading_order_are_followed() -> None:
    order = """<ReadingOrder><OrderedGroup id="g">
      <RegionRefIndexed index="2" regionRef="a"/>
      <UnorderedGroupIndexed id="u" index="0">
        <RegionRef regionRef="d"/>
        <OrderedGroup id="o" regionRef="e"><RegionRefIndexed index="10" regionRef="b"/>
          <RegionRefIndexed index="9" regionRef="c"/></OrderedGroup>
      </UnorderedGroupIndexed></OrderedGroup></ReadingOrder>"""
    regions = "".join(region(name, f"line {name}") for name in "abcdef")

    assert "".join(line.id[-1] for line in lines_of(order + regions)) == "decbaf"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('index="1"', 'index="0"'),
        ('custom="readingOrder {index:1;}"', 'custom="x {a:1;} readingOrder {index:0;} y {}"'),
    ],
)
def test_numbered_lines_of_a_region_are_sorted(first: str, second: str) -> None:
    lines = f'<TextLine id="1" {first}/><TextLine id="2" {second}/>'
    half = f'<TextLine id="3" {first}/><TextLine id="4"/>'

    content = f'<TextRegion id="a">{lines}</TextRegion><TextRegion id="b">{half}</TextRegion>'

    assert [line.id for line in lines_of(content)] == ["2", "1", "3", "4"]


def test_outline_and_baseline_are_read_and_the_line_of_the_file_is_known() -> None:
    [line] = lines_of(
        '<TextLine id="x"><Coords points="1,2 3,4 5,6"/>\n<Baseline points="1,2 3,2"/></TextLine>'
    )

    assert line.outline is not None and line.baseline is not None
    assert line.outline.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert line.baseline.tolist() == [[1, 2], [3, 2]]
    assert (line.row, line.problem, line.box) == (2, "", None)


def test_corners_of_2010_are_elements() -> None:
    xml = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2010-03-19"><Page>
      <TextRegion><TextLine id="x"><Coords><Point x="1" y="2"/><Point x="3" y="4"/></Coords>
      <TextEquiv><PlainText>p</PlainText><Unicode>u</Unicode></TextEquiv></TextLine></TextRegion>
      </Page></PcGts>"""

    [line] = text_lines(etree.fromstring(xml), text_choice("index"))

    assert line.outline is not None
    assert line.outline.tolist() == [[1, 2], [3, 4]]
    assert line.text == "u"


def test_what_is_wrong_with_a_line_is_kept_with_it() -> None:
    lines = lines_of(
        '<TextLine id="x"><Coords points="1,2 nonsense"/></TextLine><TextLine id="y"/>'
        '<TextRegion orientation="steep"><TextLine id="z"/></TextRegion>'
    )

    assert [bool(line.problem) for line in lines] == [True, False, True]
    assert "points '1,2 nonsense'" in lines[0].problem
    assert "the orientation 'steep' is not a number" in lines[2].problem


@pytest.mark.parametrize(
    ("region_attributes", "line_attributes", "angle"),
    [
        ("", "", None),
        ('orientation="3"', "", 3),
        ('orientation="3"', 'orientation="-1"', -1),
        ('readingDirection="top-to-bottom"', "", -90),
        ('readingDirection="top-to-bottom"', 'readingDirection="bottom-to-top"', 90),
        ('orientation="2" readingOrientation="90"', "", 92),
        ('readingOrientation="-90"', "", -90),
    ],
)
def test_a_line_is_turned_as_it_or_its_region_says(
    region_attributes: str, line_attributes: str, angle: float | None
) -> None:
    [line] = lines_of(f"<TextRegion {region_attributes}><TextLine {line_attributes}/></TextRegion>")

    assert line.angle_deg == angle


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("index", "zero"), ("confidence", "sure"), ("1", "sure"), ("3", "zero"), ("4", None),
     ("type:xsd:string", "typed"), ("type:other", None)],
)  # fmt: skip
def test_one_of_several_texts_is_chosen(choice: str, expected: str | None) -> None:
    texts = (
        equiv("sure", 'index="2" conf="0.9"')
        + equiv("typed", 'conf="0.5" dataType="xsd:string"')
        + equiv("zero", 'index="0" conf="0.1"')
    )

    [line] = lines_of(f"<TextLine>{texts}</TextLine>", choice)

    assert line.text == expected


@pytest.mark.parametrize("choice", ["", "0", "-1", "best", "Type:x"])
def test_a_choice_that_does_not_exist_is_refused(choice: str) -> None:
    with pytest.raises(DataError, match="text_equiv '.*': must be 'index', 'confidence', a number"):
        text_choice(choice)


def test_a_line_without_text_has_that_of_its_words_and_these_that_of_their_glyphs() -> None:
    [line] = lines_of(
        f"<TextLine><Word>{equiv('one')}</Word><Word/>"
        f"<Word><Glyph>{equiv('t')}</Glyph><Glyph>{equiv('wo')}</Glyph></Word>{equiv('')}</TextLine>"
    )

    assert line.text == "one two"


def test_words_may_be_the_samples() -> None:
    words = lines_of(
        f'<TextLine><Word id="a"><Coords points="1,1 2,1 2,2"/>{equiv("one")}</Word></TextLine>'
        f'<TextLine><Word id="b">{equiv("two")}</Word></TextLine>',
        level="word",
    )

    assert [(word.id, word.text) for word in words] == [("a", "one"), ("b", "two")]
    assert words[0].outline is not None


def test_markup_within_a_text_and_comments_do_no_harm(tmp_path: Path) -> None:
    [line] = lines_of(f"<TextLine><!-- note --><?do it?>{equiv('a &amp; b &lt;c&gt;')}</TextLine>")

    assert line.text == "a & b <c>"
