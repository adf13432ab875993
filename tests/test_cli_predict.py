"""`tf-crnn predict` over PAGE and ALTO: what is written, printed and refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import TEXTS
from support.drawn_pages import alto_xml, draw_page, page_line, page_xml
from support.page_readers import lines_by_alto_tools, lines_by_pypxml

from tf_crnn.cli import main


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """`pages/` with a PAGE and an ALTO file and METS; their image is in `scans/`."""
    for name in ("scans", "pages"):
        (tmp_path / name).mkdir()
    page = draw_page(tmp_path / "scans" / "1.png", TEXTS[:3])
    (tmp_path / "pages" / "a.xml").write_text(page_xml(page))
    (tmp_path / "pages" / "b.xml").write_text(alto_xml(page))
    (tmp_path / "pages" / "mets.xml").write_text("<mets/>")
    return tmp_path / "pages"


def predict(model: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["predict", str(model), *map(str, arguments)])


def test_copies_are_written_and_named(run_folder: Path, pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    result = predict(
        run_folder, pages / "a.xml", pages / "b.xml", "-o", out, "--images", tmp_path / "scans"
    )

    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [str(out / "a.xml"), str(out / "b.xml")]
    assert "read 6 lines of 2 pages" in result.stderr
    assert [line["text"] for line in lines_by_pypxml(out / "a.xml")] == list(TEXTS[:3])
    assert lines_by_alto_tools(out / "b.xml") == list(TEXTS[:3])


def test_a_folder_means_its_xml_and_json_tells_each_line(
    run_folder: Path, pages: Path, tmp_path: Path
) -> None:
    result = predict(
        run_folder, "--xml", "--json", pages, "-o", tmp_path / "out",
        "--images", tmp_path / "scans", "--cut", "box", "--no_mask",
    )  # fmt: skip

    assert result.exit_code == 0, result.stderr
    lines = [json.loads(row) for row in result.stdout.splitlines()]
    assert [(Path(line["path"]).name, line["line"]) for line in lines] == [
        (name, number) for name in ("a.xml", "b.xml") for number in ("l1", "l2", "l3")
    ]
    assert [line["text"] for line in lines] == [*TEXTS[:3], *TEXTS[:3]]
    words = [[word["text"] for word in line["words"]] for line in lines[:3]]
    assert words == [text.split(" ") for text in TEXTS[:3]]


def test_lines_and_pages_that_cannot_be_read_are_named_and_the_exit_status_is_1(
    run_folder: Path, pages: Path, tmp_path: Path
) -> None:
    page = draw_page(pages / "2.png", TEXTS[3:5])
    lines = [page_line(page.lines[0]), '<TextLine id="x"/>']
    (pages / "c.xml").write_text(page_xml(page, lines))

    result = predict(run_folder, pages / "a.xml", pages / "c.xml", "-o", tmp_path / "out")

    assert result.exit_code == 1
    assert result.stderr.count("not read: ") == 2
    assert f"not read: {pages / 'a.xml'}: missing image: " in result.stderr
    assert f"not read: {pages / 'c.xml'}: line 'x': neither outline nor baseline" in result.stderr
    assert "read 1 lines of 1 pages" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pages/a.xml"], "--output_dir is missing"),
        (["pages/a.xml", "scans/1.png", "-o", "out"], "scans/1.png is not XML, others are"),
        (["scans/1.png", "-o", "out"], "--output_dir is for XML"),
        (["pages/a.xml", "-o", "pages"], "a.xml: is there already"),
        (["pages/none.xml", "-o", "out"], "none.xml: no such file or folder"),
        (["--xml", "scans", "-o", "out"], "holds no PAGE or ALTO XML"),
        (["pages/a.xml", "-o", "out", "--images", "nowhere"], "nowhere: no such folder of images"),
    ],
)
def test_calls_that_make_no_sense_are_refused(
    run_folder: Path, pages: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str],
    message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(pages.parent)

    result = predict(run_folder, *arguments)

    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert not (pages.parent / "out").exists()
