"""A generator that draws what a test wants."""

from typing import Any

import numpy as np


class FixedRng(np.random.Generator):
    """Draws the given share of every range: 0 is its low end, 1 its high end."""

    def __init__(self, share: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.share = share

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        drawn = low + self.share * (high - low)
        return drawn if size is None else np.full(size, drawn)
