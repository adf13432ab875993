"""The image of a page: found by its name alone, and scaled to what the XML counts in."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.drawn_pages import alto_xml, draw_page, page_xml

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.pages.page_image import Described, ImageFinder, describe, pixels_per_unit
from tf_crnn.pages.xml_tree import read_document


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A folder of a book: `page/0001.xml`, images in the folder above and in `scans`."""
    for name in ("book/page/0001.xml", "book/0001.jpg", "book/scans/0001.TIF", "book/other.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "outside.png").touch()
    return tmp_path / "book"


@pytest.mark.parametrize("name", ["0001.jpg", "0001.JPG", "", "gone.png", "scans/0001.jpg"])
def test_an_image_is_found_above_the_xml_by_its_name_or_by_that_of_the_xml(
    book: Path, name: str
) -> None:
    assert ImageFinder().find(book / "page/0001.xml", name) == book / "0001.jpg"


def test_the_folder_of_images_comes_first(book: Path) -> None:
    finder = ImageFinder(book / "scans")

    assert finder.find(book / "page/0001.xml", "gone.png").name == "0001.TIF"
    assert finder.find(book / "page/0002.xml", "other.png") == book / "other.png"


def test_a_second_suffix_of_the_xml_is_passed_over(book: Path) -> None:
    assert ImageFinder().find(book / "page/0001.alto.xml", "") == book / "0001.jpg"


@pytest.mark.parametrize(
    "name",
    ["../../outside.png", "/etc/passwd", "..", ".", "http://example.org/passwd?x=1.png",
     "a\\passwd", "file:///etc/passwd", "x" * 5000 + ".png", "../page/0002.xml"],
)  # fmt: skip
def test_names_that_lead_elsewhere_find_nothing(book: Path, name: str) -> None:
    with pytest.raises(LineImageError, match=r"missing image: neither image '.*' nor one named"):
        ImageFinder().find(book / "page/0002.xml", name)


def test_a_missing_image_says_where_it_was_looked_for(book: Path) -> None:
    with pytest.raises(LineImageError, match=r"named like 0002\.xml is in .*scans, .*page, .*book"):
        ImageFinder(book / "scans").find(book / "page/0002.xml", "x.png")


def test_a_folder_of_images_that_is_not_there_is_refused(book: Path) -> None:
    with pytest.raises(DataError, match=r"none: no such folder of images"):
        ImageFinder(book / "none")


def test_page_and_alto_say_what_their_image_is(tmp_path: Path) -> None:
    page = draw_page(tmp_path / "scan ü.png", ["abc"])
    (tmp_path / "p.xml").write_text(page_xml(page))
    (tmp_path / "a.xml").write_text(alto_xml(page, unit="mm10", size=(100, 50.5)))

    in_page = describe(read_document(tmp_path / "p.xml"))
    in_alto = describe(read_document(tmp_path / "a.xml"))

    assert in_page == ("scan ü.png", str(page.width_px), str(page.height_px), "pixel")
    assert in_alto == ("scan ü.png", "100", "50.5", "mm10")


@pytest.mark.parametrize(
    ("described", "dpi", "expected"),
    [
        (Described("", "", ""), 0, 1),
        (Described("", "300", "200"), 0, 2),
        (Described("", "0", "0"), 0, 1),
        (Described("", "1200", "800", "inch1200"), 0, 0.5),
        (Described("", "1200", "800", "inch1200"), 300, 0.25),
        (Described("", "", "", "inch1200"), 0, 200 / 1200),
        (Described("", "", "", "mm10"), 0, 200 / 254),
        (Described("", "", "", "mm10"), 254, 1),
    ],
)
def test_units_become_pixels(
    tmp_path: Path, described: Described, dpi: float, expected: float
) -> None:
    Image.new("L", (600, 400)).save(tmp_path / "x.tif", dpi=(200, 200))

    scale = pixels_per_unit(described, (400, 600), dpi, tmp_path / "x.tif")

    assert scale == pytest.approx(np.full(2, expected))


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (Described("", "600", "300"), "has 600 x 400 pixels, but the XML was made for 600 x 300"),
        (Described("", "400", "600"), r"made for 400 x 600\. It may be turned"),
        (Described("", "x", "600"), "the width of the page 'x' is not a number"),
        (Described("", "", "", "mm10"), "resolution is known; give it with --dpi"),
        (Described("", "", "", "furlong"), "MeasurementUnit 'furlong' is not pixel, mm10"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(
    tmp_path: Path, described: Described, message: str
) -> None:
    Image.new("L", (600, 400)).save(tmp_path / "x.png")

    with pytest.raises(LineImageError, match=message):
        pixels_per_unit(described, (400, 600), 0, tmp_path / "x.png")


def test_sides_that_were_rounded_still_fit() -> None:
    scale = pixels_per_unit(Described("", "33", "25"), (199, 267), 0, Path("x.png"))

    assert scale == pytest.approx([267 / 33, 199 / 25])
