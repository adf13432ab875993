"""Names from strangers as names of files: inside the folder, on any system, and each only once."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

MOST_NAME_BYTES = 150
MOST_FOLDERS = 8
NAMELESS = "line"

# What Windows refuses in a name, and what nobody sees.
_REFUSED = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A relative path of `/` that stays inside its folder, made of a name that may hold anything.

    Folders of the name are kept, at most `MOST_FOLDERS` of them (the last); `.`, `..`, drives and
    empty parts are dropped; what a file system refuses becomes `_`; long parts are cut. Letters,
    spaces and `;` stay.
    """
    parts = [_safe_part(part) for part in re.split(r"[/\\]", re.sub(r"^[A-Za-z]:", "", name))]
    kept = [part for part in parts if part][-MOST_FOLDERS - 1 :]
    return "/".join(kept) or NAMELESS


class FileNames:
    """Gives each file of a folder a name of its own, also where upper and lower case are one.

    It remembers 8 bytes and some 70 of Python's for each name.
    """

    def __init__(self) -> None:
        """No name is taken yet."""
        self._files: set[int] = set()
        self._folders: set[int] = set()

    def take(self, name: str, suffix: str = "", *, in_folder: str = "") -> str:
        """A path that was not given before: `in_folder/name.suffix`, or `name_2.suffix`.

        Args:
            name: anything; see `safe_name`.
            suffix: `.png` and the like, kept as it is.
            in_folder: folders before the name, trusted; empty or without `/` at its end.
        """
        before = f"{in_folder}/" if in_folder else ""
        paths = (f"{before}{candidate}{suffix}" for candidate in _candidates(safe_name(name)))
        path = next(path for path in paths if self._is_free(path))
        self._files.add(_key(path))
        self._folders.update(map(_key, _folders_of(path)))
        return path

    def _is_free(self, path: str) -> bool:
        key = _key(path)
        taken = key in self._files or key in self._folders
        return not taken and not any(_key(folder) in self._files for folder in _folders_of(path))


def _safe_part(part: str) -> str:
    kept = _REFUSED.sub("_", part.encode("utf-8", errors="replace").decode()).strip(" ")
    if set(kept) <= {"."}:
        return ""
    kept = _cut(re.sub(r"^\.", "_", kept), MOST_NAME_BYTES).rstrip(". ")
    return f"_{kept}" if _DEVICES.match(kept) else kept


def _cut(part: str, most_bytes: int) -> str:
    return part.encode()[:most_bytes].decode(errors="ignore")


def _candidates(name: str) -> Iterator[str]:
    yield name
    # Where one of its folders has the name of a file, no number behind it helps.
    flat = name.replace("/", "_")[-MOST_NAME_BYTES // 4 :]
    for number in count(2):
        yield f"{name}_{number}"
        yield f"{flat}_{number}"


def _folders_of(path: str) -> Iterator[str]:
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)


def _key(path: str) -> int:
    # Some file systems take composed and decomposed letters, and cases, as the same.
    return hash(unicodedata.normalize("NFC", path).casefold())
