"""Images of a data set: checked, named so that none can lie outside or over another, and found."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from support.importer_sources import claiming_png, draw_png

from tf_crnn.datasets.image_folder import (
    MOST_PIXELS,
    ImageFolder,
    check_image,
    place_of_file,
    place_of_stored,
    places_of_row,
)
from tf_crnn.errors import LineImageError


def encoded(image_format: str, size: tuple[int, int] = (30, 10)) -> bytes:
    stream = io.BytesIO()
    Image.new("L", size, 200).save(stream, image_format)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("image_format", "suffix"),
    [("PNG", ".png"), ("JPEG", ".jpg"), ("TIFF", ".tif"), ("BMP", ".bmp"), ("WEBP", ".webp")],
)
def test_the_format_gives_the_suffix_of_bytes_and_files(
    image_format: str, suffix: str, tmp_path: Path
) -> None:
    content = encoded(image_format)
    (tmp_path / "image.dat").write_bytes(content)

    checked = [check_image(content), check_image(tmp_path / "image.dat")]

    assert checked == [(suffix, len(content))] * 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "^empty file"),
        (b"no image", "^unreadable image"),
        (draw_png(1)[:300], "^truncated image"),
        (claiming_png(), "^too many pixels"),
        (encoded("PNG", (MOST_PIXELS // 1000 + 1, 1000)), r"^too many pixels \(20,001 x 1,000"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "PostScript"),
    ],
)
def test_images_that_cannot_be_used_are_refused(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "image.png").write_bytes(content)

    for image in (content, tmp_path / "image.png"):
        with pytest.raises(LineImageError, match=reason):
            check_image(image)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for name, reason in (
        ("pipe", "is no ordinary file"),
        ("gone.png", "missing file"),
        (".", "is a folder"),
        ("x" * 300, r"cannot be read \(File name too long\)"),
    ):
        with pytest.raises(LineImageError, match=reason):
            check_image(tmp_path / name)


def test_names_that_are_the_same_get_files_of_their_own(tmp_path: Path) -> None:
    images = ImageFolder(tmp_path)
    names = ["Größe; 1", "Größe; 1", "a/b", "a-b", "../../a-b", "Größe; 1-2", "", ".", "\n"]

    paths = [images.add(f"{n}".encode(), name, ".png") for n, name in enumerate(names)]

    assert paths[0] == "images/0000/Größe; 1.png"
    assert paths[2] == "images/0000/a-b.png"
    assert [(tmp_path / path).read_text() for path in paths] == [str(n) for n in range(len(names))]
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == {tmp_path / path for path in paths}


def test_a_folder_holds_a_thousand_files(tmp_path: Path) -> None:
    images = ImageFolder(tmp_path)

    paths = [images.add(b"", "same", ".png") for _ in range(2001)]

    assert len(set(paths)) == 2001
    counts = [len(list(folder.iterdir())) for folder in sorted((tmp_path / "images").iterdir())]
    assert counts == [1000, 1000, 1]


def test_a_file_is_copied_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "source.png").write_bytes(draw_png(3))

    path = ImageFolder(tmp_path).add(tmp_path / "source.png", "page 1/line 2", ".png")

    assert path == "images/0000/page 1-line 2.png"
    assert (tmp_path / path).read_bytes() == draw_png(3)


def test_a_row_is_known_by_its_file_and_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")

    stored = list(places_of_row("images/0000/a-b.png", tmp_path))
    beside = list(places_of_row("../linked/c.png", tmp_path / "real"))

    assert place_of_stored("a/b") in stored
    assert beside == [place_of_file(tmp_path / "real" / "c.png")]
