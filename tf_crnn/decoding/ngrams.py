"""A language model of n-grams of units: asked for probabilities, kept in a file."""

import math
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.tables import END_CODE, NgramTables
from tf_crnn.errors import ModelFolderError


class Level(NamedTuple):
    """The n-grams of one length, sorted by `parent` and then by `unit`.

    Attributes:
        parent: (n,) the n-gram without its last unit, counted within its own level.
        unit: (n,) the last unit: a code, or N + 1 for the begin of a line.
        suffix: (n,) node of the n-gram without its first unit, or of what is left of it the longest
            that is there; counted over all levels, 0 the empty n-gram.
        log_prob: (n,) natural log, of the last unit behind those before it.
        backoff: (n,) natural log, added where what follows is not there.
    """

    parent: NDArray[np.integer]
    unit: NDArray[np.integer]
    suffix: NDArray[np.integer]
    log_prob: NDArray[np.floating]
    backoff: NDArray[np.floating]


class LanguageModel:
    """N-grams over the units of an alphabet.

    Args:
        tables: of `assemble`.
        units: of the alphabet, in the order of their codes.
    """

    def __init__(self, tables: NgramTables, units: Sequence[str]) -> None:
        """Keep both."""
        self.tables = tables
        self.units = list(units)

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return len(level_starts(self.tables)) - 2

    def step(self, state: int, code: int) -> tuple[float, int]:
        """Natural log of P(code | state), and the state behind it.

        Args:
            state: 0 for no units before, `tables.start[0]` for the begin of a line.
            code: 1..N, or `END_CODE`.
        """
        tables, total = self.tables, 0.0
        while True:
            low, high = tables.first_child[state : state + 2]
            child = int(low + np.searchsorted(tables.unit[low:high], code))
            if child < high and tables.unit[child] == code:
                return total + float(tables.log_prob[child]), int(tables.state[child])
            total += float(tables.backoff[state])
            state = int(tables.suffix[state])

    def log_prob(self, codes: Iterable[int]) -> float:
        """Natural log of the probability of a whole line."""
        state, total = int(self.tables.start[0]), 0.0
        for code in (*codes, END_CODE):
            added, state = self.step(state, code)
            total += added
        return total

    def perplexity(self, texts: Iterable[Sequence[int]]) -> float:
        """Of some lines, for each unit and each line's end; NaN without lines."""
        log_prob, n_predicted = 0.0, 0
        for codes in texts:
            log_prob += self.log_prob(codes)
            n_predicted += len(codes) + 1
        return math.exp(-log_prob / n_predicted) if n_predicted else math.nan

    def save(self, path: Path) -> None:
        """Write arrays alone: nothing in the file is run when it is read."""
        units = np.frombuffer("\0".join(self.units).encode(), dtype=np.uint8)
        with path.open("wb") as stream:
            np.savez_compressed(stream, units=units, **self.tables._asdict())

    @classmethod
    def load(cls, path: Path, units: Sequence[str]) -> "LanguageModel":
        """Read what `save` wrote.

        Args:
            path: of the file.
            units: of the alphabet that it must have been learnt for.

        Raises:
            ModelFolderError: the file is damaged, or of another alphabet.
        """
        try:
            # From a path, numpy leaves a file open that it cannot read.
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                tables = NgramTables(*(file[name] for name in NgramTables._fields))
                its_units = bytes(file["units"]).decode().split("\0")
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelFolderError(
                f"{path}: cannot be read as a language model ({error}). Remove it, and learn it "
                "again with `tf-crnn lm`."
            ) from error
        if its_units != list(units):
            raise ModelFolderError(
                f"{path}: was learnt for another alphabet than that of the model. Learn it again "
                "with `tf-crnn lm`."
            )
        return cls(tables, its_units)


def assemble(levels: Sequence[Level], n_units: int) -> NgramTables:
    """The tables of n-grams that are given level by level.

    Args:
        levels: from single units on; the first holds all N units, `END_CODE` and N + 1, in the
            order of their codes.
        n_units: N.
    """
    sizes = [1, *(len(level.unit) for level in levels)]
    starts = np.cumsum([0, *sizes])
    parent = np.concatenate(
        [level.parent + start for level, start in zip(levels, starts[:-2], strict=True)]
    )
    suffix = np.concatenate([[0], *(level.suffix for level in levels)]).astype(np.int32)
    log_prob = np.concatenate([[0.0], *(level.log_prob for level in levels)])
    backoff = np.concatenate([[0.0], *(level.backoff for level in levels)])
    first_child = 1 + np.searchsorted(parent, np.arange(starts[-1] + 1))
    state = np.arange(starts[-1], dtype=np.int32)
    for start, end in zip(starts[1:-1], starts[2:], strict=True):
        nodes = np.arange(start, end)
        is_leaf = (first_child[nodes] == first_child[nodes + 1]) & (backoff[nodes] == 0)
        state[nodes[is_leaf]] = state[suffix[nodes[is_leaf]]]
    return NgramTables(
        first_child.astype(np.int32),
        np.concatenate([[0], *(level.unit for level in levels)]).astype(np.int32),
        log_prob.astype(np.float32),
        backoff.astype(np.float32),
        suffix,
        state,
        state[[1 + n_units + 1]],
    )


def level_starts(tables: NgramTables) -> list[int]:
    """Where each level begins: [0, 1, ...] and the number of nodes behind the last."""
    starts = [0, 1]
    while starts[-1] < len(tables.unit):
        starts.append(int(tables.first_child[starts[-1]]))
    return starts
