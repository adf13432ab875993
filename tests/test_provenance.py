"""What a result depends on: data, code and packages."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import PIL
import pytest

from tf_crnn import __version__
from tf_crnn.provenance import describe_code, describe_data, has_git_commit, installed_versions

DELIMITERS = (";", "|")


def test_the_fingerprint_counts_lines_and_hashes_the_csv(line_csv: Path) -> None:
    described = describe_data(str(line_csv), *DELIMITERS)

    one = hashlib.sha256(line_csv.read_bytes()).digest()
    assert described["n_lines"] == len(line_csv.read_text().splitlines()) == 8
    assert described["csv_sha256"] == hashlib.sha256(one).hexdigest()


def test_a_copy_elsewhere_has_the_same_fingerprint(line_csv: Path, tmp_path: Path) -> None:
    shutil.copytree(line_csv.parent, tmp_path / "copy")

    copied = describe_data([str(tmp_path / "copy" / line_csv.name)], *DELIMITERS)

    assert copied == describe_data(str(line_csv), *DELIMITERS)


def test_a_changed_label_and_a_changed_image_show_apart(line_csv: Path) -> None:
    before = describe_data(str(line_csv), *DELIMITERS)
    image = next(iter(sorted(line_csv.parent.rglob("*.png"))))
    image.write_bytes(image.read_bytes() + b"x")
    other_image = describe_data(str(line_csv), *DELIMITERS)
    line_csv.write_text(line_csv.read_text().replace("|a|", "|b|", 1))

    other_label = describe_data(str(line_csv), *DELIMITERS)

    assert other_image["csv_sha256"] == before["csv_sha256"] != other_label["csv_sha256"]
    assert other_image["images_sha256"] != before["images_sha256"]
    assert other_label["images_sha256"] == other_image["images_sha256"]


def test_a_missing_image_is_part_of_the_fingerprint(line_csv: Path) -> None:
    before = describe_data(str(line_csv), *DELIMITERS)
    next(line_csv.parent.rglob("*.png")).unlink()

    after = describe_data(str(line_csv), *DELIMITERS)

    assert after["n_lines"] == before["n_lines"]
    assert after["images_sha256"] != before["images_sha256"]


def test_the_code_is_named_by_version_and_content() -> None:
    code = describe_code()

    assert code["version"] == __version__
    assert len(code["sha256"]) == 64 and code["sha256"] == describe_code()["sha256"]


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_folder_has_a_git_commit_after_the_first_one(tmp_path: Path) -> None:
    before = has_git_commit(tmp_path)
    git(tmp_path, "init")
    empty = has_git_commit(tmp_path)
    git(tmp_path, "commit", "--allow-empty", "-m", "first")

    assert (before, empty, has_git_commit(tmp_path)) == (False, False, True)


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert not has_git_commit(tmp_path)


def test_versions_are_those_of_the_imported_packages() -> None:
    versions = installed_versions()

    assert versions["numpy"] == np.__version__
    assert versions["pillow"] == PIL.__version__
    assert "opencv-python-headless" in versions or "opencv-python" in versions
