"""What each writer writes, looked at without its importer; see also test_writers_round_trip.py."""

import csv
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from support.importer_sources import draw_png

from tf_crnn.errors import DataError
from tf_crnn.importers.sample import Sample
from tf_crnn.writers import WRITERS

PNG = draw_png(1)


def sample(name: str = "x", label: Any = "text", image: Path | bytes = PNG, **more: Any) -> Sample:
    return Sample(Path("source.csv"), 1, name, image, label, **more)


def write(
    form: str, folder: Path, samples: Iterable[Sample], **options: Any
) -> list[tuple[str, str, str]]:
    """Write; the rejected names with kind and reason."""
    folder.mkdir(exist_ok=True)
    rejected: list[tuple[str, str, str]] = []
    WRITERS[form].write(
        samples, folder, reject=lambda s, kind, why: rejected.append((s.name, kind, why)), **options
    )
    return rejected


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 12, 3), (250, 10, 90), np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_images_that_cannot_be_read_are_rejected_and_the_others_written(form, tmp_path) -> None:
    samples = [sample("gone", image=tmp_path / "gone.png"), sample("bad", image=b"x"), sample()]

    rejected = write(form, tmp_path / "out", samples)

    assert [(name, kind) for name, kind, _ in rejected] == [
        ("gone", "unreadable image"), ("bad", "unreadable image"),
    ]  # fmt: skip
    assert any(PNG in content for content in files_in(tmp_path / "out").values())


def test_csv_holds_documents_beside_and_paths_relative_to_it(tmp_path) -> None:
    samples = [
        sample("a;b", ("con", "d"), split="train", document="page; 1"),
        sample("c", "e|f", split="val"),
    ]

    assert write("csv", tmp_path, samples) == []

    files = files_in(tmp_path)
    assert files["train.csv"] == b"images/a\\;b.png;|con|d|\n"
    assert files["val.csv"] == b"images/c.png;|e|||f|\n"
    rows = list(csv.reader(files["documents.csv"].decode().splitlines(), delimiter=";"))
    assert rows == [["path", "document"], ["images/a;b.png", "page; 1"]]
    assert files["images/a;b.png"] == PNG


@pytest.mark.parametrize("form", ["csv", "gt_pairs"])
def test_a_line_end_in_a_label_is_rejected_where_a_line_is_a_row(form, tmp_path) -> None:
    rejected = write(form, tmp_path, [sample("a", "b\nc"), sample("d", ("e\r",)), sample()])

    assert [name for name, _, _ in rejected] == ["a", "d"]
    assert all("line end" in kind for _, kind, _ in rejected)


def test_pairs_have_names_that_every_tool_can_pair(tmp_path) -> None:
    samples = [
        sample("page.1/line.1", "Zwölf", split="train"),
        sample("page.1/line.1", ("con", "d"), jpeg()),
    ]

    write("gt_pairs", tmp_path, samples)

    files = files_in(tmp_path)
    assert files["train/page_1-line_1.gt.txt"] == "Zwölf\n".encode()
    assert files["train/page_1-line_1.png"] == PNG
    assert files["lines/page_1-line_1.gt.txt"] == b"cond\n"
    assert files["lines/page_1-line_1.jpg"] == jpeg()
    assert len(files) == 4


def test_pairs_as_png_have_the_pixels_of_the_jpeg(tmp_path) -> None:
    write("gt_pairs", tmp_path, [sample(image=jpeg())], png=True)

    written = Image.open(tmp_path / "lines" / "x.png")
    assert written.format == "PNG"
    assert np.array_equal(np.asarray(written), np.asarray(Image.open(io.BytesIO(jpeg()))))


