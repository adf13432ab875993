"""A comparison as one HTML file that needs no network, and as JSON."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

import tf_crnn.resources
from tf_crnn.comparison.lines import file_name
from tf_crnn.comparison.page_text import FILTERS
from tf_crnn.comparison.pictures import Pictures, make_pictures
from tf_crnn.comparison.result import ComparedLine, Comparison
from tf_crnn.comparison.sentences import FEW_DOCUMENTS, is_more_than_chance, judged
from tf_crnn.differences import align

# Chromium opens such a page within about a second.
MOST_PAGE_BYTES = 15_000_000
_RESOURCES = Path(tf_crnn.resources.__path__[0])
_SIGNIFICANT_DIGITS = 5
_PERCENT_METRICS = ("cer", "wer", "exact_match")


def write_page(comparison: Comparison, path: Path) -> None:
    """Write a comparison as one self-contained HTML file of at most about 15 MB.

    Pictures of the lines are taken from the image files where these are still there, as many as
    there is room for; the page says how many lines have none.
    """
    data = _script_json(_data(comparison))
    rest = _render(comparison, data, Pictures({}, 0, 0))
    pictures = make_pictures(comparison.lines, MOST_PAGE_BYTES - len(_encoded(rest)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encoded(_render(comparison, data, pictures)))


def write_json(comparison: Comparison, path: Path) -> None:
    """Write the same numbers as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
    path.write_bytes(_encoded(text + "\n"))


def _render(comparison: Comparison, data: Markup, pictures: Pictures) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_RESOURCES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    # Markup: both are files of this package.
    style = Markup((_RESOURCES / "compare.css").read_text(encoding="utf-8"))
    script = Markup((_RESOURCES / "compare.js").read_text(encoding="utf-8"))
    return environment.get_template("compare.html").render(
        comparison=comparison,
        runs=comparison.runs,
        by_documents=(comparison.common.n_documents or 0) >= FEW_DOCUMENTS,
        judged=judged,
        is_more_than_chance=is_more_than_chance,
        scale=_scale(comparison),
        pictures=pictures,
        data=data,
        picture_data=_script_json(pictures.uris),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _scale(comparison: Comparison) -> tuple[float, float]:
    """The lowest and the highest CER that an interval reaches, with some room."""
    ends = [
        end
        for run in comparison.runs
        if run.rates
        for end in (run.rates.cer.value, *run.rates.cer.by_line)
        if math.isfinite(end)
    ]
    room = 0.05 * (max(ends, default=1.0) - min(ends, default=0.0)) or 0.01
    return min(ends, default=0.0) - room, max(ends, default=1.0) + room


def _data(comparison: Comparison) -> dict[str, Any]:
    return {
        "runs": [run.name for run in comparison.runs],
        "evaluated": comparison.evaluated,
        "metrics": [
            {
                "name": metric.name,
                "percent": metric.name.removeprefix("val_") in _PERCENT_METRICS,
                "curves": [
                    [c.run, c.steps, _rounded(c.minutes), _rounded(c.values)] for c in metric.curves
                ],
            }
            for metric in comparison.metrics
        ],
        "lines": [_line(line) for line in comparison.lines],
    }


def _line(line: ComparedLine) -> list[Any]:
    """Where it is, truth, errors of each run, and each distinct reading with the runs it is of."""
    same: dict[str, list[int]] = {}
    for place, reading in enumerate(line.readings):
        same.setdefault(reading, []).append(place)
    readings = [[places, _segments(line.truth, reading)] for reading, places in same.items()]
    where = [line.csv, line.row, file_name(line.paths[0]), line.document or ""]
    return [where, line.truth, line.edits, readings]


def _segments(truth: str, reading: str) -> list[str | list[str]]:
    """Stretches that agree as they are, others as [truth, reading]."""
    return [
        segment.truth if segment.is_equal else [segment.truth, segment.reading]
        for segment in align(truth, reading)
    ]


def _rounded(values: Sequence[float]) -> list[float | None]:
    return [
        float(f"{value:.{_SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None
        for value in values
    ]


def _script_json(value: Mapping[Any, Any]) -> Markup:
    """JSON that may stand in a script element, whatever the texts within are."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # Markup: no character is left that could end the element.
    return Markup(text)


def _encoded(text: str) -> bytes:
    """UTF-8; half of a surrogate pair, which has no UTF-8, as JSON writes it."""
    return text.encode("utf-8", errors="backslashreplace")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
