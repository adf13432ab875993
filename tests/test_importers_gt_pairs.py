"""Pairs of image and `.gt.txt`, in folders, zips and tars."""

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.importer_sources import draw_png
from support.importer_sources.gt_pairs import write_folder, write_tar, write_zip

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

Found = list[Sample | Rejection]
Files = list[tuple[str, bytes]]
WRITERS = {
    "folder": lambda tmp_path, files: write_folder(tmp_path / "pairs", files),
    "zip": lambda tmp_path, files: write_zip(tmp_path / "pairs.zip", files),
    "tar": lambda tmp_path, files: write_tar(tmp_path / "pairs.tar", files),
    "tar.gz": lambda tmp_path, files: write_tar(tmp_path / "pairs.tar.gz", files),
}


@pytest.fixture(params=WRITERS)
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Files], Path]:
    """Write files as a folder or an archive."""
    (tmp_path / "pairs").mkdir()
    return lambda files: WRITERS[request.param](tmp_path, files)


def read(source: Path, **options: str) -> Found:
    return list(IMPORTERS["gt_pairs"].read(source, **options))


def content(sample: Sample) -> bytes:
    return sample.image if isinstance(sample.image, bytes) else sample.image.read_bytes()


def labels(found: Found) -> dict[str, str]:
    assert all(isinstance(item, Sample) for item in found), found
    return {item.name: str(item.label) for item in found if isinstance(item, Sample)}


def reasons(found: Found) -> dict[str, str]:
    return {r.image_path.rpartition("/")[2]: r.reason for r in found if isinstance(r, Rejection)}


def test_names_of_all_tools_are_paired(write: Callable[[Files], Path]) -> None:
    ends = (".png", ".bin.png", ".nrm.png", ".tif", ".JPG")
    files = [(f"book/0001/x{n}{end}", draw_png(n)) for n, end in enumerate(ends)]
    texts = [(f"book/0001/x{n}.gt.txt", f"text {n}\n".encode()) for n in range(5)]

    found = read(write([*texts, *files]))

    assert labels(found) == {f"book/0001/x{n}": f"text {n}" for n in range(5)}
    contents = {item.name: content(item) for item in found if isinstance(item, Sample)}
    assert contents == {f"book/0001/x{n}": draw_png(n) for n in range(5)}


def test_an_image_may_stand_before_or_behind_its_text(write: Callable[[Files], Path]) -> None:
    files = [("b.png", draw_png(1)), ("a.gt.txt", b"A"), ("b.gt.txt", b"B"), ("a.png", draw_png(2))]

    found = read(write(files))

    assert labels(found) == {"a": "A", "b": "B"}


def test_of_several_images_the_first_form_is_taken_or_the_one_that_is_named(
    write: Callable[[Files], Path],
) -> None:
    source = write(
        [
            ("x.nrm.png", draw_png(1)), ("x.bin.png", draw_png(2)), ("x.tif", draw_png(3)),
            ("x.gt.txt", b"x"),
        ]
    )  # fmt: skip

    [usual], [named] = read(source), read(source, images=".nrm.png")

    assert isinstance(usual, Sample)
    assert isinstance(named, Sample)
    assert (content(usual), content(named)) == (draw_png(2), draw_png(1))


def test_an_ending_that_no_image_has_is_refused(write: Callable[[Files], Path]) -> None:
    with pytest.raises(DataError, match=r"images 'png': give one of .png, .bin.png"):
        read(write([("x.png", draw_png(1))]), images="png")


def test_text_is_one_line_of_utf_8(write: Callable[[Files], Path]) -> None:
    texts = {
        "mark": "\ufeffÖl".encode(),
        "mac": b" a b \r",
        "windows": b"c\r\n",
        "several": b"d\ne\nf\n",
        "latin": "ü".encode("latin-1"),
        "utf16": "g".encode("utf-16"),
        "long": b"h" * 100_001,
        "empty": b"",
    }
    files = [(f"{name}.png", draw_png(1)) for name in texts]

    found = read(write([*files, *((f"{name}.gt.txt", text) for name, text in texts.items())]))

    samples = [item for item in found if isinstance(item, Sample)]
    assert labels(list(samples)) == {"mark": "Öl", "mac": " a b ", "windows": "c", "empty": ""}
    named = {
        name: reason.partition(".gt.txt: ")[2] or reason for name, reason in reasons(found).items()
    }
    assert named == {
        "several.png": "holds 3 lines, and an image is one line",
        "latin.png": "not UTF-8 at byte 1",
        "utf16.png": "is written in UTF-16: save it as UTF-8",
        "long.png": "more than 100,000 bytes: that is no line",
    }


def test_what_has_no_counterpart_is_named(write: Callable[[Files], Path]) -> None:
    files = [("a.png", draw_png(1)), ("b.gt.txt", b"b"), ("c.png", draw_png(2)), ("c.gt.txt", b"c")]

    found = read(write([*files, ("readme.md", b""), ("c.pred.txt", b"d")]))

    assert reasons(found) == {
        "a.png": "no transcription: a.gt.txt is not there",
        "b.gt.txt": "missing file: no image of this name, such as b.png",
    }
    assert [item.label for item in found if isinstance(item, Sample)] == ["c"]


