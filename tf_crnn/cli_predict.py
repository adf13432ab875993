"""The command `tf-crnn predict`: line images, or pages with PAGE or ALTO XML."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tf_crnn.cli_decoding import decoding_options, load_reader, take_decoding
from tf_crnn.tensorflow_start import load_tensorflow_quietly

if TYPE_CHECKING:
    from tf_crnn.pages.transcribe import PageReading

MODEL_HELP = "MODEL is a run folder, its saving/ or export/ folder, or one of their folders."
_PAGE_OPTIONS = (
    click.option("--xml", "is_xml", is_flag=True, help="Folders hold PAGE or ALTO XML of pages."),
    click.option("-o", "--output_dir", type=click.Path(path_type=Path), metavar="DIR",
                 help="For XML: where the copies with the readings are written."),
    click.option("--images", type=click.Path(path_type=Path), metavar="DIR",
                 help="For XML: folder of the page images [default: beside it or one above]."),
    click.option("--cut", type=click.Choice(("polygon", "box")), default="polygon",
                 show_default=True, help="For XML: around a line's outline, or around its box."),
    click.option("--mask/--no_mask", default=True, show_default=True,
                 help="For XML: make what is outside of the outline background."),
    click.option("--background", type=click.Choice(("median", "white")), default="median",
                 show_default=True, help="For XML: of masked lines."),
    click.option("--straighten", is_flag=True, help="For XML: cut along the baseline."),
    click.option("--line_height", type=click.IntRange(0), default=0, show_default=True,
                 help="For XML: in pixels, of lines with a baseline only; 0 measures it."),
    click.option("--dpi", type=click.FloatRange(0), default=0.0, show_default=True,
                 help="For XML: of the images, for ALTO in mm10 or inch1200."),
)  # fmt: skip


def _page_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_PAGE_OPTIONS):
        command = option(command)
    return command


@click.command(epilog=MODEL_HELP)
@click.argument("model")
@click.argument("sources", nargs=-1, required=True, metavar="FILE|DIR|CSV|XML|- ...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with scores.")
@click.option("--batch_size", default=32, show_default=True, type=click.IntRange(1))
@click.option(
    "--visualize",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also draw each line with where it was looked at, as GIF and PNG; lines of CSVs "
    "with labels into correct/ and incorrect/ of the new folder DIR.",
)
@decoding_options
@_page_options
def predict(
    model: str,
    sources: tuple[str, ...],
    as_json: bool,
    batch_size: int,
    others: tuple[str, ...],
    visualize: Path | None,
    **pages: Any,
) -> None:
    """Print `path;text` for images: files, folders, CSVs of paths, or `-` for paths on stdin.

    For PAGE or ALTO XML of pages, write copies that hold the readings into --output_dir instead.
    """
    load = partial(load_reader, model, others, take_decoding(pages))
    are_xml = [pages["is_xml"] or source.lower().endswith(".xml") for source in sources]
    if not any(are_xml):
        if pages["output_dir"]:
            raise click.UsageError("--output_dir is for XML; readings of images are printed.")
        _predict_images(load, sources, as_json=as_json, batch_size=batch_size, visualize=visualize)
        return
    if visualize:
        raise click.UsageError("--visualize is for line images; the lines of XML are not drawn.")
    if not all(are_xml):
        image = sources[are_xml.index(False)]
        raise click.UsageError(
            f"{image} is not XML, others are: give images in a call of their own, or --xml with "
            "folders of XML."
        )
    if not pages["output_dir"]:
        raise click.UsageError("--output_dir is missing: where should copies of the XML go?")
    del pages["is_xml"]
    _predict_pages(load, sources, as_json=as_json, batch_size=batch_size, **pages)


def _predict_images(
    load: Callable[[], Any],
    sources: tuple[str, ...],
    *,
    as_json: bool,
    batch_size: int,
    visualize: Path | None,
) -> None:
    load_tensorflow_quietly()
    from tf_crnn.errors import LineImageError
    from tf_crnn.prediction import check_sources, find_images, format_json, format_text
    from tf_crnn.visualise import ReadingPictures, transcribe_to_draw, truths_of

    pictures = ReadingPictures(visualize) if visualize else None
    reader = load()
    delimiter = reader.params.csv_delimiter
    delimiters = delimiter, reader.params.string_split_delimiter
    check_sources(sources, delimiter)
    paths = (p for source in sources for p in find_images(source, sys.stdin, *delimiters))
    named, to_read = tee(paths)
    n_failed = n_read = 0
    truths: dict[Path, str] = {}
    if pictures:
        truths = truths_of(sources, reader.text_rules, delimiters)
        readings = transcribe_to_draw(reader, to_read, batch_size)
    else:
        readings = reader.transcribe(to_read, batch_size, places=as_json)
    for path, result in zip(named, readings, strict=True):
        if isinstance(result, LineImageError):
            n_failed += 1
            click.echo(f"not read: {result}", err=True)
        else:
            n_read += 1
            click.echo(
                format_json(path, result) if as_json else format_text(path, result, delimiter)
            )
            if pictures:
                pictures.add(path, result, truths.get(path), rules=reader.text_rules)
    click.echo(f"read {n_read:,} of {n_read + n_failed:,} images", err=True)
    if pictures:
        click.echo(f"{pictures.drawn}, in {visualize}", err=True)
    if n_failed or not n_read:
        sys.exit(1)


def _predict_pages(
    load: Callable[[], Any],
    sources: tuple[str, ...],
    *,
    as_json: bool,
    batch_size: int,
    **pages: Any,
) -> None:
    from tf_crnn.pages.cutting import Cutting
    from tf_crnn.pages.transcribe import plan_outputs, transcribe_pages

    output_dir, images, dpi = (pages.pop(key) for key in ("output_dir", "images", "dpi"))
    paths, cutting = [Path(source) for source in sources], Cutting(**pages)
    plan_outputs(paths, output_dir)
    load_tensorflow_quietly()
    readings = transcribe_pages(
        load(), paths, output_dir, cutting=cutting, images=images, dpi=dpi,
        batch_size=batch_size,
    )  # fmt: skip
    n_lines = n_failed = n_pages = 0
    for page in readings:
        for problem in page.problems:
            click.echo(f"not read: {problem.reason}", err=True)
        for row in _page_rows(page, as_json):
            click.echo(row)
        n_pages += page.written is not None
        n_lines += len(page.lines)
        n_failed += len(page.problems)
    click.echo(f"read {n_lines:,} lines of {n_pages:,} pages", err=True)
    if n_failed or not n_lines:
        sys.exit(1)


def _page_rows(page: "PageReading", as_json: bool) -> Iterator[str]:
    from tf_crnn.pages.read_lines import format_page_line

    if as_json:
        yield from (format_page_line(page.source, line) for line in page.lines)
    elif page.written:
        yield str(page.written)
