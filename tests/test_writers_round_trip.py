"""What a writer wrote, its importer reads as the same lines."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image
from support.importer_sources import draw_png

from tf_crnn.images import read_image
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.samples import format_row
from tf_crnn.writers import WRITERS
from tf_crnn.writers.export import export_dataset


class Row(NamedTuple):
    """A line of a CSV: the name of its image's file, its units, its document."""

    name: str
    units: tuple[str, ...]
    document: str = ""


CSVS = {
    "train": [
        Row("a b; ä.png", ("con", "d", "."), "page 1"),
        Row("sub/a.png", tuple('|"a"; b|'), "page 1"),
        Row("sub/A.png", tuple(" at both ends "), "Süd; Nord"),
        Row("dots.in.name.png", ("e\u0301", "é", "𝔊", "\\")),
    ],
    "val": [Row("a.jpg", tuple("{}[]\\n"), "page 2")],
    "test": [Row("../outside.png", tuple("x"))],
    "more": [Row("a.tif", tuple("\u05d0\u05d1 12"), "page 3"), Row("b.png", ("ſt",))],
}
# Each option that changes what is written, and options of the importer that it needs.
WAYS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *((name, {}, {}) for name in sorted(WRITERS)),
    ("csv", {"delimiter": "\t", "unit_delimiter": ";"}, {"delimiter": "\t", "unit_delimiter": ";"}),
    ("csv", {"images": "refer"}, {}),
    ("gt_pairs", {"archive": "zip"}, {}),
    ("gt_pairs", {"archive": "tar", "png": True}, {}),
    ("parquet", {"shard_mb": 1}, {}),
    ("aocr", {"uppercase": False}, {}),
]
CARRIES = {
    "aocr": {"splits"},
    "csv": {"units", "splits", "documents"},
    "gt_pairs": {"splits"},
    "jsonl": {"units", "splits", "documents"},
    "parquet": {"units", "splits", "documents"},
}


@pytest.fixture(scope="module")
def csvs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("round") / "set"
    documents = [["path", "document"]]
    seed = 0
    for split, rows in CSVS.items():
        for row in rows:
            seed += 1
            _draw(folder / "images" / row.name, seed)
            if row.document:
                documents.append([f"images/{row.name}", row.document])
        text = "".join(format_row(f"images/{row.name}", row.units) for row in rows)
        (folder / f"{split}.csv").write_text(text, encoding="utf-8")
    with (folder / "documents.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(documents)
    return [folder / f"{split}.csv" for split in CSVS]


def _draw(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        path.write_bytes(draw_png(seed, width_px=20 + seed))
    else:
        pixels = np.random.default_rng(seed).integers(0, 256, (9, 20 + seed, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)


def lines_of(form: str, samples: Iterable[Sample]) -> list[tuple[object, ...]]:
    """All that a format carries, in one order; pictures as their bytes."""
    kept = CARRIES[form]
    lines = [
        (
            "".join(sample.label),
            tuple(sample.label) if "units" in kept else (),
            sample.split if "splits" in kept else "",
            sample.document if "documents" in kept else "",
            (pixels := read_image(sample.image)).shape,
            pixels.tobytes(),
        )
        for sample in samples
    ]
    return sorted(lines)


def read(form: str, sources: Iterable[Path], **options: Any) -> Iterator[Sample]:
    for source in sources:
        for found in IMPORTERS[form].read(source, **options):
            assert isinstance(found, Sample), found
            yield found


@pytest.mark.parametrize(("form", "options", "reading"), WAYS, ids=str)
def test_what_was_exported_is_imported_as_the_same_lines(
    csvs: list[Path], tmp_path: Path, form: str, options: dict[str, Any], reading: dict[str, Any]
) -> None:
    out = tmp_path / "out"

    done = export_dataset(form, csvs, output=out, options=options, reading={})

    assert done.reasons.n_rejected == 0
    written = [out]
    if form == "csv":
        written = [path for path in sorted(out.glob("*.csv")) if path.name != "documents.csv"]
    elif "archive" in options:
        written = [out / f"pairs.{options['archive']}"]
    found = lines_of(form, read(form, written, **reading))
    assert found == lines_of(form, read("csv", csvs))
    assert len(found) == sum(map(len, CSVS.values()))


def test_every_writer_has_an_importer_and_says_whether_it_keeps_units() -> None:
    assert set(WRITERS) <= set(IMPORTERS)
    assert {name for name, writer in WRITERS.items() if writer.keeps_units} == {
        name for name in WRITERS if "units" in CARRIES[name]
    }


def test_every_option_that_changes_what_is_written_is_tried() -> None:
    tried = {(form, name) for form, options, _ in WAYS for name in options}

    assert tried == {
        (form, option.name) for form, writer in WRITERS.items() for option in writer.options
    }
