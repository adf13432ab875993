import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.importer_sources import claiming_png, draw_png
from support.importer_sources.bentham import archive_of, layout, some_lines, write_files
from support.importer_sources.rimes import BOMB, IMAGE, LISTS, OUTSIDE, TEXT

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.rimes import page_of
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

TRAINING = """<?xml version="1.0" encoding="UTF-8"?>
<DocumentList>
  <SinglePage FileName="images_gray/train2011-0.png">
    <Paragraph Top="0" Bottom="60">
      <Line Top="-3" Bottom="20" Left="10" Right="70" Value="J&apos;ai &amp;eacute;t&#233;"/>
      <Line Top="25" Bottom="45" Left="0" Right="500" Value=" fin   de page "/>
      <Line Top="25" Bottom="25" Left="0" Right="50" Value="flat"/>
      <Line Top="25" Bottom="x" Left="0" Right="50" Value="no number"/>
    </Paragraph>
  </SinglePage>
  <SinglePage FileName="images_gray/train2011-1.png">
    <Paragraph><Line Top="0" Bottom="9" Left="0" Right="9" Value="lost"/></Paragraph>
  </SinglePage>
</DocumentList>
"""
EVALUATION = """<DocumentList><SinglePage FileName="eval2011-7.png"><Paragraph>
<Line Top="0" Bottom="10" Left="0" Right="20" Value="Veuillez"/></Paragraph></SinglePage>
</DocumentList>"""
PAGES = {
    "images_gray/eval2011-7.png": draw_png(2, 90, 60),
    "images_gray/train2011-0.png": draw_png(1, 90, 60),
}


def read(source: Path) -> list[Sample | Rejection]:
    return list(IMPORTERS["rimes"].read(source))


def as_array(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("archived", [False, True])
def test_lines_are_read_as_teklia_publishes_them(tmp_path, archived) -> None:
    files = layout(some_lines(), LISTS, TEXT, IMAGE)
    inside = {f"RIMES-2011-Lines/{name}": content for name, content in files.items()}
    if archived:
        source = archive_of(tmp_path / "RIMES-2011-Lines.zip", inside)
    else:
        write_files(tmp_path, inside)
        source = tmp_path

    samples = read(source)

    assert [(s.label, s.split) for s in samples] == [
        ("the first", "train"), ("Smith & Sons < 3", "train"),
        ("of the Panopticon", "val"), ("é", "test"),
    ]  # fmt: skip
    assert page_of("train2011-150_000001") == "train2011-150"


@pytest.mark.parametrize("archived", [False, True])
def test_lines_are_cut_out_of_pages(tmp_path, archived) -> None:
    xmls = {"training_2011.xml": TRAINING, "eval_2011_annotated.xml": EVALUATION}
    write_files(tmp_path, {name: text.encode() for name, text in xmls.items()})
    if archived:
        archive_of(tmp_path / "gray.tar", PAGES)
    else:
        write_files(tmp_path, PAGES)

    found = read(tmp_path)

    samples = {s.name: s for s in found if isinstance(s, Sample)}
    assert [(s.name, s.label, s.split, s.document) for s in samples.values()] == [
        ("eval2011-7_000001", "Veuillez", "test", "eval2011-7"),
        ("train2011-0_000001", "J'ai été", "train", "train2011-0"),
        ("train2011-0_000002", "fin de page", "train", "train2011-0"),
    ]
    page = as_array(PAGES["images_gray/train2011-0.png"])
    assert np.array_equal(as_array(samples["train2011-0_000001"].image), page[0:20, 10:70])
    assert np.array_equal(as_array(samples["train2011-0_000002"].image), page[25:45])
    assert [(r.row, r.kind) for r in found if isinstance(r, Rejection)] == [
        (7, "empty box"), (8, "no box"), (12, "missing file"),
    ]  # fmt: skip


def test_a_page_that_cannot_be_read_is_named_by_each_of_its_lines(tmp_path) -> None:
    write_files(tmp_path, {"training_2011.xml": TRAINING.encode(), "train2011-0.png": b"no image"})

    found = read(tmp_path)

    assert [r.kind for r in found] == ["unreadable page"] * 4 + ["missing file"]
    assert all(r.csv_path.name == "training_2011.xml" for r in found)


def test_a_page_of_too_many_pixels_is_not_decoded(tmp_path) -> None:
    write_files(tmp_path, {"training_2011.xml": TRAINING.encode()})
    write_files(tmp_path, {"train2011-0.png": claiming_png(9_000, 9_000)})

    found = read(tmp_path)

    assert found[0].reason == "too many pixels: 9,000 x 9,000"


def test_entities_that_grow_or_read_files_are_refused(tmp_path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")

    for content in (BOMB, OUTSIDE.format(secret)):
        write_files(tmp_path / "set", {"training_2011.xml": content.encode()})
        with pytest.raises(DataError, match=r"training_2011.xml: declares entities of its own"):
            read(tmp_path / "set")


def test_the_corrected_xml_goes_before_the_first_one(tmp_path) -> None:
    corrected = TRAINING.replace(" fin   de page ", "corrected")
    write_files(tmp_path, {"training_2011.xml": TRAINING.encode(), **PAGES})
    write_files(tmp_path, {"training_2011.patched.xml": corrected.encode()})

    labels = [s.label for s in read(tmp_path) if isinstance(s, Sample)]

    assert labels == ["J'ai été", "corrected"]


def test_a_document_type_without_entities_is_no_attack(tmp_path) -> None:
    typed = TRAINING.replace(
        "<DocumentList>", '<!DOCTYPE DocumentList SYSTEM "x.dtd"><DocumentList>'
    )
    write_files(tmp_path, {"training_2011.xml": typed.encode(), **PAGES})

    assert [s.label for s in read(tmp_path) if isinstance(s, Sample)][1] == "fin de page"


def test_xml_that_is_cut_off_is_refused_with_its_line(tmp_path) -> None:
    write_files(tmp_path, {"training_2011.xml": TRAINING[:-40].encode()})

    with pytest.raises(DataError, match=r"training_2011.xml, line 1\d: is not whole XML"):
        read(tmp_path)


def test_another_layout_is_refused(tmp_path) -> None:
    write_files(tmp_path, {"a.png": b"x"})

    with pytest.raises(DataError, match="no copy of RIMES 2011. It needs Sets/TrainLines.txt"):
        read(tmp_path)
