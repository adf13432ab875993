"""The scripts `hlp/prepare_*.py` that import a published data set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.importer_sources import bentham
from support.importer_sources.bentham import archive_of, layout, some_lines

from tf_crnn.cli_prepare import prepare_command

ROOT = Path(__file__).parents[1]


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "hlp" / script), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_script_makes_the_data_set_of_an_archive(tmp_path) -> None:
    files = layout(some_lines(), bentham.LISTS, bentham.TEXT, bentham.IMAGE)
    archive = archive_of(tmp_path / "BenthamDatasetR0-GT.tbz", files)

    done = run("prepare_bentham.py", archive, "-o", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    rows = {
        split: (tmp_path / "out" / f"{split}.csv").read_text(encoding="utf-8").splitlines()
        for split in ("train", "val", "test")
    }
    assert [row.partition(";")[2] for row in rows["val"]] == ["|o|f| |t|h|e| |P|a|n|o|p|t|i|c|o|n|"]
    assert {split: len(found) for split, found in rows.items()} == {"train": 2, "val": 1, "test": 1}
    documents = (tmp_path / "out" / "documents.csv").read_text(encoding="utf-8")
    assert documents.count(";001_002_003\n") == 2
    assert json.loads((tmp_path / "out" / "dataset.json").read_text())["format"] == "bentham"


def test_a_mistake_is_one_message(tmp_path) -> None:
    done = run("prepare_rimes.py", tmp_path, "-o", tmp_path / "out")

    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {tmp_path}: is no copy of RIMES 2011.")


@pytest.mark.parametrize(
    "script", sorted((ROOT / "hlp").glob("prepare_*.py")), ids=lambda p: p.stem
)
def test_each_script_says_what_it_is(script) -> None:
    done = run(script.name, "--help")

    assert done.returncode == 0, done.stderr
    assert "Make a training set of" in done.stdout


def test_a_format_that_is_not_there_is_a_mistake_of_the_script() -> None:
    with pytest.raises(ValueError, match="'docx': no such format"):
        prepare_command("docx", "")
