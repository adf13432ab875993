"""PAGE and ALTO as data sets: samples in reading order, rejections in their places."""

import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.drawn_pages import (
    Box,
    DrawnLine,
    DrawnPage,
    alto_line,
    alto_xml,
    draw_page,
    page_line,
    page_xml,
)

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

TEXTS = ["a bone", "ocean 12", "no decade; 30"]
DESCRIBE: dict[str, Callable[..., str]] = {"page": page_xml, "alto": alto_xml}
LINE: dict[str, Callable[..., str]] = {"page": page_line, "alto": alto_line}


@pytest.fixture
def page(tmp_path: Path) -> DrawnPage:
    return draw_page(tmp_path / "scan ü.png", TEXTS)


@pytest.fixture(params=["page", "alto"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(form: str, source: Path, **options: object) -> list[Sample | Rejection]:
    return list(IMPORTERS[form].read(source, **options))


def samples(form: str, source: Path, **options: object) -> list[Sample]:
    found = read(form, source, **options)
    assert not [entry for entry in found if isinstance(entry, Rejection)]
    return [entry for entry in found if isinstance(entry, Sample)]


def pixels(sample: Sample) -> np.ndarray:
    assert isinstance(sample.image, bytes)
    return np.asarray(Image.open(io.BytesIO(sample.image)))


def of_page(page: DrawnPage, box: Box) -> np.ndarray:
    left, top, right, bottom = map(int, box)
    return np.asarray(Image.open(page.image_path))[top:bottom, left:right]


def write(form: str, page: DrawnPage, lines: list[str] | None = None, **how: object) -> Path:
    path = page.image_path.with_suffix(".xml")
    path.write_text(DESCRIBE[form](page, lines, **how), encoding="utf-8")
    return path


def test_each_line_of_a_page_is_a_sample_with_its_pixels(form: str, page: DrawnPage) -> None:
    found = samples(form, write(form, page))

    assert [sample.label for sample in found] == TEXTS
    assert [sample.name for sample in found] == ["scan ü/l1", "scan ü/l2", "scan ü/l3"]
    assert {sample.document for sample in found} == {"scan ü"}
    for sample, line in zip(found, page.lines, strict=True):
        assert np.array_equal(pixels(sample), of_page(page, line.box))


def test_pages_of_one_name_in_two_folders_are_two_documents(
    form: str, page: DrawnPage, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.xml").write_text(DESCRIBE[form](page), encoding="utf-8")

    found = samples(form, tmp_path)

    assert [sample.document for sample in found] == ["a/1"] * 3 + ["b/1"] * 3


@pytest.mark.parametrize("version", ["2013-07-15", "2016-07-15", "2017-07-15", "2018-07-15"])
def test_page_of_each_year_is_read(page: DrawnPage, version: str) -> None:
    assert [s.label for s in samples("page", write("page", page, version=version))] == TEXTS


def test_coordinates_of_a_larger_scan_are_scaled(form: str, page: DrawnPage) -> None:
    half = Image.open(page.image_path).resize((page.width_px // 2, page.height_px // 2))
    path = write(form, page)
    half.save(page.image_path)

    found = samples(form, path)

    widths = [pixels(sample).shape[1] for sample in found]
    boxes = [(line.box.right - line.box.left) / 2 for line in page.lines]
    assert widths == pytest.approx(boxes, abs=1.5)


@pytest.mark.parametrize(("unit", "per_inch"), [("mm10", 254), ("inch1200", 1200)])
def test_alto_may_count_in_parts_of_an_inch(page: DrawnPage, unit: str, per_inch: int) -> None:
    scale = per_inch / 300
    lines = [alto_line(line, scale=scale) for line in page.lines]
    size = (page.width_px * scale, page.height_px * scale)

    by_size = samples("alto", write("alto", page, lines, unit=unit, size=size))
    by_dpi = samples("alto", write("alto", page, lines, unit=unit, size=(0, 0)), dpi=300)
    unknown = read("alto", write("alto", page, lines, unit=unit, size=(0, 0)))

    for sample, line in zip([*by_size, *by_dpi], [*page.lines, *page.lines], strict=True):
        expected = of_page(page, line.box).shape
        assert pixels(sample).shape == pytest.approx(expected, abs=1)
    assert all(isinstance(e, Rejection) and "give it with --dpi" in e.reason for e in unknown)


def test_a_turned_photograph_is_read_as_it_is_seen(
    form: str, page: DrawnPage, tmp_path: Path
) -> None:
    seen = Image.open(page.image_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    seen.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "photo.tif", exif=exif)

    found = samples(form, write(form, page, image_name="photo.tif"))

    assert np.array_equal(pixels(found[1]), of_page(page, page.lines[1].box))


def test_a_line_that_cannot_be_used_is_named_and_the_others_are_read(
    form: str, page: DrawnPage
) -> None:
    good, far, silent = page.lines
    outside = far._replace(box=Box(5000, 5000, 5100, 5040))
    lines = [LINE[form](good), LINE[form](outside), LINE[form](silent, text="")]

    first, second, third = read(form, write(form, page, lines))

    assert isinstance(first, Sample)
    assert isinstance(second, Rejection) and isinstance(third, Rejection)
    assert second.kind == "cannot be cut"
    assert second.reason.startswith("line 'l2': its outline 5000,5000")
    assert (third.kind, third.reason) == ("no text", "line 'l3': no text")
    assert second.row == first.row > 5


def test_a_page_without_its_image_rejects_its_lines(form: str, page: DrawnPage) -> None:
    path = write(form, page)
    page.image_path.unlink()

    found = read(form, path)

    assert [entry.kind for entry in found if isinstance(entry, Rejection)] == ["missing image"] * 3


def test_an_image_of_other_proportions_rejects_its_lines(form: str, page: DrawnPage) -> None:
    path = write(form, page)
    Image.new("L", (page.width_px, page.height_px + 30)).save(page.image_path)

    reasons = [entry.reason for entry in read(form, path) if isinstance(entry, Rejection)]

    assert len(reasons) == 3
    assert all("but the XML was made for" in reason for reason in reasons)


def test_a_page_without_lines_is_named(form: str, page: DrawnPage) -> None:
    path = page.image_path.with_suffix(".xml")
    path.write_text(
        {"page": '<PcGts xmlns="x/PAGE/gts/pagecontent/2019-07-15"/>', "alto": "<alto/>"}[form]
    )

    [rejection] = read(form, path)

    assert isinstance(rejection, Rejection) and rejection.reason == "the page has no text line"


def test_ids_that_are_missing_doubled_or_paths_make_names_of_their_own(
    form: str, page: DrawnPage
) -> None:
    names = ["", "../x", "../x"]
    lines = [
        LINE[form](line._replace(id=name)) for line, name in zip(page.lines, names, strict=True)
    ]

    found = samples(form, write(form, page, lines))

    assert [s.name for s in found] == ["scan ü/line_0001", "scan ü/.._x", "scan ü/.._x_2"]


def test_words_are_samples_where_that_is_wanted(page: DrawnPage) -> None:
    line = page.lines[0]
    words = [DrawnLine("w1", "a", line.glyphs[0], ()), DrawnLine("w2", "bone", line.glyphs[2], ())]
    shown = "".join(page_line(word).replace("TextLine", "Word") for word in words)
    content = page_line(line).replace("<TextEquiv>", f"{shown}<TextEquiv>", 1)

    found = samples("page", write("page", page, [content]), level="word")

    assert [(s.name, s.label) for s in found] == [("scan ü/w1", "a"), ("scan ü/w2", "bone")]


def test_images_may_lie_in_a_folder_of_their_own(
    form: str, page: DrawnPage, tmp_path: Path
) -> None:
    (tmp_path / "xml" / "deep").mkdir(parents=True)
    path = tmp_path / "xml" / "deep" / "1.xml"
    path.write_text(DESCRIBE[form](page), encoding="utf-8")

    assert len(samples(form, path, images=str(tmp_path))) == 3
    assert all(isinstance(entry, Rejection) for entry in read(form, path))


@pytest.mark.parametrize(
    ("form", "option", "value"),
    [("page", "cut", "hull"), ("alto", "background", "pink"), ("page", "text_equiv", "best"),
     ("alto", "line_height", -3)],
)  # fmt: skip
def test_options_with_values_that_they_cannot_have_are_refused(
    page: DrawnPage, form: str, option: str, value: object
) -> None:
    with pytest.raises(DataError, match=option):
        read(form, write(form, page), **{option: value})


def test_every_option_is_taken_and_has_an_effect_on_the_image_or_the_text(
    page: DrawnPage,
) -> None:
    line = page.lines[1]
    left, top, right, bottom = map(round, line.box)
    slanted = (
        f'<TextLine id="x"><Coords points="{left},{top + 20} {right},{top - 5} '
        f'{right},{bottom - 8} {left},{bottom}"/><Baseline points="{left},{bottom - 8} '
        f'{right},{bottom - 18}"/><TextEquiv index="1"><Unicode>one</Unicode></TextEquiv>'
        '<TextEquiv conf="1"><Unicode>two</Unicode></TextEquiv></TextLine>'
    )
    path = write("page", page, [slanted])
    [plain] = samples("page", path)

    for option, value in {"mask": False, "background": "white", "straighten": True}.items():
        [other] = samples("page", path, **{option: value})
        assert other.image != plain.image, option
    assert [s.label for s in samples("page", path, text_equiv="2")] == ["two"]


def test_one_page_image_is_in_memory_at_a_time(form: str, tmp_path: Path) -> None:
    page = draw_page(tmp_path / "scan.png", TEXTS)
    Image.new("L", (page.width_px * 8, page.height_px * 8), 200).save(page.image_path)
    size = page.width_px * page.height_px * 64
    for number in range(6):
        (tmp_path / f"{number}.xml").write_text(DESCRIBE[form](page), encoding="utf-8")
    tracemalloc.start()

    n_read = sum(1 for _ in IMPORTERS[form].read(tmp_path))

    assert n_read == 18
    assert tracemalloc.get_traced_memory()[1] < 3.5 * size
    tracemalloc.stop()
