"""Whether confidences hold: as numbers, in words, and as a diagram."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tf_crnn.evaluation import LineResult
from tf_crnn.scoring.certainty import (
    Effort,
    Reliability,
    find_efforts,
    find_reliability,
    judged_readings,
)

# Of Okabe and Ito's palette.
_COLOUR, _DIAGONAL = "#0072b2", "#767676"
_SIZE_INCHES, _DPI = (8.0, 4.4), 110


class Confidences(NamedTuple):
    """How far the confidences of an evaluation hold, and what they are good for.

    Attributes:
        lines: of whole lines.
        words: of words; None if none was read.
        characters: of units; None if none was read.
        efforts: what correcting the least certain lines leaves.
    """

    lines: Reliability
    words: Reliability | None
    characters: Reliability | None
    efforts: tuple[Effort, ...]


def find_confidences(lines: Sequence[LineResult]) -> Confidences | None:
    """Of an evaluation; None where the certainty of its lines is not known."""
    known = [(line.certainty, line.counts) for line in lines if line.certainty]
    judged = judged_readings((sure, bool(counts.n_exact)) for sure, counts in known)
    reliability = find_reliability(judged.line)
    if reliability is None:
        return None
    efforts = find_efforts(
        [sure.line for sure, _ in known],
        [counts.char_edits for _, counts in known],
        sum(counts.n_chars for _, counts in known),
    )
    words, units = find_reliability(judged.word), find_reliability(judged.unit)
    return Confidences(reliability, words, units, efforts)


def describe_confidences(confidences: Confidences) -> str:
    """Calibration errors and efforts, for people: a line each."""
    return "\n".join(_sentences(confidences))


def confidences_json(confidences: Confidences | None) -> dict[str, Any] | None:
    """For `report.json`."""
    if confidences is None:
        return None
    kinds = ("lines", "words", "characters")
    return {
        **{kind: _reliability(getattr(confidences, kind)) for kind in kinds},
        "efforts": [effort._asdict() for effort in confidences.efforts],
    }


def draw_reliability(confidences: Confidences, path: Path) -> None:
    """A PNG: for lines and for characters, what share was right at which confidence."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_bins(left, confidences.lines, "lines")
    _draw_bins(right, confidences.characters, "characters")
    figure.savefig(path, format="png")


def _sentences(confidences: Confidences) -> Iterator[str]:
    kinds = {"lines": confidences.lines, "characters": confidences.characters}
    errors = (f"{kind} {r.error:.2%}" for kind, r in kinds.items() if r is not None)
    yield f"expected calibration error of confidences: {', '.join(errors)}"
    for effort in confidences.efforts:
        if effort.n_lines:
            lines = f"{effort.n_lines:,} line{'' if effort.n_lines == 1 else 's'}"
            yield (
                f"correcting the least certain {effort.share:.0%} ({lines}) leaves a CER of "
                f"{effort.cer:.2%}"
            )


def _reliability(reliability: Reliability | None) -> dict[str, Any] | None:
    if reliability is None:
        return None
    return {
        "number": reliability.number,
        "right": reliability.right,
        "expected_calibration_error": reliability.error,
        "bins": [bin._asdict() for bin in reliability.bins],
    }


def _draw_bins(axes: Axes, reliability: Reliability | None, kind: str) -> None:
    axes.plot((0, 100), (0, 100), color=_DIAGONAL, linestyle=":", label="as sure as right")
    title = f"no {kind}"
    if reliability is not None:
        sure, right = ([100 * bin[part] for bin in reliability.bins] for part in (1, 2))
        axes.plot(sure, right, color=_COLOUR, marker="o", linewidth=1.6, markersize=5)
        title = f"{reliability.number:,} {kind}, calibration error {reliability.error:.1%}"
    axes.set(xlabel="confidence (%)", ylabel="right (%)", xlim=(-2, 102), ylim=(-2, 102))
    axes.set_title(title, fontsize=11)
    axes.legend(loc="upper left", fontsize=9)
    axes.set_aspect("equal")
    axes.grid(visible=True, color="#d9d9d9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
