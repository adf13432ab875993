import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

ROOT = Path(__file__).parents[1]
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(path, columns, types=None, features=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(v, (types or {}).get(name)) for name, v in columns.items()})
    if features:
        info = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": info})
    pq.write_table(table, path, **options)
    return path


def stored(*contents, path=None):
    return [{"bytes": content, "path": path} for content in contents]


def read(source, **options):
    return list(IMPORTERS["parquet"].read(source, **options))


def test_a_set_of_teklia_is_read_with_its_splits(tmp_path) -> None:
    for split, n_files in (("train", 2), ("validation", 1), ("test", 1)):
        for number in range(n_files):
            name = f"data/{split}-{number:05d}-of-{n_files:05d}.parquet"
            columns = {"image": stored(b"1", b"2"), "text": ["un", f"{split}{number}"]}
            write(tmp_path / name, columns, {"image": IMAGE})

    samples = read(tmp_path)

    found = [(sample.split, sample.label, sample.image, sample.row) for sample in samples]
    assert found == [
        ("test", "un", b"1", 1), ("test", "test0", b"2", 2),
        ("train", "un", b"1", 1), ("train", "train0", b"2", 2),
        ("train", "un", b"1", 1), ("train", "train1", b"2", 2),
        ("val", "un", b"1", 1), ("val", "validation0", b"2", 2),
    ]  # fmt: skip
    assert samples[0].name == "test-00000-of-00001-000001"
    assert len({sample.name for sample in samples}) == len(samples)


def test_catmus_is_read_with_its_own_splits_and_the_manuscripts_asked_for(tmp_path) -> None:
    columns = {
        "im": stored(b"a", b"b", b"c"),
        "text": ["⁊ cetera", "dñs", "q̃"],
        "gen_split": ["train", "dev", "test"],
        "shelfmark": ["BnF fr. 1", "BnF fr. 2", None],
        "project": ["x", "y", "z"],
    }
    path = write(tmp_path / "data" / "train-00000-of-00011.parquet", columns, {"im": IMAGE})

    found = read(path, document_column="shelfmark")

    assert [(s.label, s.split, s.document) for s in found] == [
        ("⁊ cetera", "train", "BnF fr. 1"), ("dñs", "val", "BnF fr. 2"), ("q̃", "test", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([b"x"], pa.binary()),
        ([b"x"], pa.large_binary()),
        ([b"x"], pa.binary_view()),
        ([{"bytes": b"x"}], pa.struct([("bytes", pa.large_binary())])),
        ([{"path": None, "size": 1, "bytes": b"x"}], None),
    ],
)
def test_images_of_every_type_are_read(tmp_path, values, kind) -> None:
    path = write(tmp_path / "a.parquet", {"image": values, "text": ["t"]}, {"image": kind})

    [sample] = read(path)

    assert sample.image == b"x"


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())],
)
def test_texts_of_every_type_are_read(tmp_path, kind) -> None:
    columns = {"image": [b"x", b"y"], "transcription": ["Zwölf", "𝔊"]}
    path = write(tmp_path / "a.parquet", columns, {"transcription": kind})

    assert [sample.label for sample in read(path)] == ["Zwölf", "𝔊"]


def test_paths_are_looked_for_beside_the_file(tmp_path) -> None:
    columns = {"file_name": ["images/ä b.png", "../x.png"], "text": ["a", "b"]}
    path = write(tmp_path / "set" / "a.parquet", columns)

    samples = read(path)

    assert [sample.image for sample in samples] == [
        tmp_path / "set" / "images" / "ä b.png", tmp_path / "set" / "../x.png",
    ]  # fmt: skip
    assert [sample.name for sample in samples] == ["images/ä b", "x"]


def test_units_are_read_where_they_are_given(tmp_path) -> None:
    columns = {"image": [b"x", b"y"], "text": ["cond", "ab"], "units": [["con", "d"], None]}
    path = write(tmp_path / "a.parquet", columns)

    assert [sample.label for sample in read(path)] == [("con", "d"), "ab"]


def test_rows_without_image_or_text_are_named(tmp_path) -> None:
    images = [{"bytes": b"x", "path": "1.png"}, {"bytes": None, "path": None}, None,
              {"bytes": b"y", "path": "4.png"}]  # fmt: skip
    columns = {"image": images, "text": [None, "b", "c", "d"]}
    path = write(tmp_path / "a.parquet", columns, {"image": IMAGE})

    first, second, third, last = read(path)

    assert first == Rejection(path, 1, "1.png", "no text", "no text in column 'text'")
    assert second.row == 2 and second.reason == "no image: neither bytes nor path are there"
    assert third.row == 3
    assert isinstance(last, Sample)


