"""ALTO: lines in reading order with outlines, angles and text."""

import pytest
from lxml import etree

from tf_crnn.pages.read_alto import text_lines
from tf_crnn.pages.text_line import TextLine


def lines_of(content: str, version: int = 4, **options: object) -> list[TextLine]:
    xml = f'<alto xmlns="http://www.loc.gov/standards/alto/ns-v{version}#">\n{content}</alto>'
    return text_lines(etree.fromstring(xml), **options)


def line_with(content: str, attributes: str = "", **options: object) -> TextLine:
    [line] = lines_of(f'<TextLine ID="x" {attributes}>{content}</TextLine>', **options)
    return line


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<String CONTENT="one"/><SP/><String CONTENT="two"/>', "one two"),
        ('<String CONTENT="one"/><String CONTENT="two"/>', "one two"),
        ('<String CONTENT="one"/><String CONTENT=","/><SP/><String CONTENT="b"/>', "one, b"),
        ('<String CONTENT="one"/><SP/><String CONTENT="tw"/><HYP CONTENT="-"/>', "one tw-"),
        ('<String CONTENT="tw"/><HYP CONTENT="¬"/>', "tw¬"),
        ('<String CONTENT="a  b"/>', "a  b"),
        ('<String CONTENT=""/>', None),
        ("", None),
    ],
)
def test_strings_spaces_and_hyphens_make_the_text(content: str, text: str | None) -> None:
    assert line_with(content).text == text


def test_parted_words_can_count_as_whole_on_their_first_line() -> None:
    content = (
        '<TextLine><String CONTENT="an"/><SP/><String CONTENT="exam" SUBS_TYPE="HypPart1" '
        'SUBS_CONTENT="example"/><HYP CONTENT="-"/></TextLine>'
        '<TextLine><String CONTENT="ple" SUBS_TYPE="HypPart2" SUBS_CONTENT="example"/><SP/>'
        '<String CONTENT="of"/></TextLine>'
    )

    as_written = [line.text for line in lines_of(content)]
    whole = [line.text for line in lines_of(content, whole_words=True)]

    assert as_written == ["an exam-", "ple of"]
    assert whole == ["an example", "of"]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_the_box_is_the_outline_where_there_is_no_shape(version: int) -> None:
    box = 'HPOS="10" VPOS="20" WIDTH="30" HEIGHT="5"'
    [line] = lines_of(f"<TextLine {box}/>", version)

    assert line.outline is not None
    assert line.outline.tolist() == [[10, 20], [40, 20], [40, 25], [10, 25]]


@pytest.mark.parametrize("points", ["1,2 3,4 5,6", "1 2 3 4 5 6", "1,2,3,4,5,6"])
def test_a_polygon_goes_before_the_box(points: str) -> None:
    shape = f'<Shape><Polygon POINTS="{points}"/></Shape>'
    line = line_with(shape, 'HPOS="10" VPOS="20" WIDTH="30" HEIGHT="5"')

    assert line.outline is not None and line.box is not None
    assert line.outline.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert line.box[2].tolist() == [40, 25]


def test_a_baseline_of_points_is_read_and_one_of_a_number_says_nothing() -> None:
    points = line_with("", 'BASELINE="1,2 30,4"').baseline

    assert points is not None and points.tolist() == [[1, 2], [30, 4]]
    assert line_with("", 'BASELINE="480"').baseline is None


@pytest.mark.parametrize(
    ("block", "line", "angle"),
    [
        ("", "", None),
        ('ROTATION="2.5"', "", 2.5),
        ('BASEDIRECTION="ttb"', "", -90),
        ('BASEDIRECTION="ttb"', 'BASEDIRECTION="btt"', 90),
        ('BASEDIRECTION="ttb"', 'BASEDIRECTION="ltr"', None),
        ('ROTATION="90" BASEDIRECTION="btt"', "", 90),
    ],
)
def test_a_line_is_turned_as_it_or_its_block_says(
    block: str, line: str, angle: float | None
) -> None:
    [read] = lines_of(f"<TextBlock {block}><TextLine {line}/></TextBlock>")

    assert read.angle_deg == angle


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        (
            'HPOS="x" VPOS="0" WIDTH="3" HEIGHT="5"',
            "HPOS, VPOS, WIDTH or HEIGHT 'x' is not a number",
        ),
        ('HPOS="1" VPOS="0" WIDTH="0" HEIGHT="5"', "a box of 0 x 5 is empty"),
        ('BASELINE="1,2 3"', ""),
        ('BASELINE="1,2 3,4 5"', "points '1 2 3 4 5' are not pairs"),
    ],
)
def test_what_is_wrong_with_a_line_is_kept_with_it(attributes: str, problem: str) -> None:
    read = line_with("", attributes).problem

    assert read.startswith(problem)
    assert bool(read) == bool(problem)


def test_lines_follow_the_reading_order_of_blocks_and_lines() -> None:
    order = """<ReadingOrder><OrderedGroup ID="o"><ElementRef ID="e1" REF="b2"/>
      <UnorderedGroup ID="u"><ElementRef ID="e2" REF="l2"/></UnorderedGroup>
      <ElementRef ID="e3" REF="b1"/></OrderedGroup></ReadingOrder>"""
    blocks = """<TextBlock ID="b0"><TextLine ID="l0"/></TextBlock>
      <TextBlock ID="b1"><TextLine ID="l1"/><TextLine ID="l2"/></TextBlock>
      <TextBlock ID="b2"><TextLine ID="l3"/></TextBlock>"""

    assert [line.id for line in lines_of(order + blocks)] == ["l3", "l2", "l1", "l0"]
    assert [line.id for line in lines_of(blocks)] == ["l0", "l1", "l2", "l3"]


def test_words_may_be_the_samples() -> None:
    content = (
        '<TextLine><String ID="a" CONTENT="one" HPOS="1" VPOS="2" WIDTH="3" HEIGHT="4"/><SP/>'
        '<String ID="b" CONTENT="two"/></TextLine>'
    )

    words = lines_of(content, level="word")

    assert [(word.id, word.text) for word in words] == [("a", "one"), ("b", "two")]
    assert words[0].outline is not None and words[1].outline is None