def test_folders_named_as_splits_are_splits(write: Callable[[Files], Path]) -> None:
    files = []
    for stem in ("train/p/a", "Validation/b", "test/c", "more/d"):
        files += [(f"{stem}.png", draw_png(1)), (f"{stem}.gt.txt", b"x")]

    found = read(write(files))

    splits = {item.name[-1]: item.split for item in found if isinstance(item, Sample)}
    assert splits == {"a": "train", "b": "val", "c": "test", "d": ""}


def test_without_any_pair_the_source_is_refused(write: Callable[[Files], Path]) -> None:
    with pytest.raises(DataError, match=r"holds no image and no .gt.txt"):
        read(write([("readme.md", b"")]))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_tars_may_be_compressed_in_any_way(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "p.tar", [("ü; x.png", draw_png(1)), ("ü; x.gt.txt", b"x")])
    (tmp_path / "packed").write_bytes(pack(tar.read_bytes()))

    assert labels(read(tmp_path / "packed")) == {"ü; x": "x"}


def test_members_of_one_name_are_named_and_the_first_is_taken(tmp_path: Path) -> None:
    files = [
        ("a.png", draw_png(1)),
        ("a.gt.txt", b"first"),
        ("a.gt.txt", b"2"),
        ("a.png", draw_png(2)),
    ]
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_zip(tmp_path / "p.zip", files)

    for source in (write_tar(tmp_path / "p.tar", files), tmp_path / "p.zip"):
        [sample, *rejections] = read(source)
        assert isinstance(sample, Sample)
        assert (sample.label, content(sample)) == ("first", draw_png(1))
        assert {r.reason for r in rejections if isinstance(r, Rejection)} == {
            "stands there twice; the first was taken"
        }


def test_what_stands_before_a_damage_is_read(tmp_path: Path) -> None:
    files = []
    for number in range(40):
        files += [(f"{number}.png", draw_png(number)), (f"{number}.gt.txt", b"x")]
    whole = write_tar(tmp_path / "p.tar", files).read_bytes()
    (tmp_path / "p.tar").write_bytes(whole[:40_000] + b"\xff" * 512 + whole[40_512:])

    *before, last = read(tmp_path / "p.tar")

    assert sum(isinstance(item, Sample) for item in before) > 5
    assert isinstance(last, Rejection)
    assert "damaged from here on" in last.reason


@pytest.mark.parametrize(("name", "cut"), [("p.tar.gz", 3000), ("p.tar", 700)])
def test_an_archive_that_was_cut_off_is_named(name: str, cut: int, tmp_path: Path) -> None:
    files = []
    for number in range(20):
        files += [(f"{number}.gt.txt", b"x"), (f"{number}.png", draw_png(number))]
    path = write_tar(tmp_path / name, files)
    # Without the zeros at its end.
    path.write_bytes(path.read_bytes().rstrip(b"\0")[:-cut])

    found = read(path)

    assert any(isinstance(item, Sample) for item in found)
    assert any("damaged" in item.reason for item in found if isinstance(item, Rejection))


def test_damaged_and_locked_members_of_a_zip_are_named(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "p.zip",
        [("a.gt.txt", b"a"), ("a.png", draw_png(1)), ("b.png", draw_png(2)), ("b.gt.txt", b"b")],
    )
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("a.png").header_offset
        directory = raw.rindex(b"PK\1\2", 0, raw.rindex(b"b.gt.txt"))
    raw[start + 200] ^= 0xFF
    raw[directory + 8] |= 1  # Says that b.gt.txt is encrypted.
    path.write_bytes(bytes(raw))

    found = read(path)

    assert set(reasons(found)) == {"a.png", "b.png"}
    assert all("damaged, or with a password" in reason for reason in reasons(found).values())


def test_a_tar_of_any_size_needs_little_memory(tmp_path: Path) -> None:
    image = draw_png(0) + bytes(100_000)

    def traced(n_lines: int) -> int:
        path = tmp_path / f"{n_lines}.tar"
        with tarfile.open(path, "w") as archive:
            for number in range(n_lines):
                for end, data in ((".png", image), (".gt.txt", b"text")):
                    member = tarfile.TarInfo(f"{number}{end}")
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
        tracemalloc.start()
        n_read = sum(1 for _ in IMPORTERS["gt_pairs"].read(path))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n_read == n_lines
        return peak

    few, many = traced(20), traced(520)

    # 50 MB of images more; a line leaves its names and its text.
    assert (many - few) / 500 < 2_000


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a.png;a\n" * 200)

    with pytest.raises(DataError, match=r"a.txt: is no folder, and no zip or tar archive"):
        read(tmp_path / "a.txt")
