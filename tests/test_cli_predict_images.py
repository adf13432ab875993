"""`tf-crnn predict` over images: files of readings, interrupted calls, and how far it is."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import TEXTS, Trained

from tf_crnn.cli import main
from tf_crnn.read_ahead import CHUNK_LINES, CHUNKS_AHEAD

COMMAND = [sys.executable, "-c", "from tf_crnn.cli import main; main()", "predict"]
# So many that one chunk is written while the call waits for more paths.
N_LINES = (1 + CHUNKS_AHEAD) * CHUNK_LINES + 64


@pytest.fixture(scope="module")
def paths(trained: Trained) -> list[Path]:
    return [trained.csv_path.with_name(f"{number}.png") for number in range(len(TEXTS))]


def predict(model: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["predict", str(model), *map(str, arguments)])


def rows_of(paths: list[Path], texts: tuple[str, ...] = TEXTS) -> list[str]:
    return [f"{path};{text}" for path, text in zip(paths, texts, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_interrupted_call_goes_on_where_it_was(
    run_folder: Path, paths: list[Path], tmp_path: Path, by: signal.Signals, options: list[str]
) -> None:
    many = list(islice(cycle(paths), N_LINES))
    output = tmp_path / "readings"
    command = [
        *COMMAND, str(run_folder), "-", "--output", str(output), *options,
    ]  # fmt: skip

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as first:
        assert first.stdin is not None and first.stderr is not None
        first.stdin.writelines(f"{path}\n" for path in many)
        first.stdin.flush()
        _wait_for_rows(output, CHUNK_LINES, first)
        first.send_signal(by)
        told = first.stderr.read()
    with output.open("r+b") as stream:
        stream.truncate(output.stat().st_size - 5)
    second = subprocess.run(
        [*command, "--resume"], input="".join(f"{path}\n" for path in many),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert first.returncode != 0
    if by is signal.SIGINT:
        assert f"stopped; go on with {output} by --resume" in told
    assert second.returncode == 0, second.stderr
    n_left = N_LINES - CHUNK_LINES + 1
    assert f"read {n_left:,} of {n_left:,} images; {CHUNK_LINES - 1} stood in" in second.stderr
    rows = output.read_text().splitlines()
    if options:
        rows = [f"{row['path']};{row['text']}" for row in map(json.loads, rows)]
    assert rows == list(islice(cycle(rows_of(paths)), N_LINES))
    assert not output.with_name("readings.failed").exists()


def _wait_for_rows(path: Path, n_rows: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while not path.exists() or path.read_bytes().count(b"\n") < n_rows:
        assert process.poll() is None
        assert time.monotonic() < until


@pytest.mark.slow
def test_a_terminal_shows_how_far_it_is(
    run_folder: Path, paths: list[Path], tmp_path: Path
) -> None:
    csv = tmp_path / "many.csv"
    csv.write_text("".join(f"{path};|a|\n" for path in islice(cycle(paths), N_LINES)))
    ours, theirs = pty.openpty()

    with subprocess.Popen(
        [*COMMAND, str(run_folder), str(csv), "--output", str(tmp_path / "readings")],
        stderr=theirs, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b"".join(_all_of(ours)).decode()
        assert process.stdout is not None and process.stdout.read() == b""

    assert process.returncode == 0
    *bars, end = shown.split("\r")[:-1]
    assert any(bar.startswith("read ") and "%), " in bar and " left" in bar for bar in bars)
    assert f"read {N_LINES:,} of {N_LINES:,} images" in end


def _all_of(terminal: int) -> list[bytes]:
    parts = list[bytes]()
    try:
        while part := os.read(terminal, 1 << 16):
            parts.append(part)
    except OSError:
        # How Linux says that nobody writes any more.
        pass
    return parts


def test_nothing_is_shown_where_no_terminal_is_unless_wanted(
    run_folder: Path, paths: list[Path]
) -> None:
    plain = predict(run_folder, paths[0])
    wanted = predict(run_folder, paths[0], "--progress")

    assert plain.stderr == wanted.stderr == "read 1 of 1 images\n"


def test_rows_go_to_the_file_and_those_that_failed_are_tried_again(
    run_folder: Path, paths: list[Path], tmp_path: Path
) -> None:
    later = tmp_path / "later.png"
    output = tmp_path / "new" / "readings.csv"
    (tmp_path / "lines.csv").write_text(f"{paths[0]};\n{later};\n{paths[2]};\n")
    arguments = [tmp_path / "lines.csv", "--output", output]

    first = predict(run_folder, *arguments)
    later.write_bytes(paths[1].read_bytes())
    refused = predict(run_folder, *arguments)
    second = predict(run_folder, *arguments, "--resume")
    third = predict(run_folder, *arguments, "--resume")

    assert (first.exit_code, second.exit_code, third.exit_code) == (1, 0, 0)
    assert first.stdout == second.stdout == ""
    assert "later.png: " in first.stderr and "read 2 of 3 images" in first.stderr
    assert str(later) in output.with_name("readings.csv.failed").read_text()
    assert refused.exit_code == 1
    assert f"{output}: is there already. Go on with it by --resume" in refused.stderr
    assert f"read 1 of 1 images; 2 stood in {output} before" in second.stderr
    assert f"read 0 of 0 images; 3 stood in {output} before" in third.stderr
    expected = rows_of([paths[0], paths[2], later], (TEXTS[0], TEXTS[2], TEXTS[1]))
    assert output.read_text().splitlines() == expected


def test_other_sources_than_before_are_refused(
    run_folder: Path, paths: list[Path], tmp_path: Path
) -> None:
    predict(run_folder, *paths[:2], "--output", tmp_path / "readings")

    result = predict(run_folder, *paths[1:3], "--output", tmp_path / "readings", "--resume")

    assert result.exit_code == 1
    assert f"row 1 begins with '{paths[0]};', where the sources have {paths[1]}" in result.stderr
    assert (tmp_path / "readings").read_text().splitlines() == rows_of(paths[:2], TEXTS[:2])


def test_a_full_disk_ends_the_call_with_what_to_do(run_folder: Path, paths: list[Path]) -> None:
    result = predict(run_folder, *paths, "--output", "/dev/full")

    assert result.exit_code == 1
    assert "/dev/full: cannot be written (No space left on device)" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["0.png", "--resume"], "--resume needs --output FILE"),
        (["0.png", "--resume", "--output", "-"], "--resume needs --output FILE"),
        (["0.png", "--resume", "--output", "out", "--visualize", "drawn"], "draws nothing"),
        (["a.xml", "--output_dir", "copies", "--output", "out"], "XML goes to --output_dir"),
        (["a.xml", "--output_dir", "copies", "--resume"], "XML goes to --output_dir"),
    ],
)
def test_calls_that_make_no_sense_are_refused(arguments: list[str], message: str) -> None:
    result = predict(Path("model"), *arguments)

    assert result.exit_code == 2
    assert message in result.stderr
