"""What `tf-crnn predict` does with line images; imported where TensorFlow may be loaded."""

import sys
from collections.abc import Generator, Iterable
from contextlib import closing, nullcontext
from itertools import tee
from pathlib import Path
from typing import NamedTuple

import click

from tf_crnn.decoding.transcription import Transcription
from tf_crnn.ensemble import Ensemble
from tf_crnn.errors import LineImageError
from tf_crnn.loader import PredictionModel
from tf_crnn.prediction import check_sources, count_images, find_images
from tf_crnn.prediction_file import ReadingsFile, RowFormat
from tf_crnn.progress import Progress
from tf_crnn.visualise import ReadingPictures, transcribe_to_draw, truths_of


class ImageJob(NamedTuple):
    """Which images are to be read, and where that goes.

    Attributes:
        sources: of `find_images`.
        as_json: instead of `path;text`.
        batch_size: lines read at a time.
        output: file of the rows; None for stdout.
        shows_progress: on stderr; None for: if that is a terminal and the rows do not go there.
        pictures: how each line is drawn, if it is.
    """

    sources: tuple[str, ...]
    as_json: bool
    batch_size: int
    output: Path | None
    shows_progress: bool | None
    pictures: ReadingPictures | None


def predict_images(reader: PredictionModel | Ensemble, job: ImageJob) -> bool:
    """Read images, and say how many; whether there are some and all could be read.

    Raises:
        DataError: there is no such source, or the file holds readings of others.
    """
    delimiters = reader.params.csv_delimiter, reader.params.string_split_delimiter
    check_sources(job.sources, delimiters[0])
    rows = RowFormat(job.as_json, delimiters[0])
    truths = truths_of(job.sources, reader.text_rules, delimiters) if job.pictures else {}
    paths = (p for source in job.sources for p in find_images(source, sys.stdin, *delimiters))
    file = ReadingsFile(job.output, rows) if job.output else None
    # Those read ahead are all that is kept between the two.
    named, to_read = tee(file.remaining(paths) if file else paths)
    n_before = file.n_before if file else 0
    progress = _progress(job, delimiters, n_before)
    n_read = n_failed = 0
    with closing(file) if file else nullcontext(), closing(_read(reader, to_read, job)) as readings:
        for path, result in zip(named, readings, strict=True):
            if isinstance(result, LineImageError):
                n_failed += 1
                progress.done()
                click.echo(f"not read: {result}", err=True)
                if file:
                    file.add_failed(path, str(result))
            else:
                n_read += 1
                _write(rows.reading(path, result), file)
                if job.pictures:
                    job.pictures.add(path, result, truths.get(path), rules=reader.text_rules)
            progress(n_read + n_failed)
    progress.done()
    before = f"; {n_before:,} stood in {job.output} before" if n_before else ""
    click.echo(f"read {n_read:,} of {n_read + n_failed:,} images{before}", err=True)
    if job.pictures:
        click.echo(f"{job.pictures.drawn}, in {job.pictures.folder}", err=True)
    return not n_failed and n_read + n_before > 0


def _read(
    reader: PredictionModel | Ensemble, paths: Iterable[Path], job: ImageJob
) -> Generator[Transcription | LineImageError, None, None]:
    if job.pictures:
        yield from transcribe_to_draw(reader, paths, job.batch_size)
    else:
        yield from reader.transcribe(paths, job.batch_size, places=job.as_json)


def _write(row: str, file: ReadingsFile | None) -> None:
    if file:
        file.add(row)
    else:
        click.echo(row)


class _Bar:
    """Progress of a number of lines that may be known."""

    def __init__(self, progress: Progress, n_lines: int | None) -> None:
        self._progress, self._n_lines = progress, n_lines

    def __call__(self, n_done: int) -> None:
        self._progress(n_done, n_done / self._n_lines if self._n_lines else None)

    def done(self) -> None:
        self._progress.done()


class _NoBar:
    def __call__(self, n_done: int) -> None:
        """Show nothing."""

    def done(self) -> None:
        """Nothing is shown."""


def _progress(job: ImageJob, delimiters: tuple[str, str], n_before: int) -> _Bar | _NoBar:
    wanted = job.shows_progress
    if wanted is None:
        wanted = sys.stderr.isatty() and (job.output is not None or not sys.stdout.isatty())
    if not wanted:
        return _NoBar()
    n_images = count_images(job.sources, *delimiters)
    return _Bar(Progress(sys.stderr, "read"), n_images and n_images - n_before)
