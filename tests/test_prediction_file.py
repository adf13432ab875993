"""A file of readings that an interrupted reading goes on with."""

import json
import tracemalloc
from contextlib import closing
from itertools import repeat
from pathlib import Path

import pytest

from tf_crnn.decoding.transcription import Reading, Transcription
from tf_crnn.errors import DataError
from tf_crnn.prediction_file import ReadingsFile, RowFormat, check_output

FORMATS = {"text": RowFormat(as_json=False), "json": RowFormat(as_json=True)}
NAMES = ["a.png", "b;c.png", '"q";.png', "d\\e.png", "two\nlines.png", "ü.png", "f.png", "g.png"]
SOURCES = [Path("lines") / name if '"' not in name else Path(name) for name in NAMES]


@pytest.fixture(params=FORMATS)
def row_format(request: pytest.FixtureRequest) -> RowFormat:
    return FORMATS[request.param]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "readings.txt"


def reading_of(text: str) -> Transcription:
    return Transcription(text, tuple(text), -0.5, 1.0, (Reading(text, -0.5),))


def read(
    path: Path,
    row_format: RowFormat,
    *,
    n_lines: int = 100,
    sources: list[Path] = SOURCES,
    failing: tuple[Path, ...] = (),
) -> list[Path]:
    """What a call reads that is killed after some lines; each text is the name of the image."""
    done = list[Path]()
    with closing(ReadingsFile(path, row_format)) as file:
        for source, _ in zip(file.remaining(sources), range(n_lines), strict=False):
            done.append(source)
            if source in failing:
                file.add_failed(source, f"{source}: no image\nat all")
            else:
                file.add(row_format.reading(source, reading_of(f"{source.stem};\u2028x")))
    return done


@pytest.mark.parametrize("n_before", range(len(SOURCES) + 1))
def test_what_is_there_is_not_read_again(path: Path, row_format: RowFormat, n_before: int) -> None:
    read(path, row_format, n_lines=n_before)

    rest = read(path, row_format)

    assert rest == SOURCES[n_before:]
    alone = path.with_name("alone")
    read(alone, row_format)
    assert path.read_bytes() == alone.read_bytes()


def test_a_file_that_ends_anywhere_becomes_what_it_would_have_been(
    path: Path, row_format: RowFormat
) -> None:
    read(path, row_format)
    whole = path.read_bytes()

    for n_bytes in range(len(whole)):
        path.write_bytes(whole[:n_bytes])
        rest = read(path, row_format)
        assert rest == SOURCES[whole[:n_bytes].count(b"\n") :]
        assert path.read_bytes() == whole


def test_rows_are_on_the_disk_at_once(path: Path, row_format: RowFormat) -> None:
    with closing(ReadingsFile(path, row_format)) as file:
        file.add("one")
        assert path.read_text() == "one\n"
        file.add("two")
        assert path.read_text() == "one\ntwo\n"


def test_what_failed_is_noted_once_and_tried_again_before_the_rest(
    path: Path, row_format: RowFormat
) -> None:
    failing = (SOURCES[1], SOURCES[2], SOURCES[4])
    read(path, row_format, n_lines=6, failing=failing)
    failed = path.with_name("readings.txt.failed")
    assert failed.read_text().count("\n") == 3

    second = read(path, row_format, n_lines=4, failing=failing[:1])
    third = read(path, row_format)
    fourth = read(path, row_format)

    assert second == [*failing, SOURCES[6]]
    assert third == [SOURCES[1], SOURCES[7]]
    assert fourth == []
    assert failed.read_text().count("\n") == 3
    beginnings = [row_format.beginning_of(row) for row in path.read_text().splitlines()]
    order = [0, 3, 5, 2, 4, 6, 1, 7]
    assert beginnings == [row_format.beginning(SOURCES[number]) for number in order]


def test_one_that_failed_last_is_not_tried_twice(path: Path, row_format: RowFormat) -> None:
    read(path, row_format, n_lines=3, failing=(SOURCES[2],))

    assert read(path, row_format) == SOURCES[2:]


def test_a_source_that_is_named_twice_is_read_twice(path: Path, row_format: RowFormat) -> None:
    sources = [SOURCES[0], SOURCES[0], SOURCES[1], SOURCES[0]]

    assert read(path, row_format, sources=sources, n_lines=1) == sources[:1]
    assert read(path, row_format, sources=sources) == sources[1:]
    assert read(path, row_format, sources=sources) == []


def test_failures_are_told_with_their_reasons(path: Path) -> None:
    read(path, FORMATS["text"], failing=(SOURCES[1],))
    read(path.with_name("json"), FORMATS["json"], failing=(SOURCES[1],))

    rows = path.with_name("readings.txt.failed").read_text()
    assert rows == "lines/b\\;c.png;lines/b;c.png: no image at all\n"
    assert json.loads(path.with_name("json.failed").read_text()) == {
        "path": "lines/b;c.png",
        "error": "lines/b;c.png: no image\nat all",
    }


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (SOURCES[1:], r"row 1 begins with .*a\.png.*, where the sources have lines/b;c\.png"),
        ([SOURCES[0], *SOURCES[2:]], r"row 2 begins with .*, where the sources have \"q\";\.png"),
        (SOURCES[:2], "row 3 begins with .*, where the sources end"),
    ],
)
def test_other_sources_are_refused_and_the_file_stays(
    path: Path, row_format: RowFormat, sources: list[Path], message: str
) -> None:
    read(path, row_format, n_lines=4)
    with path.open("a") as stream:
        stream.write("half")
    before = path.read_bytes()

    with pytest.raises(DataError, match=rf"readings\.txt: {message}.*same sources"):
        read(path, row_format, sources=sources)

    assert path.read_bytes() == before


@pytest.mark.parametrize("written", FORMATS)
def test_the_other_format_is_refused(path: Path, written: str) -> None:
    [other] = set(FORMATS) - {written}
    read(path, FORMATS[written])

    with pytest.raises(DataError, match="--json as before"):
        read(path, FORMATS[other])


@pytest.mark.parametrize("content", ["no reading", "no reading\n", "lines/b"])
def test_a_file_of_something_else_is_not_cut(
    path: Path, row_format: RowFormat, content: str
) -> None:
    path.parent.mkdir()
    path.write_text(content)

    with pytest.raises(DataError, match="is no row of"):
        read(path, row_format)

    assert path.read_text() == content


@pytest.mark.parametrize("name", ["readings.txt", "readings.txt.failed"])
def test_a_file_that_is_there_is_refused_unless_to_be_gone_on_with(path: Path, name: str) -> None:
    check_output(path, resume=False)
    path.parent.mkdir()
    path.with_name(name).touch()
    check_output(path, resume=False)
    path.with_name(name).write_text("x")

    check_output(path, resume=True)
    with pytest.raises(DataError, match=rf"{name}: is there already\. Go on with it by --resume"):
        check_output(path, resume=False)


def test_a_full_disk_is_told_with_what_to_do(row_format: RowFormat) -> None:
    with pytest.raises(DataError, match=r"/dev/full: cannot be written \(No space left on device"):
        read(Path("/dev/full"), row_format)


def test_rows_are_gone_through_in_constant_memory(tmp_path: Path) -> None:
    path, n_lines, source = tmp_path / "many", 100_000, Path("lines/a.png")
    with path.open("w") as stream:
        stream.writelines(repeat("lines/a.png;some text\n", n_lines))

    tracemalloc.start()
    file = ReadingsFile(path, FORMATS["text"])
    rest = list(file.remaining(repeat(source, n_lines + 1)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert rest == [source]
    assert file.n_before == n_lines
    assert most < 500_000
