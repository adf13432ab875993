"""The tables of docs/speed.md, made of the kept results of `speed.py`."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from _speed_growth import epoch_seconds
from _speed_training import DOCUMENTED

Result = dict[str, Any]
NOT_YET = "Not measured yet.\n"
BASE = "tesseract_processes"  # with one thread, its call with a list of files
NONE = "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---" for _ in head], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def reading_table(result: Result) -> str:
    """Lines a second, on one thread and two, and the error rates."""
    head = (
        "reader", "threads", "lines/s, whole call", "lines/s, steady", "times Tesseract",
        "lines per processor second, steady", "CER", "CER, spelt simply", "memory",
    )  # fmt: skip
    rows = []
    for name, by_threads in result["readers"].items():
        for threads, kept in by_threads.items():
            base = result["readers"].get(BASE, {}).get(threads, {})
            whole = kept.get("many", kept["few"])
            rows.append(
                (
                    f"`{name}`",
                    threads,
                    number(median(once["n_lines"] / once["wall_s"] for once in whole)),
                    number(median_of(steady(kept, "wall_s"))),
                    number(times(steady(kept, "wall_s"), steady(base, "wall_s")), 2),
                    number(median_of(steady(kept, "cpu_s"))),
                    percent(whole[0]["cer"]),
                    percent(whole[0]["cer_simpler"]),
                    megabytes(max(once["peak_mb"] for once in whole)),
                )
            )
    about = (
        f"{result['lines']} validation lines of {result['dataset']} and {result['few']} of them "
        f"(`tesseract_files`: these alone), rounds: {result['rounds']}, slow "
        "readers one."
    )
    return table(head, rows) + notes(result, about)


def steady(kept: dict[str, list[Result]], clock: str) -> list[float | None]:
    """Lines a second of each round behind what both calls took alike: start and loading."""
    rates = []
    for few, many in zip(kept.get("few", ()), kept.get("many", ()), strict=False):
        seconds = many[clock] - few[clock]
        rates.append((many["n_lines"] - few["n_lines"]) / seconds if seconds > 0 else None)
    return rates


def first_line_table(result: Result) -> str:
    """Seconds and memory of one line; memory of many."""
    kept = result["first_line"]
    base = [once["wall_s"] for once in kept.get("tesseract", ())]
    rows = []
    for name, runs in kept.items():
        seconds = [once["wall_s"] for once in runs]
        rows.append(
            (
                f"`{name}`",
                number(median(seconds), 2),
                number(times(seconds, base), 1),
                number(median(once["cpu_s"] for once in runs), 2),
                megabytes(median(once["peak_mb"] for once in runs)),
            )
        )
    head = ("reader", "seconds", "times Tesseract", "processor seconds", "memory")
    many = [
        (f"`{name}`", f"{int(n_lines):,}", megabytes(once["peak_mb"]), number(once["wall_s"]))
        for name, counts in result["many_lines"].items()
        for n_lines, once in counts.items()
    ]
    about = f"One line of {result['dataset']}, rounds: {result['rounds']}, behind one to warm up."
    text = table(head, rows) + notes(result, about)
    return text + "\n" + table(("reader", "lines of one call", "memory", "seconds"), many)


def training_table(result: Result) -> str:
    """Trained lines a second, processor time and memory."""
    head = (
        "framework", "network", "lines/s", "times ours",
        "processor seconds for 1,000 lines", "memory", "lines of an epoch",
    )  # fmt: skip
    rows = []
    for name, runs in result["trainers"].items():
        suffix = DOCUMENTED if name.endswith(DOCUMENTED) else ""
        ours = result["trainers"].get(f"tf_crnn{suffix}", ())
        rates = [trained(once, "epoch_s") for once in runs]
        costs = [1000 / rate for once in runs if (rate := trained(once, "epoch_cpu_s"))]
        rows.append(
            (
                f"`{name.removesuffix(suffix)}`",
                "documented" if suffix else "its own",
                number(median_of(rates)),
                number(times(rates, [trained(once, "epoch_s") for once in ours]), 2),
                number(median_of(costs)),
                megabytes(max(once["peak_mb"] for once in runs)),
                str(runs[0]["lines"]),
            )
        )
    about = f"Lines of {result['dataset']}, rounds: {result['rounds']}, on all processors."
    return table(head, rows) + notes(result, about)


def trained(once: Result, clock: str) -> float | None:
    """Lines a second of the median epoch behind the first."""
    return once["lines"] / statistics.median(once[clock]) if once[clock] else None


def share_table(result: Result) -> str:
    """Operations of a training step over time, against the best product of matrices."""
    head = (
        "network", "threads", "GFLOP a line", "lines/s", "GFLOP/s of the step",
        "GFLOP/s of the best product", "share",
    )  # fmt: skip
    rows = [
        (
            name,
            threads,
            number(once["gflop_a_line"], 2),
            number(once["lines_per_second"]),
            number(once["gflops"]),
            number(max(once["product_gflops"])),
            percent(once["share"], 0),
        )
        for name, by_threads in result["networks"].items()
        for threads, once in by_threads.items()
    ]
    first = next(iter(next(iter(result["networks"].values())).values()))
    about = (
        f"Lines of {result['dataset']}, {first['mean_width_px']} px wide on average, "
        f"rounds: {result['rounds']}, behind one to warm up."
    )
    return table(head, rows) + notes(result, about)


def growth_table(result: Result) -> str:
    """Seconds of an epoch and memory over the number of lines, and the fit."""
    head = (
        "lines", "read from", "seconds of an epoch", "of the fit", "for 1,000 lines",
        "until the first epoch's end", "memory", "seconds to pack",
    )  # fmt: skip
    rows = []
    for source, counts in result["sources"].items():
        fit = result["fits"][source]
        for n_lines, kept in counts.items():
            seconds, packing = epoch_seconds(kept), result["packing"].get(n_lines)
            fitted = fit["fixed_s"] + fit["s_a_line"] * int(n_lines)
            rows.append(
                (
                    f"{int(n_lines):,}",
                    source,
                    number(seconds, 2),
                    number(fitted, 2),
                    number(seconds / int(n_lines) * 1000, 2),
                    number(median(once["first_s"] for once in kept)),
                    megabytes(max(once["peak_mb"] for once in kept)),
                    number(packing["wall_s"]) if packing and source == "pack" else NONE,
                )
            )
    fits = "".join(
        f"- From {source}: {fit['fixed_s']:.2f} s + {fit['s_a_line'] * 1000:.2f} s for each 1,000 "
        f"lines, off by {fit['largest_deviation']:.0%} at most; between the last two numbers of "
        f"lines the time grows with their power {fit['exponent_of_the_last_two']:.2f}.\n"
        for source, fit in result["fits"].items()
    )
    about = f"{result['drawn']:,} different lines, repeated; every one is trained in every epoch."
    return table(head, rows) + "\n" + fits + notes(result, about)


def notes(result: Result, about: str) -> str:
    """Lines, date and machine; what else ran; what was left out."""
    machine = result["machine"]
    text = (
        f"\n{about} Measured on {machine['date']}: {machine['processor']}, {machine['cores']} "
        f"cores, TensorFlow {machine['tensorflow']}, Keras {machine['keras']}"
    )
    text += "".join(f", {name} {version}" for name, version in result.get("versions", {}).items())
    text += "."
    if busy := result.get("busy_before"):
        text += (
            f" Before each turn other programs kept the processors busy for "
            f"{busy['median']:.0%} of the time (median; at most {busy['most']:.0%})."
        )
    for name, reason in result.get("skipped", {}).items():
        text += f" Left out: `{name}` ({reason})."
    return text + "\n"


def times(rates: Sequence[float | None], base: Sequence[float | None]) -> float | None:
    """The median over the rounds of a quotient of the same round."""
    pairs = zip(rates, base, strict=False)
    return median_of([mine / theirs for mine, theirs in pairs if mine and theirs])


def median_of(values: Sequence[float | None]) -> float | None:
    """Of those that are known."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def median(values: Iterable[float]) -> float:
    """Of all."""
    return statistics.median(values)


def number(value: float | None, digits: int = 1) -> str:
    """With so many digits; a dash if it is not known."""
    return NONE if value is None else f"{value:,.{digits}f}"


def percent(value: float, digits: int = 2) -> str:
    """A share, shown."""
    return f"{value:.{digits}%}"


def megabytes(value: float) -> str:
    """Memory."""
    return f"{value:,.0f} MB"


TABLES: dict[str, Callable[[Result], str]] = {
    "reading": reading_table,
    "first_line": first_line_table,
    "training": training_table,
    "share": share_table,
    "growth": growth_table,
}
