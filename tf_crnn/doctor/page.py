"""What was found, as one HTML file that needs nothing else."""

import base64
import hashlib
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tf_crnn.doctor.confusables import code_points, name_of, shown
from tf_crnn.doctor.distributions import Distribution
from tf_crnn.doctor.examination import Examination, ShownLine
from tf_crnn.doctor.findings import Finding
from tf_crnn.doctor.severity import Severity
from tf_crnn.reports.markup import MarkedLine, mark_line
from tf_crnn.reports.thumbnails import thumbnail_data_uri
from tf_crnn.reports.wording import count_of
from tf_crnn.stamped import write_whole

_LINES, _LINES_OF_MODEL, _CHARACTERS = 8, 100, 40
_MOST_CHARACTERS = 2000
_LONGEST_LABEL = 400
_PICTURE_HEIGHT_PX, _PICTURE_WIDTH_PX = 56, 1040
_THREADS = 4

# Stretches of a text, and whether each stands for characters that nobody sees.
Pieces = list[tuple[str, bool]]


class LineOnPage(NamedTuple):
    """A line as the page shows it."""

    line: ShownLine
    picture: str | None
    pieces: Pieces
    marked: MarkedLine | None
    begins_group: bool


class FindingOnPage(NamedTuple):
    """A finding as the page shows it."""

    says: str
    advice: str
    lines: list[LineOnPage]
    characters: list[dict[str, Any]]
    n_left_out: int


class Section(NamedTuple):
    """Findings of one severity."""

    key: str
    heading: str
    findings: list[FindingOnPage]


def write_page(examination: Examination, path: Path) -> None:
    """Write the page."""
    style = Markup(_resource("report.css") + _resource("doctor.css"))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    survey = examination.survey
    rows = [
        {**row, "pieces": pieces_of(row["character"])}
        for row, _ in zip(examination.characters(), range(_MOST_CHARACTERS), strict=False)
    ]
    html = environment.from_string(_resource("doctor.html")).render(
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        n_lines=len(survey),
        sentence=examination.sentence,
        sources=survey.setting.sources,
        has_config=survey.setting.has_config,
        sections=list(_sections(examination)),
        distributions=[_drawn(distribution) for distribution in examination.distributions],
        characters=rows,
        n_characters=count_of(len(survey.characters), "different character"),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half of a surrogate pair has no UTF-8.
    write_whole(path, html.encode("utf-8", "backslashreplace").decode("utf-8"))


def pieces_of(text: str) -> Pieces:
    """A text in stretches, those that nobody sees as their code points."""
    return [
        (shown("".join(run)), is_unseen)
        for is_unseen, run in groupby(text[:_LONGEST_LABEL], _unseen)
    ]


def _sections(examination: Examination) -> Iterator[Section]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for severity in Severity:
            findings = [_finding(examination, f, pool) for f in examination.of(severity)]
            if findings:
                yield Section(severity.name.lower(), severity.heading, findings)


def _finding(examination: Examination, finding: Finding, pool: ThreadPoolExecutor) -> FindingOnPage:
    lines = list(examination.shown(finding, _LINES_OF_MODEL if finding.readings else _LINES))
    pictures = pool.map(_thumbnail, lines)
    groups = [line.group for line in lines]
    starts = [False, *(one != other for one, other in zip(groups, groups[1:], strict=False))]
    rows = finding.characters[:_CHARACTERS]
    return FindingOnPage(
        finding.says,
        finding.advice,
        [
            LineOnPage(line, picture, pieces_of(line.label), _marked(line), begins)
            for line, picture, begins in zip(lines, pictures, starts, strict=False)
        ],
        [
            {
                **row._asdict(),
                "pieces": pieces_of(row.unit),
                "code_points": code_points(row.unit),
                "name": " + ".join(map(name_of, row.unit)),
                "places": examination.places(row),
            }
            for row in rows
        ],
        max(len(finding.lines) - len(lines), len(finding.characters) - len(rows)),
    )


def _marked(line: ShownLine) -> MarkedLine | None:
    return None if line.reading is None else mark_line(line.label, line.reading)


def _thumbnail(line: ShownLine) -> str | None:
    return thumbnail_data_uri(
        Path(line.image_path), max_height_px=_PICTURE_HEIGHT_PX, max_width_px=_PICTURE_WIDTH_PX
    )


def _drawn(distribution: Distribution) -> dict[str, Any]:
    counts, edges = distribution.histogram()
    least, _, median, _, greatest = (f"{value:,.4g}" for value in distribution.percentiles)
    return {
        "name": distribution.name,
        "bars": [count / max(counts) for count in counts],
        "median": median,
        "least": least,
        "greatest": greatest,
        "scale": "logarithmic scale" if len(edges) > 2 and edges[0] > 0 else "",
        "spoken": f"{distribution.name}: from {least} to {greatest}, median {median}",
    }


def _unseen(character: str) -> bool:
    return character != " " and unicodedata.category(character)[0] in "CZ"


def _resource(name: str) -> str:
    return resources.files("tf_crnn.resources").joinpath(name).read_text(encoding="utf-8")
