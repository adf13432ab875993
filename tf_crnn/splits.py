"""Which split a line belongs to: a hash of its group decides, whatever other lines there are."""

import hashlib
from typing import NamedTuple

from tf_crnn.errors import DataError

SPLIT_BY = ("source", "document", "line")


class Shares(NamedTuple):
    """How the lines of a data set are shared out.

    Attributes:
        val: share of the groups that become validation lines, 0 to 1.
        test: share that becomes test lines; the rest is for training.
        seed: another one draws another split.
    """

    val: float = 0.1
    test: float = 0.0
    seed: int = 0

    def check(self) -> None:
        """Refuse shares that cannot be.

        Raises:
            DataError: a share is not within 0 to 1, or both together are more than 1.
        """
        if not (0 <= self.val <= 1 and 0 <= self.test <= 1 and self.val + self.test <= 1):
            raise DataError(
                f"shares: {self.val:g} for validation and {self.test:g} for test. Each is from 0 "
                "to 1, and both together at most 1."
            )


def draw_split(group: str, shares: Shares) -> str:
    """'train', 'val' or 'test' for a group: the same on every machine and in every data set."""
    digest = hashlib.sha256(f"{shares.seed}\0{group}".encode("utf-8", "surrogatepass")).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    if drawn < shares.test:
        return "test"
    return "val" if drawn < shares.test + shares.val else "train"