@pytest.mark.parametrize("archive", ["zip", "tar"])
def test_archives_of_pairs_are_the_same_each_time_and_readable_by_their_owner(
    tmp_path, archive
) -> None:
    for name in ("first", "second"):
        write("gt_pairs", tmp_path / name, [sample("ä b")], archive=archive)

    first, second = (files_in(tmp_path / name) for name in ("first", "second"))
    assert first == second
    path = tmp_path / "first" / f"pairs.{archive}"
    if archive == "zip":
        with zipfile.ZipFile(path) as opened:
            found = {info.filename: info.external_attr >> 16 for info in opened.infolist()}
    else:
        with tarfile.open(path) as opened:
            found = {member.name: member.mode for member in opened}
    assert found == {"lines/ä b.png": 0o644, "lines/ä b.gt.txt": 0o644}


def test_json_lines_say_only_what_is_known(tmp_path) -> None:
    samples = [
        sample("a", "ä", split="test"),
        sample("b", ("con", "d"), split="test", document="page 1"),
        sample("c", ("a", "b"), split="test"),
    ]

    write("jsonl", tmp_path, samples)

    rows = (tmp_path / "test" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    assert rows[0] == '{"file_name": "images/a.png", "text": "ä"}'
    assert [json.loads(row) for row in rows[1:]] == [
        {"file_name": "images/b.png", "text": "cond", "units": ["con", "d"], "document": "page 1"},
        {"file_name": "images/c.png", "text": "ab"},
    ]


def test_parquet_is_described_as_the_hub_does(tmp_path) -> None:
    write("parquet", tmp_path, [sample("a", ("con", "d"), split="val", document="p")])

    table = pq.read_table(tmp_path / "data" / "validation-00000-of-00001.parquet")
    assert table.to_pylist() == [
        {
            "image": {"bytes": PNG, "path": "a.png"}, "text": "cond", "document": "p",
            "units": ["con", "d"],
        }
    ]  # fmt: skip
    info = json.loads(table.schema.metadata[b"huggingface"])["info"]
    assert info["features"]["image"] == {"_type": "Image"}
    assert list(info["features"]) == table.column_names


def test_parquet_has_small_groups_of_rows_and_files_of_limited_size(tmp_path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "PNG")
    samples = [sample(f"{n}", split="train", image=stream.getvalue()) for n in range(120)]
    small = [sample(f"{n}", split="test") for n in range(250)]

    write("parquet", tmp_path, samples + small, shard_mb=5)

    shards = sorted((tmp_path / "data").glob("train-*.parquet"))
    assert [path.name for path in shards] == [
        f"train-{n:05d}-of-00002.parquet" for n in range(2)
    ]  # fmt: skip
    assert sum(pq.read_metadata(path).num_rows for path in shards) == 120
    of_test = pq.read_metadata(tmp_path / "data" / "test-00000-of-00001.parquet")
    groups = [of_test.row_group(n).num_rows for n in range(of_test.num_row_groups)]
    assert groups == [100, 100, 50]


def test_a_size_that_is_none_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="--shard_mb 0: give at least 1"):
        write("parquet", tmp_path, [sample()], shard_mb=0)


def test_records_of_attention_ocr_are_what_tensorflow_decodes(tmp_path) -> None:
    import tensorflow as tf

    tiff = io.BytesIO()
    Image.fromarray(np.full((8, 12), 7, np.uint8)).save(tiff, "TIFF")
    samples = [
        sample("a/x", "Zwölf", split="train"),
        sample("y", ("con", "d"), tiff.getvalue(), split="train"),
        sample("z", "w", jpeg()),
    ]

    write("aocr", tmp_path, samples, uppercase=True)

    fields = {name: tf.io.FixedLenFeature([], tf.string) for name in ("image", "label", "comment")}
    rows = [
        tf.io.parse_single_example(record, fields)
        for split in ("train", "lines")
        for record in tf.data.TFRecordDataset(str(tmp_path / f"{split}.tfrecords"))
    ]
    assert [row["label"].numpy().decode() for row in rows] == ["ZWÖLF", "COND", "W"]
    assert [row["comment"].numpy() for row in rows] == [b"a/x.png", b"y.png", b"z.jpg"]
    assert rows[0]["image"].numpy() == PNG
    assert np.all(tf.io.decode_image(rows[1]["image"]).numpy() == 7)
