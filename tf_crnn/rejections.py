"""Lines that are left out: each one in `rejected.csv`, and a summary that counts the reasons."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

REJECTED_CSV = "rejected.csv"
REJECTED_DELIMITER = ";"
_NAMES_SHOWN = 3
_PATH_SHOWN = 120


class Rejection(NamedTuple):
    """A line that cannot be used.

    Attributes:
        csv_path: the file that names it.
        row: where it stands there, counted from 1; 0 where the file has no rows.
        image_path: as written there.
        kind: groups the reasons for the summary.
        reason: why, and what is needed.
    """

    csv_path: Path
    row: int
    image_path: str
    kind: str
    reason: str


class RejectedFile:
    """`rejected.csv`: one row for each line that is left out, and why."""

    def __init__(self, path: Path) -> None:
        """Open the file anew."""
        self.path = path
        # A name in another encoding than UTF-8 must not end the whole.
        self._stream = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._stream, delimiter=REJECTED_DELIMITER)
        self._writer.writerow(["csv", "row", "path", "reason"])

    def __enter__(self) -> "RejectedFile":
        """The open file."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stream.close()

    def add(self, rejection: Rejection) -> None:
        """Write one row."""
        self._writer.writerow(
            [rejection.csv_path, rejection.row, rejection.image_path, rejection.reason]
        )


class Reasons:
    """How many lines were left out for each kind of reason, with the first names of each kind."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self.kinds: Counter[str] = Counter()
        self._first: dict[str, list[Rejection]] = {}

    @property
    def n_rejected(self) -> int:
        """All of them."""
        return self.kinds.total()

    def add(self, rejection: Rejection) -> None:
        """Count one."""
        self.kinds[rejection.kind] += 1
        named = self._first.setdefault(rejection.kind, [])
        if len(named) < _NAMES_SHOWN:
            named.append(rejection)

    def __str__(self) -> str:
        """One line for each kind, the most frequent first; empty where nothing was left out."""
        return "\n".join(self._line(kind, count) for kind, count in self.kinds.most_common())

    def _line(self, kind: str, count: int) -> str:
        first = self._first[kind]
        named = "; ".join(f"row {r.row} {r.image_path[:_PATH_SHOWN]}: {r.reason}" for r in first)
        more = "; ..." if count > _NAMES_SHOWN else ""
        return f"  {count:,} x {kind}: {named}{more}"
