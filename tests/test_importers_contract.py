"""What every importer keeps to; see `support.importer_sources` for what a new one needs."""

import importlib
import io
import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from support.importer_sources import SECRET, Line, Source, draw_png, plain_lines
from support.memory import peak_memory_mb

from tf_crnn.alphabet import Alphabet
from tf_crnn.datasets.importing import Imported, ImportPlan, Origin, import_dataset
from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

SUPPORT = Path(__file__).parent
MOST_MEMORY_MB = 500
MANY = 10_000

LINES = (
    Line("plain", "first-line", draw_png(1), "train", "page 1"),
    Line("two words", "Zwölf Boxkämpfer; jagen", draw_png(2), "train", "page 1"),
    Line("Größe; ü", "naïve,–“quoted”", draw_png(3), "val", "Süd"),
    Line("dots.in.name", "a.b_c", draw_png(4), "test", "page 3"),
)


HAVE_SOURCES = sorted(
    form for form in IMPORTERS if (SUPPORT / f"support/importer_sources/{form}.py").exists()
)


def source_of(form: str) -> Source:
    return cast(Source, importlib.import_module(f"support.importer_sources.{form}"))


@pytest.fixture(params=HAVE_SOURCES)
def form(request: pytest.FixtureRequest) -> str:
    """A key of `IMPORTERS`."""
    return cast(str, request.param)


