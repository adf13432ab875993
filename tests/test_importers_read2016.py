import tempfile
from pathlib import Path

import pytest
from support.importer_sources.read2016 import FOLDERS, archived, some_lines, write

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


def read(source: Path, **options: object) -> list[Sample | Rejection]:
    return list(IMPORTERS["read2016"].read(source, **options))


def described(samples: list[Sample | Rejection]) -> list[tuple[object, ...]]:
    return [(s.name, s.label, s.split, s.document, s.image) for s in samples]


@pytest.fixture
def extracted(tmp_path: Path) -> Path:
    return write(tmp_path / "extracted", some_lines())


def test_splits_come_from_the_folders_and_documents_are_pages(extracted) -> None:
    samples = read(extracted)

    assert [(s.name, s.label, s.split, s.document) for s in samples] == [
        ("0001/line00000", "text0", "train", "0001"),
        ("0001/line00001", "text1", "train", "0001"),
        ("0400/line00002", "text2", "val", "0400"),
    ]


def test_images_in_a_folder_of_their_own_are_found(extracted) -> None:
    before = described(read(extracted))
    images = extracted / "PublicData" / "Training" / "Images"
    images.mkdir()
    for path in (extracted / FOLDERS["train"]).glob("*.png"):
        path.rename(images / path.name)

    assert described(read(extracted)) == before


@pytest.mark.parametrize("suffix", [".tgz", ".zip"])
def test_an_archive_gives_the_same_and_leaves_nothing(
    extracted, tmp_path, suffix, monkeypatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    archive = archived(tmp_path / f"Train-And-Val-ICFHR-2016{suffix}", extracted)

    samples = read(archive)

    assert described(samples) == described(read(extracted))
    assert {sample.source for sample in samples} == {archive}
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_page_of_an_archive_without_its_image_is_named(extracted, tmp_path) -> None:
    (extracted / FOLDERS["val"] / "0400.png").unlink()
    archive = archived(tmp_path / "a.tgz", extracted)

    *samples, rejection = read(archive)

    assert len(samples) == 2
    assert rejection.csv_path == archive
    assert rejection.reason.startswith("missing image: neither image '0400.png'")
    assert tempfile.gettempdir() not in rejection.reason


def test_options_of_cutting_have_their_effect(extracted) -> None:
    with pytest.raises(DataError, match="cut 'round': must be one of"):
        read(extracted, cut="round")
    assert "cut" in IMPORTERS["read2016"].defaults()
    assert "images" not in IMPORTERS["read2016"].defaults()


def test_another_layout_is_refused(tmp_path) -> None:
    (tmp_path / "a.xml").touch()

    with pytest.raises(DataError, match="no copy of READ 2016. It needs PublicData/Training/page"):
        read(tmp_path)
