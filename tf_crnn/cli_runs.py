"""The commands `tf-crnn runs`: what was trained, and how well it reads."""

import os
import shutil
import sys
from pathlib import Path

import click

_FORMATS = ("text", "csv", "json")


@click.group()
def runs() -> None:
    """List and compare recorded runs."""


@runs.command("list")
@click.argument("source", required=False, metavar="[DIR|URL]")
@click.option(
    "--where", multiple=True, metavar="CONDITION",
    help="Only runs that meet it, as 'learning_rate<0.001'; may be given several times.",
)  # fmt: skip
@click.option("--sort", metavar="NAME[,NAME...]", help="By these values; -NAME for descending.")
@click.option(
    "--columns", metavar="NAME[,NAME...]",
    help="These values instead of the usual ones; config, result or metric for all of these.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True,
    help="CSV and JSON hold all values in full.",
)  # fmt: skip
def list_command(
    source: str | None,
    *,
    where: tuple[str, ...],
    sort: str | None,
    columns: str | None,
    form: str,
) -> None:
    """List runs with their CER and the config keys in which they differ.

    The runs are those of a folder, DIR, or of a MongoDB database, mongodb://HOST:PORT/DB or
    HOST:PORT:DB; otherwise those of TF_CRNN_MONGO_URL, if it is set, or of the folder `runs`.
    """
    from tf_crnn.tracking import table_formats
    from tf_crnn.tracking.stores import default_source, open_store
    from tf_crnn.tracking.table import Query, make_table, split_names

    query = Query(
        where=where,
        sort=split_names("--sort", sort) if sort is not None else (),
        columns=split_names("--columns", columns) if columns is not None else (),
    )
    is_text = form == "text"
    fields = table_formats.TEXT_FIELDS if is_text else table_formats.DATA_FIELDS
    table = make_table(open_store(source or default_source()), query, fields)
    if is_text:
        click.echo(table_formats.as_text_table(table, _terminal_width()))
    else:
        click.echo({"csv": table_formats.as_csv, "json": table_formats.as_json}[form](table))


@runs.command("compare")
@click.argument("run", nargs=-1, required=True, metavar="RUN RUN...")
@click.option(
    "-o", "--output", default="compare.html", show_default=True, help="The page to write."
)
@click.option("--json", "json_file", metavar="FILE", help="Write the same numbers as JSON too.")
@click.option(
    "--documents", metavar="REGEX",
    help="Lines of one document lie together; its name is the first group in an image's path.",
)  # fmt: skip
def compare_command(
    run: tuple[str, ...], output: str, json_file: str | None, documents: str | None
) -> None:
    """Compare runs on the lines that all of them read; the first is the baseline.

    RUN is the folder of a run (runs/3), its id in `runs` or in TF_CRNN_MONGO_URL (3),
    mongodb://HOST:PORT/DB#3, or an output_model_dir. The page is one file that needs no network.
    """
    from tf_crnn.comparison.compare import compare_runs
    from tf_crnn.comparison.page import write_json, write_page
    from tf_crnn.tracking.stores import find_run

    comparison = compare_runs([find_run(name) for name in run], document_pattern=documents)
    write_page(comparison, Path(output))
    if json_file:
        write_json(comparison, Path(json_file))
    for sentence in comparison.summary:
        click.echo(sentence)
    click.echo(f"page: {output}")


@runs.command("push")
@click.argument("folder", metavar="FOLDER")
@click.argument("url", required=False, metavar="[URL]")
def push_command(folder: str, url: str | None) -> None:
    """Send runs that were recorded in a folder to a MongoDB database.

    FOLDER is a run (runs/3), a folder of runs (runs), or the output_model_dir of a training that
    lost its server. URL is mongodb://HOST:PORT/DB or HOST:PORT:DB, otherwise TF_CRNN_MONGO_URL. A
    run that is there already is brought up to date, never doubled.
    """
    from tf_crnn.errors import TrackingError
    from tf_crnn.tracking.mongo import connect, environment_address, parse_address
    from tf_crnn.tracking.push import RunSender, find_recorded

    address = parse_address(url, os.environ) if url else environment_address(os.environ)
    if address is None:
        raise TrackingError("Where to? Give mongodb://HOST:PORT/DB, or set TF_CRNN_MONGO_URL.")
    recorded = find_recorded(Path(folder))
    database = connect(address)
    with database.client:
        n_failed = 0
        for run_folder in recorded:
            try:
                sent = RunSender(run_folder, database).send()
            except (TrackingError, OSError) as error:
                n_failed += 1
                click.echo(f"not sent: {error}", err=True)
                continue
            told = "sent as" if sent.is_new else "was there already, brought up to date:"
            click.echo(f"{run_folder}: {told} run {sent.run_id}")
    n_sent = len(recorded) - n_failed
    click.echo(f"sent {n_sent:,} of {len(recorded):,} runs to MongoDB at {address.shown}")
    if n_failed:
        sys.exit(1)


def _terminal_width() -> int | None:
    """None for a file or a pipe, which have no limit; COLUMNS is obeyed there too."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return None
