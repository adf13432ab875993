"""What a result depends on beside the configuration: data, code and packages."""

import hashlib
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from tf_crnn import __version__
from tf_crnn.packs.description import read_description
from tf_crnn.packs.files import pack_of
from tf_crnn.samples import as_paths, read_rows, resolve_image_path

PACKAGE_FOLDER = Path(__file__).resolve().parent
_PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "pandas",
    "opencv-python-headless",
    "opencv-python",
    "pillow",
    "rapidfuzz",
    "sacred",
)


def describe_data(csv_files: Any, delimiter: str, unit_delimiter: str) -> dict[str, Any]:
    """The fingerprint of a data set: equal for equal lines, wherever they lie.

    Args:
        csv_files: one path or several.
        delimiter: between the columns.
        unit_delimiter: between the units of a label.

    Returns:
        n_lines, rows of all CSVs; csv_sha256, of their content in their order; images_sha256, of
        each row's path and its file's size in bytes, -1 for a missing file; of a pack, its
        fingerprint.
    """
    csv_hash, images_hash, n_lines = hashlib.sha256(), hashlib.sha256(), 0
    for csv_path in as_paths(csv_files):
        with csv_path.open("rb") as stream:
            csv_hash.update(hashlib.file_digest(stream, "sha256").digest())
        if pack := pack_of(csv_path):
            images_hash.update(read_description(pack).fingerprint.encode())
        folder = csv_path.resolve().parent
        for row in read_rows(csv_path, delimiter, unit_delimiter):
            size = _size_bytes(resolve_image_path(row.image_path, folder))
            images_hash.update(f"{row.image_path}\0{size}\n".encode())
            n_lines += 1
    return {
        "n_lines": n_lines,
        "csv_sha256": csv_hash.hexdigest(),
        "images_sha256": images_hash.hexdigest(),
    }


def describe_code() -> dict[str, Any]:
    """Version and fingerprint of this package, and where it is a git repository, its commit."""
    sources = sorted(PACKAGE_FOLDER.rglob("*.py"))
    fingerprint = hashlib.sha256()
    for path in sources:
        fingerprint.update(str(path.relative_to(PACKAGE_FOLDER)).encode() + path.read_bytes())
    code: dict[str, Any] = {"version": __version__, "sha256": fingerprint.hexdigest()}
    if has_git_commit(PACKAGE_FOLDER):
        code["commit"] = _git("rev-parse", "HEAD").strip()
        code["is_changed"] = bool(_git("status", "--porcelain", "--", "."))
    return code


def has_git_commit(folder: Path) -> bool:
    """Whether Sacred can ask git about a folder: git is installed and there is a commit."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "HEAD"], cwd=folder, capture_output=True
        )
    except OSError:
        return False
    return found.returncode == 0


def installed_versions() -> dict[str, str]:
    """Versions of the packages that a result depends on, of those that are installed."""
    names = {distribution.name.lower() for distribution in metadata.distributions()}
    return {name: metadata.version(name) for name in _PACKAGES if name in names}


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=PACKAGE_FOLDER, capture_output=True, text=True, check=True
    )
    return done.stdout