def test_text_that_is_not_utf_8_is_named(tmp_path) -> None:
    texts = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\0\0\0\0\x01\0\0\0\x02\0\0\0"), pa.py_buffer(b"\xffb")
    )
    path = write(tmp_path / "a.parquet", {"image": [b"x", b"y"], "text": texts})

    rejection, sample = read(path)

    assert rejection.row == 1 and "utf-8" in rejection.reason
    assert sample.label == "b"


def test_classes_are_no_texts(tmp_path) -> None:
    features = {"image": {"_type": "Image"}, "label": {"names": ["a"], "_type": "ClassLabel"}}
    columns = {"image": stored(b"x"), "label": [0]}
    path = write(tmp_path / "a.parquet", columns, {"image": IMAGE}, features)

    with pytest.raises(DataError, match=r"'label' holds numbers of classes \(ClassLabel\)"):
        read(path)
    with pytest.raises(DataError, match=r"'label' holds numbers of classes \(ClassLabel\)"):
        read(path, text_column="label")


def test_the_hubs_metadata_tell_the_image(tmp_path) -> None:
    features = {"page": {"_type": "Image"}, "text": {"dtype": "string", "_type": "Value"}}
    columns = {"page": stored(b"x"), "text": ["a"]}
    path = write(tmp_path / "a.parquet", columns, {"page": IMAGE}, features)

    [sample] = read(path)

    assert sample.image == b"x"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"no column for the text is found. There are image \(binary\), words \(string\), n"),
        ({"text_column": "word"}, r"--text_column word: no such column.* Did you mean words\?"),
        ({"text_column": "n"}, r"column 'n' holds int64, which is no text"),
        (
            {"text_column": "words", "image_column": "n"},
            r"column 'n' holds int64, which is no image",
        ),
        ({"text_column": "words", "document_column": "x"}, r"--document_column x: no such column"),
    ],
)
def test_columns_that_do_not_fit_are_refused(tmp_path, options, message) -> None:
    path = write(tmp_path / "a.parquet", {"image": [b"x"], "words": ["a"], "n": [1]})

    with pytest.raises(DataError, match=message):
        read(path, **options)
    assert [sample.label for sample in read(path, text_column="words")] == ["a"]


def test_a_damaged_file_is_named_and_the_others_are_read(tmp_path) -> None:
    whole = write(tmp_path / "b.parquet", {"image": [b"x"], "text": ["a"]})
    (tmp_path / "a.parquet").write_bytes(whole.read_bytes()[:50])

    rejection, sample = read(tmp_path)

    assert rejection.csv_path == tmp_path / "a.parquet"
    assert rejection.kind == "damaged parquet file"
    assert sample.label == "a"
    with pytest.raises(DataError, match=r"a.parquet: damaged parquet file"):
        read(tmp_path / "a.parquet")


def test_a_damaged_group_of_rows_is_named_and_the_others_are_read(tmp_path) -> None:
    columns = {"image": [os.urandom(5000) for _ in range(30)], "text": ["a"] * 30}
    path = write(tmp_path / "a.parquet", columns, row_group_size=10, compression="none")
    content = bytearray(path.read_bytes())
    group = pq.ParquetFile(path).metadata.row_group(1).column(0)
    content[group.data_page_offset : group.data_page_offset + 20] = bytes(20)
    path.write_bytes(content)

    found = read(path)

    assert [sample.row for sample in found] == [*range(1, 12), *range(21, 31)]
    [rejection] = [result for result in found if isinstance(result, Rejection)]
    assert "rows 11 to 20 are lost" in rejection.reason


def test_folders_without_parquet_are_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="no parquet file is there"):
        read(tmp_path)
    (tmp_path / "data-00000-of-00001.arrow").touch()
    with pytest.raises(DataError, match="holds .arrow files, as `save_to_disk`"):
        read(tmp_path)


def test_memory_stays_flat_where_one_row_group_holds_all(tmp_path) -> None:
    image = os.urandom(1 << 20)
    columns = {"image": [image[n:] + image[:n] for n in range(300)], "text": ["a"] * 300}
    path = write(
        tmp_path / "a.parquet", columns, row_group_size=300, compression="none", write_batch_size=8
    )
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path;"
        "from support.memory import peak_memory_mb; from tf_crnn.importers import IMPORTERS;"
        "read = IMPORTERS['parquet'].read; before = peak_memory_mb();"
        "n = sum(1 for _ in read(Path(sys.argv[1]))); print(n, peak_memory_mb() - before)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code, str(path), str(ROOT / "tests")],
        cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip

    n_rows, grown_mb = map(int, result.stdout.split())
    assert n_rows == 300
    assert grown_mb < 100
