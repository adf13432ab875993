"""docs/speed.md and its figure, made of the kept results of `speed.py`."""

import json
import math
from typing import Any

from _common import RESULTS, ROOT
from _speed_curves import Curve, minutes_until
from _speed_tables import NOT_YET, TABLES, notes, number, percent, table

PAGE = ROOT / "docs" / "speed.md"
FIGURE = ROOT / "docs" / "_static" / "speed_curves.svg"
LEVELS = (0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.015, 0.01)
COLOURS = {"tf_crnn": "#0072b2", "calamari": "#d55e00"}  # of Okabe and Ito
DASHES = {"tf_crnn": "none", "calamari": "7 4"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 60, 120, 20, 50


def kept_results() -> dict[str, Any]:
    """What was measured, by the names of the parts."""
    return {
        path.stem.removeprefix("speed_"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(RESULTS.glob("speed_*.json"))
    }


def write_page() -> None:
    """Put the tables between the marks of the page; draw the figure."""
    results = kept_results()
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    if "curves" in results:
        FIGURE.parent.mkdir(exist_ok=True)
        FIGURE.write_text(figure_of(results["curves"]), encoding="utf-8")


def filled(page: str, results: dict[str, Any]) -> str:
    """The page with what was measured between its marks."""
    for part, make in {**TABLES, "curves": curves_text}.items():
        begin, end = f"<!-- {part}:begin -->\n", f"<!-- {part}:end -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        shown = make(results[part]) if part in results else NOT_YET
        page = f"{before}{begin}\n{shown}\n{end}{after}"
    return page


def curves_text(result: dict[str, Any]) -> str:
    """The figure, and when each framework came to which CER."""
    head = ("validation CER", *(f"`{name}`, minutes" for name in result["curves"]))
    rows = []
    for level in LEVELS:
        reached = [minutes_until(curve, level) for curve in result["curves"].values()]
        if any(minutes is not None for minutes in reached):
            rows.append((f"{level * 100:g}%", *(number(minutes) for minutes in reached)))
    last = ", ".join(f"`{name}` {percent(cer)}" for name, cer in result["at_the_end"].items())
    about = f"Lines of {result['dataset']}."
    if last:
        about += f" CER after {result['minutes']:g} processor minutes, counted alike: {last}."
    figure = f"![Validation CER over minutes](_static/{FIGURE.name})\n"
    return f"{figure}\n{table(head, rows)}{notes(result, about)}"


def figure_of(result: dict[str, Any]) -> str:
    """The curves as SVG; the CER stands on a logarithmic axis."""
    curves: dict[str, Curve] = result["curves"]
    points = [point for curve in curves.values() for point in curve]
    end = max(minutes for minutes, _ in points)
    cers = [min(1.0, cer) for _, cer in points if cer > 0]
    axes = Axes(end, min(cers) * 0.8, 1.0)
    parts = [axes.grid(), axes.names()]
    parts += [axes.curve(name, curve) for name, curve in curves.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13">\n'
        f"<title>Validation CER over minutes, {result['dataset']}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{"".join(parts)}</svg>\n'
    )


class Axes:
    """Minutes from left to right, CER from below.

    Args:
        end: the last minute.
        least: the lowest CER.
        most: the highest.
    """

    def __init__(self, end: float, least: float, most: float) -> None:
        """Keep the ranges."""
        self.end, self.least, self.most = end, least, most

    def x(self, minutes: float) -> float:
        """Of a time."""
        return LEFT + (WIDTH - LEFT - RIGHT) * minutes / self.end

    def y(self, cer: float) -> float:
        """Of a rate."""
        inside = min(self.most, max(self.least, cer))
        share = math.log(inside / self.least) / math.log(self.most / self.least)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)

    def grid(self) -> str:
        """Lines and numbers of both axes."""
        parts = []
        for cer in (level for level in (1.0, *LEVELS) if level >= self.least):
            y = self.y(cer)
            parts.append(_line(LEFT, y, WIDTH - RIGHT, y))
            parts.append(_text(LEFT - 8, y + 4, f"{cer * 100:g}%", "end"))
        step = _step(self.end)
        for number_of in range(int(self.end / step) + 1):
            x = self.x(number_of * step)
            parts.append(_line(x, TOP, x, HEIGHT - BOTTOM))
            parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{number_of * step:g}", "middle"))
        return "".join(parts)

    def names(self) -> str:
        """What the axes show."""
        middle = (LEFT + WIDTH - RIGHT) / 2
        across = _text(middle, HEIGHT - 10, "minutes, each on one processor", "middle")
        return across + _text(LEFT, TOP - 6, "validation CER", "start")

    def curve(self, name: str, curve: Curve) -> str:
        """A line, and its name at its end."""
        places = " ".join(f"{self.x(at):.1f},{self.y(cer):.1f}" for at, cer in curve)
        style = f'stroke="{COLOURS[name]}" stroke-dasharray="{DASHES[name]}"'
        line = f'<polyline fill="none" stroke-width="2" {style} points="{places}"/>\n'
        minutes, cer = curve[-1]
        return line + _text(self.x(minutes) + 6, self.y(cer) + 4, name, "start", COLOURS[name])


def _step(end: float) -> float:
    """Between the numbers of an axis, so that there are ten at most."""
    return next(step for step in (0.5, 1, 2, 5, 10, 20, 50, 100, math.inf) if end / step <= 10)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="#d9d9d9"/>\n'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333333") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}">{text}</text>\n'
