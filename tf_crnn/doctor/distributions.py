"""How sizes are distributed over the lines."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.survey import Survey

_PERCENTILES = (0, 5, 50, 95, 100)
_N_BINS = 30


class Distribution(NamedTuple):
    """A number of each line.

    Attributes:
        key: names it in the JSON.
        name: for people, with its unit.
        values: of the lines for which it is known, at least one.
    """

    key: str
    name: str
    values: NDArray[np.float64]

    @property
    def percentiles(self) -> list[float]:
        """Least, 5th percentile, median, 95th percentile, greatest."""
        return [float(value) for value in np.percentile(self.values, _PERCENTILES)]

    def histogram(self) -> tuple[list[int], list[float]]:
        """Numbers of lines and the edges of the bins, equally wide on a logarithmic scale."""
        low, high = float(self.values.min()), float(self.values.max())
        if high <= low:
            return [len(self.values)], [low, high]
        if low <= 0:
            edges = np.linspace(low, high, _N_BINS + 1)
        else:
            edges = np.geomspace(low, high, _N_BINS + 1)
        edges[0], edges[-1] = low, high
        counts, _ = np.histogram(self.values, edges)
        return counts.tolist(), edges.tolist()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        counts, edges = self.histogram()
        names = ("least", "p5", "median", "p95", "greatest")
        return {
            "name": self.name,
            "lines": len(self.values),
            **dict(zip(names, self.percentiles, strict=True)),
            "histogram": {"counts": counts, "edges": edges},
        }


def find_distributions(survey: Survey) -> list[Distribution]:
    """Those of which anything is known."""
    records, seen = survey.records, survey.seen
    height, width = (records[name][seen].astype(float) for name in ("height_px", "width_px"))
    unit_width = survey.unit_width_px
    n_units = records["n_units"][records["label"] != 0].astype(float)
    found = [
        Distribution("height", "height (px)", height),
        Distribution("width", "width (px)", width),
        Distribution("aspect", "width / height", width / np.maximum(height, 1)),
        Distribution("label_length", "label length (units)", n_units),
        Distribution(
            "unit_width",
            f"width of a unit (px, at height {survey.height_px})",
            unit_width[np.isfinite(unit_width)],
        ),
    ]
    return [distribution for distribution in found if len(distribution.values)]
