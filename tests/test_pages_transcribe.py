"""Pages read by a trained model: texts of lines, where copies go, and what is in the way."""

import logging
from pathlib import Path

import pytest
from conftest import TEXTS
from support.drawn_pages import DrawnPage, alto_xml, draw_page, page_line, page_xml
from support.page_readers import lines_by_alto_tools, lines_by_pypxml
from support.page_readings import Dictated

from tf_crnn.errors import DataError
from tf_crnn.loader import PredictionModel
from tf_crnn.pages.transcribe import PageReading, plan_outputs, transcribe_pages
from tf_crnn.text_rules import TextRules


@pytest.fixture(scope="module")
def model(run_folder: Path) -> PredictionModel:
    return PredictionModel(run_folder / "saving")


@pytest.fixture
def page(tmp_path: Path) -> DrawnPage:
    return draw_page(tmp_path / "scan.png", TEXTS)


def read(reader: object, *sources: Path, out: Path, **how: object) -> list[PageReading]:
    return list(transcribe_pages(reader, list(sources), out, **how))  # type: ignore[arg-type]


def test_lines_of_pages_are_read_as_line_images_are(
    page: DrawnPage, model: PredictionModel, tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_text(page_xml(page, [page_line(x, text="") for x in page.lines]))
    (tmp_path / "b.xml").write_text(alto_xml(page))

    first, second = read(model, tmp_path / "a.xml", tmp_path / "b.xml", out=tmp_path / "out")

    assert [line.text for line in first.lines] == list(TEXTS)
    assert [line["text"] for line in lines_by_pypxml(tmp_path / "out" / "a.xml")] == list(TEXTS)
    assert lines_by_alto_tools(tmp_path / "out" / "b.xml") == list(TEXTS)
    assert (first.problems, second.problems) == ([], [])


def test_characters_follow_each_other_along_their_line(
    page: DrawnPage, model: PredictionModel, tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_text(page_xml(page))

    [reading] = read(model, tmp_path / "a.xml", out=tmp_path / "out")

    for read_line, drawn in zip(reading.lines, page.lines, strict=True):
        units = [unit for word in read_line.words for unit in word.units]
        lefts = [unit.outline[:, 0].min() for unit in units]
        assert "".join(unit.text for unit in units) == drawn.text.replace(" ", "")
        assert lefts == sorted(lefts)
        assert drawn.box.left <= lefts[0] < lefts[-1] < drawn.box.right
        assert all(0.3 < unit.confidence <= 1 for unit in units)


def test_lines_of_several_pages_are_read_in_batches_and_come_in_order(
    page: DrawnPage, model: PredictionModel, tmp_path: Path
) -> None:
    for number in range(4):
        shown = [page_line(line) for line in page.lines[number:]]
        (tmp_path / f"{number}.xml").write_text(page_xml(page, shown))

    found = read(model, tmp_path, out=tmp_path / "out", batch_size=5)

    assert [reading.source.name for reading in found] == ["0.xml", "1.xml", "2.xml", "3.xml"]
    assert [[line.text for line in r.lines] for r in found] == [list(TEXTS[n:]) for n in range(4)]


def test_pages_without_a_usable_line_are_written_too(page: DrawnPage, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(page_xml(page, []))
    (tmp_path / "b.xml").write_text(page_xml(page, [page_line(page.lines[0])]))
    (tmp_path / "c.xml").write_text(page_xml(page, ['<TextLine id="x"/>']))

    found = read(Dictated(["text"]), tmp_path, out=tmp_path / "out")

    assert [len(reading.lines) for reading in found] == [0, 1, 0]
    assert [len(reading.problems) for reading in found] == [0, 0, 1]
    assert all(reading.written is not None and reading.written.exists() for reading in found)


def test_a_page_that_cannot_be_used_is_named_and_the_others_are_read(
    page: DrawnPage, tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_text(page_xml(page)[:400])
    (tmp_path / "b.xml").write_text(page_xml(page, image_name="none.png"))
    (tmp_path / "c.xml").write_text(page_xml(page))
    (tmp_path / "mets.xml").write_text("<mets/>")
    sources = sorted(tmp_path.glob("*.xml"))

    found = read(Dictated(TEXTS), *sources, out=tmp_path / "out")

    reasons = [problem.reason for reading in found for problem in reading.problems]
    assert [reading.written for reading in found] == [None, None, tmp_path / "out" / "c.xml", None]
    assert "is not whole XML" in reasons[0] and str(tmp_path / "a.xml") in reasons[0]
    assert "missing image" in reasons[1] and str(tmp_path / "b.xml") in reasons[1]
    assert "mets.xml: is METS, not PAGE or ALTO" in reasons[2]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["c.xml"]


def test_other_xml_of_a_folder_is_passed_over(
    page: DrawnPage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.xml").write_text(page_xml(page))
    (tmp_path / "mets.xml").write_text("<mets/>")

    with caplog.at_level(logging.WARNING):
        found = read(Dictated(TEXTS), tmp_path, out=tmp_path / "out")

    assert [reading.source.name for reading in found] == ["a.xml"]
    assert "passed over 1 of 2 XML files that are not PAGE or ALTO" in caplog.text


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a/1.xml", "a/b/1.xml", "c/1.xml", "c/2.xml", "c/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_copies_of_a_folder_keep_its_subfolders(tree: Path) -> None:
    targets = plan_outputs([tree / "a", tree / "c" / "2.xml"], tree / "out")

    assert {str(s.relative_to(tree)): str(t.relative_to(tree)) for s, t in targets.items()} == {
        "a/1.xml": "out/1.xml",
        "a/b/1.xml": "out/b/1.xml",
        "c/2.xml": "out/2.xml",
    }


@pytest.mark.parametrize(
    ("sources", "out", "message"),
    [
        (["a", "c"], "out", r"c/1\.xml and .*a/1\.xml: both would be written to .*out/1\.xml"),
        (["a"], "a", r"a/1\.xml: is there already; give another --output_dir"),
        (["a/b"], "a", r"a/1\.xml: is there already"),
        (["none.xml"], "out", r"none\.xml: no such file or folder"),
    ],
)
def test_copies_overwrite_neither_files_nor_each_other(
    tree: Path, sources: list[str], out: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        plan_outputs([tree / source for source in sources], tree / out)


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no PAGE or ALTO XML"):
        read(Dictated([]), tmp_path, out=tmp_path / "out")


def test_text_is_brought_to_the_form_of_the_model(page: DrawnPage, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(page_xml(page, [page_line(page.lines[0])]))
    reader = Dictated(["u\u0308b"])
    reader.text_rules = TextRules(unicode_form="NFC")

    [reading] = read(reader, tmp_path / "a.xml", out=tmp_path / "out")

    assert [word.text for word in reading.lines[0].words] == ["üb"]
