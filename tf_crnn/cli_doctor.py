"""The command `tf-crnn data doctor`: labelled lines looked over before a training."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import click

_WRITTEN = click.Path(dir_okay=False, path_type=Path)


class _Options(NamedTuple):
    csv_files: tuple[str, ...]
    val: tuple[str, ...]
    config_files: tuple[str, ...]
    documents: str | None
    json_file: Path | None
    html_file: Path | None
    fix_folder: Path | None
    model: str | None
    worst: int
    jobs: int | None


@click.command()
@click.argument("csv_files", nargs=-1, metavar="CSV...")
@click.option(
    "--val",
    multiple=True,
    metavar="CSV",
    help="Validation lines; may be given several times.",
)
@click.option(
    "--config",
    "config_files",
    multiple=True,
    metavar="FILE",
    help="JSON of the training, whose alphabet, sizes and rules are applied; later ones "
    "overrule earlier ones.",
)
@click.option(
    "--documents",
    metavar="REGEX",
    help="Its first group, found in an image's path, names the page, writer or book.",
)
@click.option(
    "--json", "json_file", metavar="FILE", type=_WRITTEN, help="Write everything as JSON too."
)
@click.option(
    "--html", "html_file", metavar="FILE", type=_WRITTEN, help="Write a page with pictures too."
)
@click.option(
    "--fix",
    "fix_folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write cleaned CSVs and changes.csv into a new folder.",
)
@click.option(
    "--model",
    metavar="MODEL",
    help="List the labels that this model disbelieves most: likely slips.",
)
@click.option(
    "--worst", default=50, show_default=True, type=click.IntRange(1), help="How many of these."
)
@click.option("--jobs", metavar="N", type=click.IntRange(1), help="Processes [default: all cores].")
def doctor(**options: Any) -> None:
    """Say what a training would reject, what is likely wrong, and what leaks into the validation.

    CSV... are the training lines. Without any, those of --config are taken, and its validation
    lines. Exit status: 0, or 1 where a training would reject a line, 2 where nothing was looked at.
    """
    from tf_crnn.errors import CrnnError

    try:
        is_clean = _run(_Options(**options))
    except CrnnError as error:
        raise click.UsageError(str(error)) from error
    sys.exit(0 if is_clean else 1)


def _run(options: _Options) -> bool:
    """Read, look, tell and write; whether a training would take every line."""
    from tf_crnn.doctor.examine import examine
    from tf_crnn.doctor.fix import check_folder
    from tf_crnn.doctor.reading import n_cores
    from tf_crnn.doctor.setting import make_setting
    from tf_crnn.doctor.text_report import format_text
    from tf_crnn.documents import document_expression
    from tf_crnn.progress import Progress

    if options.fix_folder:
        check_folder(options.fix_folder)
    pattern = document_expression(options.documents) if options.documents else None
    setting = make_setting(options.csv_files, options.val, options.config_files, pattern)
    progress = Progress(sys.stderr, "read")
    examination = examine(setting, options.jobs or n_cores(), progress)
    progress.done()
    if options.model:
        examination = _with_model(examination, options.model, options.worst)
    click.echo(format_text(examination), nl=False)
    _write(examination, options)
    return examination.is_clean


def _with_model(examination: Any, model: str, worst: int) -> Any:
    from tf_crnn.tensorflow_start import load_tensorflow_quietly

    load_tensorflow_quietly()
    from tf_crnn.doctor.disbelief import find_disbelieved
    from tf_crnn.loader import PredictionModel
    from tf_crnn.progress import Progress

    progress = Progress(sys.stderr, "weighed")
    found = find_disbelieved(examination.survey, PredictionModel(model), worst, progress)
    progress.done()
    return examination.with_findings(found)


def _write(examination: Any, options: _Options) -> None:
    from tf_crnn.doctor.fix import CHANGES_CSV, write_fixed
    from tf_crnn.doctor.page import write_page
    from tf_crnn.stamped import write_whole

    if options.json_file:
        options.json_file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(examination.to_dict(), ensure_ascii=False, indent=1)
        write_whole(options.json_file, text + "\n")
        click.echo(f"json: {options.json_file}")
    if options.html_file:
        write_page(examination, options.html_file)
        click.echo(f"page: {options.html_file}")
    if options.fix_folder:
        fixed = write_fixed(examination.survey, options.fix_folder)
        counts = ", ".join(f"{n:,} {kind}" for kind, n in fixed.changes.most_common())
        click.echo(
            f"fixed: {fixed.n_kept:,} of {fixed.n_lines:,} lines are in {options.fix_folder}; "
            f"{counts or 'nothing was changed'}; see {options.fix_folder / CHANGES_CSV}"
        )
