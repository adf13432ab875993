"""Packs: the same lines as the CSVs that they were made from."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tf_crnn.augmentation.line import Dose
from tf_crnn.batches import Batch, LineBatches
from tf_crnn.config import Params
from tf_crnn.documents import read_documents
from tf_crnn.errors import ConfigError, DataError, LineImageError
from tf_crnn.images import as_line_image, prepare_line, read_image
from tf_crnn.importers import delimited
from tf_crnn.importers.sample import Sample
from tf_crnn.line_index import Geometry
from tf_crnn.packs.description import check_packs, config_for_packs, read_description
from tf_crnn.packs.files import csv_of, format_reference, pack_of, parse_reference
from tf_crnn.packs.lines import read_line_image, read_line_size
from tf_crnn.packs.write import Packed, write_pack
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.provenance import describe_data
from tf_crnn.rejections import Rejection
from tf_crnn.samples import read_rows

MakePack = Callable[..., Packed]


@pytest.fixture
def params(tmp_path: Path, tiny_params: Callable[..., Params]) -> Params:
    return tiny_params(tmp_path)


@pytest.fixture
def make_pack(tmp_path: Path, params: Params) -> MakePack:
    """`make_pack(csv_path, **options)`: the folder `pack`."""

    def make(csv_files: Any, params: Params = params, **options: Any) -> Packed:
        config = config_for_packs(params.show_experiment_params())
        return write_pack(csv_files, config, tmp_path / "pack", **options)

    return make


def references(pack: Path) -> list[str]:
    return [str(pack / row.image_path) for row in read_rows(pack / "lines.csv")]


def test_each_line_lies_in_the_pack_as_the_network_takes_it(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, params: Params
) -> None:
    make_pack(line_csv)

    for number, reference in enumerate(references(tmp_path / "pack")):
        image = read_image(line_csv.parent / f"{number}.png")
        expected = prepare_line(image, params.input_shape, params.downscale_factor)
        assert np.array_equal(read_line_image(reference), expected)
        assert read_line_size(reference) == image.shape[:2]
        assert reference.endswith(f"/{number}.png")


def test_tensorflow_reads_the_records(tmp_path: Path, line_csv: Path, make_pack: MakePack) -> None:
    import tensorflow as tf

    make_pack(line_csv)

    records = tf.data.TFRecordDataset(str(tmp_path / "pack/lines-00000.tfrecord"))
    features = {name: tf.io.FixedLenFeature([], tf.string) for name in ("image", "label", "name")}
    features["shape"] = tf.io.FixedLenFeature([3], tf.int64)
    first = tf.io.parse_single_example(next(iter(records)), features)
    pixels = tf.reshape(tf.io.decode_raw(first["image"], tf.uint8), first["shape"])
    assert first["label"] == "|a| |b|o|n|e|"
    assert first["name"] == "0.png"
    [reference, *_] = references(tmp_path / "pack")
    assert np.array_equal(pixels.numpy(), read_line_image(reference))


def test_labels_and_names_of_any_kind_come_back(
    tmp_path: Path, make_pack: MakePack, draw_line: Callable[..., np.ndarray]
) -> None:
    rows = ["a b;ü.png;|a|;|b|", "a.png;plain; text", 'b.png;"quoted"', r"c\;d.png;|\\|;|"]
    for name in ("a b;ü", "a", "b", "c;d"):
        Image.fromarray(draw_line("a")[:, :, 0]).save(tmp_path / f"{name}.png")
    (tmp_path / "lines.csv").write_text("\n".join(rows), encoding="utf-8")

    make_pack(tmp_path / "lines.csv")

    original, packed = read_rows(tmp_path / "lines.csv"), read_rows(tmp_path / "pack" / "lines.csv")
    for row, line in zip(original, packed, strict=True):
        assert line.label == row.label
        assert line.image_path.endswith(f"/{row.image_path}")
        assert not line.problem


def test_what_a_pack_holds_is_described(
    tmp_path: Path, line_csv: Path, make_pack: MakePack
) -> None:
    done = make_pack(line_csv, shard_mb=0.01)

    pack = tmp_path / "pack"
    values = json.loads((pack / "pack.json").read_text())
    assert values["config"] == {
        "input_shape": [32, 320], "input_channels": 1, "downscale_factor": 4,
        "straighten_lines": False,
        "csv_delimiter": ";", "string_split_delimiter": "|",
    }  # fmt: skip
    assert (values["n_lines"], values["n_rejected"]) == (8, 0)
    assert values["made_from"] == {
        "csv_files": [str(line_csv)],
        **describe_data(line_csv, ";", "|"),
    }
    assert len(values["shards"]) > 2
    assert sum(shard["n_lines"] for shard in values["shards"]) == 8
    for shard in values["shards"]:
        assert (pack / shard["name"]).stat().st_size == shard["n_bytes"]
    assert read_description(pack) == done.description
    assert sorted(path.name for path in pack.iterdir()) == sorted(
        ["lines.csv", "pack.json", *(shard["name"] for shard in values["shards"])]
    )


def test_the_fingerprint_is_of_the_lines(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, params: Params
) -> None:
    first = make_pack(line_csv).description
    shutil.move(tmp_path / "pack", tmp_path / "first")
    again = make_pack(line_csv).description
    shutil.move(tmp_path / "pack", tmp_path / "again")
    Image.new("L", (90, 32), "white").save(line_csv.parent / "0.png")
    changed = make_pack(line_csv).description

    assert first.fingerprint == again.fingerprint != changed.fingerprint
    data = [describe_data(tmp_path / name, ";", "|") for name in ("first", "again", "pack")]
    assert data[0] == data[1]
    assert data[0]["images_sha256"] != data[2]["images_sha256"]
    assert data[0]["n_lines"] == 8


def test_lines_that_cannot_be_read_are_named_and_the_others_packed(
    tmp_path: Path, line_csv: Path, make_pack: MakePack
) -> None:
    (line_csv.parent / "3.png").write_bytes(b"no image")
    with line_csv.open("a") as stream:
        stream.write("none.png;|a|\nno label\n")

    done = make_pack(line_csv)

    with (tmp_path / "pack" / "rejected.csv").open(newline="") as stream:
        _, *rows = csv.reader(stream, delimiter=";")
    assert rows == [
        [str(line_csv), "4", "3.png", "unreadable image (no known image format)"],
        [str(line_csv), "9", "none.png", "missing file"],
        [str(line_csv), "10", "no label", "no label: the row has no ';'"],
    ]
    assert (done.description.n_lines, done.description.n_rejected) == (7, 3)


def test_documents_are_kept(tmp_path: Path, line_csv: Path, make_pack: MakePack) -> None:
    (line_csv.parent / "documents.csv").write_text("path;document\n1.png;page 1\n2.png;page 2\n")

    make_pack(line_csv)

    documents = read_documents(tmp_path / "pack" / "lines.csv")
    named = {path.rpartition("/")[2]: document for path, document in documents.items()}
    assert named == {"1.png": "page 1", "2.png": "page 2"}
    assert set(documents) < {row.image_path for row in read_rows(tmp_path / "pack" / "lines.csv")}


def test_nothing_is_left_where_nothing_can_be_packed(tmp_path: Path, make_pack: MakePack) -> None:
    (tmp_path / "lines.csv").write_text("none.png;|a|\n")

    with pytest.raises(DataError, match=r"no line can be packed.\n  1 x missing file: row 1"):
        make_pack(tmp_path / "lines.csv")

    (tmp_path / "lines.csv").write_text("")
    with pytest.raises(DataError, match="The CSV has no rows"):
        make_pack(tmp_path / "lines.csv")

    assert not (tmp_path / "pack").exists()
    assert not list(tmp_path.glob(".*"))


def test_a_pack_is_neither_overwritten_nor_packed(
    tmp_path: Path, line_csv: Path, make_pack: MakePack
) -> None:
    make_pack(line_csv)

    with pytest.raises(DataError, match="pack: is there already"):
        make_pack(line_csv)
    shutil.move(tmp_path / "pack", tmp_path / "first")
    with pytest.raises(DataError, match=r"first.lines\.csv: is a pack"):
        make_pack(tmp_path / "first")


def prepared(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [row[1:] for row in csv.reader(stream, delimiter=";")]


def test_the_same_lines_pass_preprocessing_from_a_pack(
    tmp_path: Path,
    line_csv: Path,
    make_pack: MakePack,
    tiny_params: Callable[..., Params],
    caplog: pytest.LogCaptureFixture,
) -> None:
    params = tiny_params(tmp_path, input_shape=(32, 104), max_chars_per_string=12)
    with line_csv.open("a") as stream:
        stream.write("0.png;|x|\n1.png;|a||b|\n2.png;|\n")
    make_pack(line_csv, params)

    counts = []
    for name, source in (("loose", line_csv), ("packed", tmp_path / "pack")):
        (tmp_path / name).mkdir()
        counts.append(preprocess_csv(str(source), params, tmp_path / name / "updated.csv"))

    loose, packed = (tmp_path / name for name in ("loose", "packed"))
    assert counts[0] == counts[1] == len(prepared(loose / "updated.csv")) > 0
    assert prepared(loose / "updated.csv") == prepared(packed / "updated.csv")
    reasons = [row[-1] for row in prepared(loose / "rejected.csv")]
    assert reasons == [row[-1] for row in prepared(packed / "rejected.csv")]
    assert any("not in the alphabet" in reason for reason in reasons)
    squeezed = [r.getMessage().partition(": ")[2] for r in caplog.records if "squeezed" in r.msg]
    assert squeezed[0].partition("(")[0] == squeezed[1].partition("(")[0]


@pytest.fixture
def batches(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, params: Params
) -> Callable[..., tuple[LineBatches, LineBatches]]:
    """`batches(**options)`: of the loose files and of the pack."""
    make_pack(line_csv, shard_mb=0.02)
    for name, source in (("loose", line_csv), ("packed", tmp_path / "pack")):
        preprocess_csv(str(source), params, tmp_path / f"{name}.csv")

    def make(**options: Any) -> tuple[LineBatches, LineBatches]:
        geometry = Geometry.of(params)
        loose, packed = (
            LineBatches(tmp_path / f"{name}.csv", geometry, batch_size=3, seed=7, **options)
            for name in ("loose", "packed")
        )
        return loose, packed

    return make


def assert_equal(first: Iterator[Batch], second: Iterator[Batch]) -> None:
    for one, other in zip(first, second, strict=True):
        for name in ("images", "time_steps", "label_codes", "label_lengths"):
            array, twin = getattr(one, name), getattr(other, name)
            assert array.dtype == twin.dtype
            assert array.tobytes() == twin.tobytes()
        assert [Path(p).name for p in one.paths] == [Path(p).name for p in other.paths]


@pytest.mark.parametrize("cache_mb", [0, 1])
def test_batches_are_the_same_bit_for_bit(
    batches: Callable[..., tuple[LineBatches, LineBatches]], cache_mb: float
) -> None:
    doses = {"rotation": Dose(0.05), "slant": Dose(0.7), "stretch": Dose(0.3), "blots": Dose(1.0)}

    loose, packed = batches(shuffle=True, doses=doses, cache_mb=cache_mb)

    for epoch in (0, 1):
        assert_equal(loose.epoch(epoch), packed.epoch(epoch))


def test_batches_without_augmentation_are_the_same_too(
    batches: Callable[..., tuple[LineBatches, LineBatches]],
) -> None:
    loose, packed = batches()

    assert_equal(loose.epoch(0), packed.epoch(0))


def test_colour_is_kept_for_a_network_that_takes_it(
    tmp_path: Path, make_pack: MakePack, tiny_params: Callable[..., Params]
) -> None:
    rng = np.random.default_rng(0)
    for name, shape in (("colour", (40, 90, 3)), ("grey", (40, 90))):
        Image.fromarray(rng.integers(0, 256, shape, np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "lines.csv").write_text("colour.png;|a|\ngrey.png;|a|\n")
    params = tiny_params(tmp_path, input_channels=3)

    make_pack(tmp_path / "lines.csv", params)

    for reference, name in zip(references(tmp_path / "pack"), ("colour", "grey"), strict=True):
        image = as_line_image(read_image(tmp_path / f"{name}.png"), 3)
        expected = prepare_line(image, params.input_shape, params.downscale_factor)
        assert np.array_equal(read_line_image(reference), expected)


def test_a_pack_is_an_input_of_a_training_with_the_same_geometry_only(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, tiny_params: Callable[..., Params]
) -> None:
    make_pack(line_csv)
    pack = str(tmp_path / "pack")
    inputs = {"csv_files_train": [pack, str(line_csv)], "csv_files_eval": pack}
    values = tiny_params(tmp_path).to_dict() | inputs

    params = Params.for_training(values)

    assert params.csv_files_train == (pack, str(line_csv))
    with pytest.raises(ConfigError) as raised:
        Params.for_training({**values, "input_shape": [48, 320], "cnn_pool_size": [[1, 1], [2, 4]]})
    message = str(raised.value)
    assert message.count("was made for another config") == 1
    assert "input_shape is [32, 320] in the pack and [48, 320] in the config" in message
    assert "(pixels of a time step: the product of all stride and pool widths) is 4 in" in message
    assert "input_channels" not in message


def test_a_pack_of_straight_lines_gives_the_same_batches(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, tiny_params: Callable[..., Params]
) -> None:
    params = tiny_params(tmp_path, straighten_lines=True)
    make_pack(line_csv, params)
    for name, source in (("loose", line_csv), ("packed", tmp_path / "pack")):
        preprocess_csv(str(source), params, tmp_path / f"{name}.csv")

    loose, packed = (
        LineBatches(tmp_path / f"{name}.csv", Geometry.of(params), batch_size=3)
        for name in ("loose", "packed")
    )

    assert_equal(loose.epoch(0), packed.epoch(0))


def test_a_pack_of_lines_that_are_not_straight_is_refused_where_they_shall_be(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, tiny_params: Callable[..., Params]
) -> None:
    make_pack(line_csv)
    path = tmp_path / "pack" / "pack.json"
    values = json.loads(path.read_text())
    del values["config"]["straighten_lines"]  # as packs were before there was this key
    path.write_text(json.dumps(values))
    straight = tiny_params(tmp_path, straighten_lines=True)

    check_packs([tmp_path / "pack"], tiny_params(tmp_path).show_experiment_params())
    with pytest.raises(DataError, match="straighten_lines is false in the pack and true"):
        check_packs([tmp_path / "pack"], straight.show_experiment_params())


def test_other_folders_and_damaged_packs_are_refused(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, tiny_params: Callable[..., Params]
) -> None:
    values = tiny_params(tmp_path).to_dict() | {"csv_files_eval": str(line_csv)}
    (tmp_path / "folder").mkdir()

    with pytest.raises(ConfigError, match="folder is a folder; give a file or a pack"):
        Params.for_training(values | {"csv_files_train": str(tmp_path / "folder")})

    make_pack(line_csv)
    packed = values | {"csv_files_train": str(tmp_path / "pack")}
    with pytest.raises(ConfigError, match=r"lookup_alphabet_file: .*folder; give a file\."):
        Params.for_training(packed | {"lookup_alphabet_file": str(tmp_path / "pack")})
    (tmp_path / "pack" / "pack.json").write_text('{"version": 2}')
    with pytest.raises(ConfigError, match=r"pack\.json: is damaged .* Make the pack again"):
        Params.for_training(packed)


def test_preprocessing_refuses_a_pack_of_another_geometry(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, tiny_params: Callable[..., Params]
) -> None:
    make_pack(line_csv)

    with pytest.raises(DataError, match="input_channels is 1 in the pack and 3 in the config"):
        preprocess_csv(
            str(tmp_path / "pack" / "lines.csv"),
            tiny_params(tmp_path, input_channels=3),
            tmp_path / "updated.csv",
        )


def test_damage_is_named_with_file_and_offset(
    tmp_path: Path, line_csv: Path, make_pack: MakePack, params: Params
) -> None:
    make_pack(line_csv)
    shard = tmp_path / "pack" / "lines-00000.tfrecord"
    content = bytearray(shard.read_bytes())
    [first, second, *_, last] = references(tmp_path / "pack")
    content[parse_reference(second).offset + 200] ^= 1
    shard.write_bytes(content[:-1])

    with pytest.raises(LineImageError, match=r"tfrecord, record at byte \d+: damaged record \(wr"):
        read_line_image(second)
    with pytest.raises(LineImageError, match=r"damaged record \(truncated: the record claims"):
        read_line_image(last)
    assert preprocess_csv(str(tmp_path / "pack"), params, tmp_path / "updated.csv") == 6
    assert read_line_image(first).shape[0] == 32
    shard.unlink()
    with pytest.raises(LineImageError, match="missing file"):
        read_line_image(first)
    with pytest.raises(LineImageError, match="^missing file$"):
        read_line_size(first)


def test_a_record_of_something_else_is_no_line(tmp_path: Path) -> None:
    from tf_crnn.tf_example import encode_example
    from tf_crnn.tfrecord import RecordWriter

    huge = encode_example({"shape": [2**40, 2**40, 1]}) + encode_example({"label": b"a"})
    contents = [b"", b"\x0a", encode_example({"label": b"a"}), huge]
    with RecordWriter(tmp_path / "x.tfrecord") as writer:
        offsets = [writer.write(content) for content in contents]

    for offset in offsets:
        reference = format_reference(str(tmp_path / "x.tfrecord"), offset, "a.png")
        with pytest.raises(LineImageError, match="holds no line of a pack|is no tf.train.Example"):
            read_line_image(reference)


def test_a_pack_made_anew_is_read_anew(tmp_path: Path, line_csv: Path, make_pack: MakePack) -> None:
    make_pack(line_csv)
    [first, *_] = references(tmp_path / "pack")
    before = read_line_image(first)
    shutil.rmtree(tmp_path / "pack")
    Image.fromarray(255 - before[:, :, 0]).save(line_csv.parent / "0.png")

    make_pack(line_csv)

    assert np.array_equal(read_line_image(first), 255 - before)


def count_open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc/self/fd to count in")
def test_few_files_stay_open(tmp_path: Path, line_csv: Path, make_pack: MakePack) -> None:
    with line_csv.open("a") as stream:
        stream.write(line_csv.read_text() * 5)
    make_pack(line_csv, shard_mb=0.001)
    lines = references(tmp_path / "pack")
    before = count_open_files()

    images = [read_line_image(line) for line in lines * 2]

    assert count_open_files() - before <= 32
    assert len(images) == 2 * 48
    assert len(list((tmp_path / "pack").glob("*.tfrecord"))) == 48


@pytest.mark.parametrize(
    ("path", "offset"),
    [
        ("/p/lines-00001.tfrecord@17/images/a.png", 17),
        ("/p/lines-00001.tfrecord@0", 0),
        ("/p/lines-00001.tfrecord@x/a.png", None),
        ("/p/lines-00001.tfrecord", None),
        ("/p/a@3.png", None),
    ],
)
def test_references_are_told_from_paths(path: str, offset: int | None) -> None:
    reference = parse_reference(path)

    assert (reference and reference.offset) == offset
    assert reference is None or reference.shard == "/p/lines-00001.tfrecord"


@pytest.mark.parametrize(
    ("image_path", "reference"),
    [
        ("images/a b.png", "s.tfrecord@5/images/a b.png"),
        ("/data/a.png", "s.tfrecord@5/data/a.png"),
        ("../../a.png", "s.tfrecord@5/a.png"),
        ("", "s.tfrecord@5"),
    ],
)
def test_a_reference_ends_as_the_path_of_the_image(image_path: str, reference: str) -> None:
    assert format_reference("s.tfrecord", 5, image_path) == reference
    assert parse_reference(reference) == ("s.tfrecord", 5)


def test_a_pack_is_meant_by_its_folder_and_by_its_csv(
    tmp_path: Path, line_csv: Path, make_pack: MakePack
) -> None:
    make_pack(line_csv)
    pack = tmp_path / "pack"

    assert csv_of(pack) == pack / "lines.csv"
    assert pack_of(pack) == pack_of(pack / "lines.csv") == pack
    assert csv_of(line_csv) == line_csv
    assert pack_of(line_csv) is pack_of(tmp_path) is None


def test_the_lines_of_a_pack_can_be_imported_and_exported(
    tmp_path: Path, line_csv: Path, make_pack: MakePack
) -> None:
    make_pack(line_csv)
    pack = tmp_path / "pack"

    lines = list(delimited.read(pack))

    names = [line.name for line in lines if isinstance(line, Sample)]
    assert names == [str(number) for number in range(len(references(pack)))]
    for line, reference in zip(lines, references(pack), strict=True):
        assert isinstance(line, Sample) and isinstance(line.image, bytes)
        assert np.array_equal(read_image(line.image), read_line_image(reference))


def test_a_damaged_record_is_rejected_by_an_import(
    tmp_path: Path, line_csv: Path, make_pack: MakePack
) -> None:
    make_pack(line_csv)
    shard = tmp_path / "pack/lines-00000.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-1])

    *_, last = delimited.read(tmp_path / "pack")

    assert isinstance(last, Rejection)
    assert "damaged record" in last.reason
