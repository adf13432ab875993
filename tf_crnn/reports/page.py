"""The report of an evaluation as one HTML file that needs nothing else."""

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tf_crnn.evaluation import EvaluationResult, LineResult
from tf_crnn.reports.characters import CharacterErrors
from tf_crnn.reports.confusion import Confusion, ConfusionCounts
from tf_crnn.reports.details import Details
from tf_crnn.reports.markup import Example, MarkedLine, Part, find_examples, mark_line, show
from tf_crnn.reports.thumbnails import png_data_uri, thumbnail_data_uri
from tf_crnn.reports.wording import count_of, percent
from tf_crnn.scoring.rates import MEASURES, Rate
from tf_crnn.statistics import Interval

N_WORST = 30
_N_CONFUSIONS = 20
_N_SKIPPED = 200
_N_CHARACTERS = 30
_N_DOCUMENTS = 30
_MOST_VALUE_CHARACTERS = 600
_PICTURE_HEIGHT_PX, _PICTURE_WIDTH_PX = 56, 1040
_THREADS = 4
# Line CER, upper ends; a line without an error has a bin of its own.
_BINS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, math.inf)


class WorstLine(NamedTuple):
    """A line as the page shows it."""

    result: LineResult
    marked: MarkedLine
    picture: str | None


class ConfusionRow(NamedTuple):
    """A confusion with one place where it happened."""

    confusion: Confusion
    truth: Part
    reading: Part
    example: Example


class RateRow(NamedTuple):
    """A rate as the page shows it: its name, what it counts, and itself."""

    title: str
    unit: str
    rate: Rate


class CharacterRow(NamedTuple):
    """A character that was not always read right."""

    errors: CharacterErrors
    shown: Part


class Bin(NamedTuple):
    """Lines of about the same CER; `share` is of the fullest bin."""

    name: str
    n_lines: int
    share: float


class Pictures(NamedTuple):
    """PNG files beside the page; None where there is none."""

    curves: Path | None
    confusions: Path
    reliability: Path | None = None


class Background(NamedTuple):
    """What is known beside the result, JSON-ready; `warnings` in `about` head the page."""

    config: Mapping[str, Any]
    about: Mapping[str, Any]


def write_page(
    path: Path,
    result: EvaluationResult,
    *,
    details: Details,
    pictures: Pictures,
    background: Background,
) -> None:
    """Write `report.html`.

    Args:
        path: of the page.
        result: worst lines first.
        details: of the result.
        pictures: written before.
        background: configuration, model and data.
    """
    style = Markup(_resource("report.css"))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"percent": percent, "bounds": _bounds, "count_of": count_of}
    html = environment.from_string(_resource("report.html")).render(
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        sentence=sentence(result),
        result=result,
        about=dict(_flat({k: v for k, v in background.about.items() if k != "warnings"})),
        warnings=background.about.get("warnings", ()),
        config=dict(_flat(background.config)),
        curves=pictures.curves and png_data_uri(pictures.curves),
        reliability=pictures.reliability and png_data_uri(pictures.reliability),
        matrix=png_data_uri(pictures.confusions),
        details=details,
        rates=_rate_rows(details),
        confusions=_confusion_rows(details.confusions, result),
        characters=_character_rows(details),
        n_wrong_characters=sum(errors.errors > 0 for errors in details.characters),
        documents=details.documents[:_N_DOCUMENTS],
        worst=_worst_lines(result),
        bins=line_bins(result),
        skipped=result.skipped[:_N_SKIPPED],
    )
    path.write_text(html, encoding="utf-8")


def sentence(result: EvaluationResult) -> str:
    """What the evaluation says, in one sentence."""
    counts = result.counts
    lines = count_of(counts.n_lines, "line")
    if not counts.char_edits:
        return f"Reads all {counts.n_chars:,} characters of {lines} right."
    cer = f"CER {percent(counts.cer)}{_interval(result.intervals.cer)} on {lines}."
    if counts.cer >= 1:
        return f"Makes as many errors as there are characters, or more: {cer}"
    # Not 100.0 % where there are errors.
    digits = 1 if counts.cer >= 0.0005 else 3
    return f"Reads {percent(1 - counts.cer, digits)} of characters right: {cer}"


def line_bins(result: EvaluationResult) -> list[Bin]:
    """How many lines have about which CER."""
    numbers = [0] * (1 + len(_BINS))
    for line in result.lines:
        cer = line.counts.cer
        numbers[0 if cer == 0 else 1 + next(n for n, end in enumerate(_BINS) if cer <= end)] += 1
    ends = [0.0, *_BINS]
    names = ["without an error"]
    for low, high in zip(ends, _BINS, strict=False):
        start = f"{100 * low:.0f} to " if low else "up to "
        names.append(start + percent(high, 0) if high < math.inf else f"above {percent(low, 0)}")
    greatest = max(numbers)
    return [Bin(name, n, n / greatest) for name, n in zip(names, numbers, strict=True)]


def _interval(interval: Interval) -> str:
    if math.isnan(interval.low):
        return ""
    return f" (95\u00a0% interval {_bounds(interval)})"


def _bounds(interval: Interval) -> str:
    if math.isnan(interval.low):
        return "unknown"
    return f"{100 * interval.low:.2f} to {percent(interval.high)}"


def _worst_lines(result: EvaluationResult) -> list[WorstLine]:
    worst = [line for line in result.lines[:N_WORST] if line.counts.char_edits]
    with ThreadPoolExecutor(_THREADS) as pool:
        pictures = list(pool.map(_thumbnail, worst))
    return [
        WorstLine(line, mark_line(line.line.text, line.prediction), picture)
        for line, picture in zip(worst, pictures, strict=True)
    ]


def _thumbnail(line: LineResult) -> str | None:
    return thumbnail_data_uri(
        line.line.image_path, max_height_px=_PICTURE_HEIGHT_PX, max_width_px=_PICTURE_WIDTH_PX
    )


def _confusion_rows(counts: ConfusionCounts, result: EvaluationResult) -> list[ConfusionRow]:
    wanted = {(c.truth, c.reading): c for c in counts.wrong[:_N_CONFUSIONS]}
    found: dict[tuple[str, str], Example] = {}
    # Of the lines with the fewest errors, where the alignment is surest.
    for line in reversed(result.lines):
        if line.counts.char_edits and len(found) < len(wanted):
            for pair, example in find_examples(line.line.text, line.prediction):
                if pair in wanted:
                    found.setdefault(pair, example)
    return [
        ConfusionRow(c, found[pair].truth, found[pair].reading, found[pair])
        for pair, c in wanted.items()
    ]


def _rate_rows(details: Details) -> list[RateRow]:
    return [
        RateRow(measure.title, measure.unit, details.rates[name])
        for name, measure in MEASURES.items()
    ]


def _character_rows(details: Details) -> list[CharacterRow]:
    wrong = [errors for errors in details.characters if errors.errors]
    return [CharacterRow(errors, show(errors.name)) for errors in wrong[:_N_CHARACTERS]]


def _flat(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Keys with those of nested mappings, and values as text."""
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            is_long = len(text) > _MOST_VALUE_CHARACTERS
            yield f"{prefix}{key}", f"{text[:_MOST_VALUE_CHARACTERS]}..." if is_long else text


def _resource(name: str) -> str:
    return resources.files("tf_crnn.resources").joinpath(name).read_text(encoding="utf-8")
