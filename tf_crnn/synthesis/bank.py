"""A bank of pieces: real lines, and where each of their units begins and ends."""

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.config_keys.synthesis_checks import BANK_FILE
from tf_crnn.errors import DataError
from tf_crnn.synthesis.looks import Look
from tf_crnn.synthesis.runs import RunIndex, join_lines, sort_runs

PIXELS_FILE = "pixels.u8"
PLACES_FILE = "places.npz"
_VERSION = 1
# So many grey levels between two lines count as much as letters 2.7 times as large.
_LEVELS_APART = 64


class CutLine(NamedTuple):
    """A line that goes into a bank.

    Attributes:
        image: (H, W, C), H of the bank.
        codes: (L,) of its label, 1..N.
        columns: (L + 1,) where units are cut apart; unit i lies between entries i and i + 1.
        look: of the line.
    """

    image: NDArray[np.uint8]
    codes: Sequence[int]
    columns: NDArray[np.integer]
    look: Look


class PieceBank:
    """The lines of a folder that `write_bank` made.

    A *place* is a unit of some line, or the end of that line: an index of `codes` and `columns`.

    Attributes:
        units: the unit of each code, from code 1 on.
        codes: (n,) of all lines, 0 at the end of each.
        columns: (n,) where the unit of that place begins in `pixels`; at a line's end, where its
            last unit ends.
        pixels: (W, H, C), the lines one behind the other, each turned so that columns come first.
        line_ends: (lines,) the place of each line's end.
        line_columns: (lines + 1,) where each line begins in `pixels`.
        looks: of each line.

    Raises:
        DataError: there is no bank in the folder, or it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        """Open the files; pixels are read when needed."""
        self.folder = folder
        try:
            about = json.loads((folder / BANK_FILE).read_text(encoding="utf-8"))
            with np.load(folder / PLACES_FILE, allow_pickle=False) as arrays:
                self._take(about, dict(arrays))
        except FileNotFoundError as error:
            raise DataError(
                f"{folder}: holds no pieces ({error.filename} is missing). Make them with "
                "hlp/generate_synthetic.py --from-model."
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{folder}: its pieces are damaged ({error}). Make them again with "
                "hlp/generate_synthetic.py --from-model."
            ) from error

    def _take(self, about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        if about["version"] != _VERSION:
            raise ValueError(f"version {about['version']} instead of {_VERSION}")
        self.units: list[str] = about["units"]
        self.height, self.channels = int(about["height"]), int(about["channels"])
        self.codes, self.columns = arrays["codes"], arrays["columns"]
        self.line_columns = arrays["line_columns"]
        self.line_ends = np.flatnonzero(self.codes == 0)
        self._order = arrays["order"]
        self.looks = [
            Look(paper, ink, (float(row[0]), float(row[1])), float(row[2]))
            for paper, ink, row in zip(arrays["paper"], arrays["ink"], arrays["rows"], strict=True)
        ]
        shape = (int(self.line_columns[-1]), self.height, self.channels)
        self.pixels: NDArray[np.uint8] = np.memmap(
            self.folder / PIXELS_FILE, dtype=np.uint8, mode="r", shape=shape
        )

    @cached_property
    def index(self) -> RunIndex:
        """The runs of all labels."""
        return RunIndex(self.codes, self._order)

    @cached_property
    def used_units(self) -> list[str]:
        """The units of which there are pieces, in the order of their codes."""
        return [self.units[code - 1] for code in np.unique(self.codes).tolist() if code]

    @property
    def n_lines(self) -> int:
        """How many lines it holds."""
        return len(self.line_ends)

    @cached_property
    def unit_width_px(self) -> float:
        """The mean width of a unit."""
        n_units = len(self.codes) - self.n_lines
        starts = np.concatenate(([0], self.line_ends[:-1] + 1))
        return float((self.columns[self.line_ends] - self.columns[starts]).sum() / n_units)

    def line_of(self, place: int) -> int:
        """The line of a place."""
        return int(self._lines[place])

    @cached_property
    def _lines(self) -> NDArray[np.int32]:
        """The line of each place."""
        return np.repeat(
            np.arange(self.n_lines, dtype=np.int32), np.diff(self.line_ends, prepend=-1)
        )

    def distances(self, line: int) -> NDArray[np.float32]:
        """How unlike a line each line looks, (lines,): contrast, paper, and size of the letters."""
        return np.asarray(np.abs(self._features - self._features[line]).sum(axis=1))

    @cached_property
    def _features(self) -> NDArray[np.float32]:
        paper, ink = (
            np.stack([getattr(look, name) for look in self.looks]) for name in Look._fields[:2]
        )
        sizes = np.log([look.x_height for look in self.looks])[:, None]
        levels = np.concatenate([paper - ink, paper], axis=1) / (_LEVELS_APART * self.channels)
        return np.concatenate([levels, sizes], axis=1).astype(np.float32)

    def line(self, number: int) -> CutLine:
        """A line as it was put in."""
        start = int(self.line_ends[number - 1]) + 1 if number else 0
        end = int(self.line_ends[number])
        left, right = self.line_columns[number], self.line_columns[number + 1]
        return CutLine(
            np.ascontiguousarray(self.pixels[left:right].transpose(1, 0, 2)),
            self.codes[start:end].tolist(),
            self.columns[start : end + 1] - left,
            self.looks[number],
        )


def write_bank(folder: Path, lines: Iterable[CutLine], units: Sequence[str]) -> int:
    """Write the files of a bank into a folder that exists; pixels are streamed.

    Args:
        folder: to write to.
        lines: of one height and number of channels.
        units: the unit of each code, from code 1 on.

    Returns:
        How many lines there were.

    Raises:
        DataError: there was none.
    """
    kept, line_columns, shape = [], [0], (0, 0)
    with (folder / PIXELS_FILE).open("wb") as stream:
        for line in lines:
            stream.write(np.ascontiguousarray(line.image.transpose(1, 0, 2)).tobytes())
            kept.append(
                line._replace(image=line.image[:0], columns=line.columns + line_columns[-1])
            )
            line_columns.append(line_columns[-1] + line.image.shape[1])
            shape = line.image.shape[0], line.image.shape[2]
    if not kept:
        raise DataError(f"{folder}: no line is left of which pieces could be made.")
    codes = join_lines([line.codes for line in kept])
    arrays: dict[str, Any] = {
        "codes": codes,
        "columns": np.concatenate([line.columns for line in kept]).astype(np.int64),
        "line_columns": np.array(line_columns, dtype=np.int64),
        "order": sort_runs(codes),
        "paper": np.stack([line.look.paper for line in kept]),
        "ink": np.stack([line.look.ink for line in kept]),
        "rows": np.array([(*line.look.baseline, line.look.x_height) for line in kept]),
    }
    np.savez_compressed(folder / PLACES_FILE, **arrays)
    about = {
        "version": _VERSION,
        "units": list(units),
        "height": shape[0],
        "channels": shape[1],
        "n_lines": len(kept),
    }
    text = json.dumps(about, ensure_ascii=False, indent=2)
    (folder / BANK_FILE).write_text(text + "\n", encoding="utf-8")
    return len(kept)
