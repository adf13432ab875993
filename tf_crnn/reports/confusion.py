"""Which characters are read as which: a table of all confusions and a picture of the most frequent.

An empty truth stands for a character that was read where there is none, an empty reading for one
that was left out.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

from tf_crnn.differences import confusions
from tf_crnn.reports.clusters import is_mark
from tf_crnn.reports.drawing import Span, Typesetter
from tf_crnn.reports.fonts import FontBook

MAX_CHARACTERS = 30
_CELL_PX, _LABEL_PX, _NUMBER_PX, _TEXT_PX = 34, 19, 12, 15
_MARGIN_PX = 20
_LEAST_WIDTH_PX = 560
_SIDE_PX = 84  # room for the labels on the left and above
_INK, _GREY, _RULE = "#1a1a1a", "#5f5f5f", "#d9d9d9"
_RIGHT_COLOUR, _RIGHT_INK = "#ececec", "#767676"
_PALE, _STRONG = (255, 237, 222), (150, 45, 0)
_LIGHT_INK_FROM = 0.55  # of the colour scale


class Confusion(NamedTuple):
    """A character read as another.

    Attributes:
        truth: empty for a character too many.
        reading: empty for a character left out.
        times: how often.
        n_truth: how often `truth` stands in the references; 0 for an empty one.
    """

    truth: str
    reading: str
    times: int
    n_truth: int

    @property
    def share(self) -> float:
        """Of the occurrences of the truth; not a number for an empty one."""
        return self.times / self.n_truth if self.n_truth else math.nan


class ConfusionCounts(NamedTuple):
    """The confusions of an evaluation.

    Attributes:
        wrong: most frequent first.
        right: how often each character was read right.
    """

    wrong: list[Confusion]
    right: Counter[str]


def count_confusions(pairs: Iterable[tuple[str, str]]) -> ConfusionCounts:
    """Count over (truth, reading) pairs, each aligned with the fewest edits."""
    counts = confusions(pairs)
    n_truth: Counter[str] = Counter()
    for (truth, _), count in counts.items():
        n_truth[truth] += count
    n_truth[""] = 0
    wrong = [
        Confusion(truth, reading, count, n_truth[truth])
        for (truth, reading), count in counts.items()
        if truth != reading
    ]
    # Equal ones in the order of the characters, so that equal evaluations give equal files.
    wrong.sort(key=lambda confusion: (-confusion.times, confusion.truth, confusion.reading))
    right = Counter({t: count for (t, reading), count in counts.items() if t == reading})
    return ConfusionCounts(wrong, right)


def write_confusions_csv(counts: ConfusionCounts, path: Path) -> None:
    """All confusions, most frequent first: `truth;read;count;share` and both code points."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["truth", "read", "count", "share", "truth_code_point", "read_code_point"])
        for confusion in counts.wrong:
            share = f"{confusion.share:.4f}" if confusion.n_truth else ""
            texts = confusion.truth, confusion.reading
            codes = (f"U+{ord(text):04X}" if text else "" for text in texts)
            writer.writerow([*texts, confusion.times, share, *codes])


def draw_confusions(
    counts: ConfusionCounts, *, max_characters: int = MAX_CHARACTERS, fonts: FontBook | None = None
) -> Image.Image:
    """Matrix of the characters with the most confusions: truth in rows, reading in columns.

    What was read right is grey; the more often a confusion happened, the darker it is.

    Args:
        counts: of an evaluation.
        max_characters: rows and columns, without that for nothing.
        fonts: those of the machine if None.
    """
    shown = _most_confused(counts.wrong, max_characters)
    return _Matrix(counts, shown, fonts).draw()


def _most_confused(wrong: Sequence[Confusion], most: int) -> list[str]:
    """The characters that take part in the most confusions, in the order of their code points."""
    involved: Counter[str] = Counter()
    for confusion in wrong:
        for character in (confusion.truth, confusion.reading):
            if character:
                involved[character] += confusion.times
    ranked = sorted(involved, key=lambda character: (-involved[character], character))
    return sorted(ranked[:most])