@pytest.fixture
def source(form: str) -> Source:
    return source_of(form)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the source is written, the secret beside it."""
    made = tmp_path / "source"
    made.mkdir()
    (made / "secret.txt").write_text(SECRET)
    return made


def lines_for(source: Source) -> list[Line]:
    if "spaces" in source.KEEPS:
        return list(LINES)
    return [line._replace(text=line.text.replace(" ", "")) for line in LINES]


def read(form: str, path: Path) -> list[Sample | Rejection]:
    return list(IMPORTERS[form].read(path, **source_of(form).OPTIONS))


def bring_in(form: str, path: Path, output_dir: Path, **plan: Any) -> Imported:
    origin = Origin(form, [path], source_of(form).OPTIONS)
    return import_dataset(origin, output_dir, plan=ImportPlan(**plan))


def text_of(sample: Sample | Rejection) -> str:
    assert isinstance(sample, Sample), sample
    return sample.label if isinstance(sample.label, str) else "".join(sample.label)


def pixels(image: Path | bytes) -> np.ndarray:
    opened = Image.open(io.BytesIO(image) if isinstance(image, bytes) else image)
    return np.asarray(opened.convert("L"))


def test_every_format_has_sources_for_these_tests() -> None:
    assert sorted(IMPORTERS) == HAVE_SOURCES


def test_what_was_written_is_read(form: str, source: Source, folder: Path) -> None:
    lines = lines_for(source)

    found = {text_of(sample): sample for sample in read(form, source.write(folder, lines))}

    assert sorted(found) == sorted(line.text for line in lines)
    for line in lines:
        sample = found[line.text]
        assert isinstance(sample, Sample)
        assert np.array_equal(pixels(sample.image), pixels(line.image))
        assert "names" not in source.KEEPS or sample.name.rpartition("/")[2] == line.name
        assert "splits" not in source.KEEPS or sample.split == line.split
        assert "documents" not in source.KEEPS or sample.document == line.document


def test_units_are_kept_where_the_format_marks_them(
    form: str, source: Source, folder: Path
) -> None:
    units = ("ch", "a", "t", *(bar for bar in "|" if bar not in getattr(source, "LACKS", "")))
    line = Line("one", "".join(units), draw_png(5), units=units)

    [sample] = read(form, source.write(folder, [line]))

    assert text_of(sample) == "".join(units)
    assert "units" not in source.KEEPS or cast(Sample, sample).label == units


def test_an_import_gives_the_same_lines(
    form: str, source: Source, folder: Path, tmp_path: Path
) -> None:
    lines = lines_for(source)

    imported = bring_in(form, source.write(folder, lines), tmp_path / "out")

    assert imported.reasons.n_rejected == 0
    found = {text_of(s): s for s in read_again(tmp_path / "out")}
    assert sorted(found) == sorted(line.text for line in lines)
    for line in lines:
        assert np.array_equal(pixels(found[line.text].image), pixels(line.image))


def test_a_damaged_source_is_named_and_its_good_lines_are_read(
    form: str, source: Source, folder: Path
) -> None:
    path = source.damaged(folder)

    try:
        rejections = [found for found in read(form, path) if isinstance(found, Rejection)]
    except DataError as error:
        assert str(folder) in str(error)
    else:
        assert rejections
        assert all(rejection.reason for rejection in rejections)
        assert all(folder in r.csv_path.parents or r.csv_path == folder for r in rejections)


def test_an_empty_folder_and_an_empty_file_are_refused(
    form: str, folder: Path, tmp_path: Path
) -> None:
    (folder / "secret.txt").unlink()
    empty_file = tmp_path / "empty"
    empty_file.touch()

    for nothing in (folder, empty_file):
        with pytest.raises(DataError, match=re.escape(str(tmp_path))):
            bring_in(form, nothing, tmp_path / "out")


def test_a_missing_image_is_named_and_the_others_are_imported(
    form: str, source: Source, folder: Path, tmp_path: Path
) -> None:
    path = source.without_image(folder)
    if path is None:
        return

    imported = bring_in(form, path, tmp_path / "out", **{})

    assert imported.reasons.n_rejected == 1
    assert sum(written.n_lines for written in imported.splits.values()) >= 1
    assert "missing" in str(imported.reasons)


def test_units_outside_the_alphabet_are_named(
    form: str, source: Source, folder: Path, tmp_path: Path
) -> None:
    Alphabet.from_units("abcdefghijklmnopqrstuvwxyz-").save(tmp_path / "alphabet.json")

    imported = bring_in(
        form, source.write(folder, lines_for(source)), tmp_path / "out",
        alphabet=tmp_path / "alphabet.json",
    )  # fmt: skip

    assert sum(written.n_lines for written in imported.splits.values()) == 1
    assert imported.unknown_units["ï"] == 1
    assert "'ï' (U+00EF)" in (tmp_path / "out" / "rejected.csv").read_text(encoding="utf-8")


def test_attacks_write_nothing_outside_and_read_no_secret(
    form: str, source: Source, folder: Path, tmp_path: Path
) -> None:
    for number, path in enumerate(source.malicious(folder)):
        before = snapshot(tmp_path)
        output_dir = tmp_path / f"out{number}"

        try:
            bring_in(form, path, output_dir, is_copying=True)
        except DataError as error:
            assert SECRET not in str(error)

        assert {
            k: v for k, v in snapshot(tmp_path).items() if output_dir not in k.parents
        } == before
        for written in output_dir.rglob("*"):
            assert not written.is_symlink()
            assert written.is_dir() or SECRET.encode() not in written.read_bytes()


@pytest.mark.parametrize("kind", [pytest.param("many", marks=pytest.mark.slow), "malicious"])
def test_memory_stays_small(kind: str, tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_importers_contract as contract\n"
        "contract.import_all(sys.argv[2], sys.argv[3])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code, str(SUPPORT), kind, str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=900,
    )  # fmt: skip

    peaks = json.loads(result.stdout)
    assert sorted(peaks) == HAVE_SOURCES
    assert {form: mb for form, mb in peaks.items() if mb > MOST_MEMORY_MB} == {}


def import_all(kind: str, workplace: str) -> None:
    """Read much, or import what attacks, in every format; print the peak memory in MB."""
    peaks = {}
    for form in HAVE_SOURCES:
        folder = Path(workplace, form)
        folder.mkdir()
        (folder / "secret.txt").write_text(SECRET)
        if kind == "many":
            source = source_of(form)
            path = source.write(folder, plain_lines(MANY))
            found = IMPORTERS[form].read(path, **source.OPTIONS)
            assert sum(isinstance(sample, Sample) for sample in found) == MANY, form
        else:
            for number, path in enumerate(source_of(form).malicious(folder)):
                try:
                    bring_in(form, path, folder / f"out{number}")
                except DataError:
                    continue
        peaks[form] = peak_memory_mb()
    sys.stdout.write(json.dumps(peaks))


def test_the_memory_of_an_import_hangs_on_no_number_of_lines(tmp_path: Path) -> None:
    peaks = []
    for n_lines in (200, 2_200):
        (tmp_path / f"{n_lines}").mkdir()
        path = source_of("csv").write(tmp_path / f"{n_lines}", plain_lines(n_lines))
        tracemalloc.start()
        bring_in("csv", path, tmp_path / f"out{n_lines}")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    # Documents that are one line each are known by name, once while read and once while written.
    assert (peaks[1] - peaks[0]) / 2_000 < 700


def read_again(dataset: Path) -> Iterator[Sample]:
    for split in ("train", "val", "test"):
        path = dataset / f"{split}.csv"
        if path.exists():
            for found in IMPORTERS["csv"].read(path):
                assert isinstance(found, Sample)
                yield found


def snapshot(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of change of every file, folders without."""
    return {
        path: (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir()
    }
