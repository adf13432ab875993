import subprocess
import sys

import pytest
from click.testing import CliRunner

from tf_crnn.cli import main
from tf_crnn.importers import IMPORTERS
from tf_crnn.writers import WRITERS


def run(*arguments):
    return CliRunner().invoke(main, ["data", "export", *map(str, arguments)])


def test_lines_are_written_and_counted(line_csv, tmp_path) -> None:
    result = run("csv", line_csv, "-o", tmp_path / "out", "--delimiter", "\\t")

    assert result.output == f"wrote 8 of 8 lines to {tmp_path / 'out'} (8 lines)\n"
    samples = list(IMPORTERS["csv"].read(tmp_path / "out" / "lines.csv", delimiter="\t"))
    assert ["".join(sample.label) for sample in samples][:2] == ["a bone", "ocean 12"]


def test_what_is_left_out_is_said(line_csv, tmp_path) -> None:
    with line_csv.open("a", encoding="utf-8") as stream:
        stream.write("gone.png;a\n")

    result = run("jsonl", line_csv, "-o", tmp_path / "out")

    assert result.exit_code == 0
    assert "wrote 8 of 9 lines" in result.stdout
    assert "1 x missing file: row 9" in result.stderr
    assert str(tmp_path / "out" / "rejected.csv") in result.stderr


@pytest.mark.parametrize("format_name", sorted(WRITERS))
def test_each_format_has_a_command_with_its_options(format_name) -> None:
    result = run(format_name, "--help")

    assert result.exit_code == 0
    assert all(f"--{option.name}" in result.output for option in WRITERS[format_name].options)


def test_formats_are_listed_and_others_refused(line_csv, tmp_path) -> None:
    listed = run("--help").output
    wrong = run("docx", line_csv, "-o", tmp_path / "out")

    assert all(f"  {name} " in listed for name in WRITERS)
    assert "No such command 'docx'" in wrong.output


def test_a_mistake_is_one_message(line_csv) -> None:
    result = run("csv", line_csv, "-o", line_csv.parent)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {line_csv.parent}: is there already.")


def test_the_libraries_of_formats_are_loaded_only_where_they_are_used() -> None:
    code = "import sys, tf_crnn.cli; print({'pyarrow', 'lxml', 'PIL'} & set(sys.modules))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert result.stdout == "set()\n"
