"""Names from strangers as names of files: inside the folder, on any system, and each only once."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

NAMELESS = "line"
_LONGEST_NAME_BYTES = 120
# What some file system or the CSV cannot hold. Umlauts, spaces and `;` stay.
_UNUSABLE = re.compile(r'[<>:"|?*\\\x7f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A file's name, without suffix, for any name that a source may give.

    It names no folder, holds no character that a file system or a CSV cannot, and is not too long.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part.strip(". ")]
    joined = _UNUSABLE.sub("_", "-".join(parts))
    seen = "".join(
        "_" if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in joined
    )
    cut = seen.encode()[:_LONGEST_NAME_BYTES].decode("utf-8", errors="ignore").strip(". ")
    if not cut:
        return NAMELESS
    return f"_{cut}" if _DEVICES.match(cut) else cut


class FileNames:
    """Gives each file a name of its own, also where a file system takes `A` and `a` as the same.

    It remembers 8 bytes and some 70 of Python's for each name.
    """

    def __init__(self) -> None:
        """No name is taken yet."""
        self._taken: set[int] = set()

    def take(self, name: str, suffix: str = "", *, in_folder: str = "") -> str:
        """A path that was not given before: `in_folder/name.suffix`, or `name-2.suffix`.

        Args:
            name: anything; see `safe_name`.
            suffix: `.png` and the like, kept as it is.
            in_folder: folders before the name, trusted; empty or without `/` at its end.
        """
        before = f"{in_folder}/" if in_folder else ""
        paths = (f"{before}{candidate}{suffix}" for candidate in _candidates(safe_name(name)))
        path = next(path for path in paths if _key(path) not in self._taken)
        self._taken.add(_key(path))
        return path


def _candidates(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f"{name}-{number}"


def _key(path: str) -> int:
    # Some file systems take composed and decomposed letters, and cases, as the same.
    return hash(unicodedata.normalize("NFC", path).casefold())