class _Matrix:
    """The picture while it is drawn."""

    def __init__(self, counts: ConfusionCounts, shown: list[str], fonts: FontBook | None) -> None:
        self.counts = counts
        self.shown = shown
        self.labels = [*shown, ""]
        self.letters = Typesetter(_LABEL_PX, fonts)
        self.numbers = Typesetter(_NUMBER_PX, fonts)
        self.text = Typesetter(_TEXT_PX, fonts)
        side = len(self.labels) * _CELL_PX
        self.heading = self._heading()
        self.left = _MARGIN_PX + _SIDE_PX
        self.top = _MARGIN_PX + len(self.heading) * self.text.line_px + _SIDE_PX
        width = max(_LEAST_WIDTH_PX, self.left + side + _MARGIN_PX)
        self.image = Image.new("RGB", (width, self.top + side + _MARGIN_PX), "white")
        self.canvas = ImageDraw.Draw(self.image)

    def draw(self) -> Image.Image:
        for number, line in enumerate(self.heading):
            baseline = _MARGIN_PX + (number + 0.75) * self.text.line_px
            self.text.draw(self.canvas, (_MARGIN_PX, baseline), Span(line), _INK)
        if self.shown:
            self._draw_labels()
            self._draw_cells()
        return self.image

    def _heading(self) -> list[str]:
        total = sum(confusion.times for confusion in self.counts.wrong)
        inside = set(self.labels)
        seen = [c for c in self.counts.wrong if {c.truth, c.reading} <= inside]
        lines = [f"{total:,} wrong characters" if total else "No character was read wrong."]
        if self.shown:
            lines += ["Row: what is written. Column: what was read. Grey: read right."]
        if len(seen) < len(self.counts.wrong):
            n_seen = sum(confusion.times for confusion in seen)
            lines += [
                f"Here are the {len(self.shown)} characters with most of them: {n_seen:,}.",
                f"The other {total - n_seen:,} are in confusions.csv.",
            ]
        return lines

    def _draw_labels(self) -> None:
        for place, character in enumerate(self.labels):
            if character:
                span = self._label(character)
                x, y = self._centre(place, place)
                half = self.letters.width(span) / 2
                above = x - half, self.top - _CELL_PX * 0.3
                self.letters.draw(self.canvas, above, span, _INK)
                beside = self.left - 12 - 2 * half, y + _LABEL_PX * 0.35
                self.letters.draw(self.canvas, beside, span, _INK)
        self._draw_words(Span("inserted"), Span("deleted"))

    def _label(self, character: str) -> Span:
        """A character as it is seen alone: a mark on a dotted circle, if there is a font for it."""
        alone = Span(character, differs=True)
        on_circle = Span(f"\u25cc{character}", differs=True)
        fits = self.letters.width(on_circle) < _CELL_PX
        return on_circle if is_mark(character) and fits else alone

    def _draw_words(self, row: Span, column: Span) -> None:
        """The names of the last row and, upright, of the last column."""
        x, y = self._centre(len(self.shown), len(self.shown))
        at = self.left - 12 - self.text.width(row), y + _TEXT_PX * 0.35
        self.text.draw(self.canvas, at, row, _GREY)
        turned = Image.new("RGB", (_SIDE_PX, self.text.line_px), "white")
        self.text.draw(ImageDraw.Draw(turned), (0, self.text.line_px * 0.75), column, _GREY)
        turned = turned.rotate(90, expand=True)
        left = round(x - turned.width / 2)
        self.image.paste(turned, (left, self.top - 10 - turned.height))

    def _draw_cells(self) -> None:
        wrong = {(c.truth, c.reading): c.times for c in self.counts.wrong}
        greatest = max(wrong.values())
        for row, truth in enumerate(self.labels):
            for column, reading in enumerate(self.labels):
                count = wrong.get((truth, reading), 0)
                if truth and truth == reading:
                    self._fill(row, column, _RIGHT_COLOUR)
                    self._number(row, column, self.counts.right[truth], _RIGHT_INK)
                elif count:
                    depth = math.log(count) / math.log(greatest) if greatest > 1 else 0.0
                    self._fill(row, column, _blend(depth))
                    ink = "white" if depth >= _LIGHT_INK_FROM else _INK
                    self._number(row, column, count, ink)
                else:
                    self._fill(row, column, "white")

    def _fill(self, row: int, column: int, colour: str | tuple[int, int, int]) -> None:
        x, y = self._centre(row, column)
        half = _CELL_PX / 2
        self.canvas.rectangle((x - half, y - half, x + half, y + half), colour, _RULE)

    def _number(self, row: int, column: int, count: int, ink: str) -> None:
        x, y = self._centre(row, column)
        span = Span(_short(count))
        at = x - self.numbers.width(span) / 2, y + _NUMBER_PX * 0.36
        self.numbers.draw(self.canvas, at, span, ink)

    def _centre(self, row: int, column: int) -> tuple[float, float]:
        return self.left + (column + 0.5) * _CELL_PX, self.top + (row + 0.5) * _CELL_PX


def _short(count: int) -> str:
    if count < 1000:
        return str(count) if count else ""
    return f"{count / 1000:.1f}k" if count < 10_000 else f"{count // 1000}k"


def _blend(depth: float) -> tuple[int, int, int]:
    red, green, blue = (
        round(pale + (strong - pale) * depth) for pale, strong in zip(_PALE, _STRONG, strict=True)
    )
    return red, green, blue
