"""Text files beside each other, one for each split, opened when their first line comes."""

from contextlib import ExitStack
from pathlib import Path
from typing import Self, TextIO


class TextFiles:
    """Files in UTF-8 with line feeds, by name."""

    def __init__(self, folder: Path) -> None:
        """No file yet; their folder is there."""
        self.folder = folder
        self._stack = ExitStack()
        self._files: dict[str, TextIO] = {}

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all files."""
        self._stack.close()

    def __getitem__(self, name: str) -> TextIO:
        """The file of this name, which may lie in a folder of its own."""
        if name not in self._files:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("x", encoding="utf-8", newline="\n")
            self._files[name] = self._stack.enter_context(stream)
        return self._files[name]


def write_file(folder: Path, name: str, content: bytes) -> None:
    """Write a new file into a folder; folders of its name are made."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        stream.write(content)
