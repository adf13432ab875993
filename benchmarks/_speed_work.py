"""What the parts of `speed.py` share: lines, turns, and what was measured before a stop."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import numpy as np
from _common import ROOT
from _measuring import Measured, others_share
from _pairs import write_pairs

from tf_crnn.samples import escape_path, read_rows, resolve_image_path

WORK = ROOT / "runs" / "speed"
TRAINED = ROOT / "runs" / "peers"
# Of Tesseract, by the names of the sets.
LANGUAGES = {"fraktur19": "Fraktur"}
T = TypeVar("T")


class Ledger:
    """What was measured so far, in a file: a part that was stopped goes on behind it.

    Args:
        name: of the part.
        settings: of the part; with others it begins anew.
    """

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        """Read what was kept."""
        self.path = WORK / f"{name}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = self.path.read_text().splitlines() if self.path.is_file() else []
        known = [json.loads(row) for row in rows if row.endswith("}")]
        if not known or known[0] != settings:
            known = [settings]
            self.path.write_text(json.dumps(settings) + "\n")
        self.kept: dict[str, Any] = {row["key"]: row["value"] for row in known[1:]}

    def once(self, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What was kept under a key, or else what is made now."""
        if key not in self.kept:
            self.kept[key] = {"busy_before": others_share(), **make()}
            with self.path.open("a") as stream:
                stream.write(json.dumps({"key": key, "value": self.kept[key]}) + "\n")
            click.echo(f"{key}: {self.kept[key]}", err=True)
        return dict(self.kept[key])

    def close(self) -> dict[str, float]:
        """Forget it all, since the result is written; how busy others kept the machine."""
        self.path.unlink()
        busy = [value["busy_before"] for value in self.kept.values()]
        return {"median": float(np.median(busy)), "most": max(busy)} if busy else {}


class Lines(NamedTuple):
    """Line images under numbers and their texts.

    Attributes:
        folder: with train/ and val/ of `<number>.png` and `<number>.gt.txt`.
        truth: texts of val/ by their stems.
    """

    folder: Path
    truth: dict[str, str]

    def some(self, part: str, n_lines: int) -> list[Path]:
        """About every n-th line, so that there are `n_lines`."""
        return spread(sorted((self.folder / part).glob("*.png")), n_lines)


def lines_of(dataset: str) -> Lines:
    """The lines of `data/<dataset>`."""
    folder = WORK / dataset / "data"
    shutil.rmtree(folder, ignore_errors=True)
    return Lines(folder, write_pairs(dataset, folder))


def spread(items: Sequence[T], n_items: int) -> list[T]:
    """About every n-th item, so that there are `n_items`; all where there are not so many."""
    chosen = np.linspace(0, len(items) - 1, min(n_items, len(items))).astype(int)
    return [items[index] for index in chosen]


def write_rows(dataset: str, part: str, n_lines: int, path: Path) -> Path:
    """A CSV of about every n-th line of a set."""
    source = (ROOT / "data" / dataset / f"{part}.csv").resolve()
    with path.open("w", encoding="utf-8") as stream:
        for row in spread(list(read_rows(source)), n_lines):
            image = resolve_image_path(row.image_path, source.parent)
            stream.write(f"{escape_path(str(image))};{row.label}\n")
    return path


def empty(folder: Path) -> Path:
    """The folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def rotated(names: Sequence[str], turn: int) -> list[str]:
    """The names, beginning with another one in each turn."""
    start = turn % max(1, len(names))
    return [*names[start:], *names[:start]]


def taken(measured: Measured) -> dict[str, float]:
    """Time and memory, to be kept."""
    return {name: getattr(measured, name) for name in ("wall_s", "cpu_s", "peak_mb")}
