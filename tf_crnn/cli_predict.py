"""The command `tf-crnn predict`: line images, or pages with PAGE or ALTO XML."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
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
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    default="-",
    show_default=True,
    help="Where the rows of images go, each at once; images that cannot be read are "
    "noted in FILE.failed.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the FILE of an interrupted call; what failed is tried again.",
)
@click.option(
    "--progress/--no_progress",
    default=None,
    help="How far it is, on stderr [default: where that is a terminal].",
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
    output: Path,
    resume: bool,
    progress: bool | None,
    **pages: Any,
) -> None:
    """Print `path;text` for images: files, folders, CSVs of paths, or `-` for paths on stdin.

    For PAGE or ALTO XML of pages, write copies that hold the readings into --output_dir instead.
    """
    to_file = None if str(output) == "-" else output
    load = partial(load_reader, model, others, take_decoding(pages))
    are_xml = [pages["is_xml"] or source.lower().endswith(".xml") for source in sources]
    if not any(are_xml):
        if pages["output_dir"]:
            raise click.UsageError("--output_dir is for XML; readings of images are printed.")
        _predict_images(
            load, output=to_file, resume=resume, visualize=visualize, sources=sources,
            as_json=as_json, batch_size=batch_size, shows_progress=progress,
        )  # fmt: skip
        return
    if to_file or resume:
        raise click.UsageError("--output and --resume are for images; XML goes to --output_dir.")
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
    *,
    output: Path | None,
    resume: bool,
    visualize: Path | None,
    **job: Any,
) -> None:
    from tf_crnn.prediction_file import check_output

    if resume and (not output or visualize):
        raise click.UsageError("--resume needs --output FILE, and draws nothing (--visualize).")
    if output:
        check_output(output, resume=resume)
    load_tensorflow_quietly()
    from tf_crnn.cli_predict_images import ImageJob, predict_images
    from tf_crnn.visualise import ReadingPictures

    pictures = ReadingPictures(visualize) if visualize else None
    try:
        are_read = predict_images(load(), ImageJob(output=output, pictures=pictures, **job))
    except KeyboardInterrupt:
        if output:
            click.echo(f"stopped; go on with {output} by --resume", err=True)
        raise
    if not are_read:
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
