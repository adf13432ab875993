"""The curve of a learning-rate range test as a picture."""

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tf_crnn.rate_test import RangeTest, smoothed, suggest

# Of Okabe and Ito's palette; lines differ in their form too.
_BATCH: dict[str, Any] = {"color": "#9a9a9a", "linestyle": "", "marker": ".", "markersize": 4}
_SMOOTH: dict[str, Any] = {"color": "#0072b2", "linestyle": "-", "linewidth": 2.0}
_SUGGESTED: dict[str, Any] = {"color": "#009e73", "linestyle": "-"}
_STEEPEST: dict[str, Any] = {"color": "#d55e00", "linestyle": "--"}
_RISING: dict[str, Any] = {"color": "#595959", "linestyle": "-."}
_LOWEST: dict[str, Any] = {"color": "#595959", "linestyle": ":"}
_SIZE_INCHES, _DPI = (8.0, 4.6), 110
_HEADROOM = 1.6  # of the loss at the start; what is above is the divergence, of any height


def draw_rate_curve(test: RangeTest, path: Path) -> None:
    """Loss over the learning rate, with the rates that are suggested, as a PNG.

    Args:
        test: finished.
        path: of the PNG.
    """
    found, curve = suggest(test), smoothed(test)
    rates = [trial.rate for trial in test.trials]
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot(rates, [trial.loss for trial in test.trials], label="each batch", **_BATCH)
    axes.plot(rates, curve, label="smoothed", **_SMOOTH)
    axes.axvline(found.lowest, label=f"lowest loss, {found.lowest:g}", **_LOWEST)
    axes.axvline(found.rising, label=f"rises from {found.rising:g}", **_RISING)
    axes.axvline(found.steepest, label=f"steepest fall, {found.steepest:g}", **_STEEPEST)
    axes.axvline(found.rate, label=f"suggested, {found.rate:g}", **_SUGGESTED)
    axes.set_xscale("log")
    axes.set_xlim(min(rates[0], found.rate) / 1.2, rates[-1] * 1.2)
    axes.set_ylim(0, _HEADROOM * max(curve[0], curve.min()))
    axes.set(xlabel="learning rate", ylabel="loss (nats a unit)")
    axes.grid(visible=True, color="#d9d9d9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", fontsize=9)
    ending = "until the loss rose" if test.diverged else "the loss did not rise"
    figure.suptitle(f"{len(rates):,} batches, {ending}", fontsize=12)
    figure.savefig(path, format="png")
