"""Learning curves as a picture."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

# Of Okabe and Ito's palette; lines differ in their form too.
_VALIDATION = {"label": "validation", "color": "#0072b2", "linestyle": "-", "marker": "o"}
_TRAINING = {"label": "training", "color": "#d55e00", "linestyle": "--", "marker": "s"}
_RATE = {"color": "#595959", "linestyle": "-", "marker": "."}
_BEST_COLOUR = "#009e73"
_SIZE_INCHES, _DPI = (8.0, 7.6), 110
_MOST_MARKED = 40  # epochs; of more, the markers would cover the lines
_MOST_FINE_POWERS = 5
_WIDE_RANGE = 20  # greatest over least value from which a logarithmic axis shows more

History = Sequence[Mapping[str, float]]


def draw_learning_curves(history: History, path: Path) -> None:
    """Loss, character error rate and learning rate over the epochs, as a PNG.

    Args:
        history: for each epoch done its number `epoch`, and of loss, val_loss, cer, val_cer
            (fractions) and learning_rate those that are known. What is not finite is left out.
        path: of the PNG.

    Raises:
        ValueError: there is no epoch.
    """
    if not history:
        raise ValueError("history: is empty, there is nothing to draw.")
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    losses, rates, steps = figure.subplots(3, 1, sharex=True, height_ratios=(3, 3, 1.2))
    best = best_epoch(history)
    _plot_pair(losses, history, ("loss", "val_loss"), best)
    losses.set_ylabel("loss (nats a line)")
    _plot_pair(rates, history, ("cer", "val_cer"), best, scale=100)
    rates.set_ylabel("character error rate (%)")
    values = _plot(steps, history, "learning_rate", _RATE)
    _set_scale(steps, values, widest_linear=1)
    steps.set(xlabel="epoch", ylabel="learning rate")
    figure.suptitle(_title(history, best), fontsize=12)
    figure.savefig(path, format="png")


def best_epoch(history: History) -> Mapping[str, float] | None:
    """The epoch with the lowest validation CER, of equals the lowest loss; None without one."""
    known = [epoch for epoch in history if math.isfinite(_value(epoch, "val_cer"))]
    return min(known, key=_rank, default=None)


def _rank(epoch: Mapping[str, float]) -> tuple[float, float]:
    loss = _value(epoch, "val_loss")
    return epoch["val_cer"], loss if math.isfinite(loss) else math.inf


def _title(history: History, best: Mapping[str, float] | None) -> str:
    done = f"{len(history):,} epoch{'' if len(history) == 1 else 's'}"
    if best is None:
        return done
    return f"{done}, lowest validation CER {best['val_cer']:.2%} in epoch {best['epoch']:.0f}"


def _plot_pair(
    axes: Axes,
    history: History,
    keys: tuple[str, str],
    best: Mapping[str, float] | None,
    *,
    scale: float = 1,
) -> None:
    """A metric of the training lines and that of the validation lines."""
    values = _plot(axes, history, keys[1], _VALIDATION, scale=scale)
    values += _plot(axes, history, keys[0], _TRAINING, scale=scale)
    _set_scale(axes, values, widest_linear=_WIDE_RANGE)
    if best is not None and values:
        axes.axvline(best["epoch"], color=_BEST_COLOUR, linestyle=":", label="best epoch")
    if values:
        axes.legend(loc="upper right", fontsize=9)


def _plot(
    axes: Axes, history: History, key: str, style: Mapping[str, Any], *, scale: float = 1
) -> list[float]:
    """Draw one metric; its finite values."""
    epochs = [epoch["epoch"] for epoch in history]
    series = [_finite(_value(epoch, key) * scale) for epoch in history]
    values = [value for value in series if math.isfinite(value)]
    form = {**style, "linewidth": 1.6, "markersize": 4}
    if len(epochs) > _MOST_MARKED:
        form |= {"marker": "", "linewidth": 1.1}
    if values:
        axes.plot(epochs, series, **form)
    axes.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(visible=True, color="#d9d9d9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return values


def _set_scale(axes: Axes, values: list[float], *, widest_linear: float) -> None:
    """A logarithmic axis where values of unlike size would crowd below; zero stays on it."""
    positive = [value for value in values if value > 0]
    if not values:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "not known", transform=axes.transAxes, ha="center", va="center")
    elif not positive or min(values) < 0 or max(positive) / min(positive) < widest_linear:
        axes.margins(y=0.12)
    else:
        least, greatest = min(positive) / 1.3, max(positive) * 1.3
        has_zero = min(values) == 0
        axes.set_yscale("symlog", linthresh=least, linscale=0.3)
        axes.set_ylim(0 if has_zero else least, greatest)
        ticks = list(_ticks(least, greatest))
        ticks = ticks if len(ticks) > 1 else [min(positive), max(positive)]
        axes.set_yticks(sorted({*ticks, *([0.0] if has_zero else [])}))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _ticks(least: float, greatest: float) -> Iterable[float]:
    """1, 2 and 5 times the powers of ten between; the powers alone where these are many."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(greatest)) + 1)
    for power in powers:
        for factor in (1, 2, 5) if len(powers) <= _MOST_FINE_POWERS else (1,):
            if least <= factor * 10.0**power <= greatest:
                yield factor * 10.0**power


def _value(epoch: Mapping[str, float], key: str) -> float:
    return float(epoch.get(key, math.nan))


def _finite(value: float) -> float:
    """The value; not a number, which is not drawn, instead of an infinite one."""
    return value if math.isfinite(value) else math.nan
