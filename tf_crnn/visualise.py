"""Pictures of how lines are read, an animated GIF and a still PNG of each, in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tf_crnn.decoding.transcription import Transcription
from tf_crnn.ensemble import Ensemble
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.evaluation import LineResult
from tf_crnn.file_names import FileNames
from tf_crnn.labelled_rows import read_labelled_rows
from tf_crnn.loader import PredictionModel
from tf_crnn.packs.files import csv_of
from tf_crnn.packs.lines import read_line_image
from tf_crnn.prediction import CSV_SUFFIXES
from tf_crnn.reports.looks import draw_frames, draw_strip, marks_of
from tf_crnn.reports.png import save_png
from tf_crnn.text_rules import TextRules

CORRECT, INCORRECT = "correct", "incorrect"
_UNIT_MS = 350
_LAST_MS = 2000
_LONGEST_MS = 15_000
_AS_IN_THE_IMAGE = TextRules()


class Drawn(NamedTuple):
    """How many lines were drawn that were read as they should, otherwise, and without a truth."""

    n_correct: int = 0
    n_incorrect: int = 0
    n_unknown: int = 0

    def __str__(self) -> str:
        """The counts with their folders."""
        counts = {
            f"in {CORRECT}/": self.n_correct,
            f"in {INCORRECT}/": self.n_incorrect,
            "without a label": self.n_unknown,
        }
        parts = [f"{count:,} {where}" for where, count in counts.items() if count]
        return f"drew {', '.join(parts) or 'no line'}"


class ReadingPictures:
    """Draws how lines were read.

    Args:
        folder: made if need be. Where the truth is known, pictures are in `correct/` and
            `incorrect/` of it.

    Attributes:
        drawn: counts so far.

    Raises:
        DataError: the folder holds something already.
    """

    def __init__(self, folder: Path) -> None:
        """Look at the folder; it is made with the first picture."""
        if folder.is_dir() and any(folder.iterdir()):
            raise DataError(f"{folder}: is not empty. Pictures go into a new folder: name another.")
        self.folder = folder
        self.drawn = Drawn()
        self._names = FileNames()

    def add(
        self,
        path: Path,
        reading: Transcription,
        truth: str | None = None,
        *,
        rules: TextRules = _AS_IN_THE_IMAGE,
    ) -> None:
        """Draw a line.

        Args:
            path: of the line image.
            reading: with its places, and its looks where the model has a decoder.
            truth: its text, None where it is not known.
            rules: by which it was read.

        Raises:
            LineImageError: the image cannot be read.
        """
        picture = read_line_image(path)
        captions = [f"read: {reading.text}"]
        sub_folder = self._count(reading.text, truth)
        if sub_folder == INCORRECT:
            captions.append(f"true: {truth}")
        marks = marks_of(reading, picture.shape[1], read_text=rules.read_text)
        name = self._names.take(Path(path).stem, ".png", in_folder=sub_folder)
        strip_path = self.folder / name
        strip_path.parent.mkdir(parents=True, exist_ok=True)
        save_png(draw_strip(picture, marks, captions), strip_path)
        # An empty reading by CTC has no units to show one by one.
        frames = list(draw_frames(picture, marks, captions))
        first, *others = frames or [draw_strip(picture, marks, captions)]
        unit_ms = min(_UNIT_MS, _LONGEST_MS // (1 + len(others)))
        first.save(
            strip_path.with_suffix(".gif"), save_all=True, append_images=others, loop=0,
            duration=[*[unit_ms] * len(others), _LAST_MS],
        )  # fmt: skip

    def _count(self, text: str, truth: str | None) -> str:
        """Count a line, and say which sub-folder it belongs into."""
        n_correct, n_incorrect, n_unknown = self.drawn
        if truth is None:
            self.drawn = Drawn(n_correct, n_incorrect, n_unknown + 1)
            return ""
        if text == truth:
            self.drawn = Drawn(n_correct + 1, n_incorrect, n_unknown)
            return CORRECT
        self.drawn = Drawn(n_correct, n_incorrect + 1, n_unknown)
        return INCORRECT


def transcribe_to_draw(
    reader: PredictionModel | Ensemble, paths: Iterable[Path], batch_size: int
) -> Iterator[Transcription | LineImageError]:
    """Lines read with all that can be drawn; models that vote have places alone.

    Args:
        reader: one model or several.
        paths: of line images.
        batch_size: lines read at a time.
    """
    if isinstance(reader, PredictionModel):
        return reader.transcribe(paths, batch_size, places=True, looks=True)
    return reader.transcribe(paths, batch_size, places=True)


def draw_evaluated(
    pictures: ReadingPictures,
    reader: PredictionModel | Ensemble,
    lines: Sequence[LineResult],
    batch_size: int,
) -> None:
    """Draw lines that were evaluated, which are read once more for where the units stand.

    Args:
        pictures: of the readings.
        reader: that was evaluated.
        lines: of the evaluation.
        batch_size: lines read at a time.
    """
    readings = transcribe_to_draw(reader, (line.line.image_path for line in lines), batch_size)
    for line, reading in zip(lines, readings, strict=True):
        if not isinstance(reading, LineImageError):
            reading = reading._replace(text=line.prediction)
            pictures.add(line.line.image_path, reading, line.line.text, rules=reader.text_rules)


def truths_of(
    sources: Iterable[str], rules: TextRules, delimiters: tuple[str, str]
) -> dict[Path, str]:
    """Line images that labelled CSVs or packs name, with their texts as the rules make them.

    Args:
        sources: as for `prediction.find_images`; only CSVs and packs have labels.
        rules: of the model.
        delimiters: of the CSVs, and of their labels.
    """
    truths: dict[Path, str] = {}
    for source in sources:
        path = csv_of(source)
        if path.suffix.lower() not in CSV_SUFFIXES or not path.is_file():
            continue
        for row in read_labelled_rows(path, rules, delimiters):
            if row.text is not None:
                truths[row.image_path] = row.text
    return truths
